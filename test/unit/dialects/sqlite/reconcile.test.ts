import { describe, expect, it } from "vitest";
import { reconcileSchema } from "../../../../src/dialects/sqlite/reconcile/reconcile.js";
import { diffSchemas } from "../../../../src/diff/diff-schemas.js";
import { type ColumnDef, EMPTY_SCHEMA, type SchemaDef, type TableDef } from "../../../../src/schema/schema.js";

const COLUMN: ColumnDef = {
  name: "a",
  type: { name: "varchar", args: [10] },
  nullable: false,
  default: { kind: "literal", value: "x" },
  collation: "NOCASE",
};

const TABLE: TableDef = {
  name: "t",
  columns: [
    { name: "id", type: { name: "integer" }, nullable: false, identity: { generation: "byDefault" } },
    COLUMN,
    { name: "g", type: { name: "text" }, nullable: true, generated: { expression: "a || 'X'", stored: true } },
    { name: "o", type: { name: "integer" }, nullable: true },
  ],
  primaryKey: { name: "pk_t", columns: ["id"] },
  uniques: [{ name: "uq_t", columns: ["a", "o"] }],
  foreignKeys: [{ name: "fk_t", columns: ["o"], target: { name: "t" }, targetColumns: ["id"], onDelete: "cascade" }],
  checks: [{ name: "ck_t", expression: "o > 0 AND a <> 'X'" }],
  indexes: [
    {
      name: "ix_t",
      unique: false,
      elements: [{ column: "a", order: "desc" }, { expression: "lower(a)" }],
      where: "o IS NOT NULL",
    },
  ],
};

const schema = (table: TableDef, views: SchemaDef["views"] = {}): SchemaDef => ({
  ...EMPTY_SCHEMA,
  tables: { [table.name]: table },
  views,
});

function differences(wanted: SchemaDef, found: SchemaDef): string[] {
  const reconciled = reconcileSchema(wanted, found);
  expect(reconcileSchema(reconciled, found)).toEqual(reconciled);
  return diffSchemas(found, reconciled).map((op) => op.kind);
}

const column = (changes: Partial<ColumnDef>, name = "a"): TableDef => ({
  ...TABLE,
  columns: TABLE.columns.map((one) => (one.name === name ? { ...one, ...changes } : one)),
});

describe("reconcile sees no difference", () => {
  it.each<[string, TableDef, TableDef]>([
    ["in the same", TABLE, TABLE],
    ["in the order of columns", { ...TABLE, columns: [...TABLE.columns].reverse() }, TABLE],
    [
      "in the case of names",
      {
        ...TABLE,
        name: "T",
        columns: TABLE.columns.map((one) => ({ ...one, name: one.name.toUpperCase() })),
        uniques: [{ name: "UQ_T", columns: ["A", "O"] }],
        foreignKeys: [{ ...TABLE.foreignKeys[0]!, columns: ["O"], target: { name: "T" }, targetColumns: ["ID"] }],
        primaryKey: { name: "pk_t", columns: ["ID"] },
      },
      TABLE,
    ],
    ["in how a type is spelled", column({ type: { name: "custom", text: "varchar( 10 )" } }), TABLE],
    ["in how a default is spelled", column({ default: { kind: "sql", text: "('x')" } }), TABLE],
    ["between no default and NULL", column({ default: { kind: "literal", value: null } }, "o"), TABLE],
    [
      "in how a generated expression is written",
      column({ generated: { expression: "(A||/* and */ 'X')", stored: true } }, "g"),
      TABLE,
    ],
    [
      "in how a check is written",
      { ...TABLE, checks: [{ name: "ck_t", expression: "( O>0 and\n[a] != 'X' )" }] },
      TABLE,
    ],
    [
      "in how an index is written",
      {
        ...TABLE,
        indexes: [
          {
            ...TABLE.indexes[0]!,
            elements: [{ column: "a", order: "desc" }, { expression: "LOWER( a )" }],
            where: "(o is not null)",
          },
        ],
      },
      TABLE,
    ],
    ["in the case of a collation", column({ collation: "nocase" }), TABLE],
    ["between no collation and BINARY", column({ collation: "BINARY" }, "o"), TABLE],
    ["between a key that fills itself and one that does not say so", column({}, "id"), TABLE],
    [
      "between DEFERRABLE and what SQLite makes of it",
      { ...TABLE, foreignKeys: [{ ...TABLE.foreignKeys[0]!, deferrable: "immediate" }] },
      TABLE,
    ],
    [
      "between ON CONFLICT ABORT and nothing",
      { ...TABLE, uniques: [{ ...TABLE.uniques[0]!, onConflict: "ABORT" }] },
      TABLE,
    ],
  ])("%s", (_name, wanted, found) => {
    expect(differences(schema(wanted), schema(found))).toEqual([]);
  });

  it("in names that follow from a rule, and in names that the database has not", () => {
    const conventional = {
      ...TABLE,
      uniques: [{ ...TABLE.uniques[0]!, name: "other", conventional: true as const }],
      primaryKey: { name: "pk_other", conventional: true as const, columns: ["id"] },
    };
    expect(differences(schema(conventional), schema(TABLE))).toEqual([]);
    const unnamed = {
      ...TABLE,
      uniques: [{ ...TABLE.uniques[0]!, name: null }],
      checks: [{ ...TABLE.checks[0]!, name: null }],
      foreignKeys: [{ ...TABLE.foreignKeys[0]!, name: null }],
      primaryKey: { name: null, columns: ["id"] },
    };
    expect(differences(schema(TABLE), schema(unnamed))).toEqual([]);
  });

  it("without identity in the models on a single INTEGER key", () => {
    const { identity: _identity, ...id } = TABLE.columns[0]!;
    expect(differences(schema({ ...TABLE, columns: [id, ...TABLE.columns.slice(1)] }), schema(TABLE))).toEqual([]);
  });

  it("in the spaces and comments of a view", () => {
    const views = (definition: string) => ({ v: { name: "v", definition } });
    expect(
      differences(
        schema(TABLE, views("SELECT a FROM t WHERE a = 'X'")),
        schema(TABLE, views("select  A -- all\nfrom T where a='X'")),
      ),
    ).toEqual([]);
  });
});

