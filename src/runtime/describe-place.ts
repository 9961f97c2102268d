/** Where a run that was stopped has left the database. */
import { InterruptedError } from "../errors.js";
import type { RunRequest } from "./run-request.js";

const PATIENCE_MILLISECONDS = 2_000;

/** The same error, with what the version table says now; without, where the database does not answer soon. */
export async function withPlace(error: InterruptedError, request: RunRequest): Promise<InterruptedError> {
  const { connection, versionTable, ledger } = request;
  if (connection.isOffline === true || connection.inTransaction) return error;
  const ask = async () => ({ heads: await versionTable.read(), open: await ledger.readOpen() });
  const found = await Promise.race([ask().catch(() => null), timeout()]);
  if (found === null) return error;
  const place = found.heads.length === 0 ? "base" : found.heads.map((id) => `'${id}'`).join(", ");
  const partly = [...new Set(found.open.filter(({ state }) => state !== "failed").map(({ revision }) => revision))];
  const begun = partly.length === 0 ? "" : ` and ${partly.map((id) => `'${id}'`).join(", ")} begun`;
  return new InterruptedError(error.message, {
    exitCode: error.exitCode,
    cause: error.cause,
    hint: `What was running was rolled back; the database is at ${place}${begun}. Run the same command again to finish.`,
  });
}

function timeout(): Promise<null> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MILLISECONDS).unref();
  });
}
