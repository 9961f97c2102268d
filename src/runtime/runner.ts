import type { BeginOptions } from "../dialects/dialect.js";
import { InterruptedError } from "../errors.js";
import type { RevisionModule, RevisionStep } from "../revisions/revision.js";
import { sameIds } from "../revisions/version-rows.js";
import { Attempts } from "./attempts.js";
import { deferRecords } from "./deferred-records.js";
import { withPlace } from "./describe-place.js";
import { ensureTables } from "./ensure-tables.js";
import { explainFailure } from "./explain-failure.js";
import { refuseHalfDone, refuseHalfDry } from "./half-done.js";
import { inTransaction } from "./in-transaction.js";
import { oneJourney } from "./one-journey.js";
import type { Operations } from "./op.js";
import { NO_OPEN_STEPS, type OpenSteps, settledOpenSteps } from "./open-steps.js";
import { createExecutingSink } from "./operation-sink.js";
import { recordFailure } from "./record-failure.js";
import type { AppliedStep, RunRequest, RunResult, RunStatement } from "./run-request.js";
import type { SchemaState } from "./schema-state.js";
import { ForeignKeysOffNeeded, StepError } from "./step-error.js";
import { type EarlierEntry, StepJournal, StepTaken } from "./step-journal.js";
import { openStepSession, refuseOutside } from "./step-session.js";
import { Stopper } from "./stopper.js";
import { hasLeft } from "./version-table.js";

export async function runSteps(request: RunRequest): Promise<RunResult> {
  const from = request.heads ?? (await request.versionTable.read());
  if (request.plan(from).length === 0) return { from, to: from, steps: [], statements: [] };
  const run = new Run(request);
  return run.run();
}

class Run {
  readonly #request: RunRequest;
  readonly #state: SchemaState;
  readonly #applied: AppliedStep[] = [];
  readonly #statements: RunStatement[] = [];
  readonly #loaded = new Map<string, () => Promise<RevisionModule<Operations>>>();
  readonly #stopper: Stopper;
  #open: OpenSteps = NO_OPEN_STEPS;
  /** How often this run itself has brought a revision to its end. */
  readonly #ended = new Map<string, number>();
  #journal: StepJournal | null = null;
  /** What this run has committed of a revision, should the rest of it be tried again. */
  readonly #written = new Map<string, EarlierEntry[]>();

  constructor(request: RunRequest) {
    this.#request = request;
    this.#state = request.state;
    this.#stopper = new Stopper(request.signal);
  }

