/** A connection to a SQLite database: transactions that wait without blocking, and foreign keys kept whole. */
import type { Kysely } from "kysely";
import { ForeignKeyViolationError, InternalError, LockTimeoutError, QueryError } from "../../../errors.js";
import { turnsOfLoop } from "../../../util/turn-of-loop.js";
import type { BackupRequest, BeginOptions, Connection, ConnectOptions, Dialect, QueryResult } from "../../dialect.js";
import { openKyselyOn } from "../../kysely-connection.js";
import { controlsTransaction, splitScript } from "../text/split-script.js";
import { bindable } from "./bindable.js";
import type { EngineAnswer, EngineFailure, EngineResult } from "./engine.js";
import { newViolations, type RowQuery, readViolations, type Violations } from "./foreign-keys.js";
import { hintFor } from "./hints.js";
import { describeLockHolder } from "./lock-holder.js";
import { isBusy, PATIENCE_MILLISECONDS, type Send, sendPatiently } from "./patience.js";
import { applySettings, REBUILD_SETTINGS, readSettings, type SessionSettings } from "./session-settings.js";
import type { SqliteTransport } from "./transport.js";

interface OpenTransaction {
  readonly lockTimeoutMilliseconds: number;
  /** What to put back afterwards, and the violations there were; null when enforcement was left as it is. */
  readonly unenforced: { readonly settings: SessionSettings; readonly baseline: Violations } | null;
  /** Why there is no transaction any more although it was neither committed nor rolled back here. */
  lost: string | null;
}

export interface SqliteConnectionParts {
  readonly dialect: Dialect;
  readonly transport: SqliteTransport;
  readonly description: string;
  readonly serverVersion: string;
  /** Absolute; null for a database in memory or of the application's own. */
  readonly file: string | null;
  readonly openCopy: (file: string) => Promise<SqliteTransport>;
  readonly notify?: ConnectOptions["notify"];
}

export class SqliteConnection implements Connection {
  readonly dialect: Dialect;
  readonly serverVersion: string;
  readonly description: string;
  readonly defaultSchema = undefined;
  readonly #transport: SqliteTransport;
  readonly #parts: SqliteConnectionParts;
  #inTransaction = false;
  #open: OpenTransaction | null = null;
  #kysely: Kysely<any> | null = null;
  #closed = false;
  #hasWaited = false;
  #turn: ReturnType<typeof turnsOfLoop> | null = null;

  constructor(parts: SqliteConnectionParts) {
    this.dialect = parts.dialect;
    this.serverVersion = parts.serverVersion;
    this.description = parts.description;
    this.#transport = parts.transport;
    this.#parts = parts;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  get foreignKeysOff(): boolean {
    return this.#open?.unenforced != null;
  }

