import type { ScriptConnection } from "../dialects/script-connection.js";
import { UsageError } from "../errors.js";
import { describeStamp, describeStep } from "../revisions/describe-revision.js";
import { planDowngrade, planStamp, planUpgrade, versionRowChanges } from "../revisions/plan-steps.js";
import { resolveDowngradeScript, resolveStampScript, resolveUpgradeScript } from "../revisions/resolve-range.js";
import type { Direction, RevisionStep } from "../revisions/revision.js";
import type { RevisionGraph } from "../revisions/revision-graph.js";
import type { TransactionMode } from "../runtime/run-request.js";
import { openScriptLedger, type ScriptLedger } from "../runtime/script-ledger.js";
import { openScriptVersionTable } from "../runtime/script-version-table.js";
import { createStatement, qualified } from "../runtime/version-table.js";
import { printableLine } from "../util/printable.js";
import type { Environment } from "./environment/environment.js";
import { offlineDialect } from "./environment/offline-dialect.js";
import { runOffline, schemaAt } from "./scripts/run-offline.js";
import { openScriptConnection } from "./scripts/write-operations.js";
import { appliedAt, movedBetween, recordStamp } from "./stamp.js";

export interface Script {
  /** Lines of SQL and comments, for psql or the SQLite shell. */
  readonly lines: readonly string[];
}

export interface MigrationScriptOptions {
  readonly direction: Direction;
  /** `a:b`, or for an upgrade `b`, which begins at base. */
  readonly range: string;
  readonly transaction: TransactionMode | undefined;
  readonly tag?: string | undefined;
}

/**
 * Writes what an upgrade or downgrade would run.
 *
 * @throws UnsupportedOperationError where a revision reads the database; RevisionError, ConfigInvalidError
 */
export async function writeMigrationScript(
  environment: Environment,
  { direction, range, transaction, tag }: MigrationScriptOptions,
): Promise<Script> {
  const graph = await environment.loadGraph();
  const plan = planOf(graph, direction, range);
  const connection = openScriptConnection(environment, await offlineDialect(environment));
  const { script } = connection.dialect;
  writeHeader(connection, `${direction} from ${place(plan.from)} to ${place(endOf(plan))}`);
  if (plan.steps.length > 0) for (const sql of script.prologue) await connection.script(sql);
  await runOffline(environment, {
    connection,
    ledger: scriptLedger(environment, connection),
    from: plan.from,
    steps: plan.steps,
    start: schemaAt(environment, plan, connection.dialect),
    transaction: transaction ?? environment.config.transaction,
    tag,
    emit(event) {
      if (event.type === "stepStarted") {
        connection.comment(`Running ${printableLine(describeStep(event.step, { message: false }))}`);
      } else if (event.type === "log" || event.type === "warning") environment.emit(event);
    },
  });
  return { lines: connection.lines };
}

/** The statements of one revision's upgrade, without transactions and the version table. */
export async function writeRevisionStatements(
  environment: Environment,
  graph: RevisionGraph,
  id: string,
): Promise<readonly string[]> {
  const all = planUpgrade(graph, [], [id]);
  const step = all.find(({ revision }) => revision.id === id)!;
  const connection = openScriptConnection(environment, await offlineDialect(environment));
  const statements: string[] = [];
  const plan = { graph, from: step.headsBefore, steps: [step] };
  await runOffline(environment, {
    connection,
    ...plan,
    start: schemaAt(environment, plan, connection.dialect),
    transaction: "per-revision",
    tag: undefined,
    emit(event) {
      if (event.type === "stepStarted") statements.length = 0;
      if (event.type === "statement") statements.push(event.sql);
    },
  });
  return statements;
}

/** `targets`: as for a stamp; one of them may be `a:b`, which says where the database is. */
export async function writeStampScript(
  environment: Environment,
  targets: readonly string[],
  { purge }: { readonly purge: boolean },
): Promise<Script> {
  const graph = await environment.loadGraph();
  const { from, target: wanted } = resolveStampScript(graph, targets);
  if (purge && from.length > 0) {
    throw new UsageError("--purge deletes every row, wherever the database is", {
      hint: "Leave the start of the range out.",
    });
  }
  const steps = planStamp(graph, from, wanted, { purge });
  const connection = openScriptConnection(environment, await offlineDialect(environment));
  const name = environment.versionTableName(undefined);
  const table = openScriptVersionTable(connection, name, from);
  const ledger = scriptLedger(environment, connection);
  writeHeader(connection, `stamp ${place(from)} -> ${place(endOf({ from, steps }))}`);
  await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 0 });
  await table.ensure();
  await ledger.ensure();
  if (purge) await connection.script(`DELETE FROM ${qualified(name)}`);
  for (const step of steps) {
    connection.comment(`Running ${describeStamp(step)}`);
    await table.move(versionRowChanges(step));
  }
  const to = endOf({ from, steps });
  // What is unfinished, and what counted as applied before a purge, is known where the script runs.
  await ledger.endOthers({ applied: [...appliedAt(graph, to)], recorded: movedBetween(graph, from, to), all: purge });
  await recordStamp(ledger, { graph, from, to, today: "" });
  await connection.commit();
  return { lines: connection.lines };
}

export async function writeEnsureVersionScript(environment: Environment): Promise<Script> {
  const connection = openScriptConnection(environment, await offlineDialect(environment));
  await connection.script(createStatement(environment.versionTableName(undefined)));
  await scriptLedger(environment, connection).ensure();
  return { lines: connection.lines };
}

interface Plan {
  readonly graph: RevisionGraph;
  /** The rows of the version table where the script begins. */
  readonly from: readonly string[];
  readonly steps: readonly RevisionStep[];
}

function planOf(graph: RevisionGraph, direction: Direction, range: string): Plan {
  if (direction === "upgrade") {
    const { from, target } = resolveUpgradeScript(graph, range);
    return { graph, from, steps: planUpgrade(graph, from, target) };
  }
  const { from, target } = resolveDowngradeScript(graph, range);
  return { graph, from, steps: planDowngrade(graph, from, target) };
}

function scriptLedger(environment: Environment, connection: ScriptConnection): ScriptLedger {
  return openScriptLedger(connection, environment.versionTableName(undefined), environment.author);
}

function endOf({ from, steps }: Omit<Plan, "graph">): readonly string[] {
  return steps.at(-1)?.headsAfter ?? from;
}

function writeHeader(connection: ScriptConnection, what: string): void {
  const { name, script } = connection.dialect;
  const product = name === "sqlite" ? "SQLite" : "PostgreSQL";
  connection.comment(`${product}: ${what}\nRun it with: ${script.shell} <this file>\n`);
}

function place(heads: readonly string[]): string {
  return heads.length === 0 ? "base" : heads.join(", ");
}
