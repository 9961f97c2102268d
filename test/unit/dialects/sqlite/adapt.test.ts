import { describe, expect, it } from "vitest";
import { adapt } from "../../../../src/dialects/sqlite/forms/adapt.js";
import { ModelInvalidError } from "../../../../src/errors.js";
import {
  type ColumnDef,
  EMPTY_SCHEMA,
  type IndexDef,
  objectKey,
  type SchemaDef,
  type TableDef,
} from "../../../../src/schema/schema.js";

function table(parts: Partial<TableDef>): TableDef {
  return {
    name: "t",
    columns: [
      { name: "a", type: { name: "integer" }, nullable: false },
      { name: "b", type: { name: "text" }, nullable: true },
    ],
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    ...parts,
  };
}

function schema(...tables: readonly TableDef[]): SchemaDef {
  return { ...EMPTY_SCHEMA, tables: Object.fromEntries(tables.map((one) => [objectKey(one), one])) };
}

const withColumn = (column: Partial<ColumnDef>, parts: Partial<TableDef> = {}) =>
  schema(table({ ...parts, columns: [{ name: "c", type: { name: "text" }, nullable: true, ...column }] }));

const withIndex = (index: Partial<IndexDef>) =>
  schema(table({ indexes: [{ name: "ix", unique: false, elements: [{ column: "a" }], ...index }] }));

