import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { buildSchema } from "../../src/dialects/sqlite/introspect.js";
import type { StoredObject } from "../../src/dialects/sqlite/live-facts.js";
import { parseCreateTable } from "../../src/dialects/sqlite/parse-create-table.js";
import { splitScript } from "../../src/dialects/sqlite/split-script.js";
import type { TableDef } from "../../src/schema/schema.js";

const SCHEMAS = join(import.meta.dirname, "../../../shared/schemas");
const FILES = existsSync(join(SCHEMAS, "sqlite"))
  ? readdirSync(join(SCHEMAS, "sqlite")).filter((f) => f.endsWith(".sql"))
  : [];
if (FILES.length === 0) process.stderr.write("skipped, there are no real schemas beside the checkout\n");

const CHAIN = existsSync(join(SCHEMAS, "chains/komga")) ? readdirSync(join(SCHEMAS, "chains/komga")).sort() : [];

type Row = Record<string, string | number | null>;

function storedObjects(db: Database.Database): StoredObject[] {
  const rows = db
    .prepare(
      "SELECT type, name, tbl_name AS \"table\", sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all() as Omit<StoredObject, "temporary">[];
  return rows.map((row) => ({ ...row, temporary: false }));
}

/** Compares everything the pragmas tell about a table with what was read from its text. */
function compareWithPragmas(db: Database.Database, table: TableDef, sql: string): void {
  const pragma = (name: string, of: string) => db.prepare(`SELECT * FROM pragma_${name}(?)`).all(of) as Row[];
  const node = parseCreateTable(sql);
  const columns = pragma("table_xinfo", table.name);
  expect(table.columns.map((column) => column.name)).toEqual(columns.map((row) => row.name));
  for (const [index, row] of columns.entries()) {
    const column = table.columns[index]!;
    const written = node.columns[index]!;
    expect(written.type.toUpperCase().replace(/["'`[\]]/g, "")).toBe(String(row.type).toUpperCase());
    // The key of a table WITHOUT ROWID is NOT NULL without saying so.
    if (row.pk === 0 || table.options?.sqlite?.withoutRowid !== true) {
      expect(written.constraints.some((constraint) => constraint.kind === "notNull")).toBe(row.notnull === 1);
    }
    const text = written.constraints.find((constraint) => constraint.kind === "default");
    expect(text?.kind === "default" ? text.expression : null).toBe(row.dflt_value);
    expect(column.generated === undefined ? 0 : column.generated.stored ? 3 : 2).toBe(row.hidden);
  }
  const key = columns.filter((row) => row.pk !== 0).sort((a, b) => Number(a.pk) - Number(b.pk));
  expect(table.primaryKey?.columns ?? []).toEqual(key.map((row) => row.name));
  const indexes = pragma("index_list", table.name);
  const uniques = indexes
    .filter((row) => row.origin === "u")
    .map((row) => pragma("index_info", String(row.name)).map((one) => one.name));
  // A unique constraint that repeats the primary key or another one gets no index of its own.
  const own = table.uniques
    .map((unique) => unique.columns)
    .filter((list) => !sameList(list, table.primaryKey?.columns));
  expect(sorted(dedupe(own))).toEqual(sorted(uniques));
  for (const row of indexes.filter((one) => one.origin === "c")) {
    const index = table.indexes.find((candidate) => candidate.name === row.name)!;
    expect(index.unique).toBe(row.unique === 1);
    expect(index.where !== undefined).toBe(row.partial === 1);
    const elements = pragma("index_xinfo", String(row.name)).filter((one) => one.key === 1);
    expect(index.elements.map((element) => element.column ?? null)).toEqual(elements.map((one) => one.name));
    expect(index.elements.map((element) => element.order === "desc")).toEqual(elements.map((one) => one.desc === 1));
  }
  expect(table.indexes.length).toBe(indexes.filter((one) => one.origin === "c").length);
  const keys = new Map<number, Row[]>();
  for (const row of pragma("foreign_key_list", table.name))
    keys.set(Number(row.id), [...(keys.get(Number(row.id)) ?? []), row]);
  const listed = [...keys.values()].map((rows) => [
    rows.map((row) => row.from),
    String(rows[0]!.table).toLowerCase(),
    String(rows[0]!.on_delete).toLowerCase(),
    String(rows[0]!.on_update).toLowerCase(),
  ]);
  const read = table.foreignKeys.map((one) => [
    one.columns,
    one.target.name.toLowerCase(),
    one.onDelete ?? "no action",
    one.onUpdate ?? "no action",
  ]);
  expect(sorted(read)).toEqual(sorted(listed));
}

function sameList(a: readonly string[], b: readonly string[] | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

function dedupe<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function compareAll(db: Database.Database): number {
  const objects = storedObjects(db);
  const { tables } = buildSchema(objects);
  for (const table of Object.values(tables)) {
    compareWithPragmas(db, table, objects.find((object) => object.type === "table" && object.name === table.name)!.sql);
  }
  return Object.keys(tables).length;
}

describe("reading the texts of real databases", () => {
  it.each(FILES)("%s: gives what the pragmas give", (name) => {
    const db = new Database(":memory:");
    db.unsafeMode(true);
    db.exec(readFileSync(join(SCHEMAS, "sqlite", name), "utf8"));
    expect(compareAll(db)).toBeGreaterThan(5);
    db.close();
  });

  it.skipIf(CHAIN.length === 0)("the komga history: gives what the pragmas give after every step", () => {
    const db = new Database(":memory:");
    db.pragma("foreign_keys = OFF");
    for (const name of CHAIN) {
      // Its changes of rows count on strings in double quotes, which this build of SQLite refuses.
      const statements = splitScript(readFileSync(join(SCHEMAS, "chains/komga", name), "utf8"));
      for (const { text, keys } of statements) if (["CREATE", "ALTER", "DROP"].includes(keys[0]!)) db.exec(text);
      compareAll(db);
    }
    db.close();
  });
});
