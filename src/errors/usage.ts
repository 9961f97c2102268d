/** Exit code 2: arguments, config, models. */
import { type ErrorOptions, TsMigrateError } from "./base.js";

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

export interface UndecidedRename {
  readonly kind: string;
  /** What comes: `column users.full_name`. */
  readonly subject: string;
  /** What it may have been, the likeliest first. */
  readonly choices: readonly { readonly argument: string; readonly description: string; readonly reason: string }[];
}

/** A rename is likely but nobody said so; `candidates` are the possible pairs, `flags` the arguments that say yes. */
export class RenameUndecidedError extends UsageError {
  override readonly code = "TSM_RENAME_UNDECIDED";
  readonly flags: readonly string[];
  readonly candidates: readonly UndecidedRename[];
  constructor(
    message: string,
    options: ErrorOptions & { flags: readonly string[]; candidates: readonly UndecidedRename[] },
  ) {
    super(message, options);
    this.flags = options.flags;
    this.candidates = options.candidates;
  }
}
