import type { Connection } from "../dialects/dialect.js";
import { StepChangedError, StepUnresolvedError } from "../errors.js";
import { StepError } from "./step-error.js";
import type { StepJournal } from "./step-journal.js";

/** Writes into the ledger that a step failed, for people to read; a run that cannot write it fails as it would without. */
export async function recordFailure(
  journal: StepJournal | null,
  connection: Connection,
  error: unknown,
): Promise<void> {
  if (journal === null || connection.isOffline === true || connection.inTransaction) return;
  const cause = error instanceof StepError ? error.cause : error;
  if (cause instanceof StepUnresolvedError || cause instanceof StepChangedError) return;
  await journal.failed(cause).catch(() => {});
}
