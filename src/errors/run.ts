/** Exit codes 5 and 6, and those of signals: what happens while a revision runs. */
import { type ErrorOptions, TsMigrateError } from "./base.js";

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

/** A step of a revision was stopped where only a person can tell whether it happened. */
export class StepUnresolvedError extends TsMigrateError {
  readonly code = "TSM_STEP_UNRESOLVED";
  readonly exitCode = 5;
  readonly revision: string;
  readonly step: number;
  constructor(message: string, options: ErrorOptions & { revision: string; step: number }) {
    super(message, options);
    this.revision = options.revision;
    this.step = options.step;
  }
}

/** A revision was edited between being stopped and being gone on with. */
export class StepChangedError extends TsMigrateError {
  readonly code = "TSM_STEP_CHANGED";
  readonly exitCode = 3;
  readonly revision: string;
  readonly step: number;
  constructor(message: string, options: ErrorOptions & { revision: string; step: number }) {
    super(message, options);
    this.revision = options.revision;
    this.step = options.step;
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
