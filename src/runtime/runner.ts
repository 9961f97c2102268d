/**
 * Runs steps: one transaction a revision that holds its version row too, under a lock, with a plan that is made again
 * whenever somebody else has moved the database meanwhile.
 */
import type { Connection } from "../dialects/dialect.js";
import {
  ForeignKeyViolationError,
  InternalError,
  InterruptedError,
  MigrationFailedError,
  OperationConflictError,
  OperationError,
  QueryError,
  TsMigrateError,
  UnsupportedOperationError,
} from "../errors.js";
import type { Direction, RevisionModule, RevisionStep } from "../revisions/revision.js";
import type { SchemaDef } from "../schema/schema.js";
import { printableLine } from "../util/printable.js";
import type { Emit } from "./events.js";
import type { Operations } from "./op.js";
import { createExecutingSink, ForeignKeysOffNeeded, type OperationSink } from "./operation-sink.js";
import { createSchemaState, type SchemaState } from "./schema-state.js";
import type { VersionRowChanges, VersionTable } from "./version-table.js";

export type TransactionMode = "per-revision" | "all" | "none";

export interface RunRequest {
  readonly connection: Connection;
  readonly versionTable: VersionTable;
  readonly direction: Direction;
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
  readonly introspect: () => Promise<SchemaDef>;
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

/** What `op.autocommitBlock` needs of the step it runs in. */
export interface StepSession {
  /** Commits what there is, runs `work` outside a transaction, begins a new one. */
  outsideTransaction(work: () => Promise<void>): Promise<void>;
}

export interface AppliedStep {
  readonly step: RevisionStep;
  readonly milliseconds: number;
}

export interface RunResult {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly steps: readonly AppliedStep[];
  /** Statements in the order in which they ran. */
  readonly sql: readonly string[];
}

export async function runSteps(request: RunRequest): Promise<RunResult> {
  const from = await request.versionTable.read();
  if (request.plan(from).length === 0) return { from, to: from, steps: [], sql: [] };
  const run = new Run(request);
  return run.run();
}

class Run {
  readonly #request: RunRequest;
  readonly #state: SchemaState;
  readonly #applied: AppliedStep[] = [];
  readonly #sql: string[] = [];
  readonly #loaded = new Map<string, () => Promise<RevisionModule<Operations>>>();
  #stopping = false;

  constructor(request: RunRequest) {
    this.#request = request;
    this.#state = createSchemaState(request.introspect);
  }

