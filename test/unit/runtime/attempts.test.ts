import { describe, expect, it } from "vitest";
import { QueryError } from "../../../src/errors.js";
import { Attempts } from "../../../src/runtime/attempts.js";
import type { EngineEvent } from "../../../src/runtime/events.js";

const lockTimeout = new QueryError("canceling statement due to lock timeout", { sql: "ALTER", sqlState: "55P03" });

interface Played {
  /** What each attempt waits for a table's lock. */
  readonly waits: readonly number[];
  /** The pauses between them. */
  readonly pauses: readonly number[];
  readonly events: readonly EngineEvent[];
}

/** Attempts that all fail, with a clock that only pauses move on. */
async function play(
  retry: { readonly attempts: number; readonly budgetMilliseconds: number } | null,
  { random = 1, longest = 5_000, error = lockTimeout as unknown } = {},
): Promise<Played> {
  let time = 0;
  const pauses: number[] = [];
  const waits: number[] = [];
  const events: EngineEvent[] = [];
  const attempts = new Attempts({
    retry,
    ddlLockTimeoutMilliseconds: longest,
    emit: (event) => events.push(event),
    now: () => time,
    random: () => random,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
  });
  do waits.push(attempts.lockTimeoutMilliseconds);
  while (await attempts.again(error));
  return { waits, pauses, events };
}

describe("attempts at a transaction that meets somebody else's lock", () => {
  it("wait a little longer for the lock each time, up to what the config says", async () => {
    const { waits } = await play({ attempts: 12, budgetMilliseconds: 300_000 });
    expect(waits.slice(0, 4)).toEqual([200, 300, 450, 675]);
    expect(waits.slice(-3)).toEqual([5_000, 5_000, 5_000]);
    expect((await play({ attempts: 4, budgetMilliseconds: 300_000 }, { longest: 250 })).waits).toEqual([
      200, 250, 250, 250,
    ]);
  });

  it("pause twice as long each time, up to half a minute, and by chance any part of that", async () => {
    const { pauses } = await play({ attempts: 12, budgetMilliseconds: 300_000 });
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect((await play({ attempts: 4, budgetMilliseconds: 300_000 }, { random: 0.25 })).pauses).toEqual([25, 50, 100]);
    expect((await play({ attempts: 4, budgetMilliseconds: 300_000 }, { random: 0 })).pauses).toEqual([0, 0, 0]);
  });

  it("end with the number of attempts, or with the time there is for them, and never without a limit on the lock", async () => {
    expect((await play({ attempts: 30, budgetMilliseconds: 1_000 })).pauses).toEqual([100, 200, 400]);
    const { waits, events } = await play({ attempts: 3, budgetMilliseconds: 300_000 });
    expect(waits).toHaveLength(3);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(events).toMatchObject([
      { type: "retry", attempt: 2, milliseconds: 100 },
      { type: "retry", attempt: 3, milliseconds: 200 },
    ]);
  });

  it("are for locks and deadlocks only, also as the cause of another error, and for none when the config says so", async () => {
    const enough = { attempts: 2, budgetMilliseconds: 1_000 };
    const deadlock = new QueryError("deadlock detected", { sql: "ALTER", sqlState: "40P01" });
    const other = new QueryError("division by zero", { sql: "SELECT", sqlState: "22012" });
    expect((await play(enough, { error: deadlock })).waits).toHaveLength(2);
    expect((await play(enough, { error: new Error("step", { cause: lockTimeout }) })).waits).toHaveLength(2);
    expect((await play(enough, { error: other })).waits).toHaveLength(1);
    expect((await play(null)).waits).toEqual([5_000]);
  });
});
