/** The list. */
import { editedFiles } from "./edited-files.js";
import { foreignKeyGraphs } from "./foreign-key-graphs.js";
import { processesPooler, processesPostgres, processesSqlite, processesUnlocked } from "./many-processes.js";
import { misbehavingRevisions } from "./misbehaving-revisions.js";
import { password } from "./password.js";
import { postgresCrash, postgresKill, postgresTerminate } from "./postgres-kill.js";
import { networkCuts, postgresStatements } from "./postgres-messages.js";
import { sqliteKill, sqliteTerminate } from "./sqlite-kill.js";
import { diskFull, sqliteStatements } from "./sqlite-statements.js";
import type { Scenario } from "./support/bench.js";
import { waiters } from "./waiters.js";

export const scenarios: readonly Scenario[] = [
  sqliteKill,
  sqliteTerminate,
  sqliteStatements,
  diskFull,
  foreignKeyGraphs,
  editedFiles,
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
  password,
  misbehavingRevisions,
];
