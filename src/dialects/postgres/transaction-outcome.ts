/** What became of a transaction whose COMMIT got no answer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Wire } from "./wire.js";

export interface Outcome {
  readonly status: "committed" | "aborted" | "unknown";
  /** The connection that was asked on. */
  readonly wire: Wire;
}

const ATTEMPTS = 10;
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/**
 * Asks the server, on a new connection, for the fate of a transaction id. Null when it cannot be reached any more.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
export async function outcomeOf(id: string, open: () => Promise<Wire>, attempts = ATTEMPTS): Promise<Outcome | null> {
  let wire: Wire | undefined;
  let pause = FIRST_PAUSE_MILLISECONDS;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      wire ??= await open();
      const { rows } = await wire.send("SELECT pg_catalog.txid_status($1::bigint) AS status", [id]);
      const status = rows[0].status as string | null;
      if (status === "committed" || status === "aborted") return { status, wire };
      // Too long ago for the server to remember.
      if (status === null) return { status: "unknown", wire };
    } catch {
      await wire?.close().catch(() => undefined);
      wire = undefined;
    }
    if (attempt < attempts - 1) await sleep(pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }
  return wire === undefined ? null : { status: "unknown", wire };
}
