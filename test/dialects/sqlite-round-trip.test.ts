import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import {
  type ColumnDef,
  EMPTY_SCHEMA,
  objectKey,
  type SchemaDef,
  type TableDef,
  TYPE_NAMES,
  type TypeDef,
} from "../../src/schema/schema.js";
import { introspect, openMemory, run, sqliteFile } from "../support/sqlite.js";

function table(name: string, parts: Partial<TableDef>): TableDef {
  return { name, columns: [], uniques: [], foreignKeys: [], checks: [], indexes: [], ...parts };
}

function schema(...tables: readonly TableDef[]): SchemaDef {
  return { ...EMPTY_SCHEMA, tables: Object.fromEntries(tables.map((one) => [objectKey(one), one])) };
}

/** Creates what the models want, and gives what a second look would change. */
async function secondLook(wanted: SchemaDef) {
  const connection = await openMemory();
  await run(connection, ...diffSchemas(EMPTY_SCHEMA, sqlite.adapt(wanted)));
  const found = await introspect(connection);
  const reconciled = await sqlite.reconcile(sqlite.adapt(wanted), found, connection);
  expect(await sqlite.reconcile(reconciled, found, connection)).toEqual(reconciled);
  return diffSchemas(found, reconciled);
}

const ID: ColumnDef = { name: "id", type: { name: "integer" }, nullable: false, identity: { generation: "byDefault" } };
const KEY = { name: "pk", columns: ["id"] };

describe("what the models say, once created, is found again without a difference", () => {
  const types = TYPE_NAMES.filter((name) => !["serial", "bigserial", "enum", "custom"].includes(name)).map(
    (name): TypeDef => {
      if (name === "array") return { name, element: { name: "integer" } };
      if (name === "domain") return { name, object: { name: "email" } };
      if (["varchar", "char", "bit", "varbit"].includes(name)) return { name, args: [7] };
      return name === "numeric" ? { name, args: [12, 2] } : { name };
    },
  );

  it.each([false, true])("columns of every type, nullable and not (STRICT: %s)", async (strict) => {
    const columns = types.flatMap((type): ColumnDef[] => [
      { name: type.name, type, nullable: true },
      { name: `${type.name}_required`, type, nullable: false },
    ]);
    const options = strict ? { options: { sqlite: { strict } } } : {};
    expect(await secondLook(schema(table("t", { columns, ...options })))).toEqual([]);
  });

  it.each<TypeDef>([
    { name: "integer" },
    { name: "bigint" },
    { name: "smallint" },
    { name: "serial" },
    { name: "bigserial" },
  ])("a key of type %j that fills itself", async (type) => {
    const columns = [{ ...ID, type }];
    expect(await secondLook(schema(table("t", { columns, primaryKey: KEY })))).toEqual([]);
    const noReuse = [{ ...ID, type, identity: { generation: "byDefault", reuseIds: false } } as const];
    expect(await secondLook(schema(table("t", { columns: noReuse, primaryKey: KEY })))).toEqual([]);
  });

  it("an INTEGER key that does not say that it fills itself", async () => {
    const { identity: _identity, ...plain } = ID;
    expect(await secondLook(schema(table("t", { columns: [plain], primaryKey: KEY })))).toEqual([]);
  });

  it("defaults of every kind", async () => {
    const defaults: ColumnDef["default"][] = [
      ...["", "it's", "a\nb", "-1", "NULL", 0, -5, 1.5, 1e21, true, false, null, [1, "x"], { a: { b: null } }].map(
        (value) => ({ kind: "literal", value }) as const,
      ),
      { kind: "now" },
      { kind: "sql", text: "lower('X')" },
      { kind: "sql", text: "(1 + 2) * 3 -- why" },
      { kind: "sql", text: "CURRENT_DATE" },
      { kind: "sql", text: "x'00ff'" },
    ];
    for (const type of ["text", "integer", "boolean", "timestamp", "date", "jsonb"] as const) {
      const columns = defaults.map(
        (value, index): ColumnDef => ({
          name: `c${index}`,
          type: { name: type },
          nullable: true,
          ...(value === undefined ? {} : { default: value }),
        }),
      );
      expect(await secondLook(schema(table("t", { columns })))).toEqual([]);
    }
  });

  it("keys, foreign keys, checks and indexes with all that SQLite has for them", async () => {
    const columns: ColumnDef[] = [
      ID,
      { name: "a", type: { name: "text" }, nullable: true, collation: "nocase" },
      { name: "b", type: { name: "integer" }, nullable: false },
      { name: 'Odd "name"', type: { name: "integer" }, nullable: true },
      { name: "g", type: { name: "text" }, nullable: true, generated: { expression: "a || 'x'", stored: true } },
      { name: "h", type: { name: "integer" }, nullable: true, generated: { expression: "b * 2", stored: false } },
    ];
    const parent = table("parent", {
      columns: [ID, { name: "x", type: { name: "integer" }, nullable: false }],
      primaryKey: KEY,
      uniques: [{ name: "uq_p", columns: ["id", "x"] }],
    });
    const child = table("child", {
      columns,
      primaryKey: { name: "pk_child", columns: ["id"] },
      uniques: [
        { name: "uq_1", columns: ["a", "b"], onConflict: "REPLACE" },
        { name: "uq_2", columns: ["b"] },
      ],
      foreignKeys: [
        {
          name: "fk_1",
          columns: ["b"],
          target: { name: "parent" },
          targetColumns: ["id"],
          onDelete: "cascade",
          onUpdate: "set default",
          deferrable: "deferred",
        },
        {
          name: "fk_2",
          columns: ['Odd "name"', "b"],
          target: { name: "parent" },
          targetColumns: ["id", "x"],
          onDelete: "restrict",
        },
        {
          name: "fk_self",
          columns: ['Odd "name"'],
          target: { name: "child" },
          targetColumns: ["id"],
          onDelete: "set null",
        },
      ],
      checks: [
        { name: "ck_1", expression: `b > 0 AND a <> ')'` },
        { name: "ck_2", expression: "length(a) > 1 -- long" },
      ],
      indexes: [
        {
          name: "ix_1",
          unique: false,
          elements: [
            { column: "a", order: "desc" },
            { column: "b", collation: "RTRIM" },
          ],
          where: "b IS NOT NULL",
        },
        { name: "ix_2", unique: true, elements: [{ expression: "lower(a)", order: "desc" }, { expression: "b + 1" }] },
        {
          name: "ix_3",
          unique: false,
          elements: [
            { column: "b", nulls: "first" },
            { column: "a", order: "desc", nulls: "last" },
          ],
          method: "btree",
        },
      ],
    });
    expect(await secondLook(schema(parent, child))).toEqual([]);
  });

  it("tables WITHOUT ROWID, comments, enums and views", async () => {
    const wanted: SchemaDef = {
      ...schema(
        table("w", {
          columns: [
            { name: "k", type: { name: "text" }, nullable: false, comment: "key" },
            { name: "m", type: { name: "enum", object: { name: "mood" } }, nullable: true },
          ],
          primaryKey: { name: "pk", columns: ["k"] },
          comment: "said",
          options: { sqlite: { withoutRowid: true }, postgres: { unlogged: true } },
        }),
      ),
      enums: { mood: { name: "mood", values: ["sad", "o'k"] } },
      views: { v: { name: "v", definition: "SELECT k,  M FROM w -- all", comment: "view" } },
    };
    expect(await secondLook(wanted)).toEqual([]);
  });

  it("types in the user's own words, with a collation in them", async () => {
    const columns: ColumnDef[] = [
      { name: "a", type: { name: "custom", text: "TEXT COLLATE NOCASE" }, nullable: false },
      { name: "b", type: { name: "custom", text: "unsigned  big int" }, nullable: true },
      { name: "c", type: { name: "custom", text: "" }, nullable: true },
      { name: "d", type: { name: "custom", text: "varchar( 10 )" }, nullable: true },
    ];
    expect(await secondLook(schema(table("t", { columns })))).toEqual([]);
  });
});

