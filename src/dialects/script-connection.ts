/**
 * Scripts: the same run with its SQL written down instead of sent. {@link ScriptConnection} takes the place of a
 * database; what differs from one database to the other is a {@link ScriptSyntax}.
 */
import type { Kysely } from "kysely";
import { InternalError, UnsupportedOperationError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import type { SchemaDef } from "../schema/schema.js";
import type { BeginOptions, Connection, Dialect, QueryResult, WriteLater } from "./dialect.js";
import { openKyselyOn } from "./kysely-connection.js";

export interface ScriptOptions {
  /** PostgreSQL: milliseconds a DDL statement waits for a table lock. */
  readonly ddlLockTimeoutMilliseconds: number;
  readonly statementTimeoutMilliseconds: number;
  readonly role?: string;
}

/** How one database's scripts are written. Texts come without the final semicolon. */
export interface ScriptSyntax {
  /** What `op.serverVersion` says while nobody is asked: the newest version there is. */
  readonly assumedVersion: string;
  /** How the script is run so that it stops at the first error, without the file's name. */
  readonly shell: string;
  /** Settings of the session, before the first transaction. */
  readonly prologue: readonly string[];
  begin(foreignKeysOff: boolean, options: ScriptOptions): readonly string[];
  commit(foreignKeysOff: boolean): readonly string[];
  /** The statement with its parameters as literals that mean to it what the driver's own values would. */
  inline(sql: string, parameters: readonly unknown[]): string;
  /** Does the statement give rows that its caller would look at? */
  isReading(sql: string): boolean;
  /** Does one of the statements begin or end a transaction? */
  controlsTransaction(sql: string): boolean;
  /** Does all of it happen or nothing, when it runs outside a transaction? */
  isAtomic(sql: string): boolean;
  /** A statement that fails with the sentence when the query gives a row. */
  refuseRow(query: string, sentence: string): string;
  /** A statement that fails unless the version table, named as in SQL, has these rows. */
  requireRevisions(table: string, ids: readonly string[]): string;
  /** The schema after SQL of the user's own, as far as it can be told from the text. */
  followScript(schema: SchemaDef, sql: string): SchemaDef;
  /** What such SQL made and the operation, which the schema has followed already, takes along. */
  followOperation(schema: SchemaDef, op: Operation): SchemaDef;
}

interface OpenTransaction {
  readonly start: number;
  /** Where its own statements begin. */
  readonly body: number;
  readonly foreignKeysOff: boolean;
}

/** A place between two lines, for what is known later. */
interface Gap {
  text: string | null;
}

/** Writes statements down in the order in which a database would get them. Reading fails. */
export class ScriptConnection implements Connection {
  readonly dialect: Dialect;
  readonly serverVersion: string;
  readonly description = "a script";
  readonly defaultSchema = undefined;
  readonly isOffline = true;
  readonly #options: ScriptOptions;
  readonly #lines: (string | Gap)[] = [];
  #open: OpenTransaction | null = null;
  #transactions = 0;
  #rolledBack = 0;

  constructor(dialect: Dialect, options: ScriptOptions) {
    this.dialect = dialect;
    this.serverVersion = dialect.script.assumedVersion;
    this.#options = options;
  }

  /** Statements and comments, each with its semicolon, in order. */
  get lines(): readonly string[] {
    return this.#lines.flatMap((line) => (typeof line === "string" ? line : (line.text ?? [])));
  }

  get inTransaction(): boolean {
    return this.#open !== null;
  }

  /** How many transactions were begun so far. */
  get transactions(): number {
    return this.#transactions;
  }

  /** The number of the last transaction that was rolled back, 0 for none. */
  get rolledBack(): number {
    return this.#rolledBack;
  }

  get foreignKeysOff(): boolean {
    return this.#open?.foreignKeysOff ?? false;
  }

  comment(text: string): void {
    this.#lines.push(...text.split("\n").map((line) => (line === "" ? "" : `-- ${line}`)));
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<QueryResult<Row>> {
    this.#write(this.dialect.script.inline(sql, parameters));
    return { rows: [], affectedRows: 0 };
  }

  async script(sql: string): Promise<void> {
    this.#write(sql);
  }

  writeLater(): WriteLater {
    const gap: Gap = { text: null };
    this.#lines.push(gap);
    const [transaction, isInside] = [this.#transactions, this.inTransaction];
    return (sql) => {
      gap.text = terminated(sql(isInside && this.inTransaction && transaction === this.#transactions));
    };
  }

  async begin({ foreignKeys }: BeginOptions): Promise<void> {
    if (this.#open !== null) throw new InternalError("a transaction is open already");
    const foreignKeysOff = foreignKeys === "off";
    const start = this.#lines.length;
    for (const sql of this.dialect.script.begin(foreignKeysOff, this.#options)) this.#write(sql);
    this.#transactions++;
    this.#open = { start, body: this.#lines.length, foreignKeysOff };
  }

  async commit(): Promise<void> {
    if (this.#open === null) throw new InternalError("there is no transaction to commit");
    const { start, body, foreignKeysOff } = this.#open;
    this.#open = null;
    if (this.#lines.length === body) {
      this.#lines.length = start;
      return;
    }
    for (const sql of this.dialect.script.commit(foreignKeysOff)) this.#write(sql);
    this.#lines.push("");
  }

  /** What was written since the transaction began was never said. */
  async rollback(): Promise<void> {
    if (this.#open === null) return;
    this.#rolledBack = this.#transactions;
    this.#lines.length = this.#open.start;
    this.#open = null;
  }

  /** Whoever runs the script meets the guard of the version table instead. */
  async lock(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => undefined };
  }

  async kysely(): Promise<Kysely<any>> {
    return openKyselyOn(this, this.dialect.name);
  }

  async cancel(): Promise<void> {}
  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}

  #write(sql: string): void {
    const text = terminated(sql);
    if (text !== null) this.#lines.push(text);
  }
}

/** The error of everything that needs an answer while there is no database to give one. */
export function offlineRead(dialect: Dialect, sql: string): UnsupportedOperationError {
  return new UnsupportedOperationError(`a script cannot read the database, as '${sql}' does`, {
    dialect: dialect.name,
    operation: sql,
    hint: "Say it in one statement (INSERT … SELECT, UPDATE … FROM), test `op.isOffline`, or run the revision on a database.",
  });
}

/** With a semicolon of its own, also behind a comment that would swallow it; null for nothing. */
function terminated(sql: string): string | null {
  const text = sql.trim();
  if (text === "") return null;
  if (text.endsWith(";")) return text;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  return lastLine.includes("--") ? `${text}\n;` : `${text};`;
}
