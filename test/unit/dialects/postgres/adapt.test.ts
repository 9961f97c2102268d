import { describe, expect, it } from "vitest";
import { adapt } from "../../../../src/dialects/postgres/compile/adapt.js";
import { ModelInvalidError } from "../../../../src/errors.js";
import { type ColumnDef, EMPTY_SCHEMA, type SchemaDef, type TableDef } from "../../../../src/schema/schema.js";

const plain: ColumnDef = { name: "a", type: { name: "integer" }, nullable: true };

function tableOf(parts: Partial<TableDef>): TableDef {
  return { name: "t", columns: [plain], uniques: [], foreignKeys: [], checks: [], indexes: [], ...parts };
}

function schemaOf(...tables: readonly TableDef[]): SchemaDef {
  return { ...EMPTY_SCHEMA, tables: Object.fromEntries(tables.map((table) => [table.name, table])) };
}

function adaptedColumn(column: Partial<ColumnDef>): ColumnDef {
  return adapt(schemaOf(tableOf({ columns: [{ ...plain, ...column }] }))).tables.t!.columns[0]!;
}

describe("adapt for PostgreSQL", () => {
  it("leaves alone what the server holds as it is", () => {
    const schema = schemaOf(tableOf({ options: { sqlite: { strict: true } } }));
    expect(adapt(schema)).toEqual(schema);
  });

  it("takes away what goes without saying", () => {
    expect(adaptedColumn({ identity: { generation: "byDefault", reuseIds: false } })).toEqual({
      ...plain,
      nullable: false,
      identity: { generation: "byDefault" },
    });
    expect(adaptedColumn({ type: { name: "serial" } }).nullable).toBe(false);
    expect(adaptedColumn({ default: { kind: "literal", value: null } })).toEqual(plain);
  });

  it.each<readonly [string, TableDef]>([
    [
      "column 't.a' has both serial and a default",
      tableOf({ columns: [{ ...plain, type: { name: "serial" }, default: { kind: "literal", value: 1 } }] }),
    ],
    [
      "column 't.a' has both a default and an identity",
      tableOf({ columns: [{ ...plain, default: { kind: "literal", value: 1 }, identity: { generation: "always" } }] }),
    ],
    [
      "column 't.a' is an identity but no integer",
      tableOf({ columns: [{ ...plain, type: { name: "text" }, identity: { generation: "always" } }] }),
    ],
    [
      `column 't.${"ü".repeat(32)}' has a name of 64 bytes; PostgreSQL keeps 63`,
      tableOf({ columns: [{ ...plain, name: "ü".repeat(32) }] }),
    ],
    [
      "table 't' has two constraints named 'c'",
      tableOf({ checks: [{ name: "c", expression: "1" }], uniques: [{ name: "c", columns: ["a"] }] }),
    ],
    [
      "the name 't' is used by a table and by a key or index of table 't'",
      tableOf({ indexes: [{ name: "t", unique: false, elements: [{ column: "a" }] }] }),
    ],
    [
      "table 't' has a key with ON CONFLICT IGNORE, which PostgreSQL does not know",
      tableOf({ uniques: [{ name: "u", columns: ["a"], onConflict: "IGNORE" }] }),
    ],
  ])("refuses: %s", (message, table) => {
    expect(() => adapt(schemaOf(table))).toThrow(ModelInvalidError);
    expect(() => adapt(schemaOf(table))).toThrow(message);
  });

  it("refuses two indexes of one name in a schema, and takes them in two", () => {
    const index = { name: "ix", unique: false, elements: [{ column: "a" }] };
    const [one, other] = [tableOf({ indexes: [index] }), tableOf({ name: "u", indexes: [index] })];
    expect(() => adapt(schemaOf(one, other))).toThrow("the name 'ix' is used by");
    expect(() => adapt(schemaOf(one, { ...other, schema: "s" }))).not.toThrow();
  });

  it("refuses labels of an enum that are twice there or too long", () => {
    const withValues = (values: readonly string[]) => ({ ...EMPTY_SCHEMA, enums: { e: { name: "e", values } } });
    expect(() => adapt(withValues(["a", "a"]))).toThrow("enum 'e' has the value 'a' twice");
    expect(() => adapt(withValues(["x".repeat(64)]))).toThrow(/has a name of 64 bytes/);
    expect(adapt(withValues(["", "b"])).enums.e!.values).toEqual(["", "b"]);
  });
});
