/**
 * Every error a caller can meet. The message says what happened, the hint what to do next, the fields carry the data.
 * The exit codes are the command line's contract: 2 usage and configuration, 3 revision history, 4 database,
 * 5 a revision failed while running, 6 an operation does not fit, 70 a bug of ours.
 */

export interface ErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The base of all of them; `code` is stable and starts with `TSM_`. */
export abstract class TsMigrateError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
  }
}

/** A wrong argument or combination of arguments. */
export class UsageError extends TsMigrateError {
  readonly code: string = "TSM_USAGE";
  readonly exitCode: number = 2;
}

export class ConfigError extends TsMigrateError {
  readonly code: string = "TSM_CONFIG";
  readonly exitCode: number = 2;
}

export class ConfigNotFoundError extends ConfigError {
  override readonly code = "TSM_CONFIG_NOT_FOUND";
  readonly searchedFrom: string;
  constructor(message: string, options: ErrorOptions & { searchedFrom: string }) {
    super(message, options);
    this.searchedFrom = options.searchedFrom;
  }
}

/** A key of the config is unknown or holds the wrong value; `key` is its dotted path. */
export class ConfigInvalidError extends ConfigError {
  override readonly code = "TSM_CONFIG_INVALID";
  readonly path: string | undefined;
  readonly key: string;
  constructor(message: string, options: ErrorOptions & { path?: string | undefined; key: string }) {
    super(message, options);
    this.path = options.path;
    this.key = options.key;
  }
}

/** The models cannot be read or contradict themselves. */
export class ModelInvalidError extends ConfigError {
  override readonly code = "TSM_MODEL_INVALID";
  readonly table: string | undefined;
  readonly column: string | undefined;
  constructor(
    message: string,
    options: ErrorOptions & { table?: string | undefined; column?: string | undefined } = {},
  ) {
    super(message, options);
    this.table = options.table;
    this.column = options.column;
  }
}

/** A file of the user's (config, models, revision) could not be loaded: `path` names it, with `:line:column` where known. */
export class UserModuleError extends ConfigError {
  override readonly code = "TSM_USER_MODULE";
  readonly path: string;
  constructor(message: string, options: ErrorOptions & { path: string }) {
    super(message, options);
    this.path = options.path;
  }
}

/** A driver package is not installed, or cannot run on this Node.js. */
export class DriverMissingError extends ConfigError {
  override readonly code = "TSM_DRIVER_MISSING";
  readonly driver: string;
  constructor(message: string, options: ErrorOptions & { driver: string }) {
    super(message, options);
    this.driver = options.driver;
  }
}

/** A rename is likely but nobody said so; `candidates` are the possible pairs, `flags` the arguments that answer. */
export class RenameUndecidedError extends UsageError {
  override readonly code = "TSM_RENAME_UNDECIDED";
  readonly flags: readonly string[];
  constructor(message: string, options: ErrorOptions & { flags: readonly string[] }) {
    super(message, options);
    this.flags = options.flags;
  }
}

export class RevisionError extends TsMigrateError {
  readonly code: string = "TSM_REVISION";
  readonly exitCode: number = 3;
}

export class RevisionNotFoundError extends RevisionError {
  override readonly code = "TSM_REVISION_NOT_FOUND";
  readonly given: string;
  readonly near: readonly string[];
  constructor(message: string, options: ErrorOptions & { given: string; near?: readonly string[] }) {
    super(message, options);
    this.given = options.given;
    this.near = options.near ?? [];
  }
}

export class AmbiguousRevisionError extends RevisionError {
  override readonly code = "TSM_REVISION_AMBIGUOUS";
  readonly given: string;
  readonly matches: readonly string[];
  constructor(message: string, options: ErrorOptions & { given: string; matches: readonly string[] }) {
    super(message, options);
    this.given = options.given;
    this.matches = options.matches;
  }
}

export class MultipleHeadsError extends RevisionError {
  override readonly code = "TSM_MULTIPLE_HEADS";
  readonly heads: readonly string[];
  constructor(message: string, options: ErrorOptions & { heads: readonly string[] }) {
    super(message, options);
    this.heads = options.heads;
  }
}

