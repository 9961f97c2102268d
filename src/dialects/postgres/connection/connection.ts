/** One connection to PostgreSQL: statements, transactions that are known to have happened, the lock of a run. */
import type { Kysely } from "kysely";
import { ConnectionError, InternalError, type QueryError, TsMigrateError } from "../../../errors.js";
import type {
  BackupRequest,
  BeginOptions,
  Connection,
  ConnectOptions,
  Dialect,
  QueryResult,
  WorkProgress,
} from "../../dialect.js";
import { openKyselyOn } from "../../kysely-connection.js";
import { acquireOwnLock, acquireSessionLock, type HeldLock, type LockOptions } from "./advisory-lock.js";
import type { DumpSource } from "./backup.js";
import { namingBlockers } from "./blockers.js";
import { buildsIndex, watchIndexBuild } from "./index-progress.js";
import { endedByStatement, isConnectionLoss, queryError, transactionFailed } from "./server-errors.js";
import type { ServerFacts } from "./server-facts.js";
import { outcomeOf, settleCommit } from "./transaction-outcome.js";
import { beginStatements, isolatedStatements, sendReadOnly } from "./transaction-statements.js";
import type { Wire, WireResult } from "./wire.js";

export interface ConnectionParts {
  readonly dialect: Dialect;
  readonly wire: Wire;
  readonly facts: ServerFacts;
  readonly options: ConnectOptions;
  readonly description: string;
  /** Opens another connection to the same database; absent for an adopted one. */
  readonly openAnother?: () => Promise<Wire>;
  /** How PostgreSQL's own programs come to the same database; absent for an adopted one. */
  readonly dumpSource?: () => DumpSource;
  readonly afterClose?: () => Promise<void>;
}

/** Statements that end or start a transaction; after one of them ours may be another. */
const TRANSACTION_COMMANDS: readonly string[] = [
  "BEGIN",
  "START TRANSACTION",
  "COMMIT",
  "ROLLBACK",
  "PREPARE TRANSACTION",
];
const ENDING_WORDS = /\b(?:commit|rollback|end|abort)\b/i;

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

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#wire = parts.wire;
    this.facts = parts.facts;
    this.#processId = parts.facts.processId;
    this.dialect = parts.dialect;
    this.serverVersion = parts.facts.version;
    this.description = parts.description;
    this.defaultSchema = parts.facts.defaultSchema;
  }

  get inTransaction(): boolean {
    if (this.#wire.lost !== undefined) return false;
    const status = this.#wire.status();
    return this.#transaction !== undefined || this.#isolated > 0 || status === "open" || status === "failed";
  }

  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const { rows, affectedRows } = await this.#send(sql, parameters);
    return { rows, affectedRows };
  }

  async script(sql: string): Promise<void> {
    await this.#send(sql, []);
  }

  /** That steps run as; undefined where they run as the login. */
  get role(): string | undefined {
    return this.#parts.options.role;
  }

  get isPooled(): boolean {
    return this.facts.isPooled;
  }

  async begin(begin: BeginOptions): Promise<void> {
    if (this.inTransaction) throw new InternalError("a transaction is open already");
    this.#refuseReadOnly();
    await this.#lock?.assertHeld();
    this.#lockTimeout = begin.ddlLockTimeoutMilliseconds ?? this.#parts.options.ddlLockTimeoutMilliseconds;
    const { rows } = await this.#sendAll(beginStatements(this.#parts.options, this.facts, this.#lockTimeout));
    this.#transaction = rows[0].id;
    this.#processId = Number(rows[0].process);
  }

  async commit(proof?: () => Promise<boolean>): Promise<void> {
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
    this.#refuseReadOnly();
    const { openAnother, description } = this.#parts;
    const held = await (async () => {
      try {
        if (openAnother === undefined) return await acquireSessionLock(this.#wire, options);
        const majorVersion = Math.floor(this.facts.versionNumber / 10_000);
        return await acquireOwnLock(await openAnother(), options, { majorVersion, url: description, openAnother });
      } catch (error) {
        throw error instanceof TsMigrateError ? error : queryError(error, "pg_try_advisory_lock", description);
      }
    })();
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
    if (this.#running === 0 || this.#parts.openAnother === undefined) return;
    // Outside a transaction a pooler gives the session to others, whose statements are not ours to stop.
    if (this.facts.isPooled && this.#transaction === undefined) return;
    try {
      const other = await this.#parts.openAnother();
      await other.send("SELECT pg_catalog.pg_cancel_backend($1::int)", [this.#processId]);
      await other.close();
    } catch {
      // Nobody to tell: the statement goes on until the connection is closed.
    }
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
    const lock = this.#lock;
    if (this.#transaction === undefined) await lock?.assertHeld();
    else if (lock?.describeBlockers !== undefined) {
      const ask = () => lock.describeBlockers!(this.#processId);
      return namingBlockers(() => this.#sendWatched(sql, parameters), ask, this.#lockTimeout);
    }
    return this.#sendWatched(sql, parameters);
  }

  async #sendWatched(sql: string, parameters: readonly unknown[]): Promise<WireResult> {
    const only = this.#parts.options.readOnly && !this.inTransaction ? sendReadOnly : null;
    let result: WireResult;
    try {
      result = await this.#track(() => only?.(this.#wire, sql, parameters) ?? this.#wire.send(sql, parameters));
    } catch (error) {
      const failure = queryError(error, sql, this.description);
      if (failure instanceof ConnectionError || !(this.#hasEnded() || (await this.#hasEndedBeforeError(sql))))
        throw failure;
      this.#transaction = undefined;
      throw endedByStatement(sql, failure);
    }
    if (this.#transaction === undefined || this.#isolated > 0) return result;
    if (this.#hasEnded()) {
      this.#transaction = undefined;
      throw endedByStatement(sql);
    }
    if (result.commands.some((command) => TRANSACTION_COMMANDS.includes(command)) && this.#wire.status() === "open") {
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

  /** `COMMIT; BEGIN; …` and then an error: a failed transaction is open, but no longer ours. Another session can tell. */
  async #hasEndedBeforeError(sql: string): Promise<boolean> {
    const { openAnother } = this.#parts;
    const isSuspicious =
      this.#transaction !== undefined &&
      this.#wire.status() === "failed" &&
      ENDING_WORDS.test(sql.slice(0, sql.lastIndexOf(";") + 1));
    if (!isSuspicious || openAnother === undefined) return false;
    const outcome = await outcomeOf(this.#transaction!, openAnother, { attempts: 1, milliseconds: 0 });
    await outcome?.wire.close();
    return outcome?.fate === "committed" || outcome?.fate === "aborted";
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

  #refuseReadOnly(): void {
    const { readOnlyReason } = this.facts;
    if (readOnlyReason === null) return;
    throw new ConnectionError(`nothing can be changed here: ${readOnlyReason}`, {
      url: this.description,
      hint: "Connect to the primary server, as a role that may write.",
    });
  }
}
