import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildSchema } from "../../src/dialects/sqlite/catalog/introspect.js";
import type { StoredObject } from "../../src/dialects/sqlite/catalog/live-facts.js";
import { withLiveFacts } from "../../src/dialects/sqlite/catalog/live-facts.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { reconcileSchema } from "../../src/dialects/sqlite/reconcile/reconcile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { holds } from "../support/laws.js";
import { schemaFacts } from "../support/sqlite-facts.js";

const NAMES = ["a", "B b", 'q"uo', "[br", "select", "naïve", "🙂", "rowid", "oid", "x'y", "`"];

const quoted = (name: string) =>
  fc.constantFrom(
    `"${name.replaceAll('"', '""')}"`,
    `\`${name.replaceAll("`", "``")}\``,
    ...(name.includes("]") ? [] : [`[${name}]`]),
    ...(/^[a-z]$/.test(name) ? [name, name.toUpperCase()] : []),
  );

const space = fc.constantFrom(" ", "  ", "\n", " /* c, ) */ ", " -- x, (\n");
const join = (parts: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...parts.flatMap((part) => [part, space])).map((texts) => texts.join(""));
const maybe = (part: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: part });
const words = (...texts: string[]) => fc.constantFrom(...texts);

const conflict = maybe(words("ON CONFLICT IGNORE", "on conflict replace", "ON CONFLICT ABORT"));
const type = words(
  "",
  "INTEGER",
  "int",
  "TEXT",
  "varchar ( 10 )",
  "NUMERIC(9, 2)",
  "double precision",
  "BOOLEAN",
  "unsigned big int",
  "BLOB",
  "timestamp",
);
const literal = words(
  "1",
  "-1.5",
  "'it''s'",
  "NULL",
  "x'00'",
  "TRUE",
  "CURRENT_TIMESTAMP",
  "(1 + 2)",
  "('x' || ')')",
  "+7",
  '"dq"',
);
const named = (body: fc.Arbitrary<string>) =>
  fc.tuple(maybe(words('CONSTRAINT "n 1"', "constraint n2")), body).map(([name, text]) => `${name} ${text}`);

const columnConstraint = named(
  fc.oneof(
    join([words("NOT NULL"), conflict]),
    join([words("UNIQUE"), conflict]),
    join([words("DEFAULT"), literal]),
    words("COLLATE NOCASE", "collate rtrim"),
    words("CHECK (1 > 0)", "CHECK (')' <> '(')", "check (length('x''y') > 1)"),
    words(
      "REFERENCES other",
      "REFERENCES other (id) ON DELETE CASCADE ON UPDATE SET NULL",
      "REFERENCES Other(ID) MATCH FULL DEFERRABLE INITIALLY DEFERRED",
    ),
    words("NULL"),
    words("GENERATED ALWAYS AS (1 + 1) STORED", "AS ('x')"),
  ),
);

const tableText = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5 }).chain((names) => {
  const column = (name: string) =>
    join([quoted(name), type, columnConstraint.chain((one) => maybe(fc.constant(one))), maybe(columnConstraint)]);
  const key = fc
    .subarray(names, { minLength: 1, maxLength: Math.min(2, names.length) })
    .chain((list) =>
      fc.tuple(
        ...list.map((name) =>
          fc.tuple(quoted(name), words("", "", " DESC", " COLLATE NOCASE")).map((parts) => parts.join("")),
        ),
      ),
    );
  const list = key.map((items) => `(${items.join(", ")})`);
  const plainList = fc
    .subarray(names, { minLength: 1, maxLength: 1 })
    .chain((one) => quoted(one[0]!))
    .map((name) => `(${name})`);
  const constraint = named(
    fc.oneof(
      join([words("UNIQUE"), list, conflict]),
      words("CHECK (1)", "CHECK (0 = 0 -- )\n)"),
      join([words("FOREIGN KEY"), plainList, words("REFERENCES other", "references other (id) on delete restrict")]),
    ),
  );
  const primaryKey = maybe(named(join([words("PRIMARY KEY"), list, conflict])));
  return fc
    .tuple(
      fc.tuple(...names.map(column)),
      primaryKey,
      fc.array(constraint, { maxLength: 2 }),
      words("", "", "", " WITHOUT ROWID", " STRICT"),
    )
    .map(
      ([columns, pk, constraints, suffix]) =>
        `CREATE TABLE "the table" (${[...columns, ...(pk === "" ? [] : [pk]), ...constraints].join(",")})${suffix}`,
    );
});

