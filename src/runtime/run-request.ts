/** What a run is asked to do, and what it gives back. */
import type { Connection } from "../dialects/dialect.js";
import type { Revision, RevisionModule, RevisionStep } from "../revisions/revision.js";
import type { KeptSource } from "../util/source-text.js";
import type { AttemptsOptions } from "./attempts.js";
import type { Emit } from "./events.js";
import type { Ledger, LedgerEntry } from "./ledger.js";
import type { OperationSink } from "./operation-sink.js";
import type { Operations } from "./operations.js";
import type { SchemaState } from "./schema-state.js";
import type { VersionRowChanges, VersionTable } from "./version-table.js";

export type TransactionMode = "per-revision" | "all" | "none";

export interface RunRequest {
  readonly connection: Connection;
  readonly versionTable: VersionTable;
  /** What was read of it just now, where somebody has; it is read again under the lock. */
  readonly heads?: readonly string[];
  /** Steps from these heads to the target; empty when there is nothing to do. Asked again when the heads have moved. */
  readonly plan: (heads: readonly string[]) => readonly RevisionStep[];
  readonly rowChanges: (step: RevisionStep) => VersionRowChanges;
  /** Loads what the steps run, all at once, before any of them runs. */
  readonly load: (
    steps: readonly RevisionStep[],
  ) => Promise<ReadonlyMap<string, () => Promise<RevisionModule<Operations>>>>;
  readonly openOperations: (
    sink: OperationSink,
    session: StepSession,
  ) => Promise<Operations & { settle(): Promise<void> }>;
  /** What the steps meet, before the first of them. */
  readonly state: SchemaState;
  readonly ledger: Ledger;
  /** The time of day, ISO 8601 in UTC. */
  readonly today: () => string;
  /** What the ledger keeps of the file; null where nothing is kept. */
  readonly source: (revision: Revision) => KeptSource | null;
  /** Is the run that wrote the entry still there? */
  readonly isAlive: (entry: LedgerEntry) => Promise<boolean>;
  /** Of transactions that met somebody else's lock; null: none. */
  readonly retry: AttemptsOptions["retry"];
  readonly ddlLockTimeoutMilliseconds: number;
  readonly maxReplicationLagMilliseconds: number;
  /** Chance, from 0 to 1. */
  readonly random: () => number;
  readonly transaction: TransactionMode;
  readonly dryRun: boolean;
  readonly lockName: string;
  readonly lockTimeoutMilliseconds: number;
  readonly emit: Emit;
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
  /** Rewrites frames of transpiled files into the user's own. */
  readonly remapError: (error: unknown) => unknown;
  /** Called in the step's transaction when its version rows have been moved; throwing undoes the step. */
  readonly onStep: ((step: RevisionStep) => unknown) | undefined;
}

/** What operations that leave the transaction need of the step they run in. */
export interface StepSession {
  /** Is the whole run one transaction, which cannot be left? */
  readonly isWhole: boolean;
  /** Commits what there is, runs `work` outside a transaction, begins a new one. `what` it is stands in errors. */
  outsideTransaction(work: () => Promise<void>, what: string): Promise<void>;
}

export interface AppliedStep {
  readonly step: RevisionStep;
  readonly milliseconds: number;
}

export interface RunResult {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly AppliedStep[];
  /** In the order in which they ran. */
  readonly statements: readonly RunStatement[];
}

export interface RunStatement {
  readonly sql: string;
  /** Null for one that a dry run has left out, since it cannot be taken back. */
  readonly milliseconds: number | null;
}
