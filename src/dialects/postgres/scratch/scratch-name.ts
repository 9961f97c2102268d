/** The names of scratch databases, which tell when they were made, and those whose process was killed. */
import { randomBytes } from "node:crypto";
import type { PostgresConnection } from "../connection/connection.js";

const PREFIX = "tsm_scratch_";
/** Nothing that uses one takes so long without a session in it. */
const FORGOTTEN_AFTER_SECONDS = 3_600;

/** `seconds` is the server's time of day, as a whole number. */
export function newScratchName(seconds: number): string {
  return `${PREFIX}${seconds.toString(16).padStart(8, "0")}_${randomBytes(6).toString("hex")}`;
}

/** Scratch databases of ours that are old, belong to this role, and have no session. */
export async function forgottenScratch(connection: PostgresConnection): Promise<readonly string[]> {
  const made = `('x' || pg_catalog.substr(d.datname::text, ${PREFIX.length + 1}, 8))::pg_catalog.bit(32)::pg_catalog.int8`;
  const { rows } = await connection.query<{ name: string }>(
    `SELECT d.datname::text AS name FROM pg_catalog.pg_database d
     WHERE CASE WHEN d.datname::text ~ '^${PREFIX}[0-9a-f]{8}_[0-9a-f]{12}$'
         THEN ${made} < pg_catalog.date_part('epoch', pg_catalog.now()) - ${FORGOTTEN_AFTER_SECONDS} ELSE false END
       AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
     ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}
