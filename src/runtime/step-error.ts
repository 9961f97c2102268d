/** Carries the last statement out of a step's body. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly lastStatement: string | undefined;
  constructor(cause: unknown, lastStatement: string | undefined) {
    super("step failed", { cause });
    this.lastStatement = lastStatement;
  }
}

/**
 * Thrown inside a step whose transaction was begun with foreign keys on, by an operation that needs them off (a pragma
 * that SQLite ignores inside a transaction). The runner rolls back and runs the step again with them off.
 */
export class ForeignKeysOffNeeded extends Error {
  override readonly name = "ForeignKeysOffNeeded";
}
