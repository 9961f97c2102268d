/** Exit code 4: the database. */
import { type ErrorOptions, TsMigrateError } from "./base.js";

export class DatabaseError extends TsMigrateError {
  readonly code: string = "TSM_DATABASE";
  readonly exitCode: number = 4;
}

/** The database could not be reached or refused us; `url` holds no password. */
export class ConnectionError extends DatabaseError {
  override readonly code = "TSM_CONNECTION";
  readonly url: string;
  constructor(message: string, options: ErrorOptions & { url: string }) {
    super(message, options);
    this.url = options.url;
  }
}

/** A statement failed. `sqlState` is PostgreSQL's five characters or SQLite's `SQLITE_…` code. */
export class QueryError extends DatabaseError {
  override readonly code = "TSM_QUERY";
  readonly sql: string;
  readonly sqlState: string | undefined;
  constructor(message: string, options: ErrorOptions & { sql: string; sqlState?: string | undefined }) {
    super(message, options);
    this.sql = options.sql;
    this.sqlState = options.sqlState;
  }
}

/** The role may make no scratch database, and nobody has named another. */
export class ScratchRefusedError extends DatabaseError {
  override readonly code = "TSM_SCRATCH_REFUSED";
}

/** No backup could be made, so nothing else was done. */
export class BackupFailedError extends DatabaseError {
  override readonly code = "TSM_BACKUP_FAILED";
}

/** The ledger was written by a newer version. */
export class LedgerFormatError extends DatabaseError {
  override readonly code = "TSM_LEDGER_FORMAT";
  readonly format: number;
  constructor(message: string, options: ErrorOptions & { format: number }) {
    super(message, options);
    this.format = options.format;
  }
}

/** The database holds tables, and nothing says that revisions made them. */
export class UnknownHistoryError extends DatabaseError {
  override readonly code = "TSM_UNKNOWN_HISTORY";
  readonly tables: readonly string[];
  constructor(message: string, options: ErrorOptions & { tables: readonly string[] }) {
    super(message, options);
    this.tables = options.tables;
  }
}

/** Rows would be left pointing at nothing; `violations` are sentences such as "3 rows of posts refer to a missing users". */
export class ForeignKeyViolationError extends DatabaseError {
  override readonly code = "TSM_FOREIGN_KEY_VIOLATION";
  readonly violations: readonly string[];
  constructor(message: string, options: ErrorOptions & { violations: readonly string[] }) {
    super(message, options);
    this.violations = options.violations;
  }
}

/** Rows that are there do not allow a change; the message says which. */
export class RowsInTheWayError extends DatabaseError {
  override readonly code = "TSM_ROWS_IN_THE_WAY";
}

export class LockTimeoutError extends DatabaseError {
  override readonly code = "TSM_LOCK_TIMEOUT";
  readonly milliseconds: number;
  constructor(message: string, options: ErrorOptions & { milliseconds: number }) {
    super(message, options);
    this.milliseconds = options.milliseconds;
  }
}

export class DatabaseBehindError extends DatabaseError {
  override readonly code = "TSM_DATABASE_BEHIND";
  readonly current: readonly string[];
  readonly heads: readonly string[];
  constructor(message: string, options: ErrorOptions & { current: readonly string[]; heads: readonly string[] }) {
    super(message, options);
    this.current = options.current;
    this.heads = options.heads;
  }
}

/** The version table does not hold what a step needs it to hold. */
export class VersionTableError extends DatabaseError {
  override readonly code = "TSM_VERSION_TABLE";
  readonly expected: readonly string[];
  readonly found: readonly string[];
  constructor(message: string, options: ErrorOptions & { expected: readonly string[]; found: readonly string[] }) {
    super(message, options);
    this.expected = options.expected;
    this.found = options.found;
  }
}