describe("an enum on SQLite", () => {
  it("is text with a named check, which lets NULL and its values pass", async () => {
    const connection = await openMemory();
    const wanted: SchemaDef = {
      ...schema(
        table("people", {
          columns: [{ name: "mood", type: { name: "enum", object: { name: "mood" } }, nullable: true }],
        }),
      ),
      enums: { mood: { name: "mood", values: ["sad", "it's ok"] } },
    };
    await run(connection, ...diffSchemas(EMPTY_SCHEMA, sqlite.adapt(wanted)));
    await connection.query("INSERT INTO people VALUES ('sad'), (NULL), ('it''s ok')");
    await expect(connection.query("INSERT INTO people VALUES ('angry')")).rejects.toThrow("ck_people_mood");
  });
});

describe("what others created is left alone", () => {
  it("constraints without names, conflict clauses, and everything a table can say", async () => {
    const { connection } = await sqliteFile(`
      CREATE TABLE o (id INTEGER PRIMARY KEY);
      CREATE TABLE t (Id integer PRIMARY KEY, name varchar(10) UNIQUE NOT NULL CHECK(length(name)>1), o REFERENCES O,
        b BOOLEAN DEFAULT TRUE, n NUMERIC(9,2) DEFAULT (0), at TIMESTAMP DEFAULT current_timestamp, UNIQUE (name, b));
      CREATE INDEX some_index ON t (name COLLATE BINARY)`);
    const wanted = schema(
      table("o", { columns: [ID], primaryKey: { name: "pk_o", conventional: true, columns: ["id"] } }),
      table("T", {
        columns: [
          { name: "at", type: { name: "timestamp" }, nullable: true, default: { kind: "now" } },
          ID,
          { name: "name", type: { name: "varchar", args: [10] }, nullable: false },
          { name: "o", type: { name: "custom", text: "" }, nullable: true },
          { name: "b", type: { name: "boolean" }, nullable: true, default: { kind: "literal", value: true } },
          {
            name: "n",
            type: { name: "numeric", args: [9, 2] },
            nullable: true,
            default: { kind: "literal", value: 0 },
          },
        ],
        primaryKey: { name: "pk_t", conventional: true, columns: ["id"] },
        uniques: [
          { name: "uq_t_name_b", conventional: true, columns: ["name", "b"] },
          { name: "uq_t_name", conventional: true, columns: ["name"] },
        ],
        foreignKeys: [
          { name: "fk_t_o_o", conventional: true, columns: ["o"], target: { name: "o" }, targetColumns: ["id"] },
        ],
        checks: [{ name: "ck_t_name", conventional: true, expression: "length( name ) > 1" }],
        indexes: [
          { name: "ix_t_name", conventional: true, unique: false, elements: [{ column: "name", collation: "BINARY" }] },
        ],
      }),
    );
    const found = await introspect(connection);
    expect(diffSchemas(found, await sqlite.reconcile(sqlite.adapt(wanted), found, connection))).toEqual([]);
  });
});
