import { describe, expect, it } from "vitest";
import { sqlite } from "../../../../src/dialects/sqlite/index.js";
import { OperationConflictError, UnsupportedOperationError } from "../../../../src/errors.js";
import type { Operation } from "../../../../src/operations/operation.js";
import { type ColumnDef, EMPTY_SCHEMA, type SchemaDef, type TableDef } from "../../../../src/schema/schema.js";

const TABLE: TableDef = {
  name: "t",
  columns: [
    { name: "id", type: { name: "integer" }, nullable: false, identity: { generation: "byDefault" } },
    { name: "a", type: { name: "text" }, nullable: true },
  ],
  primaryKey: { name: "pk_t", columns: ["id"] },
  uniques: [],
  foreignKeys: [],
  checks: [],
  indexes: [{ name: "ix", unique: false, elements: [{ column: "a" }] }],
};
const BEFORE: SchemaDef = { ...EMPTY_SCHEMA, tables: { t: TABLE } };

/** Asking for the schema costs an introspection, so what does not need it must not ask. */
const nobody = async (): Promise<SchemaDef> => {
  throw new Error("the schema was asked for");
};

async function compiled(op: Operation, before: () => Promise<SchemaDef> = async () => BEFORE): Promise<string[]> {
  return (await sqlite.compile(op, before, "3.54.0")).map((statement) => statement.sql);
}

const t = { name: "t" };
const column = (parts: Partial<ColumnDef>): ColumnDef => ({
  name: "n",
  type: { name: "text" },
  nullable: true,
  ...parts,
});

describe("compile without looking at the schema", () => {
  it.each<[string, Operation, readonly string[]]>([
    [
      "createTable",
      { kind: "createTable", table: { ...TABLE, indexes: [], comment: "said" } },
      ['CREATE TABLE "t" (\n  "id" INTEGER CONSTRAINT "pk_t" PRIMARY KEY,\n  "a" TEXT\n)'],
    ],
    [
      "createIndex",
      { kind: "createIndex", table: t, index: TABLE.indexes[0]!, concurrently: true },
      ['CREATE INDEX "ix" ON "t" ("a")'],
    ],
    ["dropIndex", { kind: "dropIndex", index: { name: "ix" }, concurrently: true }, ['DROP INDEX "ix"']],
    [
      "addColumn",
      { kind: "addColumn", table: t, column: column({ nullable: false, default: { kind: "literal", value: "it's" } }) },
      [`ALTER TABLE "t" ADD COLUMN "n" TEXT NOT NULL DEFAULT 'it''s'`],
    ],
    [
      "renameColumn",
      { kind: "renameColumn", table: t, column: "a", to: "b" },
      ['ALTER TABLE "t" RENAME COLUMN "a" TO "b"'],
    ],
    ["renameTable", { kind: "renameTable", table: t, to: "u" }, ['ALTER TABLE "t" RENAME TO "u"']],
    [
      "a rename in case only",
      { kind: "renameTable", table: t, to: "T" },
      ['ALTER TABLE "t" RENAME TO "_tsm_rename_t"', 'ALTER TABLE "_tsm_rename_t" RENAME TO "T"'],
    ],
    ["comments", { kind: "createTableComment", table: t, comment: "said" }, []],
    ["validateConstraint", { kind: "validateConstraint", table: t, name: "ck" }, []],
    [
      "createView",
      { kind: "createView", view: { name: "v", definition: "SELECT 1" } },
      ['CREATE VIEW "v" AS SELECT 1'],
    ],
    ["execute", { kind: "execute", sql: "PRAGMA user_version = 1" }, ["PRAGMA user_version = 1"]],
    [
      "bulkInsert",
      {
        kind: "bulkInsert",
        table: t,
        rows: [
          { id: 1, a: null },
          { id: 2, a: "x" },
        ],
      },
      [`INSERT INTO "t" ("id", "a") VALUES\n(1, NULL),\n(2, 'x')`],
    ],
  ])("%s", async (_name, op, expected) => {
    expect(await compiled(op, nobody)).toEqual(expected);
    expect(await sqlite.needsRebuild(op, async () => BEFORE, "3.35.0")).toBe(false);
  });
});

