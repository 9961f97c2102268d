/** resolve and accept-edit: what only a person can say of a revision, written into the ledger. */
import { LockTimeoutError, UsageError } from "../errors.js";
import { resolveRevisions } from "../revisions/resolve-target.js";
import { nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { withAncestors } from "../revisions/walk-graph.js";
import { isRunAlive } from "../runtime/live-runs.js";
import { hashPlan } from "../runtime/plan-hash.js";
import type { Environment } from "./environment/environment.js";
import { keptSourceOf } from "./environment/revision-source.js";
import { findAppliedChanges } from "./guards/edited-revisions.js";
import { planOf } from "./guards/revision-plans.js";
import { withRunLock } from "./guards/with-run-lock.js";

export interface ResolveResult {
  readonly revision: string;
  readonly direction: "upgrade" | "downgrade";
  readonly step: number;
  readonly outcome: "done" | "retry";
}

/**
 * Says of the step that a revision was stopped in whether it happened (`done`) or is to run again (`retry`).
 *
 * @throws UsageError when no step of the revision waits for an answer, LockTimeoutError while its run is alive
 */
export async function resolveStep(
  environment: Environment,
  given: string,
  outcome: "done" | "retry",
): Promise<ResolveResult> {
  const graph = await environment.loadGraph();
  return withRunLock(environment, { create: false }, async ({ connection, versionTable, ledger }) => {
    const revision = named(graph, given, await versionTable.read());
    const open = (await ledger.readOpen()).filter((entry) => entry.revision === revision);
    const last = open.findLast(({ state }) => state === "running");
    if (last === undefined || (last.direction !== "upgrade" && last.direction !== "downgrade")) {
      throw new UsageError(`no step of '${revision}' waits for an answer`, {
        hint: "Run `tsmigrate log` to see what became of its steps; a failed step is run again by `tsmigrate upgrade`.",
      });
    }
    if (last.error === null && (await isRunAlive(connection, environment.author, last))) {
      throw new LockTimeoutError(`the run of '${revision}' is still there: process ${last.pid} on ${last.host}`, {
        milliseconds: 0,
        hint: "Wait for it to end, or stop it first.",
      });
    }
    const change =
      outcome === "done" ? ({ state: "done", error: null } as const) : ({ state: "failed", error: "retry" } as const);
    await ledger.settle(last.id, { ...change, milliseconds: last.milliseconds });
    await ledger.add([
      {
        ...SAID,
        revision,
        direction: "resolve",
        step: last.step,
        generation: last.generation,
        what: `${last.direction}: ${outcome === "done" ? "counts as done" : "is to run again"}`,
        source: null,
        startedAt: environment.today().toISOString(),
      },
    ]);
    return { revision, direction: last.direction, step: last.step, outcome };
  });
}

export interface AcceptEditResult {
  readonly revision: string;
  /** False when the file says what was applied anyway. */
  readonly edited: boolean;
}

/**
 * Takes what an applied revision's file says now for what was applied.
 *
 * @throws UsageError when the revision is not applied
 */
export async function acceptEdit(environment: Environment, given: string): Promise<AcceptEditResult> {
  const graph = await environment.loadGraph();
  return withRunLock(environment, { create: false }, async ({ connection, versionTable, ledger }) => {
    const rows = await versionTable.read();
    const revision = named(graph, given, rows);
    const known = rows.filter((id) => graph.byId.has(id)).map((id) => nodeOf(graph, id));
    const node = nodeOf(graph, revision);
    if (!withAncestors(known).has(node)) {
      throw new UsageError(`'${revision}' is not applied, so that it may be edited freely`, {
        hint: "Run `tsmigrate status` to see where the database is.",
      });
    }
    const { edited } = await findAppliedChanges(environment, connection, graph, rows);
    if (!edited.some((edit) => edit.revision === revision)) return { revision, edited: false };
    const context = { dialect: connection.dialect, naming: environment.config.namingConvention };
    const plan = await planOf(node.revision, "upgrade", context);
    await ledger.add([
      {
        ...SAID,
        revision,
        direction: "accept-edit",
        step: 1,
        generation: (await ledger.readMarks()).get(revision)?.generation ?? 0,
        what: "the file as it is now counts as what was applied",
        planHash: plan === null ? null : hashPlan(plan.map(({ text }) => text)),
        source: keptSourceOf(node.revision),
        startedAt: environment.today().toISOString(),
      },
    ]);
    return { revision, edited: true };
  });
}

const SAID = {
  completes: false,
  state: "done",
  planHash: null,
  milliseconds: 0,
  error: null,
  cursor: null,
} as const;

/** One revision by any identifier. */
function named(graph: RevisionGraph, given: string, current: readonly string[]): string {
  const ids = resolveRevisions(graph, given, { current: current.filter((id) => graph.byId.has(id)) });
  const [id, ...others] = ids;
  if (id !== undefined && others.length === 0) return id;
  throw new UsageError(`'${given}' names ${ids.length === 0 ? "no revision" : "several revisions"}`, {
    hint: "Name one revision by its id.",
  });
}
