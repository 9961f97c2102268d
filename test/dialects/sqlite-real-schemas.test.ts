/** Schemas of real projects, read and built again from what was read; a chain of migrations, one difference a step. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { Operation } from "../../src/operations/operation.js";
import { reverseAll } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { difference, introspect, runOperations } from "../support/engine.js";
import { type SqliteFile, sqliteFile } from "../support/sqlite.js";
import { schemaFacts } from "../support/sqlite-facts.js";

const SCHEMAS = join(import.meta.dirname, "../../../shared/schemas");
const listed = (folder: string) => {
  const path = join(SCHEMAS, folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.endsWith(".sql"))
        .sort()
    : [];
};
const FILES = listed("sqlite");
const CHAIN = listed("chains/komga");
if (FILES.length === 0) process.stderr.write("skipped, there are no real schemas beside the checkout\n");

describe("real schemas", () => {
  if (FILES.length === 0) it("are not there, so that nothing is read", () => undefined);

  it.each(FILES)("%s comes out as it went in when it is built from what was read", async (file) => {
    const first = await sqliteFile();
    first.raw.unsafeMode(true);
    first.raw.exec(readFileSync(join(SCHEMAS, "sqlite", file), "utf8"));
    const found = await introspect(first.connection);
    const second = await sqliteFile();
    await runOperations(second.connection, diffSchemas(EMPTY_SCHEMA, found));
    expect(schemaFacts(second.raw)).toEqual(schemaFacts(first.raw));
    expect(await introspect(second.connection)).toEqual(found);
    expect(await difference(second.connection, found)).toEqual([]);
  });
});

/** One row in every table, with foreign keys left aside: whatever its columns take. */
function fill(db: Database.Database): void {
  const tables = db.prepare(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'",
  );
  for (const table of tables.pluck().all() as string[]) {
    const columns = db.prepare("SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden = 0").all(table) as Record<
      string,
      string
    >[];
    const value = (type: string) => (/int|bool|num|real|doub/i.test(type) ? 1 : "2020-01-01 00:00:00");
    const quoted = columns.map(({ name }) => `"${name}"`).join(", ");
    try {
      db.prepare(`INSERT INTO "${table}" (${quoted}) VALUES (${columns.map(() => "?").join(", ")})`).run(
        ...columns.map(({ type }) => value(type!)),
      );
    } catch {
      // A check, a trigger or a key may not take it: other tables carry rows.
    }
  }
}

/** A new column that wants a value and has no default is refused while there are rows, and nothing has changed then. */
async function makeRoom(db: SqliteFile, operations: readonly Operation[]): Promise<void> {
  const wanting = operations.flatMap((op) =>
    op.kind === "addColumn" && !op.column.nullable && op.column.default === undefined ? [op.table.name] : [],
  );
  if (wanting.length === 0) return;
  const before = schemaFacts(db.raw);
  await expect(runOperations(db.connection, operations)).rejects.toThrow("is NOT NULL without a default");
  expect(schemaFacts(db.raw)).toEqual(before);
  for (const table of wanting) db.raw.exec(`DELETE FROM "${table}"`);
}

function rowsOf(db: Database.Database, of: { readonly name: string; readonly columns: readonly string[] }) {
  return db.prepare(`SELECT ${of.columns.map((name) => `"${name}"`).join(", ")} FROM "${of.name}"`).all();
}

describe("the migrations of a real project", () => {
  if (CHAIN.length === 0) it("are not there, so that nothing is read", () => undefined);

  it.runIf(CHAIN.length > 0)(
    "are found again as differences, one by one, up and down, and the rows stay",
    async () => {
      const theirs = await sqliteFile();
      const ours = await sqliteFile();
      let steps = 0;
      for (const file of CHAIN) {
        // A text in double quotes, which the driver's build of SQLite does not take.
        const sql = readFileSync(join(SCHEMAS, "chains/komga", file), "utf8").replace(/"([A-Z_]+)"/g, "'$1'");
        theirs.raw.exec(sql);
        const from = await introspect(ours.connection);
        const to = await introspect(theirs.connection);
        fill(ours.raw);
        const kept = Object.values(to.tables).flatMap((table) => {
          const before = from.tables[table.name];
          const columns = table.columns
            .map(({ name }) => name)
            .filter((name) => before?.columns.some((column) => column.name === name));
          return before === undefined || columns.length === 0 ? [] : [{ name: table.name, columns }];
        });
        const rows = () => kept.map((of) => rowsOf(ours.raw, of));
        const up = await difference(ours.connection, to);
        await makeRoom(ours, up);
        const before = rows();
        await runOperations(ours.connection, up);
        expect(await difference(ours.connection, to), file).toEqual([]);
        expect(withoutOrder(schemaFacts(ours.raw)), file).toEqual(withoutOrder(schemaFacts(theirs.raw)));
        expect(rows(), file).toEqual(before);
        const down = reverseAll(up, from).operations!;
        await runOperations(ours.connection, down);
        expect(await difference(ours.connection, from), file).toEqual([]);
        expect(rows(), file).toEqual(before);
        await runOperations(ours.connection, up);
        expect(rows(), file).toEqual(before);
        if (up.length > 0) steps++;
      }
      expect(steps).toBeGreaterThan(50);
    },
    240_000,
  );
});

/** New columns come last, wherever the other one has them. */
function withoutOrder(facts: readonly string[]): readonly string[] {
  return facts.map((fact) => fact.replace(/ column \d+ /, " column ")).sort();
}
