import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { ConnectionError, QueryError } from "../../src/errors.js";
import type { Operation } from "../../src/operations/operation.js";
import { reverseAll } from "../../src/operations/registry.js";
import { connectTo, introspect, runOperations } from "../support/engine.js";
import { OLD_SQLITES, openOldDatabase } from "../support/old-sqlite.js";
import { OPTIONS, sqliteFile } from "../support/sqlite.js";
import { schemaFacts } from "../support/sqlite-facts.js";

/** Parents, children that cascade and that are set to NULL, a row that refers to itself, a view, a trigger. */
const FAMILY = `
  CREATE TABLE parent (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL DEFAULT 'x', size INT, twice INT AS (size * 2) STORED,
    boss INTEGER REFERENCES parent (id) ON DELETE SET NULL, CONSTRAINT uq UNIQUE (code COLLATE NOCASE)
  );
  CREATE TABLE child (
    parent_id INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE, friend REFERENCES parent (id) ON DELETE SET NULL
  );
  CREATE INDEX ix ON parent (size DESC, lower(code)) WHERE size > 1;
  CREATE TABLE log (what TEXT);
  CREATE VIEW big AS SELECT code, size FROM parent WHERE size > 1;
  CREATE TRIGGER told AFTER UPDATE OF size ON parent WHEN new.size > 1 BEGIN INSERT INTO log VALUES (new.code); END;
  INSERT INTO parent (id, code, size, boss) VALUES (1, 'a', 1, NULL), (2, 'b', NULL, 1), (7, 'c''s', 3, 7);
  INSERT INTO child VALUES (1, 2), (2, NULL), (7, 7);
  DELETE FROM parent WHERE id = 7; DELETE FROM child WHERE parent_id = 7;
`;

const parent = { name: "parent" };
const alter = (column: string, changes: object): Operation => ({ kind: "alterColumn", table: parent, column, changes });

const CHANGES: readonly (readonly [what: string, op: Operation])[] = [
  ["a default changes", alter("code", { default: { kind: "literal", value: "it's" } })],
  ["NOT NULL goes", alter("code", { nullable: true })],
  ["a type changes", alter("size", { type: { name: "bigint" } })],
  [
    "a check comes that is NULL for a row",
    { kind: "createCheckConstraint", table: parent, constraint: { name: "ck", expression: "size > 0" } },
  ],
  [
    "a check without a name comes",
    { kind: "createCheckConstraint", table: parent, constraint: { name: null, expression: "size > 0" } },
  ],
  [
    "a unique constraint comes",
    { kind: "createUniqueConstraint", table: parent, constraint: { name: "uq_size", columns: ["size"] } },
  ],
  ["a column goes", { kind: "dropColumn", table: { name: "child" }, column: "friend" }],
  [
    "a column comes",
    { kind: "addColumn", table: parent, column: { name: "added", type: { name: "text" }, nullable: true } },
  ],
  [
    "a column comes with a default that is computed",
    {
      kind: "addColumn",
      table: parent,
      column: { name: "added", type: { name: "text" }, nullable: false, default: { kind: "sql", text: "lower('A')" } },
    },
  ],
  [
    "a generated column comes",
    {
      kind: "addColumn",
      table: parent,
      column: {
        name: "thrice",
        type: { name: "integer" },
        nullable: true,
        generated: { expression: "size * 3", stored: true },
      },
    },
  ],
  ["a column gets another name", { kind: "renameColumn", table: parent, column: "size", to: "Größe" }],
  ["a table gets another name", { kind: "renameTable", table: parent, to: "the parents" }],
  ["an index gets another name", { kind: "renameIndex", index: { name: "ix" }, to: "ix_2" }],
];

async function rowsOf(connection: Connection): Promise<unknown> {
  const { tables } = await introspect(connection);
  const rows: Record<string, unknown> = {};
  for (const name of [...Object.keys(tables), "sqlite_sequence"]) {
    rows[name] = (await connection.query(`SELECT * FROM "${name}" ORDER BY rowid`)).rows.map((row) => ({ ...row }));
  }
  return rows;
}

/** What the newest SQLite says of the file. */
function factsOf(url: string): readonly string[] {
  const raw = new Database(url.replace("sqlite:///", ""), { readonly: true });
  try {
    // The driver's own ALTER TABLE writes a check or a NOT NULL elsewhere in the text than a rebuild does.
    return [...schemaFacts(raw), ...(raw.pragma("integrity_check") as object[]).map((row) => JSON.stringify(row))];
  } finally {
    raw.close();
  }
}

