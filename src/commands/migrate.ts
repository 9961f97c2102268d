/** upgrade and downgrade: from where the database is to a target, step by step. */

import type { AppliedStep } from "../config/config.js";
import type { Connection } from "../dialects/dialect.js";
import { TsMigrateError } from "../errors.js";
import { planDowngrade, planUpgrade, versionRowChanges } from "../revisions/plan-steps.js";
import { resolveDowngradeTarget, resolveUpgradeTarget } from "../revisions/resolve-target.js";
import type { Direction, RevisionStep } from "../revisions/revision.js";
import type { RevisionGraph } from "../revisions/revision-graph.js";
import { sameIds } from "../revisions/version-rows.js";
import { isRunAlive, registerRun } from "../runtime/live-runs.js";
import type { RunRequest, RunResult, TransactionMode } from "../runtime/run-request.js";
import { runSteps } from "../runtime/runner.js";
import { createSchemaState } from "../runtime/schema-state.js";
import { compact } from "../schema/schema.js";
import { remapError } from "../util/remap-stack.js";
import type { Environment } from "./environment/environment.js";
import { openerOf } from "./environment/opener-of.js";
import { refuseIrreversible } from "./environment/refuse-irreversible.js";
import { keptSourceOf } from "./environment/revision-source.js";
import { backUp } from "./guards/back-up.js";
import { refuseChanged } from "./guards/edited-revisions.js";
import { refuseTooManyLocks } from "./guards/refuse-locks.js";
import { refuseOutsidePooled } from "./guards/refuse-pooled.js";
import { refuseUnknownHistory } from "./guards/unknown-history.js";
import { introspectAll } from "./sources/introspect.js";

export interface MigrateOptions {
  readonly direction: Direction;
  /** A revision identifier. */
  readonly target: string;
  readonly dryRun: boolean;
  readonly transaction: TransactionMode | undefined;
  readonly lockTimeoutMilliseconds: number | undefined;
  /** Copy the database before the first step: into this file, or one with a name of its own for null. */
  readonly backup?: string | null | undefined;
  /** What revisions read as `op.tag`. */
  readonly tag?: string | undefined;
}

export interface MigrateResult extends RunResult {
  readonly direction: Direction;
  readonly dryRun: boolean;
  /** Is the database at every head now? */
  readonly isAtHead: boolean;
  /** The file of the backup; null when there was nothing to do, and so nothing to copy. Absent unless asked for. */
  readonly backup?: string | null;
}

/**
 * Runs the revisions between the database and the target. Nothing to do is a result, not an error.
 *
 * @throws MigrationFailedError, OperationError, RevisionError, DatabaseError
 */
export async function migrate(environment: Environment, options: MigrateOptions): Promise<MigrateResult> {
  const { config } = environment;
  const graph = await environment.loadGraph();
  let backup: string | null = null;
  const isPreview = options.direction === "upgrade" && options.dryRun;
  const connection = await environment.connect({
    create: options.direction === "upgrade" && !options.dryRun,
    readOnly: false,
    ...(isPreview ? { missingIsEmpty: true } : {}),
  });
  try {
    using _run = registerRun(environment.author);
    const { transaction, dryRun, lockTimeoutMilliseconds, tag } = options;
    const heads = await environment.versionTable(connection).read();
    const plan = planner(graph, options, heads);
    if (options.direction === "upgrade") {
      await refuseChanged(environment, connection, graph, heads);
      const first = plan(heads)[0]?.revision.id;
      if (heads.length === 0 && first !== undefined) {
        await refuseUnknownHistory(environment, connection, { graph, first });
      }
    }
    const result = await runRevisions(environment, connection, {
      plan,
      heads,
      ...compact({ transaction, lockTimeoutMilliseconds, tag }),
      dryRun,
      beforeFirst: async () => {
        if (options.backup !== undefined) backup ??= await backUp(environment, connection, options.backup);
      },
      emit: environment.emit,
      onStep: config.onStep && ((step) => config.onStep?.(shownStep(step))),
    });
    if (result.steps.length > 0) await warnOfRights(environment, connection, heads);
    const { realHeads } = graph;
    const isAtHead = result.to.length === realHeads.length && realHeads.every((id) => result.to.includes(id));
    return {
      ...result,
      direction: options.direction,
      dryRun: options.dryRun,
      isAtHead,
      ...(options.backup === undefined ? {} : { backup }),
    };
  } catch (error) {
    if (backup !== null && error instanceof TsMigrateError) Object.assign(error, { backup });
    throw error;
  } finally {
    await environment.release();
  }
}

