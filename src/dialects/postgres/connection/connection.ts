/** One connection to PostgreSQL: statements, transactions that are known to have happened, the lock of a run. */
import type { Kysely } from "kysely";
import { ConnectionError, InternalError, type QueryError } from "../../../errors.js";
import type { BackupRequest, BeginOptions, Connection, Dialect, QueryResult, WorkProgress } from "../../dialect.js";
import { openKyselyOn } from "../../kysely-connection.js";
import { acquireLock, type HeldLock, type LockOptions } from "./advisory-lock.js";
import { namingBlockers } from "./blockers.js";
import { type ConnectionParts, refuseReadOnly } from "./connection-parts.js";
import { buildsIndex, watchIndexBuild } from "./index-progress.js";
import { type Asked, deliver, Journeys, refuseRest } from "./journey.js";
import { endedByStatement, isConnectionLoss, queryError, transactionFailed } from "./server-errors.js";
import type { ServerFacts } from "./server-facts.js";
import { hasEndedBeforeError, settleCommit, touchesTransaction } from "./transaction-outcome.js";
import { beginStatements, isolatedStatements, sendReadOnly } from "./transaction-statements.js";
import { cancelStatement, type Wire, type WireResult } from "./wire.js";

export class PostgresConnection implements Connection {
  readonly dialect: Dialect;
  readonly serverVersion: string;
  readonly description: string;
  readonly defaultSchema: string;
  readonly foreignKeysOff = false;
  readonly facts: ServerFacts;
  readonly #parts: ConnectionParts;
  #wire: Wire;
  /** The id of the transaction that {@link begin} started. */
  #transaction: string | undefined;
  #lock: HeldLock | undefined;
  /** Of the transaction, in milliseconds. */
  #lockTimeout = 0;
  /** Of the server; another one when the connection was made again, and in any transaction behind a pooler. */
  #processId: number;
  #isolated = 0;
  #running = 0;
  readonly #journeys = new Journeys();
  #session: string | null;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#wire = parts.wire;
    this.facts = parts.facts;
    this.#processId = parts.facts.processId;
    // An application's own connection may be answered by one session now and by another then.
    this.#session = parts.wire.processId === parts.facts.processId ? parts.facts.session : null;
    this.dialect = parts.dialect;
    this.serverVersion = parts.facts.version;
    this.description = parts.description;
    this.defaultSchema = parts.facts.defaultSchema;
  }

  get inTransaction(): boolean {
    if (this.#wire.lost !== undefined) return false;
    if (this.#journeys.held !== undefined) return true;
    const status = this.#wire.status();
    return this.#transaction !== undefined || this.#isolated > 0 || status === "open" || status === "failed";
  }

  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const { rows, affectedRows } = await (this.#journeys.join(sql, parameters) ?? this.#send(sql, parameters));
    return { rows, affectedRows };
  }

  together<T>(work: () => Promise<T>): Promise<T> {
    return this.#journeys.together(work, (asked) => this.#sendTogether(asked));
  }

  async script(sql: string): Promise<void> {
    await this.#send(sql, []);
  }

  /** That steps run as; undefined where they run as the login. */
  get role(): string | undefined {
    return this.#parts.options.role;
  }

  get session(): string | null {
    return this.#session;
  }

  get isPooled(): boolean {
    return this.facts.isPooled;
  }

  async begin(begin: BeginOptions): Promise<void> {
    if (this.inTransaction) throw new InternalError("a transaction is open already");
    refuseReadOnly(this.#parts);
    await this.#lock?.assertHeld();
    this.#lockTimeout = begin.ddlLockTimeoutMilliseconds ?? this.#parts.options.ddlLockTimeoutMilliseconds;
    const statements = beginStatements(this.#parts.options, this.facts, this.#lockTimeout);
    // Through a pooler only its answer tells which session could be told to stop.
    if (begin.goesWithNext === true && !this.facts.isPooled) this.#journeys.held = statements;
    else this.#begun(await this.#sendAll(statements));
  }

  async commit(proof?: () => Promise<boolean>): Promise<void> {
    await this.#sendHeld();
    const id = this.#transaction;
    if (id === undefined) throw new InternalError("there is no transaction to commit");
    if (this.#wire.status() === "failed") throw await this.#alreadyFailed();
    // Where the driver hides command tags nothing has watched over the transaction.
    if (this.#wire.status() === "unknown") await this.#assertSameTransaction("COMMIT");
    let commands: readonly string[];
    try {
      ({ commands } = await this.#track(() => this.#wire.send("COMMIT")));
    } catch (error) {
      if (!isConnectionLoss(error)) throw queryError(error, "COMMIT", this.description);
      this.#transaction = undefined;
      return await this.#settle(id, error, proof);
    } finally {
      this.#transaction = undefined;
    }
    if (commands[0] !== undefined && commands[0] !== "COMMIT") throw transactionFailed();
  }

  async rollback(): Promise<void> {
    this.#journeys.takeHeld();
    const open = this.#transaction !== undefined || this.#wire.status() === "open" || this.#wire.status() === "failed";
    this.#transaction = undefined;
    if (!open || this.#wire.lost !== undefined) return;
    try {
      await this.#wire.send("ROLLBACK");
    } catch (error) {
      if (!isConnectionLoss(error)) throw queryError(error, "ROLLBACK", this.description);
    }
  }

  async lock(options: LockOptions): Promise<AsyncDisposable> {
    refuseReadOnly(this.#parts);
    const { openLocking, description } = this.#parts;
    const server = { versionNumber: this.facts.versionNumber, url: description, openAnother: this.#parts.openAnother };
    const held = await acquireLock(this.#wire, openLocking, options, server);
    this.#lock = held;
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#lock === held) this.#lock = undefined;
        await held[Symbol.asyncDispose]();
      },
    };
  }

  async kysely(): Promise<Kysely<any>> {
    return openKyselyOn(this, "postgres");
  }

  watch(sql: string, onProgress: (progress: WorkProgress) => void): AsyncDisposable | undefined {
    const { openAnother } = this.#parts;
    if (openAnother === undefined || !buildsIndex(sql)) return undefined;
    return watchIndexBuild(this.#processId, openAnother, onProgress);
  }

  async cancel(): Promise<void> {
    const { openAnother } = this.#parts;
    if (this.#running === 0 || openAnother === undefined) return;
    // Outside a transaction a pooler gives the session to others, whose statements are not ours to stop.
    if (this.facts.isPooled && this.#transaction === undefined) return;
    await cancelStatement(this.#processId, openAnother);
  }

  async backup(request: BackupRequest): Promise<string> {
    const { dumpDatabase } = await import("./backup.js");
    return dumpDatabase(this.#parts.dumpSource?.(), this.facts, request);
  }

  async close(): Promise<void> {
    await this.#wire.close();
    await this.#parts.afterClose?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Runs `work` so that nothing of it stays: in a transaction of its own that is rolled back, or behind a savepoint of
   * the one that is open.
   */
  async isolated<T>(mode: "read" | "scratch", work: () => Promise<T>): Promise<T> {
    await this.#sendHeld();
    const nested = this.inTransaction;
    const savepoint = `tsm_${this.#isolated}`;
    await this.#sendAll(nested ? [`SAVEPOINT ${savepoint}`] : isolatedStatements(mode, this.#parts.options));
    this.#isolated++;
    try {
      return await work();
    } finally {
      this.#isolated--;
      if (this.#wire.lost === undefined) {
        await this.#sendAll(
          nested ? [`ROLLBACK TO SAVEPOINT ${savepoint}`, `RELEASE SAVEPOINT ${savepoint}`] : ["ROLLBACK"],
        );
      }
    }
  }

  async #send(sql: string, parameters: readonly unknown[]): Promise<WireResult> {
    await this.#sendHeld();
    return this.#guarded(this.#transaction !== undefined, () => this.#sendWatched(sql, parameters));
  }

  /** Outside a transaction only while the lock is ours; inside one, whoever keeps it waiting is named. */
  async #guarded<T>(isInside: boolean, work: () => Promise<T>): Promise<T> {
    const lock = this.#lock;
    if (!isInside) await lock?.assertHeld();
    else if (lock?.describeBlockers !== undefined) {
      const ask = () => lock.describeBlockers!(this.#processId);
      return namingBlockers(work, ask, this.#lockTimeout);
    }
    return work();
  }

  /** Never throws: each is told. */
  async #sendTogether(asked: readonly Asked[]): Promise<void> {
    const held = this.#journeys.takeHeld() ?? [];
    const isInside = this.#transaction !== undefined || held.length > 0;
    try {
      await this.#guarded(isInside, async () => {
        if (this.#parts.options.readOnly && !this.inTransaction) {
          for (const one of asked) one.resolve(await this.#sendWatched(one.sql, one.parameters));
          return;
        }
        const begun = (result: WireResult) => this.#begun(result);
        await this.#track(() => deliver(this.#wire, { held, begun, asked, description: this.description }));
      });
    } catch (error) {
      refuseRest(asked, error);
    }
  }

  async #sendHeld(): Promise<void> {
    const held = this.#journeys.takeHeld();
    if (held !== undefined) this.#begun(await this.#sendAll(held));
  }

  #begun({ rows }: WireResult): void {
    this.#transaction = rows[0].id;
    this.#processId = Number(rows[0].process);
  }

  async #sendWatched(sql: string, parameters: readonly unknown[]): Promise<WireResult> {
    const only = this.#parts.options.readOnly && !this.inTransaction ? sendReadOnly : null;
    let result: WireResult;
    try {
      result = await this.#track(() => only?.(this.#wire, sql, parameters) ?? this.#wire.send(sql, parameters));
    } catch (error) {
      const failure = queryError(error, sql, this.description);
      if (failure instanceof ConnectionError || !(this.#hasEnded() || (await this.#hasEndedBefore(sql)))) throw failure;
      this.#transaction = undefined;
      throw endedByStatement(sql, failure);
    }
    if (this.#transaction === undefined || this.#isolated > 0) return result;
    if (this.#hasEnded()) {
      this.#transaction = undefined;
      throw endedByStatement(sql);
    }
    if (touchesTransaction(result.commands) && this.#wire.status() === "open") {
      await this.#assertSameTransaction(sql);
    }
    return result;
  }

  async #sendAll(statements: readonly string[]): Promise<WireResult> {
    try {
      return await this.#track(() => this.#wire.sendAll(statements));
    } catch (error) {
      throw queryError(error, statements.join(";\n"), this.description);
    }
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }

  #hasEnded(): boolean {
    return this.#transaction !== undefined && this.#wire.status() === "idle";
  }

  async #hasEndedBefore(sql: string): Promise<boolean> {
    const id = this.#wire.status() === "failed" ? this.#transaction : undefined;
    return id !== undefined && hasEndedBeforeError(sql, id, this.#parts.openAnother);
  }

  async #assertSameTransaction(sql: string): Promise<void> {
    const expected = this.#transaction;
    const id = await this.#wire
      .send("SELECT pg_catalog.txid_current_if_assigned()::text AS id")
      .then((result) => result.rows[0].id as string | null)
      .catch((error: { code?: string }) => {
        if (error.code === "25P02") return "failed";
        throw queryError(error, sql, this.description);
      });
    if (id === "failed") throw await this.#alreadyFailed();
    if (id !== expected) throw endedByStatement(sql);
  }

  async #alreadyFailed(): Promise<QueryError> {
    await this.rollback();
    return transactionFailed();
  }

  /** The answer to COMMIT got lost. */
  #settle(id: string, cause: unknown, proof?: () => Promise<boolean>): Promise<void> {
    const { openAnother, description, options } = this.#parts;
    return settleCommit({
      id,
      cause,
      openAnother,
      description,
      notify: options.notify,
      goOnWith: (wire) => {
        this.#wire = wire;
        this.#processId = wire.processId;
        this.#session = null;
      },
      proof: proof && (() => this.#unlocked(proof)),
    });
  }

  /** Reads although the connection of the lock may be gone as well. */
  async #unlocked<T>(work: () => Promise<T>): Promise<T> {
    const lock = this.#lock;
    this.#lock = undefined;
    try {
      return await work();
    } finally {
      this.#lock = lock;
    }
  }
}
