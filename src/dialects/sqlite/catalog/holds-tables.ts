import type { Connection } from "../../dialect.js";

/** Virtual tables are tables; SQLite's own are not. */
export async function holdsTables(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1",
  );
  return rows.length > 0;
}