describe("adapt", () => {
  it("turns an enum into text with a check named by the convention", () => {
    const wanted = {
      ...withColumn({
        name: "mood",
        type: { name: "enum", object: { name: "mood" } },
        default: { kind: "literal", value: "ok" },
      }),
      enums: { mood: { name: "mood", values: ["sad", "o'k"] } },
    };
    const adapted = adapt(wanted);
    expect(adapted.enums).toEqual({});
    expect(adapted.tables.t).toMatchObject({
      columns: [{ name: "mood", type: { name: "text" } }],
      checks: [{ name: "ck_t_mood", conventional: true, expression: `"mood" IN ('sad', 'o''k')` }],
    });
    expect(adapt(adapted)).toEqual(adapted);
  });

  it("leaves out comments, options of other databases, and what SQLite does anyway", () => {
    const adapted = adapt(
      schema(
        table({
          comment: "x",
          options: { postgres: { unlogged: true }, sqlite: { strict: false, withoutRowid: false } },
          checks: [{ name: "ck", expression: "a > 0", notValid: true, noInherit: true }],
          foreignKeys: [],
          indexes: [{ name: "ix", unique: false, method: "btree", elements: [{ column: "a", nulls: "first" }] }],
        }),
      ),
    );
    expect(adapted.tables.t).toEqual(
      table({
        checks: [{ name: "ck", expression: "a > 0" }],
        indexes: [{ name: "ix", unique: false, elements: [{ column: "a" }] }],
      }),
    );
  });

  it.each<[string, SchemaDef, RegExp]>([
    [
      "a schema",
      schema(table({ schema: "billing" })),
      /table 'billing.t' is in schema 'billing', and SQLite has no schemas/,
    ],
    [
      "a view in a schema",
      { ...EMPTY_SCHEMA, views: { v: { name: "v", schema: "s", definition: "SELECT 1" } } },
      /view 's.v' is in schema 's'/,
    ],
    [
      "a foreign key into a schema",
      schema(
        table({
          foreignKeys: [{ name: "fk", columns: ["a"], target: { name: "x", schema: "s" }, targetColumns: ["y"] }],
        }),
      ),
      /refers to 's.x', and SQLite has no schemas/,
    ],
    [
      "an always generated identity",
      withColumn(
        { type: { name: "integer" }, identity: { generation: "always" }, nullable: false },
        { primaryKey: { name: "pk", columns: ["c"] } },
      ),
      /column 't.c' is always generated/,
    ],
    [
      "a start of an identity",
      withColumn(
        { type: { name: "integer" }, identity: { generation: "byDefault", start: 5 }, nullable: false },
        { primaryKey: { name: "pk", columns: ["c"] } },
      ),
      /column 't.c' has start/,
    ],
    [
      "an identity that is no key",
      withColumn({ type: { name: "integer" }, identity: { generation: "byDefault" } }),
      /is not the only primary key column/,
    ],
    [
      "an identity without a rowid",
      withColumn(
        { type: { name: "integer" }, identity: { generation: "byDefault" } },
        { primaryKey: { name: "pk", columns: ["c"] }, options: { sqlite: { withoutRowid: true } } },
      ),
      /WITHOUT ROWID cannot/,
    ],
    [
      "a table WITHOUT ROWID and key",
      schema(table({ options: { sqlite: { withoutRowid: true } } })),
      /has no primary key/,
    ],
    [
      "a collation of PostgreSQL",
      withColumn({ collation: "C" }),
      /collation 'C', and SQLite has BINARY, NOCASE and RTRIM/,
    ],
    [
      "a default with PostgreSQL's functions",
      withColumn({ default: { kind: "sql", text: "gen_random_uuid()" } }),
      /calls 'gen_random_uuid\(\)', which SQLite has not/,
    ],
    [
      "a default with a cast of PostgreSQL's",
      withColumn({ default: { kind: "sql", text: "'{}'::jsonb" } }),
      /is not SQLite's SQL/,
    ],
    ["a default with a subquery", withColumn({ default: { kind: "sql", text: "(SELECT 1)" } }), /holds a subquery/],
    [
      "a generated column with a default",
      withColumn({ generated: { expression: "1", stored: false }, default: { kind: "now" } }),
      /is generated and has a default/,
    ],
    [
      "a generated key",
      withColumn({ generated: { expression: "1", stored: true } }, { primaryKey: { name: "pk", columns: ["c"] } }),
      /part of the primary key/,
    ],
    [
      "a type that STRICT does not know",
      withColumn({ type: { name: "custom", text: "VARCHAR(9)" } }, { options: { sqlite: { strict: true } } }),
      /type 'VARCHAR\(9\)', and a STRICT table knows/,
    ],
    ["an index method", withIndex({ method: "gin" }), /index 'ix' of table 't' has the method gin/],
    ["INCLUDE", withIndex({ include: ["b"] }), /has INCLUDE/],
    [
      "an operator class",
      withIndex({ elements: [{ column: "b", operatorClass: "text_pattern_ops" }] }),
      /the operator class text_pattern_ops/,
    ],
    [
      "NULLS LAST on an ascending index",
      withIndex({ elements: [{ column: "b", nulls: "last" }] }),
      /NULLS LAST against its own order/,
    ],
    [
      "NULLS NOT DISTINCT",
      schema(table({ uniques: [{ name: "uq", columns: ["a"], nullsNotDistinct: true }] })),
      /NULLS NOT DISTINCT/,
    ],
    [
      "a deferrable unique constraint",
      schema(table({ uniques: [{ name: "uq", columns: ["a"], deferrable: "deferred" }] })),
      /DEFERRABLE/,
    ],
    [
      "an enum that nobody defined",
      withColumn({ type: { name: "enum", object: { name: "mood" } } }),
      /enum type 'mood', which the models do not define/,
    ],
    ["a name of SQLite's own", schema(table({ name: "sqlite_things" })), /a name that SQLite keeps for itself/],
    [
      "columns that differ in case only",
      schema(
        table({
          columns: [
            { name: "a", type: { name: "text" }, nullable: true },
            { name: "A", type: { name: "text" }, nullable: true },
          ],
        }),
      ),
      /are one name to SQLite/,
    ],
    ["tables that differ in case only", schema(table({}), table({ name: "T" })), /'t' and 'T' are one name to SQLite/],
    [
      "a foreign key to what is no key",
      schema(table({ foreignKeys: [{ name: "fk", columns: ["a"], target: { name: "t" }, targetColumns: ["b"] }] })),
      /is neither its primary key nor unique/,
    ],
  ])("refuses %s, naming it and the alternative", (_name, wanted, message) => {
    let error: unknown;
    try {
      adapt(wanted);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ModelInvalidError);
    expect((error as ModelInvalidError).message).toMatch(message);
    expect((error as ModelInvalidError).hint).toMatch(/^[A-Z].*\.$/);
  });

  it("names the table and the column in fields, and everything that is wrong in the message", () => {
    const wanted = schema(
      table({
        name: "x",
        columns: [
          { name: "c", type: { name: "text" }, nullable: true, collation: "C" },
          { name: "d", type: { name: "text" }, nullable: true, collation: "POSIX" },
        ],
      }),
    );
    expect(() => adapt(wanted)).toThrow(
      expect.objectContaining({ table: "x", column: "c", message: expect.stringMatching(/'C'.*\n.*'POSIX'/) }),
    );
  });
});
