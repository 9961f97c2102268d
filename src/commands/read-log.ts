import type { LedgerEntry } from "../runtime/ledger.js";
import type { Environment } from "./environment/environment.js";

export interface LogResult {
  /** Newest first. */
  readonly entries: readonly LedgerEntry[];
}

/** What runs have done, as the ledger has it. `count`: all of it when left out. Never writes. */
export async function readLog(environment: Environment, count?: number): Promise<LogResult> {
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    const ledger = environment.ledger(connection);
    return { entries: await ledger.read(count === undefined ? {} : { limit: count }) };
  } finally {
    await environment.release();
  }
}
