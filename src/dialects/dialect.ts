/**
 * What the engine needs of a database. One folder a dialect implements it; nothing outside `dialects/` knows a driver.
 */
import type { Kysely } from "kysely";
import type { Operation, Statement } from "../operations/operation.js";
import type { DialectName, ObjectName, SchemaDef, TypeDef } from "../schema/schema.js";
import type { DatabaseUrl } from "./database-url.js";
import type { PrivilegeKeeping } from "./privilege-keeping.js";
import type { ScriptSyntax } from "./script-connection.js";

export interface DialectCapabilities {
  /** How a column's type, default, … is changed. */
  readonly alterColumn: "inPlace" | "rebuild";
  readonly schemas: boolean;
  readonly enums: boolean;
  readonly comments: boolean;
  readonly concurrentIndexes: boolean;
}

export interface ConnectOptions {
  /** Folders whose node_modules are asked for the driver first, then our own. */
  readonly resolveFrom: readonly string[];
  /** May a missing SQLite file be created? Only `upgrade`, `stamp`, `ensure-version` and `init` say yes. */
  readonly create: boolean;
  /** Opens for reading only where the database can promise it. */
  readonly readOnly: boolean;
  readonly applicationName: string;
  /** PostgreSQL: milliseconds, 0 = none; set for every step's transaction. */
  readonly statementTimeoutMilliseconds: number;
  /** PostgreSQL: milliseconds a DDL statement waits for a table lock. */
  readonly ddlLockTimeoutMilliseconds: number;
  /** PostgreSQL role that steps run as. */
  readonly role?: string;
  /** PostgreSQL: schemas instead of the session's own search_path; the first is the default schema. Never empty. */
  readonly searchPath?: readonly string[];
  /** PostgreSQL: where sessions are taken from and left for the next. Absent: each is opened, and closed at its end. */
  readonly sessions?: KeptSessions;
  readonly notify?: (note: ConnectionNote) => void;
}

/** Sessions of servers that one after the other of many targets uses. */
export interface KeptSessions {
  /** One that nobody uses now, and that belongs to whoever takes it. */
  take(server: string): KeptSession | undefined;
  keep(server: string, session: KeptSession): void;
}

export interface KeptSession {
  close(): Promise<void>;
}

/** What a connection meets on its way and people should know. */
export type ConnectionNote =
  | { readonly type: "warning"; readonly text: string }
  /** Somebody else's lock is waited for. */
  | { readonly type: "lockWait"; readonly holder: string };

/** Who can read along on the way to the server. */
export interface Encryption {
  /** `verify-full`, `none, local`. */
  readonly mode: string;
  /** Does the server run on this machine? */
  readonly isLocal: boolean;
  /** What people should know, as a sentence; absent where all is well, or as they said. */
  readonly warning?: string;
}

export interface QueryResult<Row> {
  readonly rows: readonly Row[];
  /** Rows touched by INSERT, UPDATE, DELETE; 0 otherwise. */
  readonly affectedRows: number;
  /** SQLite: the rowid of the last row inserted by this connection. */
  readonly insertId?: number | bigint;
}

export interface BeginOptions {
  /**
   * SQLite: `off` turns enforcement off before BEGIN, remembers the violations there are, and refuses to commit when
   * there are more at the end; `keep` leaves the connection's setting. PostgreSQL ignores it.
   */
  readonly foreignKeys: "keep" | "off";
  /** Milliseconds to wait for another writer (SQLite). */
  readonly lockTimeoutMilliseconds: number;
  /** PostgreSQL: what a statement of the transaction waits for a table's lock, instead of the connection's own value. */
  readonly ddlLockTimeoutMilliseconds?: number;
  /** PostgreSQL: BEGIN may wait for the next statements and go with them; what is wrong with it is then said by those. */
  readonly goesWithNext?: boolean;
}