/** A relative target (`-1`, `+2`) that several current heads could answer differently. */
export class AmbiguousTargetError extends RevisionError {
  override readonly code = "TSM_TARGET_AMBIGUOUS";
  readonly current: readonly string[];
  constructor(message: string, options: ErrorOptions & { current: readonly string[] }) {
    super(message, options);
    this.current = options.current;
  }
}

export class RevisionCycleError extends RevisionError {
  override readonly code = "TSM_REVISION_CYCLE";
  readonly revisions: readonly string[];
  constructor(message: string, options: ErrorOptions & { revisions: readonly string[] }) {
    super(message, options);
    this.revisions = options.revisions;
  }
}

export class DuplicateRevisionError extends RevisionError {
  override readonly code = "TSM_REVISION_DUPLICATE";
  readonly id: string;
  readonly paths: readonly string[];
  constructor(message: string, options: ErrorOptions & { id: string; paths: readonly string[] }) {
    super(message, options);
    this.id = options.id;
    this.paths = options.paths;
  }
}

/** The target does not lie on the requested side of where the database is. */
export class NotAncestorError extends RevisionError {
  override readonly code = "TSM_NOT_ANCESTOR";
  readonly lower: string;
  readonly upper: string;
  constructor(message: string, options: ErrorOptions & { lower: string; upper: string }) {
    super(message, options);
    this.lower = options.lower;
    this.upper = options.upper;
  }
}

/** A revision file that cannot be read, parsed or imported. */
export class RevisionFileError extends RevisionError {
  override readonly code = "TSM_REVISION_FILE";
  readonly path: string;
  constructor(message: string, options: ErrorOptions & { path: string }) {
    super(message, options);
    this.path = options.path;
  }
}

export class IrreversibleRevisionError extends RevisionError {
  override readonly code = "TSM_IRREVERSIBLE";
  readonly revision: string;
  constructor(message: string, options: ErrorOptions & { revision: string }) {
    super(message, options);
    this.revision = options.revision;
  }
}

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

export class MigrationFailedError extends TsMigrateError {
  readonly code = "TSM_MIGRATION_FAILED";
  readonly exitCode = 5;
  readonly revision: string;
  readonly direction: "upgrade" | "downgrade";
  readonly statement: string | undefined;
  readonly applied: readonly string[];
  constructor(
    message: string,
    options: ErrorOptions & {
      revision: string;
      direction: "upgrade" | "downgrade";
      statement?: string | undefined;
      applied: readonly string[];
    },
  ) {
    super(message, options);
    this.revision = options.revision;
    this.direction = options.direction;
    this.statement = options.statement;
    this.applied = options.applied;
  }
}

export class OperationError extends TsMigrateError {
  readonly code: string = "TSM_OPERATION";
  readonly exitCode: number = 6;
}

/** The operation does not fit the schema it meets: `reason` says what is missing or in the way. */
export class OperationConflictError extends OperationError {
  override readonly code = "TSM_OPERATION_CONFLICT";
  readonly operation: string;
  constructor(message: string, options: ErrorOptions & { operation: string }) {
    super(message, options);
    this.operation = options.operation;
  }
}

export class UnsupportedOperationError extends OperationError {
  override readonly code = "TSM_OPERATION_UNSUPPORTED";
  readonly dialect: string;
  readonly operation: string;
  constructor(message: string, options: ErrorOptions & { dialect: string; operation: string }) {
    super(message, options);
    this.dialect = options.dialect;
    this.operation = options.operation;
  }
}

/** The run was stopped from outside. `exitCode` is 130 after SIGINT, 143 after SIGTERM. */
export class InterruptedError extends TsMigrateError {
  readonly code = "TSM_INTERRUPTED";
  readonly exitCode: number;
  constructor(message: string, options: ErrorOptions & { exitCode: number }) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}

/** A broken invariant of ours; printed with its stack and a request to report it. */
export class InternalError extends TsMigrateError {
  readonly code = "TSM_INTERNAL";
  readonly exitCode = 70;
}

export function assertNever(value: never, what: string): never {
  throw new InternalError(`${what}: unexpected ${JSON.stringify(value)}`);
}