/** Said of servers elsewhere, and of any after its first revisions: who tries things out here has heard it then. */
async function warnOfRights(environment: Environment, connection: Connection, heads: readonly string[]): Promise<void> {
  const isElsewhere = connection.encryption?.isLocal === false;
  // Of a thousand targets one need not hear it a thousand times.
  if (environment.options.target !== undefined || !(isElsewhere || heads.length === 0)) return;
  const found = (await connection.dialect.tooManyRights?.(connection)) ?? [];
  for (const text of found) environment.emit({ type: "warning", text });
}

export interface RevisionRun extends Pick<RunRequest, "plan" | "heads" | "dryRun" | "emit" | "onStep"> {
  readonly transaction?: TransactionMode;
  readonly lockTimeoutMilliseconds?: number;
  readonly tag?: string;
  /** Called when all is loaded and before anything runs. */
  readonly beforeFirst?: () => Promise<void>;
}

/** Runs steps on a database: the environment's own, or a scratch one. */
export function runRevisions(environment: Environment, connection: Connection, run: RevisionRun): Promise<RunResult> {
  const { config, options } = environment;
  const transaction = run.transaction ?? config.transaction;
  const opener = openerOf(environment, { dialect: connection.dialect.name, tag: run.tag, emit: run.emit });
  return runSteps({
    connection,
    versionTable: environment.versionTable(connection),
    plan: run.plan,
    ...compact({ heads: run.heads }),
    rowChanges: versionRowChanges,
    load: async (steps) => {
      await refuseOutsidePooled(environment, connection, steps, { transaction, tag: run.tag });
      if (transaction === "all" || run.dryRun) await refuseTooManyLocks(connection, steps, run);
      const modules = await environment.loadSteps(steps);
      await refuseIrreversible(steps, modules);
      await run.beforeFirst?.();
      return modules;
    },
    openOperations: async (sink, session) => (await opener())(sink, session),
    state: createSchemaState(() => introspectAll(environment, connection)),
    transaction,
    dryRun: run.dryRun,
    ledger: environment.ledger(connection),
    today: () => environment.today().toISOString(),
    source: keptSourceOf,
    isAlive: (entry) => isRunAlive(connection, environment.author, entry),
    retry: config.retry,
    ddlLockTimeoutMilliseconds: config.ddlLockTimeoutMilliseconds,
    maxReplicationLagMilliseconds: config.maxReplicationLagMilliseconds,
    random: () => environment.random(),
    lockName: environment.lockName(connection),
    lockTimeoutMilliseconds: run.lockTimeoutMilliseconds ?? config.lockTimeoutMilliseconds,
    emit: run.emit,
    now: () => environment.now(),
    signal: options.signal,
    remapError,
    onStep: run.onStep,
  });
}

/** What the config's `onStep` is promised, and no more, so that nobody builds on the rest. */
function shownStep({ direction, revision, headsBefore, headsAfter }: RevisionStep): AppliedStep {
  const { id, downRevisions, message, path } = revision;
  return { direction, revision: { id, downRevisions, message, path }, headsBefore, headsAfter };
}

/** The steps are planned anew whenever the database has moved. */
function planner(graph: RevisionGraph, options: MigrateOptions, heads: readonly string[]): Plan {
  const plan = planFrom(graph, options, heads);
  let last: { readonly heads: readonly string[]; readonly steps: readonly RevisionStep[] } | null = null;
  return (current) => {
    if (last === null || !sameIds(last.heads, current)) last = { heads: current, steps: plan(current) };
    return last.steps;
  };
}

type Plan = (heads: readonly string[]) => readonly RevisionStep[];

/** The target is fixed by where the database is at first. */
function planFrom(graph: RevisionGraph, options: MigrateOptions, heads: readonly string[]): Plan {
  if (options.direction === "upgrade") {
    const target = resolveUpgradeTarget(graph, options.target, heads);
    return (current) => planUpgrade(graph, current, target);
  }
  const target = resolveDowngradeTarget(graph, options.target, heads);
  return (current) => planDowngrade(graph, current, target);
}
