/** stamp and ensure-version: the version table without running anything. */
import { planStamp, versionRowChanges } from "../revisions/plan-steps.js";
import { nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { withAncestors } from "../revisions/walk-graph.js";
import type { Ledger, LedgerMark } from "../runtime/ledger.js";
import { COUNTS, COUNTS_NO_MORE, STAMPED } from "../runtime/script-ledger.js";
import { compact } from "../schema/schema.js";
import type { Environment } from "./environment/environment.js";
import { keptSourceOf } from "./environment/revision-source.js";
import { withRunLock } from "./guards/with-run-lock.js";

export interface StampResult {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface StampOptions {
  /** Delete every row first. */
  readonly purge: boolean;
  readonly lockTimeoutMilliseconds?: number | undefined;
}

export async function stamp(
  environment: Environment,
  targets: readonly string[],
  options: StampOptions,
): Promise<StampResult> {
  const graph = await environment.loadGraph();
  const { lockTimeoutMilliseconds } = options;
  const purpose = { create: true, settled: true, ...compact({ lockTimeoutMilliseconds }) };
  return withRunLock(environment, purpose, async ({ versionTable, ledger }) => {
    const from = await versionTable.read();
    const steps = planStamp(graph, from, targets, { purge: options.purge });
    if (options.purge) for (const id of from) await versionTable.move({ inserts: [], updates: [], deletes: [id] });
    for (const step of steps) await versionTable.move(versionRowChanges(step));
    const to = await versionTable.read();
    await recordStamp(ledger, { graph, from, to, today: environment.today().toISOString() });
    return { from, to };
  });
}

/** Creates the version table and the ledger where they are missing; says whether there was no version table. */
export async function ensureVersion(
  environment: Environment,
): Promise<{ readonly table: string; readonly created: boolean }> {
  return withRunLock(environment, { create: true }, async ({ versionTable, created }) => ({
    table: versionTable.name.name,
    created,
  }));
}

interface Stamped extends StampResult {
  readonly graph: RevisionGraph;
  readonly today: string;
}

/** One row for every revision that begins or ceases to count as applied; an unfinished step of it counts as over. */
export async function recordStamp(ledger: Ledger, { graph, from, to, today }: Stamped): Promise<void> {
  const marks = await ledger.readMarks();
  const after = appliedAt(graph, to);
  const open = (await ledger.readOpen()).map(({ revision }) => revision);
  for (const id of [...new Set([...movedBetween(graph, from, to), ...open])].sort()) {
    const isApplied = after.has(id);
    const revision = isApplied ? graph.byId.get(id)?.revision : undefined;
    await ledger.add([
      {
        ...STAMPED,
        revision: id,
        generation: generationAfter(marks.get(id)),
        what: isApplied ? COUNTS : COUNTS_NO_MORE,
        source: revision === undefined ? null : keptSourceOf(revision),
        startedAt: today,
      },
    ]);
  }
}

/** Those that begin or cease to count as applied. */
export function movedBetween(graph: RevisionGraph, from: readonly string[], to: readonly string[]): readonly string[] {
  const [before, after] = [appliedAt(graph, from), appliedAt(graph, to)];
  return [...new Set([...before, ...after])].filter((id) => before.has(id) !== after.has(id));
}

function generationAfter(mark: LedgerMark | undefined): number {
  return mark?.generation ?? 0;
}

/** Every revision that the rows say is applied; rows that no file declares speak for themselves alone. */
export function appliedAt(graph: RevisionGraph, rows: readonly string[]): ReadonlySet<string> {
  const known = rows.filter((id) => graph.byId.has(id)).map((id) => nodeOf(graph, id));
  return new Set([...[...withAncestors(known)].map(({ id }) => id), ...rows]);
}
