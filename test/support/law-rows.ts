/** One row in each table of a random schema, and what is left of the rows afterwards. */
import type { Connection } from "../../src/dialects/dialect.js";
import { wholeTable } from "../../src/schema/inheritance.js";
import { objectKey, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import { calledName, quotedName } from "./arbitrary-parts.js";
import { POSTGRES_VALUES } from "./arbitrary-postgres-columns.js";
import { FAMILY_IDS } from "./arbitrary-postgres-families.js";
import { SCHEMA_VALUES } from "./arbitrary-postgres-schemas.js";

/** Every number is 1, so that foreign keys hold whatever they refer to. */
const VALUES: Readonly<Record<string, string>> = {
  ...{ id: "1", a: "1", b: "'x'", c: "true", order: "1", naïve: "'y'", other: "1", other_a: "1" },
  ...POSTGRES_VALUES,
  ...SCHEMA_VALUES,
};

/** `other` is where the database will be taken: a row must not refer to a table that is on one side only. */
export async function insertRows(connection: Connection, schema: SchemaDef, other: SchemaDef): Promise<void> {
  const refersToMissing = (key: string, column: string) =>
    [schema, other].some((side) =>
      side.tables[key]?.foreignKeys.some(
        (foreignKey) =>
          foreignKey.columns.includes(column) &&
          (!(objectKey(foreignKey.target) in schema.tables) || !(objectKey(foreignKey.target) in other.tables)),
      ),
    );
  const overriding = connection.dialect.name === "postgres" ? "OVERRIDING SYSTEM VALUE " : "";
  await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 1_000 });
  // Tables refer to each other in circles: first every row without its foreign keys, then these.
  const later: string[] = [];
  for (const [key, table] of Object.entries(schema.tables)) {
    if (table.options?.postgres?.partitionBy !== undefined) continue;
    const names = wholeTable(schema, table).columns.flatMap((column) =>
      column.generated === undefined ? [column.name] : [],
    );
    const value = (name: string) => (name === "id" ? FAMILY_IDS[table.name] : undefined) ?? VALUES[name]!;
    const refers = (name: string) => table.foreignKeys.some((foreignKey) => foreignKey.columns.includes(name));
    const values = names.map((name) => (refers(name) || refersToMissing(key, name) ? "NULL" : value(name)));
    await connection.query(
      `INSERT INTO ${calledName(table)} (${names.map(quotedName).join(", ")}) ${overriding}VALUES (${values.join(", ")})`,
    );
    const set = names.filter((name) => refers(name) && !refersToMissing(key, name));
    if (set.length === 0) continue;
    later.push(`UPDATE ${calledName(table)} SET ${set.map((name) => `${quotedName(name)} = 1`).join(", ")}`);
  }
  for (const sql of later) await connection.query(sql);
  await connection.commit();
}

/** Rows of the tables and columns that are on both sides, as the database holds them. */
export async function keptRows(connection: Connection, a: SchemaDef, b: SchemaDef): Promise<unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, table] of Object.entries(a.tables)) {
    const other = b.tables[key];
    if (other === undefined) continue;
    const [columns, others] = [wholeTable(a, table).columns, wholeTable(b, other).columns];
    const names = columns
      .filter((column) => others.some(({ name }) => name === column.name))
      // What is computed differs where it is computed otherwise.
      .filter((column) => column.generated === undefined)
      .map(({ name }) => name);
    kept[key] = (await rowsOf(connection, table, names)).map((row) => names.map((name) => [name, row[name]]));
  }
  return kept;
}

async function rowsOf(
  connection: Connection,
  table: TableDef,
  names: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const only = connection.dialect.name === "postgres" ? "ONLY " : "";
  const text = (name: string) => (only === "" ? quotedName(name) : `${quotedName(name)}::text`);
  const list = names.map((name) => `${text(name)} AS ${quotedName(name)}`).join(", ");
  return (await connection.query(`SELECT ${list} FROM ${only}${calledName(table)}`)).rows;
}
