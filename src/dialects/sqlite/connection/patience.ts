/** Waiting for other connections to let go of a database, without blocking the thread. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineAnswer, EngineFailure } from "./engine.js";

export type Send = () => EngineAnswer | Promise<EngineAnswer>;

/** Milliseconds that one statement may block its thread while it waits for a lock; longer waits are sleeps. */
export const LOCK_SLICE_MILLISECONDS = 100;
const SLEEP_MILLISECONDS = 20;
/** Milliseconds that what is outside a transaction waits for a writer to get out of the way. */
export const PATIENCE_MILLISECONDS = 10_000;

/** Shorter waits than this are nothing to speak of. */
const QUIET_MILLISECONDS = 1_000;

/**
 * Repeats what finds the database locked, sleeping in between so that signals and timers are handled. `onWait` is called
 * once, when that takes a while.
 */
export async function sendPatiently(send: Send, milliseconds: number, onWait?: () => void): Promise<EngineAnswer> {
  const first = await send();
  // The clock takes a millisecond to load: it is looked at by those who wait.
  return isBusy(first.failure) ? repeat(first, send, milliseconds, onWait) : first;
}

async function repeat(
  first: EngineAnswer,
  send: Send,
  milliseconds: number,
  onWait: (() => void) | undefined,
): Promise<EngineAnswer> {
  const started = performance.now();
  let isTold = false;
  for (let answer = first; ; answer = await send()) {
    const waited = performance.now() - started;
    if (!isBusy(answer.failure) || waited >= milliseconds) return answer;
    if (!isTold && waited >= QUIET_MILLISECONDS) {
      isTold = true;
      onWait?.();
    }
    await sleep(SLEEP_MILLISECONDS);
  }
}

export function isBusy(failure: EngineFailure | null): boolean {
  return failure?.code?.startsWith("SQLITE_BUSY") === true;
}
