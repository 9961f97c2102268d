/** The errors that callers of the five functions catch; `cause` is the exact error, one of `errors.ts`. */
import { type ErrorOptions, TsMigrateError } from "./errors.js";

export interface MigrationErrorOptions extends ErrorOptions {
  readonly directory?: string | undefined;
  readonly revision?: string | undefined;
}

/** Anything that went wrong; its code, exit code and hint are those of its cause. */
export class MigrationError extends TsMigrateError {
  readonly code: string;
  readonly exitCode: number;
  readonly directory: string | undefined;
  readonly revision: string | undefined;
  constructor(message: string, options: MigrationErrorOptions = {}) {
    super(message, options);
    const { cause } = options;
    this.code = cause instanceof TsMigrateError ? cause.code : "TSM_MIGRATION";
    this.exitCode = cause instanceof TsMigrateError ? cause.exitCode : 70;
    this.directory = options.directory;
    this.revision = options.revision;
  }
}

export class MigrationInitError extends MigrationError {}
export class MigrationCreationError extends MigrationError {}
export class MigrationUpgradeError extends MigrationError {}
export class MigrationDowngradeError extends MigrationError {}
