import { InterruptedError, UnsupportedOperationError } from "../errors.js";
import type { RevisionModule, RevisionStep } from "../revisions/revision.js";
import { explainFailure } from "./explain-failure.js";
import type { Operations } from "./op.js";
import { createExecutingSink, ForeignKeysOffNeeded, type OperationSink } from "./operation-sink.js";
import type { AppliedStep, RunRequest, RunResult, StepSession } from "./run-request.js";
import type { SchemaState } from "./schema-state.js";

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
    this.#state = request.state;
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
      const taking = connection.lock({
        name: lockName,
        timeoutMilliseconds: lockTimeoutMilliseconds,
        onWait: (holder) => emit({ type: "lockWait", holder }),
      });
      await using _lock = await this.#orStop(taking, async (lock) => {
        await lock[Symbol.asyncDispose]();
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
    const ran = this.#sql.length;
    for (let foreignKeys: "keep" | "off" = "keep"; ; foreignKeys = "off") {
      await this.#orStop(connection.begin({ foreignKeys, lockTimeoutMilliseconds }), () => connection.rollback());
      this.#state.begun();
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
        this.#state.rolledBack();
        await connection.rollback();
        this.#sql.length = ran;
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
      this.#state.begun();
      await this.#move(step);
      await connection.commit();
    } catch (error) {
      this.#state.rolledBack();
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
            ? "Name the revision before it as the target of the dry run."
            : "Run without `--transaction all`.",
        },
      );
    }
    for (let foreignKeys: "keep" | "off" = "keep"; ; foreignKeys = "off") {
      const before = this.#applied.length;
      let running: RevisionStep | undefined;
      await this.#orStop(connection.begin({ foreignKeys, lockTimeoutMilliseconds }), () => connection.rollback());
      this.#state.begun();
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
        this.#state.rolledBack();
        await connection.rollback();
        this.#applied.length = before;
        this.#sql.length = 0;
        if (error instanceof ForeignKeysOffNeeded && foreignKeys === "keep") continue;
        throw running === undefined ? error : this.#explain(error, running, steps[0]!.headsBefore);
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
        await connection.commit();
        try {
          await work();
          await sink.flush();
        } finally {
          // What is committed cannot run again, so the rest of the step must not have to be begun anew.
          await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds });
          this.#state.begun();
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

  #explain(error: unknown, step: RevisionStep, heads = step.headsBefore): unknown {
    const stopped = this.#stopReason();
    if (stopped !== null) return stopped;
    const outside = this.#request.transaction === "none" || !step.revision.transaction;
    return explainFailure(this.#request.remapError(error instanceof StepError ? error.cause : error), {
      step,
      heads,
      applied: this.#applied.map((done) => done.step.revision.id),
      rolledBack: !outside,
      isOffline: this.#request.connection.isOffline === true,
      lastStatement: error instanceof StepError ? error.lastStatement : undefined,
    });
  }

  /** Waits for `work`, or until the run is to stop: then what it gives in the end is undone, and nobody waits for it. */
  async #orStop<T>(work: Promise<T>, undo: (value: T) => Promise<void>): Promise<T> {
    const { signal } = this.#request;
    if (signal === undefined) return work;
    let listen = () => {};
    const stopped = new Promise<null>((resolve) => {
      listen = () => resolve(null);
      signal.addEventListener("abort", listen);
      if (signal.aborted) listen();
    });
    try {
      const first = await Promise.race([work.then((value) => ({ value })), stopped]);
      if (first !== null) return first.value;
      work.then(undo).catch(() => {});
      this.#stopping = true;
      throw this.#stopReason();
    } finally {
      signal.removeEventListener("abort", listen);
    }
  }

  #stopIfAsked(): void {
    const reason = this.#stopReason();
    if (reason !== null) throw reason;
  }

  #stopReason(): InterruptedError | null {
    if (!this.#stopping) return null;
    const reason: unknown = this.#request.signal?.reason;
    if (reason instanceof InterruptedError) return reason;
    return new InterruptedError("the run was stopped", { exitCode: 130, cause: reason });
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