describe("reconcile hides no true difference", () => {
  it.each<[string, TableDef, string[]]>([
    ["the length of a type", column({ type: { name: "varchar", args: [11] } }), ["alterColumn"]],
    ["the type", column({ type: { name: "text" } }), ["alterColumn"]],
    ["a nullable column", column({ nullable: true }), ["alterColumn"]],
    ["the case of a default", column({ default: { kind: "literal", value: "X" } }), ["alterColumn"]],
    ["a default of another type", column({ default: { kind: "literal", value: 1 } }, "o"), ["alterColumn"]],
    ["a generated expression", column({ generated: { expression: "a || 'x'", stored: true } }, "g"), ["alterColumn"]],
    ["STORED", column({ generated: { expression: "a || 'X'", stored: false } }, "g"), ["alterColumn"]],
    ["the collation", column({ collation: "RTRIM" }), ["alterColumn"]],
    ["AUTOINCREMENT", column({ identity: { generation: "byDefault", reuseIds: false } }, "id"), ["alterColumn"]],
    [
      "the columns of a unique constraint",
      { ...TABLE, uniques: [{ name: "uq_t", columns: ["o", "a"] }] },
      ["dropConstraint", "createUniqueConstraint"],
    ],
    [
      "the conflict clause of a unique constraint",
      { ...TABLE, uniques: [{ ...TABLE.uniques[0]!, onConflict: "IGNORE" }] },
      ["dropConstraint", "createUniqueConstraint"],
    ],
    [
      "a name that somebody chose",
      { ...TABLE, uniques: [{ ...TABLE.uniques[0]!, name: "chosen" }] },
      ["renameConstraint"],
    ],
    [
      "the action of a foreign key",
      { ...TABLE, foreignKeys: [{ ...TABLE.foreignKeys[0]!, onDelete: "restrict" }] },
      ["dropConstraint", "createForeignKey"],
    ],
    [
      "a deferred foreign key",
      { ...TABLE, foreignKeys: [{ ...TABLE.foreignKeys[0]!, deferrable: "deferred" }] },
      ["alterConstraint"],
    ],
    [
      "a string in a check",
      { ...TABLE, checks: [{ name: "ck_t", expression: "o > 0 AND a <> 'x'" }] },
      ["dropConstraint", "createCheckConstraint"],
    ],
    [
      "the order of an index",
      { ...TABLE, indexes: [{ ...TABLE.indexes[0]!, elements: [{ column: "a" }, { expression: "lower(a)" }] }] },
      ["dropIndex", "createIndex"],
    ],
    ["a unique index", { ...TABLE, indexes: [{ ...TABLE.indexes[0]!, unique: true }] }, ["dropIndex", "createIndex"]],
    [
      "the condition of an index",
      { ...TABLE, indexes: [{ ...TABLE.indexes[0]!, where: "o IS NULL" }] },
      ["dropIndex", "createIndex"],
    ],
    [
      "no condition of an index",
      { ...TABLE, indexes: [{ name: "ix_t", unique: false, elements: TABLE.indexes[0]!.elements }] },
      ["dropIndex", "createIndex"],
    ],
    [
      "another constraint of the same form",
      {
        ...TABLE,
        checks: [TABLE.checks[0]!, { name: "ck_2", conventional: true, expression: TABLE.checks[0]!.expression }],
      },
      ["createCheckConstraint"],
    ],
  ])("%s", (_name, wanted, expected) => {
    expect(differences(schema(wanted), schema(TABLE))).toEqual(expected);
  });

  it("a bigint key, which is no rowid", () => {
    const { identity: _identity, ...id } = TABLE.columns[0]!;
    const wanted = { ...TABLE, columns: [{ ...id, type: { name: "bigint" } as const }, ...TABLE.columns.slice(1)] };
    expect(differences(schema(wanted), schema(TABLE))).toEqual(["alterColumn"]);
  });

  it("a view with another string", () => {
    const views = (definition: string) => ({ v: { name: "v", definition } });
    expect(differences(schema(TABLE, views("SELECT 'x'")), schema(TABLE, views("SELECT 'X'")))).toContain(
      "replaceView",
    );
  });
});
