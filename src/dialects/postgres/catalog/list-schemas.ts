import type { Connection } from "../../dialect.js";

/** Every schema that is not the server's own or a session's temporary one, sorted. */
export async function listSchemas(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_catalog.pg_namespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname COLLATE "C"`,
  );
  return rows.map((row) => row.name);
}