export interface BackupRequest {
  /** Absolute; absent: named after the database and `stamp`. Nothing is ever overwritten. */
  readonly file?: string;
  /** Absolute; for a file named by the dialect. Absent: beside the database, or in `cwd` where it is no file. */
  readonly folder?: string;
  readonly cwd: string;
  /** `20261126-214634`. */
  readonly stamp: string;
  /** PostgreSQL: this schema alone. */
  readonly schema?: string;
  readonly onProgress: (progress: WorkProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** How far a long work has come; `total` where it is known. */
export interface WorkProgress {
  /** `copying users`. */
  readonly text: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "pages" | "bytes" | "rows" | "blocks" | "transactions";
}

/**
 * One database connection that runs one statement at a time.
 * Failing statements throw {@link QueryError} with the statement and the database's own code.
 */
export interface Connection extends AsyncDisposable {
  readonly dialect: Dialect;
  /** `18.4`, `3.53.2`. */
  readonly serverVersion: string;
  /** The URL without a password, or a description of an adopted connection. */
  readonly description: string;
  readonly inTransaction: boolean;
  readonly foreignKeysOff: boolean;
  /** PostgreSQL; absent where somebody else has made the connection. */
  readonly encryption?: Encryption;
  /** Is SQL only written down here, so that nothing can be read? */
  readonly isOffline?: boolean;
  /** Does a pooler stand in between, so that nothing can be done outside a transaction? */
  readonly isPooled?: boolean;
  /** The default schema for unqualified names; undefined on SQLite. */
  readonly defaultSchema: string | undefined;
  /** PostgreSQL: tells the server's session from every other; null where another may come to answer, or it does not say. */
  readonly session?: string | null;
  query<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<QueryResult<Row>>;
  /**
   * Where each statement is a journey to a server: what `work` asks before it first waits goes in one. Each is a message
   * of its own, and none runs behind one that fails; outside a transaction they are one. For statements of ours, whose
   * values are texts and numbers.
   */
  together?<T>(work: () => Promise<T>): Promise<T>;
  /** One or several statements of the user's, without parameters; rows are thrown away. */
  script(sql: string): Promise<void>;
  begin(options: BeginOptions): Promise<void>;
  /**
   * Commits and makes sure that it happened: a transaction that the database had already given up throws
   * {@link QueryError}. With foreign keys off it throws {@link ForeignKeyViolationError} first; roll back then.
   *
   * `proof` reads what the transaction has written; it is asked where the answer got lost and the server does not know
   * the transaction any more.
   */
  commit(proof?: () => Promise<boolean>): Promise<void>;
  /** Never throws because there is no transaction any more; puts session settings back. */
  rollback(): Promise<void>;
  /**
   * Keeps other runs of ours out until the result is disposed of. On SQLite, where BEGIN IMMEDIATE of each step does it,
   * this does nothing. `onWait` is called once, when somebody else holds it.
   * @throws LockTimeoutError naming the holder where the database tells.
   */
  lock(options: {
    readonly name: string;
    readonly timeoutMilliseconds: number;
    readonly onWait: (holder: string) => void;
  }): Promise<AsyncDisposable>;
  /** A Kysely bound to this very connection and so to its transaction. Closing it does nothing. */
  kysely(): Promise<Kysely<any>>;
  /**
   * Copies the whole database into a file that has been seen to be readable, and gives its path. Absent where there is
   * no database.
   * @throws BackupFailedError
   */
  backup?(request: BackupRequest): Promise<string>;
  /**
   * Tells how far the statement is that comes next, until the result is disposed of, where the database counts such
   * work. Says nothing of a statement that is soon done.
   */
  watch?(sql: string, onProgress: (progress: WorkProgress) => void): AsyncDisposable | undefined;
  /** In a script: gives a function that writes a statement in the very place where the script is now. */
  writeLater?(): WriteLater;
  /** Asks the database to stop the running statement; safe to call at any time. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** `sameTransaction`: is the script still in the transaction in which the statement will be? */
export type WriteLater = (sql: (sameTransaction: boolean) => string) => void;

/** Something half done that was left behind, and the SQL that puts it right. */
export interface Leftover {
  readonly text: string;
  readonly command: string;
}

/** What introspection leaves out or takes in. */
export interface ObjectFilter {
  /** Tables never shown, by name in their schema: the version table and our own. */
  readonly ignoreTables: readonly { readonly name: string; readonly schema?: string }[];
  /** PostgreSQL: named schemas to read besides the default one. */
  readonly schemas: readonly string[];
  /** PostgreSQL: what is read besides. Absent: neither. */
  readonly privileges?: PrivilegeFilter;
}

export interface PrivilegeFilter {
  readonly grants: boolean;
  readonly owners: boolean;
}

/** Something that a database has written down and that a schema does not say. */
export interface UnsaidFact {
  readonly table: string;
  /** `the comments in the text; the name 'd' of a DEFAULT`. */
  readonly what: string;
}

/** Where a scratch database is to be. */
export interface ScratchPlace {
  /** A database whose server and settings the scratch database shares. Undefined where none is known. */
  readonly url: DatabaseUrl | undefined;
  /** Was it named as one whose content does not matter? Then it may serve itself, as long as it is empty. */
  readonly isSpare: boolean;
}

/** Positions are bytes of the server's log since it was made. */
export interface ServerLoad {
  readonly written: number;
  /** By the slowest of those that follow; null where nobody does, or nobody may know. */
  readonly replayed: number | null;
  /** Sessions that wait for a lock. */
  readonly waiting: number;
  /** The role, as SQL names it, that is not shown how far standbys are; null: there are none, or it is. */
  readonly hiddenFrom: string | null;
}

export interface Dialect {
  readonly name: DialectName;
  readonly capabilities: DialectCapabilities;
  /** @throws ConnectionError, DriverMissingError */
  connect(url: DatabaseUrl, options: ConnectOptions): Promise<Connection>;
  /** Uses one connection of the application's own Kysely; closing gives it back and never destroys `db`. */
  adopt(db: Kysely<any>, options: ConnectOptions): Promise<Connection>;
  /**
   * An empty database for a while, which is gone when the connection is closed. SQLite makes it in memory; PostgreSQL as
   * a database beside the one of the place.
   *
   * @throws DatabaseError when the role may not make one, ConfigInvalidError when the place is missing.
   */
  openScratch(place: ScratchPlace, options: ConnectOptions): Promise<Connection>;
  /** Runs the text of a `.sql` file as this database's shell would, on a scratch database. @throws QueryError, UsageError */
  runFile(connection: Connection, text: string): Promise<void>;
  /** The named schemas there are. Absent where there are none. */
  listSchemas?(connection: Connection): Promise<readonly string[]>;
  /** What is in the default schema and these, or in the database as a whole, and is not read by {@link introspect}. */
  findUnread?(
    connection: Connection,
    schemas: readonly string[],
    privileges?: ObjectFilter["privileges"],
  ): Promise<readonly string[]>;
  /** Reads everything in a constant number of queries. Texts are in the database's own form. */
  introspect(connection: Connection, filter: ObjectFilter): Promise<SchemaDef>;
  /**
   * What the stored texts of tables hold that has no effect on the database and no place in a schema. Absent where no
   * texts are kept.
   */
  listUnsaid?(connection: Connection): Promise<readonly UnsaidFact[]>;
  /**
   * Adds to a schema what only the database itself knows and SQL for it depends on (SQLite: the texts of its tables,
   * indexes, triggers and views, which a rebuild gives back). To be called on what goes into {@link compile},
   * {@link needsRebuild} and {@link compileRebuild} whenever there is a connection; it travels with object spread.
   * Absent where nothing is needed.
   */
  refresh?(schema: SchemaDef, connection: Connection): Promise<SchemaDef>;
  /**
   * Gives `wanted` with everything that means the same as in `found` written as `found` has it (types, defaults,
   * expressions, conventional names, order of what has no order), so that plain comparison tells true differences only.
   * May use `connection` for a scratch transaction that is rolled back.
   */
  reconcile(
    wanted: SchemaDef,
    found: SchemaDef,
    connection: Connection,
    /** What makes the database what `found` says. */
    ahead?: readonly Operation[],
    /** Hears, as a sentence, what could only be compared as text. */
    tell?: (text: string) => void,
  ): Promise<SchemaDef>;
  /**
   * What of the models this database cannot hold, by sentences; also gives the schema as this database will hold it
   * (SQLite: enums as text with a check, comments left out).
   * @throws ModelInvalidError naming the object and the alternative.
   */
  adapt(wanted: SchemaDef): SchemaDef;
  /**
   * SQL for one operation. `before` gives the schema the operation meets and is asked for only when needed, since it
   * may have to be introspected.
   * @throws UnsupportedOperationError, OperationConflictError
   */
  compile(op: Operation, before: () => Promise<SchemaDef>, serverVersion: string): Promise<readonly Statement[]>;
  /** Does running it need the table to be rebuilt? Then neighbours on the same table are compiled together. */
  needsRebuild(op: Operation, before: () => Promise<SchemaDef>, serverVersion: string): Promise<boolean>;
  /**
   * The statements of one rebuild that does all of `ops`, which name the same table. `all` are these and those of other
   * tables among which they stand; `before` is the schema before all of them. Only where alterColumn is 'rebuild'.
   */
  compileRebuild(ops: readonly Operation[], before: SchemaDef, all?: readonly Operation[]): readonly Statement[];
  /**
   * Looks into what operations of a step have made, where the database takes it without looking (SQLite: views and
   * triggers). To be called before the step ends. Absent where the database looks by itself.
   *
   * @throws OperationConflictError naming what cannot work
   */
  checkMade?(connection: Connection, made: readonly Operation[]): Promise<void>;
  /** What there is under the name of an index that is made outside transactions. Absent where there are none. */
  findIndex?(connection: Connection, index: ObjectName): Promise<"absent" | "valid" | "invalid" | "building">;
  /**
   * Of a statement of the user's outside a transaction in which a run was stopped: has it happened (it is finished, if
   * need be), or can it run again? Null where nothing tells. `tell` hears what is done. Absent where nothing ever tells.
   */
  finishInterrupted?(
    connection: Connection,
    sql: string,
    tell: (text: string) => void,
  ): Promise<"done" | "again" | null>;
  /** This and the next are absent where one process has the database. */
  readLoad?(connection: Connection): Promise<ServerLoad>;
  lockRoom?(connection: Connection): Promise<{ locks: number; setting: string; settingFor(locks: number): number }>;
  /** Drops what an earlier attempt at this statement left in its own way. Absent where nothing ever is. */
  clearWay?(connection: Connection, sql: string, tell: (text: string) => void): Promise<void>;
  /** Is there any table, whoever made it? Cheaper than {@link introspect}, which says whose it is. */
  holdsTables(connection: Connection, schemas: readonly string[]): Promise<boolean>;
  /** What work that was stopped has left in these schemas. Absent where nothing ever is. */
  findLeftovers?(connection: Connection, schemas: readonly string[]): Promise<readonly Leftover[]>;
  /** Rights that are more than a run should have, as sentences. Absent where there are no rights. */
  tooManyRights?(connection: Connection): Promise<readonly string[]>;
  /** Absent where there are no roles. */
  readonly keeping?: PrivilegeKeeping;
  /** How its scripts are written. */
  readonly script: ScriptSyntax;
  /** `VARCHAR(50)`, `character varying(50)`: how the type is spelled in this database's own form. */
  typeText(type: TypeDef): string;
  /** What drivers give for a type that the models have no word for, as a type in TypeScript: `number`. */
  valueType(sqlType: string): string;
}
