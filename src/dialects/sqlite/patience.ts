/** Waiting for other connections to let go of a database, without blocking the thread. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineAnswer, EngineFailure } from "./engine.js";

export type Send = () => EngineAnswer | Promise<EngineAnswer>;

/** Milliseconds that one statement may block its thread while it waits for a lock; longer waits are sleeps. */
export const LOCK_SLICE_MILLISECONDS = 100;
const SLEEP_MILLISECONDS = 20;
/** Milliseconds that what is outside a transaction waits for a writer to get out of the way. */
export const PATIENCE_MILLISECONDS = 10_000;

/** Repeats what finds the database locked, sleeping in between so that signals and timers are handled. */
export async function sendPatiently(send: Send, milliseconds: number): Promise<EngineAnswer> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const answer = await send();
    if (!isBusy(answer.failure) || performance.now() >= deadline) return answer;
    await sleep(SLEEP_MILLISECONDS);
  }
}

export function isBusy(failure: EngineFailure | null): boolean {
  return failure?.code?.startsWith("SQLITE_BUSY") === true;
}