function objectsOf(db: Database.Database): StoredObject[] {
  const rows = db
    .prepare(
      "SELECT type, name, tbl_name AS \"table\", sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'",
    )
    .all();
  return (rows as Omit<StoredObject, "temporary">[]).map((row) => ({ ...row, temporary: false }));
}

function runs(db: Database.Database, text: string): boolean {
  try {
    db.exec(text);
    return true;
  } catch {
    return false;
  }
}

/** What SQLite itself says of the table. */
function told(db: Database.Database) {
  const list = (pragma: string, of: string) =>
    db.prepare(`SELECT * FROM pragma_${pragma}(?)`).all(of) as Record<string, unknown>[];
  return {
    // SQLite takes a comment between a type and GENERATED for a part of the type, and spells `int` INT without one.
    columns: list("table_xinfo", "the table").map((row) => ({
      ...row,
      type: String(row.type)
        .split(/--|\/\*/)[0]!
        .trim()
        .toUpperCase(),
    })),
    keys: list("foreign_key_list", "the table"),
    indexes: list("index_list", "the table")
      .map((row) => JSON.stringify([row.unique, row.origin, row.partial, list("index_xinfo", String(row.name))]))
      .sort(),
    rows: db.prepare('SELECT * FROM "the table"').all(),
  };
}

const NAMED = /constraint\s+("[^"]*"|\w+)\s+(?:primary|unique|check|foreign|references)/gi;

describe("any table that SQLite takes", () => {
  it("is made again from what was read, and SQLite tells the same of both", async () => {
    let taken = 0;
    await holds(
      fc.asyncProperty(tableText, async (text) => {
        const [db, again] = [new Database(":memory:"), new Database(":memory:")];
        for (const one of [db, again]) one.pragma("foreign_keys = OFF");
        db.exec("CREATE TABLE other (id INTEGER PRIMARY KEY)");
        if (!runs(db, text)) return;
        const schema = buildSchema(objectsOf(db));
        const { primaryKey, uniques } = schema.tables["the table"]!;
        // Of several keys on the same columns SQLite keeps the first, in the order of the text.
        const keys = [...(primaryKey === undefined ? [] : [primaryKey]), ...uniques].map((key) => String(key.columns));
        if (new Set(keys).size < keys.length) return;
        // Of several constraints with one name the first keeps it, which `pull` tells of.
        const names = [...text.matchAll(NAMED)].map(([, name]) => name!.replaceAll('"', ""));
        if (new Set(names).size < names.length) return;
        taken++;
        for (const op of diffSchemas(EMPTY_SCHEMA, schema)) {
          for (const { sql } of await sqlite.compile(op, async () => schema, "3.54.0")) again.exec(sql);
        }
        expect(schemaFacts(again)).toEqual(schemaFacts(db));
        const read = buildSchema(objectsOf(again));
        expect(diffSchemas(read, reconcileSchema(schema, read))).toEqual([]);
        expect(diffSchemas(schema, reconcileSchema(read, schema))).toEqual([]);
        for (const one of [db, again]) one.close();
      }),
      800,
    );
    expect(taken).toBeGreaterThan(150);
  });

  it("is read, and rebuilt into what SQLite tells to be the same, with its rows", () => {
    let taken = 0;
    holds(
      fc.property(tableText, (text) => {
        const db = new Database(":memory:");
        db.pragma("foreign_keys = OFF");
        db.exec("CREATE TABLE other (id INTEGER PRIMARY KEY)");
        // Much of what is made up is nonsense to SQLite, and some tables take no row of defaults.
        if (!runs(db, text)) return;
        runs(db, 'INSERT INTO "the table" DEFAULT VALUES');
        taken++;
        const before = told(db);
        const objects = objectsOf(db);
        const schema = buildSchema(objects);
        const table = schema.tables["the table"]!;
        expect(table.columns.map((column) => column.name)).toEqual(
          before.columns.map((row) => (row as Record<string, unknown>).name),
        );
        const again = {
          kind: "batchAlterTable",
          table: { name: "the table" },
          recreate: "always",
          operations: [],
        } as const;
        const facts = { objects, analyzed: new Set<string>(), probes: [] };
        for (const statement of sqlite.compileRebuild([again], withLiveFacts(schema, facts))) {
          const prepared = db.prepare(statement.sql);
          if (statement.expectNoRow === undefined) prepared.run();
          else expect(prepared.all()).toEqual([]);
        }
        expect(told(db)).toEqual(before);
        expect(buildSchema(objectsOf(db))).toEqual(schema);
        db.close();
      }),
      800,
    );
    expect(taken).toBeGreaterThan(150);
  });
});
