/** Revisions run with no database behind them: their statements are written down, and the schema follows by replaying. */
import type { Dialect } from "../../dialects/dialect.js";
import type { ScriptConnection } from "../../dialects/script-connection.js";
import { planUpgrade, versionRowChanges } from "../../revisions/plan-steps.js";
import type { RevisionStep } from "../../revisions/revision.js";
import type { RevisionGraph } from "../../revisions/revision-graph.js";
import type { Emit } from "../../runtime/events.js";
import { type Ledger, noLedger } from "../../runtime/ledger.js";
import type { TransactionMode } from "../../runtime/run-request.js";
import { runSteps } from "../../runtime/runner.js";
import { createReplayedState, type SchemaState } from "../../runtime/schema-state.js";
import { openScriptVersionTable } from "../../runtime/script-version-table.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../schema/schema.js";
import { remapError } from "../../util/remap-stack.js";
import type { Environment } from "../environment/environment.js";
import { openerOf } from "../environment/opener-of.js";
import { refuseIrreversible } from "../environment/refuse-irreversible.js";
import { keptSourceOf } from "../environment/revision-source.js";
import { loadStepModules } from "../environment/user-modules.js";
import { openScriptConnection } from "./write-operations.js";

/** What of a run is different when it is only written down. */
export interface OfflineRun {
  readonly connection: ScriptConnection;
  /** Nothing is recorded without one. */
  readonly ledger?: Ledger;
  readonly from: readonly string[];
  readonly steps: readonly RevisionStep[];
  readonly start: () => Promise<SchemaDef>;
  readonly transaction: TransactionMode;
  readonly tag: string | undefined;
  readonly emit: Emit;
}

/** Runs the steps with nothing behind them; gives what then is known of the schema. */
export async function runOffline(environment: Environment, run: OfflineRun): Promise<SchemaState> {
  const { connection, from, steps, start, transaction, tag, emit } = run;
  const { options } = environment;
  const state = createReplayedState(start, connection.dialect.script);
  const opener = openerOf(environment, { dialect: connection.dialect.name, tag, emit });
  await runSteps({
    connection,
    versionTable: openScriptVersionTable(connection, environment.versionTableName(undefined), from),
    plan: () => steps,
    rowChanges: versionRowChanges,
    load: async (wanted) => {
      const modules = await loadStepModules(wanted);
      await refuseIrreversible(wanted, modules);
      return modules;
    },
    openOperations: async (sink, session) => (await opener())(sink, session),
    state,
    transaction,
    dryRun: false,
    ledger: run.ledger ?? noLedger(environment.versionTableName(undefined)),
    today: () => "",
    source: keptSourceOf,
    isAlive: async () => false,
    retry: null,
    ddlLockTimeoutMilliseconds: 0,
    maxReplicationLagMilliseconds: 0,
    random: () => 0,
    lockName: "",
    lockTimeoutMilliseconds: 0,
    emit,
    now: () => 0,
    signal: options.signal,
    remapError,
    onStep: undefined,
  });
  return state;
}

/** The schema that the revisions up to `heads` make, found by running them all on a connection that nobody reads. */
export function schemaAt(
  environment: Environment,
  { graph, from: heads }: { readonly graph: RevisionGraph; readonly from: readonly string[] },
  dialect: Dialect,
): () => Promise<SchemaDef> {
  return async () => {
    const steps = planUpgrade(graph, [], heads);
    const state = await runOffline(environment, {
      connection: openScriptConnection(environment, dialect),
      from: [],
      steps,
      start: async () => EMPTY_SCHEMA,
      transaction: "per-revision",
      tag: undefined,
      emit: () => {},
    });
    return state.current();
  };
}
