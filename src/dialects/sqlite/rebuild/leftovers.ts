/** What a rebuild leaves that was run from a script, statement by statement and without its transaction, and did not end. */
import type { Connection, Leftover } from "../../dialect.js";
import { ddl } from "../text/ddl.js";

/** The names of tables on their way into the place of others begin so. */
export const NEW_TABLE_PREFIX = "_tsm_new_";

export async function findLeftovers(connection: Connection): Promise<readonly Leftover[]> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB '${NEW_TABLE_PREFIX}*' ORDER BY name`,
  );
  return rows.map(({ name }) => ({
    text: `the table '${name}' was left by a rebuild that did not end`,
    command: `DROP TABLE ${ddl.id(name)}`,
  }));
}
