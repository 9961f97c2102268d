/** Which changes copy the rows of a table, how often, and which do not. */
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { ColumnChanges, Operation } from "../../src/operations/operation.js";
import { reverseAll } from "../../src/operations/registry.js";
import type { TableOptions } from "../../src/schema/schema.js";
import { difference, introspect, runOperations } from "../support/engine.js";
import { type SqliteFile, sqliteFile } from "../support/sqlite.js";

const FAMILY = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT, note TEXT, CONSTRAINT uq_code UNIQUE (code));
  CREATE TABLE child (
    id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE CASCADE,
    other_id INTEGER REFERENCES parent ON DELETE SET NULL, self_id INTEGER REFERENCES child ON DELETE CASCADE, size INTEGER
  );
  CREATE INDEX ix_size ON child (size);
  INSERT INTO parent VALUES (1, 'a', 'x'), (2, 'b', NULL);
  INSERT INTO child VALUES (1, 1, 2, NULL, 5), (2, 2, NULL, 1, 6), (3, 1, 1, 3, NULL);`;

const alter = (table: string, column: string, changes: ColumnChanges): Operation => ({
  kind: "alterColumn",
  table: { name: table },
  column,
  changes,
});
const drop = (table: string, column: string): Operation => ({ kind: "dropColumn", table: { name: table }, column });
const check = (table: string, name: string | null, expression: string): Operation => ({
  kind: "createCheckConstraint",
  table: { name: table },
  constraint: { name, expression },
});

function rows(db: SqliteFile, sql: string): unknown[] {
  return db.raw.prepare(sql).raw().all();
}

const rebuilds = (sql: readonly string[]) => sql.filter((text) => text.startsWith('CREATE TABLE "_tsm_new_')).length;

function everything(db: SqliteFile): unknown {
  return [rows(db, "SELECT * FROM parent"), rows(db, "SELECT * FROM child"), rows(db, "SELECT sql FROM sqlite_master")];
}

describe("the changes of a revision", () => {
  it("are one rebuild a table, also where those of several tables take turns", async () => {
    const db = await sqliteFile(FAMILY);
    const sql = await runOperations(db.connection, [
      alter("parent", "note", { default: { kind: "literal", value: "-" } }),
      alter("child", "size", { type: { name: "text" } }),
      {
        kind: "createTable",
        table: {
          name: "extra",
          columns: [{ name: "id", type: { name: "integer" }, nullable: false }],
          primaryKey: { name: null, columns: ["id"] },
          uniques: [],
          foreignKeys: [],
          checks: [],
          indexes: [],
        },
      },
      {
        kind: "createIndex",
        table: { name: "extra" },
        index: { name: "ix_extra", unique: false, elements: [{ column: "id" }] },
      },
      {
        kind: "addColumn",
        table: { name: "child" },
        column: { name: "extra_id", type: { name: "integer" }, nullable: true },
      },
      {
        kind: "createForeignKey",
        table: { name: "child" },
        constraint: { name: null, columns: ["extra_id"], target: { name: "extra" }, targetColumns: ["id"] },
      },
      drop("parent", "code"),
      drop("child", "other_id"),
    ]);
    expect(rebuilds(sql)).toBe(2);
    expect(rows(db, "SELECT * FROM parent")).toEqual([
      [1, "x"],
      [2, null],
    ]);
    expect(rows(db, "SELECT * FROM child")).toEqual([
      [1, 1, null, "5", null],
      [2, 2, 1, "6", null],
      [3, 1, 3, null, null],
    ]);
    expect(rows(db, "PRAGMA foreign_key_check")).toEqual([]);
    expect(rows(db, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1")).toEqual([
      ["ix_extra"],
      ["ix_size"],
    ]);
  });

  it("that drop a key and what refers to it, in turns, find each other's work", async () => {
    const db = await sqliteFile(FAMILY);
    const sql = await runOperations(db.connection, [
      alter("parent", "note", { nullable: true, default: { kind: "literal", value: "" } }),
      { kind: "dropConstraint", table: { name: "child" }, name: null, type: "foreignKey", columns: ["parent_id"] },
      { kind: "dropConstraint", table: { name: "child" }, name: null, type: "foreignKey", columns: ["other_id"] },
      { kind: "dropConstraint", table: { name: "parent" }, name: null, type: "primaryKey", columns: ["id"] },
      drop("parent", "id"),
    ]);
    expect(rebuilds(sql)).toBe(2);
    expect(rows(db, "SELECT * FROM parent ORDER BY code")).toEqual([
      ["a", "x"],
      ["b", null],
    ]);
    expect(rows(db, "SELECT count(*) FROM child")).toEqual([[3]]);
  });

  it("hand an index over from one table to the other in the order that was said", async () => {
    const db = await sqliteFile(FAMILY);
    await runOperations(db.connection, [
      alter("parent", "note", { default: { kind: "literal", value: "-" } }),
      alter("child", "size", { type: { name: "text" } }),
      { kind: "dropIndex", index: { name: "ix_size" }, table: { name: "child" } },
      {
        kind: "createIndex",
        table: { name: "parent" },
        index: { name: "ix_size", unique: false, elements: [{ column: "note" }] },
      },
    ]);
    expect(rows(db, "SELECT tbl_name FROM sqlite_master WHERE name = 'ix_size'")).toEqual([["parent"]]);
  });

  it("leave nothing behind when the last rebuild fails", async () => {
    const db = await sqliteFile(FAMILY);
    const before = everything(db);
    await expect(
      runOperations(db.connection, [
        alter("child", "size", { type: { name: "text" } }),
        alter("parent", "note", { type: { name: "varchar", args: [9] }, nullable: false }),
      ]),
    ).rejects.toThrow("column 'parent.note' holds NULL and cannot become NOT NULL");
    expect(everything(db)).toEqual(before);
  });
});

describe("what SQLite's own ALTER TABLE does", () => {
  it.each<[string, Operation]>([
    ["NOT NULL comes", alter("parent", "code", { nullable: false })],
    ["a check comes", check("parent", "ck", "code <> ')'")],
    ["a check without a name comes", check("child", null, "size > 0")],
  ])("%s and goes without a rebuild, and the rows stay", async (_what, op) => {
    const db = await sqliteFile(FAMILY);
    const before = await introspect(db.connection);
    const held = everything(db);
    const up = await runOperations(db.connection, [op]);
    expect(rebuilds(up)).toBe(0);
    expect(up.filter((sql) => sql.startsWith("ALTER TABLE"))).toHaveLength(1);
    const after = await introspect(db.connection);
    expect(after).not.toEqual(before);
    await runOperations(db.connection, reverseAll([op], before).operations!);
    expect(await introspect(db.connection)).toEqual(before);
    if (op.kind === "alterColumn") expect(everything(db)).toEqual(held);
  });

  it.each<[string, Operation, string]>([
    [
      "NULL",
      alter("parent", "note", { nullable: false }),
      "column 'parent.note' holds NULL and cannot become NOT NULL",
    ],
    ["a value", check("child", "ck", "size > 5"), "a row of 'child' does not fulfil the new check 'ck' (size > 5)"],
  ])("is refused in a sentence where %s stands against it", async (_what, op, sentence) => {
    const db = await sqliteFile(FAMILY);
    const before = everything(db);
    await expect(runOperations(db.connection, [op])).rejects.toThrow(sentence);
    expect(everything(db)).toEqual(before);
  });

  it("is not asked to drop a check whose name something else has as well", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (a INTEGER CONSTRAINT x NOT NULL, CONSTRAINT x CHECK (a > 0)); INSERT INTO t VALUES (1)",
    );
    const sql = await runOperations(db.connection, [
      { kind: "dropConstraint", table: { name: "t" }, name: "x", type: "check" },
    ]);
    expect(rebuilds(sql)).toBe(1);
    expect(rows(db, "SELECT \"notnull\" FROM pragma_table_info('t')")).toEqual([[1]]);
  });
});

describe("options of a table", () => {
  const CASES: readonly [string, string, TableOptions][] = [
    ["STRICT comes", "", { sqlite: { strict: true } }],
    ["WITHOUT ROWID comes", "", { sqlite: { withoutRowid: true } }],
    ["both go", " STRICT, WITHOUT ROWID", { sqlite: {} }],
    ["one for the other", " STRICT", { sqlite: { withoutRowid: true } }],
  ];
  it.each(CASES)("%s by a rebuild, up and down, with every row", async (_what, suffix, options) => {
    const db = await sqliteFile(`
      CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n INTEGER UNIQUE, up TEXT REFERENCES t ON DELETE CASCADE)${suffix};
      CREATE TABLE child (k TEXT REFERENCES t ON DELETE CASCADE, m TEXT REFERENCES t ON DELETE SET NULL);
      INSERT INTO t VALUES ('a', 1, NULL), ('b', 2, 'a'); INSERT INTO child VALUES ('a', 'b'), ('b', 'b');`);
    const before = await introspect(db.connection);
    const held = () => [rows(db, "SELECT * FROM t ORDER BY k"), rows(db, "SELECT * FROM child")];
    const start = held();
    const { options: _old, ...table } = before.tables.t!;
    const said = Object.keys(options.sqlite!).length === 0 ? {} : { options };
    const wanted = { ...before, tables: { ...before.tables, t: { ...table, ...said } } };
    const up = await difference(db.connection, wanted);
    expect(up).toEqual([{ kind: "setTableOptions", table: { name: "t" }, options }]);
    await runOperations(db.connection, up);
    expect(await difference(db.connection, wanted)).toEqual([]);
    expect(held()).toEqual(start);
    await runOperations(db.connection, reverseAll(up, before).operations!);
    expect(await introspect(db.connection)).toEqual(before);
    expect(held()).toEqual(start);
  });

  it("give the types back that STRICT took", async () => {
    const db = await sqliteFile(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20), b BOOLEAN, c NUMERIC(5, 2)); INSERT INTO t VALUES (1, 'x', 1, 2.5)",
    );
    const before = await introspect(db.connection);
    const wanted = { ...before, tables: { t: { ...before.tables.t!, options: { sqlite: { strict: true } } } } };
    const up = await difference(db.connection, wanted);
    await runOperations(db.connection, up);
    expect(await difference(db.connection, wanted)).toEqual([]);
    expect(diffSchemas(before, await introspect(db.connection))).not.toEqual([]);
    await runOperations(db.connection, reverseAll(up, before).operations!);
    expect(await introspect(db.connection)).toEqual(before);
    expect(rows(db, "SELECT * FROM t")).toEqual([[1, "x", 1, 2.5]]);
  });

  it("are refused where a row does not fit, and nothing changes", async () => {
    const db = await sqliteFile("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO t VALUES (1, 'abc')");
    const op: Operation = { kind: "setTableOptions", table: { name: "t" }, options: { sqlite: { strict: true } } };
    await expect(runOperations(db.connection, [op])).rejects.toThrow(/INTEGER/);
    expect(rows(db, "SELECT a FROM t")).toEqual([["abc"]]);
  });
});