  async run(): Promise<RunResult> {
    const { connection, signal, emit, lockName, lockTimeoutMilliseconds } = this.#request;
    const stop = () => {
      this.#stopping = true;
      void connection.cancel().catch(() => {});
    };
    if (signal?.aborted) this.#stopping = true;
    signal?.addEventListener("abort", stop);
    try {
      await using _lock = await connection.lock({
        name: lockName,
        timeoutMilliseconds: lockTimeoutMilliseconds,
        onWait: (holder) => emit({ type: "lockWait", holder }),
      });
      return await this.#runLocked();
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  async #runLocked(): Promise<RunResult> {
    const { versionTable, plan, dryRun } = this.#request;
    const from = await versionTable.read();
    let heads = from;
    let steps = plan(heads);
    await this.#load(steps);
    if (steps.length > 0 && !dryRun) await this.#ensureVersionTable();
    if (this.#request.transaction === "all" || dryRun) {
      for (let moved = await this.#together(steps); moved !== null; moved = await this.#together(steps)) {
        heads = moved;
        steps = plan(heads);
        await this.#load(steps);
      }
      heads = steps.at(-1)?.headsAfter ?? heads;
    } else {
      while (steps.length > 0) {
        const [step] = steps;
        this.#stopIfAsked();
        const moved = await this.#alone(step!);
        heads = moved ?? step!.headsAfter;
        steps = moved === null ? steps.slice(1) : plan(heads);
        await this.#load(steps);
      }
    }
    return { from, to: dryRun ? from : heads, steps: this.#applied, sql: this.#sql };
  }

  /** One step in its own transaction. Gives the heads that were found where they are not what the step expects. */
  async #alone(step: RevisionStep): Promise<readonly string[] | null> {
    const { connection, now, emit, lockTimeoutMilliseconds } = this.#request;
    const started = now();
    emit({ type: "stepStarted", step });
    if (this.#request.transaction === "none" || !step.revision.transaction) {
      await this.#outside(step);
      this.#done(step, started);
      return null;
    }
    for (let foreignKeys: "keep" | "off" = "keep"; ; foreignKeys = "off") {
      await connection.begin({ foreignKeys, lockTimeoutMilliseconds });
      try {
        const heads = await this.#request.versionTable.read();
        if (!sameIds(heads, step.headsBefore)) {
          await connection.rollback();
          return heads;
        }
        await this.#body(step);
        await this.#move(step);
        this.#stopIfAsked();
        await connection.commit();
        break;
      } catch (error) {
        this.#state.forget();
        await connection.rollback();
        if (error instanceof ForeignKeysOffNeeded && foreignKeys === "keep") continue;
        throw this.#explain(error, step);
      }
    }
    this.#done(step, started);
    return null;
  }

  async #outside(step: RevisionStep): Promise<void> {
    const { connection, lockTimeoutMilliseconds } = this.#request;
    try {
      await this.#body(step);
      await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds });
      await this.#move(step);
      await connection.commit();
    } catch (error) {
      this.#state.forget();
      await connection.rollback();
      throw this.#explain(error, step);
    }
  }

  /**
   * All steps in one transaction, which a dry run takes back at the end. Gives the heads that were found where they are
   * not what the first step expects.
   */
  async #together(steps: readonly RevisionStep[]): Promise<readonly string[] | null> {
    const { connection, versionTable, dryRun, lockTimeoutMilliseconds, now, emit } = this.#request;
    const closed = steps.find((step) => !step.revision.transaction);
    if (closed !== undefined) {
      throw new UnsupportedOperationError(
        `revision '${closed.revision.id}' says that it must run outside a transaction`,
        {
          dialect: connection.dialect.name,
          operation: closed.direction,
          hint: dryRun
            ? "Run up to the revision before it, or print its SQL with --sql."
            : "Run without `--transaction all`.",
        },
      );
    }
    for (let foreignKeys: "keep" | "off" = "keep"; ; foreignKeys = "off") {
      const before = this.#applied.length;
      let running: RevisionStep | undefined;
      await connection.begin({ foreignKeys, lockTimeoutMilliseconds });
      try {
        const heads = await versionTable.read();
        if (steps[0] !== undefined && !sameIds(heads, steps[0].headsBefore)) {
          await connection.rollback();
          return heads;
        }
        if (dryRun) await versionTable.ensure();
        for (const step of steps) {
          this.#stopIfAsked();
          running = step;
          const started = now();
          emit({ type: "stepStarted", step });
          await this.#body(step);
          await this.#move(step);
          this.#done(step, started);
        }
        if (dryRun) await connection.rollback();
        else await connection.commit();
        return null;
      } catch (error) {
        this.#state.forget();
        await connection.rollback();
        this.#applied.length = before;
        if (error instanceof ForeignKeysOffNeeded && foreignKeys === "keep") continue;
        throw running === undefined ? error : this.#explain(error, running);
      }
    }
  }

  async #body(step: RevisionStep): Promise<void> {
    const request = this.#request;
    const sink = createExecutingSink({
      connection: request.connection,
      state: this.#state,
      emit: (event) => {
        if (event.type === "statement") this.#sql.push(event.sql);
        request.emit(event);
      },
      now: request.now,
      lockTimeoutMilliseconds: request.lockTimeoutMilliseconds,
    });
    try {
      const module = await this.#loaded.get(step.revision.id)!();
      const op = await request.openOperations(sink, this.#session(sink));
      await (step.direction === "upgrade" ? module.upgrade : module.downgrade!)(op);
      await op.settle();
      await sink.flush();
    } catch (error) {
      throw error instanceof ForeignKeysOffNeeded ? error : new StepError(error, sink.lastStatement);
    }
  }

  #session(sink: OperationSink): StepSession {
    const { connection, lockTimeoutMilliseconds } = this.#request;
    return {
      outsideTransaction: async (work) => {
        await sink.flush();
        if (!connection.inTransaction) return work();
        if (this.#request.dryRun || this.#request.transaction === "all") {
          throw new UnsupportedOperationError(
            "an autocommit block cannot run inside the one transaction of the whole run",
            {
              dialect: connection.dialect.name,
              operation: "autocommitBlock",
              hint: "Run with `--transaction per-revision`.",
            },
          );
        }
        const foreignKeys = connection.foreignKeysOff ? "off" : "keep";
        await connection.commit();
        try {
          await work();
          await sink.flush();
        } finally {
          await connection.begin({ foreignKeys, lockTimeoutMilliseconds });
        }
      },
    };
  }

  async #move(step: RevisionStep): Promise<void> {
    const { versionTable, rowChanges, onStep } = this.#request;
    await versionTable.move(rowChanges(step));
    await onStep?.(step);
  }

  async #load(steps: readonly RevisionStep[]): Promise<void> {
    const missing = steps.filter((step) => !this.#loaded.has(step.revision.id));
    if (missing.length === 0) return;
    for (const [id, load] of await this.#request.load(missing)) this.#loaded.set(id, load);
  }

  async #ensureVersionTable(): Promise<void> {
    const { connection, versionTable, lockTimeoutMilliseconds } = this.#request;
    await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds });
    try {
      await versionTable.ensure();
      await connection.commit();
    } catch (error) {
      await connection.rollback();
      throw error;
    }
  }

  #done(step: RevisionStep, started: number): void {
    const milliseconds = Math.round(this.#request.now() - started);
    this.#applied.push({ step, milliseconds });
    this.#request.emit({ type: "stepApplied", step, milliseconds });
  }

  #stopIfAsked(): void {
    if (!this.#stopping) return;
    const reason: unknown = this.#request.signal?.reason;
    throw reason instanceof InterruptedError
      ? reason
      : new InterruptedError("the run was stopped", { exitCode: 130, cause: reason });
  }

  /** The error with what only the runner knows: which revision, which statement, where the database is now. */
  #explain(error: unknown, step: RevisionStep): unknown {
    const inner = error instanceof StepError ? error.cause : error;
    const last = error instanceof StepError ? error.lastStatement : undefined;
    if (this.#stopping && !(inner instanceof InterruptedError)) {
      try {
        this.#stopIfAsked();
      } catch (interrupted) {
        return interrupted;
      }
    }
    if (inner instanceof InterruptedError || inner instanceof InternalError) return inner;
    const cause = this.#request.remapError(inner);
    const where = `${step.direction} of '${step.revision.id}'`;
    const state = this.#describeState(step);
    if (cause instanceof OperationConflictError) {
      return new OperationConflictError(`${where} failed: ${cause.message}`, {
        operation: cause.operation,
        cause,
        hint: cause.hint ?? state,
      });
    }
    if (cause instanceof OperationError) {
      const { dialect, operation } = cause as UnsupportedOperationError;
      return new UnsupportedOperationError(`${where} failed: ${cause.message}`, {
        dialect,
        operation,
        cause,
        hint: cause.hint ?? state,
      });
    }
    const statement = cause instanceof QueryError ? cause.sql : undefined;
    const what = cause instanceof Error ? cause.message : String(cause);
    const at = statement === undefined ? "" : ` at: ${printableLine(shorten(statement))}`;
    return new MigrationFailedError(`${where} failed${at}: ${what}`, {
      revision: step.revision.id,
      direction: step.direction,
      statement: statement ?? (cause instanceof TsMigrateError ? undefined : last),
      applied: this.#applied.map((done) => done.step.revision.id),
      cause,
      hint: cause instanceof ForeignKeyViolationError ? (cause.hint ?? state) : state,
    });
  }

  #describeState(step: RevisionStep): string {
    const heads = this.#request.transaction === "all" ? this.#firstHeads(step) : step.headsBefore;
    const at = heads.length === 0 ? "still empty of revisions" : `still at ${heads.map((id) => `'${id}'`).join(", ")}`;
    if (this.#request.transaction === "none" || !step.revision.transaction) {
      return `The version table says that the database is ${at}, but this revision runs outside a transaction: look at what it had done before you run it again.`;
    }
    return `Rolled back; the database is ${at}.`;
  }

  #firstHeads(step: RevisionStep): readonly string[] {
    return this.#applied[0]?.step.headsBefore ?? step.headsBefore;
  }
}

/** Carries the last statement out of a step's body. */
class StepError extends Error {
  override readonly name = "StepError";
  readonly lastStatement: string | undefined;
  constructor(cause: unknown, lastStatement: string | undefined) {
    super("step failed", { cause });
    this.lastStatement = lastStatement;
  }
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}

function shorten(sql: string): string {
  return sql.length > 200 ? `${sql.slice(0, 197)}...` : sql;
}