describe.each(OLD_SQLITES)("SQLite $name", (old) => {
  it.each(CHANGES)("%s, up and down, and schema and rows are what the newest makes of them", async (_what, op) => {
    const database = await openOldDatabase(old);
    onTestFinished(() => database.dispose());
    const connection = await connectTo(database.url);
    const newest = await sqliteFile();
    const url = `sqlite:///${newest.file}`;
    for (const one of [connection, newest.connection]) {
      await one.query("PRAGMA foreign_keys = ON");
      await one.script(FAMILY);
    }
    const before = await introspect(connection);
    const [facts, rows] = [factsOf(database.url), await rowsOf(connection)];
    expect(facts).toEqual(factsOf(url));
    for (const ops of [[op], reverseAll([op], before).operations!]) {
      await runOperations(connection, ops);
      await runOperations(newest.connection, ops);
      expect(factsOf(database.url)).toEqual(factsOf(url));
      expect(await rowsOf(connection)).toEqual(await rowsOf(newest.connection));
    }
    // A dropped column comes back as the last one, and empty.
    if (op.kind !== "dropColumn") {
      expect(factsOf(database.url)).toEqual(facts);
      expect(await rowsOf(connection)).toEqual(rows);
    }
    expect((await connection.query("PRAGMA foreign_keys")).rows).toEqual([{ foreign_keys: 1 }]);
    await connection.query("DELETE FROM parent WHERE id = 1");
    expect((await connection.query("SELECT parent_id FROM child")).rows.map((row) => ({ ...row }))).toEqual([
      { parent_id: 2 },
    ]);
    await connection.close();
  });

  it("knows the tables of a virtual table", async () => {
    const [using] = old.has.modules;
    if (using === undefined) return;
    const database = await openOldDatabase(old);
    onTestFinished(() => database.dispose());
    const connection = await connectTo(database.url);
    await connection.query(`CREATE VIRTUAL TABLE found USING ${using}(title)`);
    await connection.query("CREATE TABLE found_by (id INTEGER PRIMARY KEY)");
    const schema = await introspect(connection);
    expect(Object.keys(schema.tables)).toEqual(["found_by"]);
    expect(Object.keys(schema.objects)).toEqual(["virtual table:found"]);
    await connection.close();
  });
});

const VIRTUAL = OLD_SQLITES.flatMap((old) =>
  old.has.modules.map((module) => [`${module} of SQLite ${old.name}`, old, module] as const),
);

describe("a virtual table that becomes another one", () => {
  it.each(VIRTUAL)("%s keeps its rows up and down", async (_name, old, module) => {
    const database = await openOldDatabase(old);
    onTestFinished(() => database.dispose());
    const connection = await connectTo(database.url);
    const isTree = module === "rtree";
    const [key, columns, more] = isTree ? ["id", "id, a, b", "id, a, b, c, d"] : ["rowid", "a, b", "c, b, a"];
    const found = (args: string) =>
      ({
        kind: "definition",
        type: "virtual table",
        name: '"fou""nd"',
        definition: `CREATE VIRTUAL TABLE "fou""nd" USING ${module}(${args})`,
      }) as const;
    await connection.query(found(columns).definition);
    await connection.query(`INSERT INTO "fou""nd" (${key}, a, b) VALUES (70000, 1, 2), (-3, 0.5, 3), (200000, 4, 5)`);
    const rows = async () =>
      (await connection.query(`SELECT ${key} AS k, a, b FROM "fou""nd" ORDER BY 1`)).rows.map((row) => ({ ...row }));
    const [before, start] = [await rows(), await introspect(connection)];
    const op: Operation = { kind: "replaceObject", object: found(more) };
    for (const ops of [[op], reverseAll([op], start).operations!]) {
      await runOperations(connection, ops);
      expect(await rows()).toEqual(before);
    }
    expect(await introspect(connection)).toEqual(start);
    if (!isTree) await connection.query(`INSERT INTO "fou""nd" ("fou""nd") VALUES ('integrity-check')`);
    await connection.close();
  });
});

describe("a SQLite before 3.37", () => {
  it("says what it takes for a STRICT table", async () => {
    const database = await openOldDatabase(OLD_SQLITES[0]!);
    onTestFinished(() => database.dispose());
    const connection = await connectTo(database.url);
    const attempt = connection.query("CREATE TABLE t (a INTEGER) STRICT");
    const hint = "STRICT tables need SQLite 3.37 or newer, and this is 3.35.0.";
    await expect(attempt).rejects.toMatchObject({ code: "TSM_QUERY", hint });
    await connection.close();
  });

  it("says so of a file that a newer one has written", async () => {
    const database = await openOldDatabase(OLD_SQLITES[0]!);
    onTestFinished(() => database.dispose());
    new Database(database.url.replace("sqlite:///", "")).exec("CREATE TABLE t (a INTEGER) STRICT").close();
    const connection = await connectTo(database.url);
    await expect(introspect(connection)).rejects.toSatisfy(
      (error) =>
        error instanceof QueryError && error.hint === "STRICT tables need SQLite 3.37 or newer, and this is 3.35.0.",
    );
    await connection.close();
  });
});

describe("a SQLite before 3.35", () => {
  it("is refused when it is connected to", async () => {
    const own = new Database(":memory:");
    own.function("sqlite_version", () => "3.34.1");
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database: own }) });
    const attempt = sqlite.adopt(db, OPTIONS);
    await expect(attempt).rejects.toBeInstanceOf(ConnectionError);
    await expect(attempt).rejects.toMatchObject({
      message: "the application's own SQLite connection is SQLite 3.34.1, and tsmigrate needs 3.35 or newer",
      exitCode: 4,
    });
    await db.destroy();
  });
});
