/**
 * Running a transaction again that met somebody else's lock. The first attempts give up quickly, so that nobody queues
 * behind a DDL statement that waits; the pauses between them grow, with chance in them, so that the others get through.
 */
import { QueryError } from "../errors.js";
import type { Emit } from "./events.js";

export interface AttemptsOptions {
  /** Null: one attempt. */
  readonly retry: { readonly attempts: number; readonly budgetMilliseconds: number } | null;
  /** The longest that one statement waits for a table's lock; 0 = for ever. */
  readonly ddlLockTimeoutMilliseconds: number;
  readonly emit: Emit;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Waits, or throws when the run is to stop. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const FIRST_LOCK_TIMEOUT = 200;
const LOCK_TIMEOUT_GROWTH = 1.5;
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #started: number;
  #failed = 0;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#started = options.now();
  }

  /** What the next attempt's statements wait for a table's lock. */
  get lockTimeoutMilliseconds(): number {
    const { retry, ddlLockTimeoutMilliseconds: longest } = this.#options;
    if (retry === null || longest === 0) return longest;
    return Math.min(Math.round(FIRST_LOCK_TIMEOUT * LOCK_TIMEOUT_GROWTH ** this.#failed), longest);
  }

  /** Waits for the next attempt where there is one: after a lock that was not to be had, or a deadlock. */
  async again(error: unknown): Promise<boolean> {
    const { retry, emit, now, random, sleep } = this.#options;
    const met = lockError(error);
    if (met === null || retry === null) return false;
    this.#failed++;
    const pause = Math.round(random() * Math.min(FIRST_PAUSE * 2 ** (this.#failed - 1), LONGEST_PAUSE));
    const isOver = now() - this.#started + pause > retry.budgetMilliseconds;
    if (this.#failed >= retry.attempts || isOver) return false;
    emit({ type: "retry", attempt: this.#failed + 1, milliseconds: pause, reason: met.message });
    await sleep(pause);
    return true;
  }
}

/** PostgreSQL: lock_not_available and deadlock_detected; after either nothing of the transaction is left. */
function lockError(error: unknown): QueryError | null {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof QueryError)) cause = cause.cause;
  if (!(cause instanceof QueryError)) return null;
  return cause.sqlState === "55P03" || cause.sqlState === "40P01" ? cause : null;
}