  async run(): Promise<RunResult> {
    const { connection, emit, lockName, lockTimeoutMilliseconds } = this.#request;
    const unwatch = this.#stopper.watch(connection);
    try {
      const taking = connection.lock({
        name: lockName,
        timeoutMilliseconds: lockTimeoutMilliseconds,
        onWait: (holder) => emit({ type: "lockWait", holder }),
      });
      await using _lock = await this.#stopper.orStop(taking, async (lock) => {
        await lock[Symbol.asyncDispose]();
      });
      return await this.#runLocked();
    } catch (error) {
      throw error instanceof InterruptedError ? await withPlace(error, this.#request) : error;
    } finally {
      unwatch();
    }
  }

  async #runLocked(): Promise<RunResult> {
    const { versionTable, plan, dryRun } = this.#request;
    const from = await versionTable.read();
    let heads = from;
    let steps = plan(heads);
    await this.#load(steps);
    if (steps.length > 0) {
      if (!dryRun) await ensureTables(this.#request);
      this.#open = await this.#openSteps();
      refuseHalfDone(this.#open, steps, this.#request.emit);
      if (dryRun) refuseHalfDry(this.#open, steps);
    }
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
        this.#stopper.stopIfAsked();
        const moved = await this.#alone(step!);
        heads = moved ?? step!.headsAfter;
        steps = moved === null ? steps.slice(1) : plan(heads);
        // Of thousands of steps each would be looked for once more after each.
        if (moved !== null) await this.#load(steps);
      }
    }
    return { from, to: dryRun ? from : heads, steps: this.#applied, statements: this.#statements };
  }

  /** One step in its own transaction. Gives the heads that were found where they are not what the step expects. */
  async #alone(step: RevisionStep): Promise<readonly string[] | null> {
    const { connection, now, emit, lockTimeoutMilliseconds } = this.#request;
    const started = now();
    // What fails before the step has one must not be put down to the step before.
    this.#journal = null;
    emit({ type: "stepStarted", step });
    if (this.#request.transaction === "none" || !step.revision.transaction) {
      if (!(await this.#outside(step))) return this.#meetOther();
      this.#done(step, started);
      return null;
    }
    const ran = this.#statements.length;
    const attempts = this.#newAttempts();
    for (let foreignKeys: "keep" | "off" = "keep"; ; ) {
      const ddlLockTimeoutMilliseconds = attempts.lockTimeoutMilliseconds;
      await this.#begin({ foreignKeys, lockTimeoutMilliseconds, ddlLockTimeoutMilliseconds });
      try {
        const claim = { waitMilliseconds: lockTimeoutMilliseconds, ddlLockTimeoutMilliseconds };
        const heads = await this.#request.versionTable.claim(claim);
        if (!sameIds(heads, step.headsBefore)) {
          await connection.rollback();
          return heads;
        }
        await this.#body(step);
        await this.#move(step);
        this.#stopper.stopIfAsked();
        await connection.commit(hasLeft(this.#request.versionTable, step.headsBefore));
        break;
      } catch (error) {
        this.#state.rolledBack();
        await connection.rollback();
        this.#statements.length = ran;
        if (error instanceof ForeignKeysOffNeeded && foreignKeys === "keep") {
          foreignKeys = "off";
          continue;
        }
        if (await this.#isOvertaken(error, step)) return this.#meetOther();
        if (this.#stopper.reason === null && (await attempts.again(error))) continue;
        await recordFailure(this.#journal, connection, error);
        throw this.#explain(error, step);
      }
    }
    this.#done(step, started);
    return null;
  }

  /** Did the step fail because another run has done it meanwhile? Where locks hold nobody can have. */
  async #isOvertaken(error: unknown, step: RevisionStep): Promise<boolean> {
    if (error instanceof StepTaken) return true;
    const { connection, versionTable, ledger } = this.#request;
    if (connection.isOffline === true || this.#stopper.reason !== null) return false;
    try {
      if (!sameIds(await versionTable.read(), step.headsBefore)) return true;
      const known = this.#open.marks.get(step.revision.id)?.last;
      const mine = this.#journal?.hasWritten === true;
      return !mine && (await ledger.readMarks()).get(step.revision.id)?.last !== known;
    } catch {
      // The connection is gone; the error that came first says more.
      return false;
    }
  }

  /** Another run is at this very step: wait for it, and see where it has brought the database. */
  async #meetOther(): Promise<readonly string[]> {
    this.#open = await this.#openSteps();
    return this.#request.versionTable.read();
  }

  /** A step outside a transaction; false when another run is at it. */
  async #outside(step: RevisionStep): Promise<boolean> {
    const { connection, lockTimeoutMilliseconds } = this.#request;
    try {
      await this.#body(step);
      const move = async () => {
        this.#state.begun();
        await this.#move(step);
      };
      const options = { foreignKeys: "keep", lockTimeoutMilliseconds } as const;
      await inTransaction(connection, options, move, hasLeft(this.#request.versionTable, step.headsBefore));
      return true;
    } catch (error) {
      this.#state.rolledBack();
      await connection.rollback();
      if (await this.#isOvertaken(error, step)) return false;
      await recordFailure(this.#journal, connection, error);
      throw this.#explain(error, step);
    }
  }

  /**
   * All steps in one transaction, which a dry run takes back at the end. Gives the heads that were found where they are
   * not what the first step expects.
   */
  async #together(steps: readonly RevisionStep[]): Promise<readonly string[] | null> {
    const { connection, versionTable, dryRun, lockTimeoutMilliseconds, now, emit } = this.#request;
    refuseOutside(steps, this.#request);
    const attempts = this.#newAttempts();
    for (let foreignKeys: "keep" | "off" = "keep"; ; ) {
      const done: (readonly [step: RevisionStep, started: number, ended: number])[] = [];
      let running: RevisionStep | undefined;
      const ddlLockTimeoutMilliseconds = attempts.lockTimeoutMilliseconds;
      await this.#begin({ foreignKeys, lockTimeoutMilliseconds, ddlLockTimeoutMilliseconds });
      try {
        const claim = { waitMilliseconds: lockTimeoutMilliseconds, ddlLockTimeoutMilliseconds };
        const heads = await (dryRun ? versionTable.read() : versionTable.claim(claim));
        if (steps[0] !== undefined && !sameIds(heads, steps[0].headsBefore)) {
          await connection.rollback();
          return heads;
        }
        if (dryRun) {
          await versionTable.ensure();
          await this.#request.ledger.ensure();
        }
        const records = deferRecords(this.#request);
        for (const step of steps) {
          this.#stopper.stopIfAsked();
          running = step;
          const started = now();
          emit({ type: "stepStarted", step });
          await this.#body(step, records?.ledger);
          await this.#move(step, records !== null);
          done.push([step, started, now()]);
        }
        await records?.write(steps);
        if (dryRun) await connection.rollback();
        else await connection.commit(hasLeft(versionTable, steps[0]?.headsBefore ?? []));
        for (const [step, started, ended] of done) this.#done(step, started, ended);
        return null;
      } catch (error) {
        this.#state.rolledBack();
        await connection.rollback();
        this.#statements.length = 0;
        if (error instanceof ForeignKeysOffNeeded && foreignKeys === "keep") {
          foreignKeys = "off";
          continue;
        }
        if (this.#stopper.reason === null && (await attempts.again(error))) continue;
        if (!dryRun) await recordFailure(this.#journal, connection, error);
        throw running === undefined ? error : this.#explain(error, running, steps[0]!.headsBefore);
      }
    }
  }

  async #body(step: RevisionStep, ledger = this.#request.ledger): Promise<void> {
    const request = this.#request;
    const { connection, lockTimeoutMilliseconds } = request;
    const written = this.#written.get(step.revision.id) ?? [];
    this.#written.set(step.revision.id, written);
    const journal = new StepJournal({
      ledger,
      step,
      open: [...(this.#open.entries.get(step.revision.id) ?? []), ...written],
      onWritten: (entry) => written.push(entry),
      together: (work) => inTransaction(connection, { foreignKeys: "keep", lockTimeoutMilliseconds }, work),
      generation: (this.#open.marks.get(step.revision.id)?.generation ?? 0) + (this.#ended.get(step.revision.id) ?? 0),
      today: request.today,
      now: request.now,
    });
    this.#journal = journal;
    const sink = createExecutingSink({
      connection: request.connection,
      state: this.#state,
      emit: (event) => {
        if (event.type === "statement") this.#statements.push(event);
        if (event.type === "statementLeftOut") this.#statements.push({ sql: event.sql, milliseconds: null });
        request.emit(event);
      },
      now: request.now,
      lockTimeoutMilliseconds: request.lockTimeoutMilliseconds,
      newAttempts: () => this.#newAttempts(),
      maxReplicationLagMilliseconds: request.maxReplicationLagMilliseconds,
      stopIfAsked: () => this.#stopper.stopIfAsked(),
      journal,
    });
    try {
      const module = await this.#loaded.get(step.revision.id)!();
      const op = await request.openOperations(sink, openStepSession({ request, sink, journal, state: this.#state }));
      const body = async () => {
        await (step.direction === "upgrade" ? module.upgrade : module.downgrade!)(op);
        await op.settle();
        await sink.finish();
      };
      await (request.dryRun && !step.revision.transaction ? sink.listOnly(body) : body());
    } catch (error) {
      if (error instanceof ForeignKeysOffNeeded || error instanceof StepTaken) throw error;
      throw new StepError(error, sink.lastStatement);
    }
  }

  async #move(step: RevisionStep, isDeferred = false): Promise<void> {
    const { connection, versionTable, rowChanges, onStep, source } = this.#request;
    const end = async () => this.#journal?.end(true, step.direction === "upgrade" ? source(step.revision) : null);
    if (isDeferred) await end();
    else await oneJourney(connection, [() => versionTable.move(rowChanges(step)), end]);
    await onStep?.(step);
  }

  async #openSteps(): Promise<OpenSteps> {
    this.#ended.clear();
    const { ledger, isAlive, lockTimeoutMilliseconds: timeoutMilliseconds, emit, now } = this.#request;
    this.#written.clear();
    return settledOpenSteps({ ledger, isAlive, timeoutMilliseconds, emit, now, sleep: this.#sleep });
  }

  async #begin(options: BeginOptions): Promise<void> {
    const { connection } = this.#request;
    await this.#stopper.orStop(connection.begin({ ...options, goesWithNext: true }), () => connection.rollback());
    this.#state.begun();
  }

  #newAttempts(): Attempts {
    const { retry, ddlLockTimeoutMilliseconds, emit, now, random } = this.#request;
    return new Attempts({ retry, ddlLockTimeoutMilliseconds, emit, now, random, sleep: this.#sleep });
  }

  readonly #sleep = (milliseconds: number): Promise<void> =>
    this.#stopper.orStop(new Promise((resolve) => setTimeout(resolve, milliseconds)));

  async #load(steps: readonly RevisionStep[]): Promise<void> {
    const missing = steps.filter((step) => !this.#loaded.has(step.revision.id));
    if (missing.length === 0) return;
    for (const [id, load] of await this.#request.load(missing)) this.#loaded.set(id, load);
  }

  #done(step: RevisionStep, started: number, ended = this.#request.now()): void {
    const milliseconds = Math.round(ended - started);
    this.#applied.push({ step, milliseconds });
    this.#ended.set(step.revision.id, (this.#ended.get(step.revision.id) ?? 0) + 1);
    this.#request.emit({ type: "stepApplied", step, milliseconds });
  }

  #explain(error: unknown, step: RevisionStep, heads = step.headsBefore): unknown {
    const stopped = this.#stopper.reason;
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
}
