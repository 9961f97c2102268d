import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { buildSchema } from "../../src/dialects/sqlite/catalog/introspect.js";
import type { StoredObject } from "../../src/dialects/sqlite/catalog/live-facts.js";
import { parseCreateTable } from "../../src/dialects/sqlite/text/parse-create-table.js";
import { splitScript } from "../../src/dialects/sqlite/text/split-script.js";
import type { TableDef } from "../../src/schema/schema.js";
import { introspect, sqliteFile } from "../support/sqlite.js";

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

describe("introspect", () => {
  it("needs two queries at the most, however many tables there are", async () => {
    const tables = Array.from(
      { length: 300 },
      (_, index) =>
        `CREATE TABLE t${index} (a INTEGER REFERENCES t0, b TEXT UNIQUE); CREATE INDEX i${index} ON t${index} (a)`,
    );
    const { connection } = await sqliteFile(`${tables.join(";")}; CREATE VIRTUAL TABLE f USING fts5(x)`);
    let count = 0;
    const counting = new Proxy(connection, {
      get: (target, key) =>
        key === "query" ? (...args: [string]) => [count++, target.query(...args)][1] : Reflect.get(target, key, target),
    });
    const { tables: found } = await introspect(counting);
    expect(Object.keys(found)).toHaveLength(300);
    expect(count).toBeLessThanOrEqual(2);
  });

  it("leaves out virtual tables, the tables behind them, what is SQLite's own and what is to be ignored", async () => {
    const { connection } = await sqliteFile(`
      CREATE TABLE docs (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT); INSERT INTO docs (body) VALUES ('x');
      CREATE TABLE docs_extra (a); CREATE TABLE tsmigrate_version (rev); CREATE INDEX on_version ON tsmigrate_version (rev);
      CREATE VIRTUAL TABLE search USING fts5(body, content='docs'); CREATE VIRTUAL TABLE box USING rtree(id, x1, x2);
      ANALYZE`);
    const schema = await connection.dialect.introspect(connection, {
      ignoreTables: [{ name: "TSMIGRATE_version" }],
      schemas: [],
    });
    expect(Object.keys(schema.tables).sort()).toEqual(["docs", "docs_extra"]);
  });

  it("takes tables named after a virtual table for its own where the module is not there to tell", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE vec_chunks (a); CREATE TABLE vec_rowids (a); CREATE TABLE vector (a)",
    );
    raw.unsafeMode(true);
    raw.pragma("writable_schema = ON");
    raw.exec(
      "INSERT INTO sqlite_master VALUES ('table', 'vec', 'vec', 0, 'CREATE VIRTUAL TABLE vec USING \"not_loaded\"(embedding)')",
    );
    raw.pragma("writable_schema = RESET");
    const { tables } = await introspect(connection);
    expect(Object.keys(tables)).toEqual(["vector"]);
  });

  it("gives the query of a view, with the names of its columns where it has some", async () => {
    const { connection, raw } = await sqliteFile(
      'CREATE VIEW plain AS SELECT 1 AS one -- done\n; CREATE VIEW named (a, "b c") AS SELECT 1, 2 UNION ALL SELECT 3, 4',
    );
    const { views } = await introspect(connection);
    expect(views.plain?.definition).toBe("SELECT 1 AS one");
    expect(views.plain?.columns).toBeUndefined();
    expect(views.named?.columns).toEqual(["a", "b c"]);
    raw.exec(`CREATE VIEW again (x, y) AS ${views.named?.definition}`);
    expect(raw.prepare("SELECT * FROM again").raw().all()).toEqual(raw.prepare("SELECT * FROM named").raw().all());
  });

  it("says what a foreign key means: its target as spelled there, and the key that it leaves out", async () => {
    const { connection } = await sqliteFile(`
      CREATE TABLE "Parent" ("Id" INTEGER PRIMARY KEY, x, y, UNIQUE (x, y)); CREATE TABLE pair (a, b, PRIMARY KEY (b, a));
      CREATE TABLE child (p REFERENCES parent, q INTEGER REFERENCES PARENT (id), r REFERENCES nowhere, s, t,
        FOREIGN KEY (s, t) REFERENCES pair, FOREIGN KEY (t, s) REFERENCES parent (Y, x))`);
    const { tables } = await introspect(connection);
    expect(tables.child?.foreignKeys.map((key) => [key.columns, key.target.name, key.targetColumns])).toEqual([
      [["p"], "Parent", ["Id"]],
      [["q"], "Parent", ["Id"]],
      [["r"], "nowhere", []],
      [["s", "t"], "pair", ["b", "a"]],
      [["t", "s"], "Parent", ["y", "x"]],
    ]);
  });

  it("reads a table that CREATE TABLE AS made, and one that ALTER TABLE changed", async () => {
    const { connection } = await sqliteFile(`
      CREATE TABLE source ("a b" INTEGER, c TEXT, CHECK (c <> ')')); ALTER TABLE source ADD COLUMN d REAL DEFAULT 1.5 /* last */
      ; ALTER TABLE source RENAME COLUMN c TO "select"; CREATE TABLE made AS SELECT "a b", d, 'x' AS "q""uo" FROM source`);
    const { tables } = await introspect(connection);
    expect(tables.source?.columns.map((column) => column.name)).toEqual(["a b", "select", "d"]);
    expect(tables.source?.checks).toEqual([{ name: null, expression: `"select" <> ')'` }]);
    expect(tables.made?.columns.map((column) => column.name)).toEqual(["a b", "d", 'q"uo']);
  });
});