describe("compile", () => {
  it("writes keys, checks and options of a table in full", async () => {
    const table: TableDef = {
      name: "w",
      columns: [
        { name: "a", type: { name: "varchar", args: [9] }, nullable: false, collation: "nocase" },
        { name: "b", type: { name: "boolean" }, nullable: false, default: { kind: "literal", value: true } },
        { name: "c", type: { name: "timestamp" }, nullable: true, default: { kind: "now" } },
        { name: "g", type: { name: "text" }, nullable: true, generated: { expression: "a -- why", stored: true } },
      ],
      primaryKey: { name: "pk_w", columns: ["a", "b"], onConflict: "IGNORE" },
      uniques: [{ name: null, columns: ["c"] }],
      foreignKeys: [
        {
          name: "fk",
          columns: ["a"],
          target: { name: "o" },
          targetColumns: ["x"],
          onDelete: "set null",
          deferrable: "deferred",
          notValid: true,
        },
      ],
      checks: [{ name: "ck", expression: "b IN (0, 1)", noInherit: true }],
      indexes: [],
      options: { sqlite: { withoutRowid: true } },
    };
    expect(await compiled({ kind: "createTable", table })).toEqual([
      `CREATE TABLE "w" (
  "a" VARCHAR(9) COLLATE NOCASE NOT NULL,
  "b" BOOLEAN NOT NULL DEFAULT 1,
  "c" TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  "g" TEXT GENERATED ALWAYS AS (a -- why
) STORED,
  CONSTRAINT "pk_w" PRIMARY KEY ("a", "b") ON CONFLICT IGNORE,
  UNIQUE ("c"),
  CONSTRAINT "fk" FOREIGN KEY ("a") REFERENCES "o" ("x") ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "ck" CHECK (b IN (0, 1))
) WITHOUT ROWID`,
    ]);
  });

  it("writes a whole rebuild without a database", async () => {
    const op: Operation = { kind: "alterColumn", table: t, column: "a", changes: { nullable: false } };
    const before = { ...BEFORE, views: { v: { name: "v", definition: "SELECT a FROM t" } } };
    const statements = await sqlite.compile(op, async () => before, "3.54.0");
    expect(statements.map((statement) => statement.sql)).toEqual([
      `SELECT 1 WHERE (SELECT json_group_array(name) FROM (SELECT name FROM pragma_table_xinfo('t') WHERE hidden <> 1 ORDER BY name COLLATE BINARY)) IS NOT '["a","id"]'`,
      "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = 't' COLLATE NOCASE AND sql IS NOT NULL AND name NOT IN ('ix')",
      "SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger') AND name NOT IN ('v') AND sql NOT IN ()",
      'DROP VIEW main."v"',
      'SELECT 1 FROM "t" WHERE ("a") IS NULL LIMIT 1',
      'CREATE TABLE "_tsm_new_t" (\n  "id" INTEGER CONSTRAINT "pk_t" PRIMARY KEY,\n  "a" TEXT NOT NULL\n)',
      'INSERT INTO "_tsm_new_t" ("id", "a") SELECT "id", "a" FROM "t" ORDER BY rowid',
      'SELECT 1 WHERE (SELECT count(*) FROM "t") <> (SELECT count(*) FROM "_tsm_new_t")',
      'DROP TABLE "t"',
      'ALTER TABLE "_tsm_new_t" RENAME TO "t"',
      'CREATE INDEX "ix" ON "t" ("a")',
      'CREATE VIEW "v" AS SELECT a FROM t',
    ]);
    expect(statements.every((statement) => statement.foreignKeysOff === true && statement.transactional)).toBe(true);
    expect(statements.map((statement) => statement.expectNoRow !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each<[string, Operation]>([
    ["an index method", { kind: "createIndex", table: t, index: { ...TABLE.indexes[0]!, method: "gin" } }],
    ["a schema", { kind: "createTable", table: { ...TABLE, schema: "s" } }],
    ["createSchema", { kind: "createSchema", name: "s" }],
    ["createEnum", { kind: "createEnum", enum: { name: "e", values: ["a"] } }],
    [
      "a deferrable unique constraint",
      { kind: "createUniqueConstraint", table: t, constraint: { name: "u", columns: ["a"], deferrable: "deferred" } },
    ],
    [
      "a column that fills itself and is no key",
      {
        kind: "addColumn",
        table: t,
        column: column({ type: { name: "integer" }, identity: { generation: "byDefault" } }),
      },
    ],
  ])("refuses %s with the way out", async (_name, op) => {
    const attempt = compiled(op);
    await expect(attempt).rejects.toBeInstanceOf(UnsupportedOperationError);
    await expect(attempt).rejects.toMatchObject({ dialect: "sqlite", hint: expect.stringContaining("op.dialect") });
  });

  it("refuses names that no database can hold", async () => {
    for (const name of ["", "nul\0"]) {
      await expect(compiled({ kind: "renameTable", table: t, to: name }, nobody)).rejects.toBeInstanceOf(
        OperationConflictError,
      );
    }
  });

  it("does nothing for what is there or gone already, where the operation says so", async () => {
    expect(await compiled({ kind: "dropColumn", table: t, column: "nobody", ifExists: true })).toEqual([]);
    expect(await compiled({ kind: "dropConstraint", table: t, name: "nobody", ifExists: true })).toEqual([]);
    expect(await compiled({ kind: "alterColumn", table: t, column: "a", changes: { comment: "said" } })).toEqual([]);
  });

  it("batchAlterTable rebuilds when one of its operations has to, and always when it is told to", async () => {
    const batch = (recreate: "auto" | "always" | "never", ...operations: Operation[]): Operation => ({
      kind: "batchAlterTable",
      table: t,
      recreate,
      operations,
    });
    const plain: Operation = { kind: "addColumn", table: t, column: column({}) };
    const hard: Operation = {
      kind: "alterColumn",
      table: t,
      column: "n",
      changes: { nullable: false, default: { kind: "literal", value: "" } },
    };
    expect(await compiled(batch("auto", plain, { kind: "renameColumn", table: t, column: "n", to: "m" }))).toEqual([
      'ALTER TABLE "t" ADD COLUMN "n" TEXT',
      'ALTER TABLE "t" RENAME COLUMN "n" TO "m"',
    ]);
    expect((await compiled(batch("auto", plain, hard))).filter((sql) => sql.startsWith("INSERT"))).toHaveLength(1);
    expect((await compiled(batch("always"))).some((sql) => sql.startsWith("INSERT"))).toBe(true);
    await expect(compiled(batch("never", plain, hard))).rejects.toBeInstanceOf(UnsupportedOperationError);
  });
});
