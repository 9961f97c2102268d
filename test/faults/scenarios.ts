/** The list. */
import { processesPooler, processesPostgres, processesSqlite, processesUnlocked } from "./many-processes.js";
import { postgresCrash, postgresKill, postgresTerminate } from "./postgres-kill.js";
import { networkCuts, postgresStatements } from "./postgres-messages.js";
import { sqliteKill, sqliteTerminate } from "./sqlite-kill.js";
import type { Scenario } from "./support/bench.js";
import { waiters } from "./waiters.js";

export const scenarios: readonly Scenario[] = [
  sqliteKill,
  sqliteTerminate,
  postgresKill,
  postgresTerminate,
  postgresCrash,
  networkCuts,
  postgresStatements,
  processesSqlite,
  processesPostgres,
  processesUnlocked,
  processesPooler,
  waiters,
];
