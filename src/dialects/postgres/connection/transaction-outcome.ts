/** What became of a transaction whose COMMIT got no answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionError, QueryError } from "../../../errors.js";
import type { ConnectionNote } from "../../dialect.js";
import { isConnectionLoss } from "./server-errors.js";
import type { Wire } from "./wire.js";

export interface Outcome {
  /** `running`: its session is still there. `forgotten`: it has ended, and the server does not know how. */
  readonly fate: "committed" | "aborted" | "running" | "forgotten";
  /** The connection that was asked on. */
  readonly wire: Wire;
}

export interface Patience {
  /** How often a connection is tried. */
  readonly attempts: number;
  /** For a session that is still there. */
  readonly milliseconds: number;
}

const PATIENCE: Patience = { attempts: 10, milliseconds: 60_000 };
const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 5_000;

/**
 * Asks the server, on a new connection, for the fate of a transaction id. Null when it cannot be reached any more.
 *
 * @see https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
export async function outcomeOf(
  id: string,
  open: () => Promise<Wire>,
  { attempts, milliseconds }: Patience,
): Promise<Outcome | null> {
  const deadline = performance.now() + milliseconds;
  let wire: Wire | undefined;
  let failures = 0;
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      wire ??= await open();
      const { rows } = await wire.send("SELECT pg_catalog.txid_status($1::bigint) AS status", [id]);
      const status = rows[0].status as string | null;
      if (status === "committed" || status === "aborted") return { fate: status, wire };
      // Too long ago for the server to remember.
      if (status === null) return { fate: "forgotten", wire };
      if (performance.now() >= deadline) return { fate: "running", wire };
    } catch (error) {
      // A standby that took over has never heard of the transaction.
      if (wire !== undefined && wire.lost === undefined && !isConnectionLoss(error)) return { fate: "forgotten", wire };
      await wire?.close().catch(() => undefined);
      wire = undefined;
      if (++failures >= attempts) return null;
    }
    await sleep(pause);
  }
}

/** Statements that end or start a transaction; after one of them ours may be another. */
const TRANSACTION_COMMANDS: readonly string[] = [
  "BEGIN",
  "START TRANSACTION",
  "COMMIT",
  "ROLLBACK",
  "PREPARE TRANSACTION",
];
const ENDING_WORDS = /\b(?:commit|rollback|end|abort)\b/i;

export function touchesTransaction(commands: readonly string[]): boolean {
  return commands.some((command) => TRANSACTION_COMMANDS.includes(command));
}

/** `COMMIT; BEGIN; …` and then an error: a failed transaction is open, but no longer ours. Another session can tell. */
export async function hasEndedBeforeError(
  sql: string,
  id: string,
  openAnother: (() => Promise<Wire>) | undefined,
): Promise<boolean> {
  const isSuspicious = ENDING_WORDS.test(sql.slice(0, sql.lastIndexOf(";") + 1));
  if (!isSuspicious || openAnother === undefined) return false;
  const outcome = await outcomeOf(id, openAnother, { attempts: 1, milliseconds: 0 });
  await outcome?.wire.close();
  return outcome?.fate === "committed" || outcome?.fate === "aborted";
}

export interface LostCommit {
  readonly id: string;
  readonly cause: unknown;
  /** Absent where there is no second connection to be had. */
  readonly openAnother: (() => Promise<Wire>) | undefined;
  readonly description: string;
  readonly notify: ((note: ConnectionNote) => void) | undefined;
  /** Takes the connection that was asked on. */
  readonly goOnWith: (wire: Wire) => void;
  /** Reads on it what the transaction has written. */
  readonly proof: (() => Promise<boolean>) | undefined;
}

/**
 * Finds out whether a transaction was committed: the server knows, or else what was written shows it.
 *
 * @throws QueryError when it was not, ConnectionError when nobody can tell
 */
export async function settleCommit(lost: LostCommit): Promise<void> {
  const { id, cause, openAnother, description, notify, goOnWith, proof } = lost;
  const outcome = openAnother === undefined ? null : await outcomeOf(id, openAnother, PATIENCE);
  if (outcome !== null) goOnWith(outcome.wire);
  const fate = outcome?.fate === "forgotten" && proof !== undefined ? await fateByProof(proof) : outcome?.fate;
  if (fate === "committed") {
    notify?.({ type: "warning", text: "the connection was lost while committing; the transaction was committed" });
    return;
  }
  if (fate === "aborted") {
    throw new QueryError("the connection was lost while committing, and the database rolled back", {
      sql: "COMMIT",
      cause,
    });
  }
  throw new ConnectionError("the connection was lost while committing, and whether it happened is not known", {
    url: description,
    cause,
    hint: "Run `tsmigrate current` once the server is back.",
  });
}

async function fateByProof(proof: () => Promise<boolean>): Promise<"committed" | "aborted"> {
  return (await proof()) ? "committed" : "aborted";
}
