import type { RunRequest } from "./run-request.js";

/** Makes the version table and the ledger where they are missing, under the lock: two runs at once would collide. */
export async function ensureTables({
  connection,
  versionTable,
  ledger,
  lockTimeoutMilliseconds,
}: RunRequest): Promise<void> {
  await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds });
  try {
    await versionTable.ensure();
    await ledger.ensure();
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
