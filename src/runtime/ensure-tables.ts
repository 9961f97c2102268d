import { QueryError } from "../errors.js";
import { inTransaction } from "./in-transaction.js";
import { oneJourney } from "./one-journey.js";
import type { RunRequest } from "./run-request.js";

const ATTEMPTS = 5;

/** Makes the version table and the ledger where they are missing. Under the lock nobody else does; without it they may. */
export async function ensureTables({
  connection,
  versionTable,
  ledger,
  lockTimeoutMilliseconds,
}: RunRequest): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(
        connection,
        { foreignKeys: "keep", lockTimeoutMilliseconds, goesWithNext: true },
        async () => {
          const [isVersioned, isLogged] = await oneJourney(connection, [
            () => versionTable.exists(),
            () => ledger.exists(),
          ]);
          await oneJourney(connection, [() => versionTable.ensure(isVersioned), () => ledger.ensure(isLogged)]);
        },
      );
    } catch (error) {
      if (attempt === ATTEMPTS || !isCreationRace(error)) throw error;
    }
  }
}

/** PostgreSQL: two at once make the same table, of which CREATE TABLE IF NOT EXISTS knows nothing. */
function isCreationRace(error: unknown): boolean {
  return error instanceof QueryError && /^(?:23505|42P07|42710|40P01)$/.test(error.sqlState ?? "");
}
