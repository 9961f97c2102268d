/** Carries the last statement out of a step's body. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly lastStatement: string | undefined;
  constructor(cause: unknown, lastStatement: string | undefined) {
    super("step failed", { cause });
    this.lastStatement = lastStatement;
  }
}
