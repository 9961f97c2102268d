/** What all errors share. */

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

/** A broken invariant of ours; printed with its stack and a request to report it. */
export class InternalError extends TsMigrateError {
  readonly code = "TSM_INTERNAL";
  readonly exitCode = 70;
}

export function assertNever(value: never, what: string): never {
  throw new InternalError(`${what}: unexpected ${JSON.stringify(value)}`);
}