  async query<Row = Record<string, unknown>>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const values = parameters.map(bindable);
    const result = await this.#run(sql, () => this.#transport.query(sql, values));
    return result as QueryResult<Row>;
  }

  async script(sql: string): Promise<void> {
    // A COMMIT followed by a BEGIN could not be seen afterwards.
    if (this.#open !== null && splitScript(sql).some(controlsTransaction)) throw endsTransaction(sql);
    await this.#run(sql, () => this.#transport.script(sql));
  }

  async begin(options: BeginOptions): Promise<void> {
    if (this.#open !== null || this.#inTransaction) throw new InternalError("a transaction is open already");
    const settings = options.foreignKeys === "off" ? await readSettings(this.#rows) : null;
    try {
      if (settings !== null) await applySettings(this.#rows, REBUILD_SETTINGS);
      await this.#beginImmediate(options.lockTimeoutMilliseconds);
      const unenforced = settings === null ? null : { settings, baseline: await readViolations(this.#rows) };
      this.#open = { lockTimeoutMilliseconds: options.lockTimeoutMilliseconds, unenforced, lost: null };
    } catch (error) {
      if (this.#inTransaction) await this.#execute("ROLLBACK");
      if (settings !== null) await applySettings(this.#rows, settings);
      throw error;
    }
  }

  async commit(): Promise<void> {
    const open = this.#open;
    if (open === null) throw new InternalError("there is no transaction to commit");
    if (open.lost !== null || !this.#inTransaction) throw nothingApplied(open.lost);
    if (open.unenforced !== null) await this.#refuseViolations(open.unenforced.baseline);
    const answer = await this.#patiently(() => this.#transport.query("COMMIT", []), open.lockTimeoutMilliseconds);
    if (answer.failure !== null) {
      // The only violations that COMMIT itself finds are those of deferred foreign keys.
      if (answer.failure.code === "SQLITE_CONSTRAINT_FOREIGNKEY") await this.#refuseViolations(NO_VIOLATIONS);
      throw this.#failure("COMMIT", answer.failure, open.lockTimeoutMilliseconds);
    }
    await this.#finish(open);
  }

  async rollback(): Promise<void> {
    const open = this.#open;
    if (this.#inTransaction) await this.#execute("ROLLBACK");
    if (open !== null) await this.#finish(open);
  }

  /** Does nothing: BEGIN IMMEDIATE of each step keeps other writers out, and the system drops that lock with the process. */
  async lock(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => undefined };
  }

  async kysely(): Promise<Kysely<any>> {
    this.#kysely ??= openKyselyOn(this, "sqlite");
    return this.#kysely;
  }

  /**
   * Does nothing: better-sqlite3 has no call that interrupts a statement, so a running one runs to its end. With a
   * worker the caller's own thread stays free meanwhile; after a kill of the process SQLite rolls back by itself.
   */
  async cancel(): Promise<void> {}

  async backup(request: BackupRequest): Promise<string> {
    if (this.#inTransaction) throw new InternalError("a backup cannot be made inside a transaction");
    const { backUp } = await import("./backup.js");
    return backUp(this.#parts, request);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#open !== null || this.#inTransaction) await this.rollback();
    } finally {
      this.#closed = true;
      await this.#transport.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #rows: RowQuery = async (sql, parameters = []) => (await this.query(sql, parameters)).rows;

  async #execute(sql: string): Promise<void> {
    const answer = await this.#ask(() => this.#transport.query(sql, []));
    if (answer.failure !== null) throw this.#failure(sql, answer.failure, 0);
  }

  async #run(sql: string, send: Send): Promise<EngineResult> {
    const open = this.#open;
    if (open?.lost != null) throw new QueryError(`the transaction is gone: ${open.lost}`, { sql });
    // Inside a transaction this connection holds the write lock, and waiting again could not help.
    const answer = this.#inTransaction ? await this.#ask(send) : await this.#patiently(send, PATIENCE_MILLISECONDS);
    if (open !== null && !answer.inTransaction) {
      open.lost = answer.failure?.message ?? "a statement ended it";
      if (answer.failure === null) throw endsTransaction(sql);
    }
    if (answer.failure !== null) throw this.#failure(sql, answer.failure, PATIENCE_MILLISECONDS);
    return answer.result!;
  }

  async #beginImmediate(lockTimeoutMilliseconds: number): Promise<void> {
    const { notify, file } = this.#parts;
    const onWait = () => {
      // A run of many steps says it once.
      if (!this.#hasWaited) notify?.({ type: "lockWait", holder: describeLockHolder(file) ?? "another connection" });
      this.#hasWaited = true;
    };
    const begin = () => this.#ask(() => this.#transport.query("BEGIN IMMEDIATE", []));
    const answer = await sendPatiently(begin, lockTimeoutMilliseconds, onWait);
    if (answer.failure !== null) throw this.#failure("BEGIN IMMEDIATE", answer.failure, lockTimeoutMilliseconds);
  }

  #patiently(send: Send, milliseconds: number): Promise<EngineAnswer> {
    return sendPatiently(() => this.#ask(send), milliseconds);
  }

  async #ask(send: Send): Promise<EngineAnswer> {
    if (this.#closed) throw new InternalError(`the connection to ${this.description} is closed`);
    const answer = await send();
    this.#inTransaction = answer.inTransaction;
    if (answer.inTransaction) {
      // In this thread SQLite never waits for anything, so that no signal would be heard between the statements of a run.
      this.#turn ??= turnsOfLoop();
      await this.#turn();
    }
    return answer;
  }

  async #refuseViolations(baseline: Violations): Promise<void> {
    const violations = newViolations(baseline, await readViolations(this.#rows));
    if (violations.length === 0) return;
    throw new ForeignKeyViolationError(`foreign keys would be violated: ${violations.join("; ")}`, {
      violations,
      hint: "Delete or correct these rows in the same revision, before the change.",
    });
  }

  async #finish(open: OpenTransaction): Promise<void> {
    this.#open = null;
    if (open.unenforced !== null) await applySettings(this.#rows, open.unenforced.settings);
  }

  #failure(sql: string, failure: EngineFailure, waited: number): QueryError | LockTimeoutError {
    if (isBusy(failure)) {
      const { file } = this.#parts;
      const holder = describeLockHolder(file);
      const look = holder === null && file !== null ? ` \`lsof '${file}'\` lists who has it open.` : "";
      return new LockTimeoutError(`the database ${this.description} is locked by ${holder ?? "another connection"}`, {
        milliseconds: waited,
        hint: `Wait until the other run or program has finished its transaction, or pass a longer \`--lock-timeout\`.${look}`,
      });
    }
    return new QueryError(failure.message, { sql, sqlState: failure.code, hint: hintFor(failure, this.serverVersion) });
  }
}

const NO_VIOLATIONS: Violations = { groups: [], mismatches: [], tables: new Set() };

function nothingApplied(reason: string | null): QueryError {
  const why = reason === null ? "" : `: ${reason}`;
  return new QueryError(`the transaction was rolled back before it could be committed${why}`, { sql: "COMMIT" });
}

function endsTransaction(sql: string): QueryError {
  return new QueryError("the statement begins or ends a transaction inside the transaction of a revision", {
    sql,
    hint: "Take BEGIN, COMMIT, END and ROLLBACK out, or say `export const transaction = false` in the revision.",
  });
}
