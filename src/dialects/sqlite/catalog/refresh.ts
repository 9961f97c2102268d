/** Reads what a rebuild has to give back as it was. */
import type { SchemaDef } from "../../../schema/schema.js";
import type { Connection } from "../../dialect.js";
import { type StoredObject, withLiveFacts } from "./live-facts.js";
import { workingProbes } from "./probes.js";

/** The schema with the present texts, statistics and probes of the database. A handful of queries. */
export async function refresh(schema: SchemaDef, connection: Connection): Promise<SchemaDef> {
  const main = await readStoredObjects(connection);
  const temporary = await readStoredObjects(connection, "sqlite_temp_master");
  const objects = [...main, ...temporary.filter(({ type }) => type === "view" || type === "trigger")];
  const analyzed = await readAnalyzed(connection);
  return withLiveFacts(schema, { objects, analyzed, probes: await workingProbes(connection, objects) });
}

/** Everything that has a text, in order of creation; names that begin with `sqlite_` are SQLite's own. */
export async function readStoredObjects(
  connection: Connection,
  from: "sqlite_master" | "sqlite_temp_master" = "sqlite_master",
): Promise<readonly StoredObject[]> {
  const { rows } = await connection.query<{ type: string; name: string; tbl_name: string; sql: string }>(
    `SELECT type, name, tbl_name, sql FROM ${from} WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
  );
  return rows.map((row) => ({
    type: row.type as StoredObject["type"],
    name: row.name,
    table: row.tbl_name,
    sql: row.sql,
    temporary: from === "sqlite_temp_master",
  }));
}

/** The tables, in lower case, that ANALYZE has counted. */
export async function readAnalyzed(connection: Connection): Promise<ReadonlySet<string>> {
  const { rows } = await connection.query("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'");
  if (rows.length === 0) return new Set();
  const statistics = await connection.query<{ tbl: string }>("SELECT DISTINCT tbl FROM sqlite_stat1");
  return new Set(statistics.rows.map((row) => row.tbl.toLowerCase()));
}
