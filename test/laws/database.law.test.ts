import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { Operation } from "../../src/operations/operation.js";
import { reverseAll } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA, objectKey, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import { arbitrarySchemaForRows } from "../support/arbitraries.js";
import { withObjects } from "../support/arbitrary-objects.js";
import { withSqliteParts } from "../support/arbitrary-sqlite.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { renderedOperations } from "../support/rendered-operations.js";

const RUNS: Readonly<Record<string, number>> = { sqlite: 60, "sqlite-worker": 5, postgres: 15, "postgres-extra": 15 };
const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);

/** One row a table: every number 1, so that foreign keys hold whatever they refer to. */
const VALUES: Readonly<Record<string, string>> = { id: "1", a: "1", b: "'x'", c: "true", order: "1", naïve: "'y'" };

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `other` is where the database will be taken: a row must not refer to a table that is on one side only. */
async function insertRows(connection: Connection, schema: SchemaDef, other: SchemaDef): Promise<void> {
  const refersToMissing = (key: string, column: string) =>
    [schema, other].some((side) =>
      side.tables[key]?.foreignKeys.some(
        (foreignKey) =>
          foreignKey.columns.includes(column) &&
          (!(objectKey(foreignKey.target) in schema.tables) || !(objectKey(foreignKey.target) in other.tables)),
      ),
    );
  await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 1_000 });
  // Tables refer to each other in circles: first every row without its foreign keys, then these.
  const tables = Object.entries(schema.tables);
  const later: string[] = [];
  for (const [key, table] of tables) {
    const names = table.columns.flatMap((column) => (column.generated === undefined ? [column.name] : []));
    const now = names.filter((name) => !table.foreignKeys.some((foreignKey) => foreignKey.columns.includes(name)));
    const values = now.map((name) => (refersToMissing(key, name) ? "NULL" : VALUES[name]!));
    await connection.query(
      `INSERT INTO ${quoted(table.name)} (${now.map(quoted).join(", ")}) VALUES (${values.join(", ")})`,
    );
    for (const name of names.filter((column) => !now.includes(column) && !refersToMissing(key, column))) {
      later.push(`UPDATE ${quoted(table.name)} SET ${quoted(name)} = 1`);
    }
  }
  for (const sql of later) await connection.query(sql);
  await connection.commit();
}

async function rowsOf(connection: Connection, table: TableDef): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await connection.query(`SELECT * FROM ${quoted(table.name)}`)).rows;
}

/** Rows of the tables and columns that are on both sides. */
async function keptRows(connection: Connection, a: SchemaDef, b: SchemaDef) {
  const kept: Record<string, unknown> = {};
  for (const [key, table] of Object.entries(a.tables)) {
    const other = b.tables[key];
    if (other === undefined) continue;
    const names = table.columns
      .map((column) => column.name)
      .filter((name) => other.columns.some((column) => column.name === name));
    kept[key] = (await rowsOf(connection, table)).map((row) => names.map((name) => [name, row[name]]));
  }
  return kept;
}

/** Without what a revision does not say: who chose a name, and the columns of a constraint that has one. */
function written(operations: readonly Operation[]): unknown {
  const plain = operations.map((op) => {
    if (op.kind !== "dropConstraint" || op.name === null) return op;
    const { columns: _columns, ...rest } = op;
    return rest;
  });
  return JSON.parse(JSON.stringify(plain, (key, value) => (key === "conventional" ? undefined : value)));
}

describe.each(DIALECTS)("laws on $name", ({ name, family, open }) => {
  const plain = withObjects(arbitrarySchemaForRows, family);
  const schemas = family === "sqlite" ? withSqliteParts(plain) : plain;

  it("from any schema to any other and back: the database is what the models say, and every kept row is as it was", async () => {
    await fc.assert(
      fc.asyncProperty(schemas, schemas, async (a, b) => {
        const database = await open();
        const connection = await connectTo(database.url);
        try {
          await runOperations(connection, diffSchemas(EMPTY_SCHEMA, a));
          expect(await difference(connection, a)).toEqual([]);
          await insertRows(connection, a, b);
          const start = await introspect(connection);
          const before = await keptRows(connection, a, b);

          const up = await difference(connection, b);
          const down = reverseAll(up, start).operations!;
          expect(written(renderedOperations(up, family))).toEqual(written(up));
          expect(written(renderedOperations(down, family))).toEqual(written(down));
          await runOperations(connection, up);
          expect(await difference(connection, b)).toEqual([]);
          expect(await keptRows(connection, a, b)).toEqual(before);

          await runOperations(connection, down);
          expect(await difference(connection, a)).toEqual([]);
          expect(await keptRows(connection, a, b)).toEqual(before);
        } finally {
          await connection.close();
          await database.dispose();
        }
      }),
      { numRuns: Math.ceil((RUNS[name] ?? 10) * FACTOR) },
    );
  }, 240_000);
});
