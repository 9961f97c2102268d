/** The list. */
import { postgresCrash, postgresKill, postgresTerminate } from "./postgres-kill.js";
import { sqliteKill, sqliteTerminate } from "./sqlite-kill.js";
import type { Scenario } from "./support/bench.js";

export const scenarios: readonly Scenario[] = [
  sqliteKill,
  sqliteTerminate,
  postgresKill,
  postgresTerminate,
  postgresCrash,
];
