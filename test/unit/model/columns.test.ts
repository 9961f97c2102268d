import { describe, expect, it } from "vitest";
import { ModelInvalidError } from "../../../src/errors.js";
import { buildColumn, buildTable } from "../../../src/model/build-table.js";
import type { AnyColumn } from "../../../src/model/column.js";
import { DEFAULT_NAMING } from "../../../src/schema/naming.js";
import { type ColumnDef, type DialectName, TYPE_NAMES } from "../../../src/schema/schema.js";
import * as s from "../../../src/schema.js";

function built(builder: AnyColumn, dialect: DialectName | null = null) {
  return buildColumn("t", "c", builder, { naming: DEFAULT_NAMING, dialect });
}
function column(builder: AnyColumn, dialect: DialectName | null = null): ColumnDef {
  return built(builder, dialect).column;
}

const mood = s.enumType("mood", ["sad", "ok"]);
const TYPES: Readonly<Record<string, readonly [AnyColumn, object]>> = {
  smallint: [s.smallint(), { name: "smallint" }],
  integer: [s.integer(), { name: "integer" }],
  bigint: [s.bigint(), { name: "bigint" }],
  serial: [s.serial(), { name: "serial" }],
  bigserial: [s.bigserial(), { name: "bigserial" }],
  numeric: [s.numeric(12, 2), { name: "numeric", args: [12, 2] }],
  real: [s.real(), { name: "real" }],
  doublePrecision: [s.doublePrecision(), { name: "doublePrecision" }],
  boolean: [s.boolean(), { name: "boolean" }],
  varchar: [s.varchar(50), { name: "varchar", args: [50] }],
  char: [s.char(2), { name: "char", args: [2] }],
  text: [s.text(), { name: "text" }],
  uuid: [s.uuid(), { name: "uuid" }],
  date: [s.date(), { name: "date" }],
  time: [s.time(3), { name: "time", args: [3] }],
  timetz: [s.timetz(), { name: "timetz" }],
  timestamp: [s.timestamp(0), { name: "timestamp", args: [0] }],
  timestamptz: [s.timestamptz(), { name: "timestamptz" }],
  interval: [s.interval(), { name: "interval" }],
  json: [s.json(), { name: "json" }],
  jsonb: [s.jsonb(), { name: "jsonb" }],
  bytea: [s.bytea(), { name: "bytea" }],
  blob: [s.blob(), { name: "blob" }],
  inet: [s.inet(), { name: "inet" }],
  cidr: [s.cidr(), { name: "cidr" }],
  macaddr: [s.macaddr(), { name: "macaddr" }],
  bit: [s.bit(8), { name: "bit", args: [8] }],
  varbit: [s.varbit(), { name: "varbit" }],
  tsvector: [s.tsvector(), { name: "tsvector" }],
  tsquery: [s.tsquery(), { name: "tsquery" }],
  xml: [s.xml(), { name: "xml" }],
  money: [s.money(), { name: "money" }],
  int4range: [s.int4range(), { name: "int4range" }],
  int8range: [s.int8range(), { name: "int8range" }],
  numrange: [s.numrange(), { name: "numrange" }],
  tsrange: [s.tsrange(), { name: "tsrange" }],
  tstzrange: [s.tstzrange(), { name: "tstzrange" }],
  daterange: [s.daterange(), { name: "daterange" }],
  array: [s.array(s.varchar(3).notNull()), { name: "array", element: { name: "varchar", args: [3] } }],
  enum: [mood(), { name: "enum", object: { name: "mood" } }],
  domain: [s.domain("app.email"), { name: "domain", object: { name: "email", schema: "app" } }],
  custom: [s.custom("geometry(Point,4326)"), { name: "custom", text: "geometry(Point,4326)" }],
};

describe("column types", () => {
  it("has a builder for every type of the structure", () => {
    expect(Object.keys(TYPES).sort()).toEqual([...TYPE_NAMES].sort());
  });

  it.each(Object.entries(TYPES))("%s gives its type", (_name, [builder, type]) => {
    expect(column(builder).type).toEqual(type);
  });

  it("leaves out what is not given", () => {
    expect(column(s.varchar()).type).toEqual({ name: "varchar" });
    expect(column(s.numeric(10)).type).toEqual({ name: "numeric", args: [10] });
  });

  it("takes an enum for the elements of an array, called or not", () => {
    const type = { name: "array", element: { name: "enum", object: { name: "mood" } } };
    expect(column(s.array(mood)).type).toEqual(type);
    expect(column(s.array(mood())).type).toEqual(type);
  });

  it("names an enum that is defined elsewhere by enumType without values and by enumColumn", () => {
    const type = { name: "enum", object: { name: "mood", schema: "app" } };
    expect(column(s.enumType("mood", [], { schema: "app" })()).type).toEqual(type);
    expect(column(s.enumColumn("mood", { schema: "app" })).type).toEqual(type);
    expect(column(s.pgSchema("app").enumType("mood", ["sad"])()).type).toEqual(type);
  });
});

describe("a column", () => {
  it("is nullable unless said otherwise", () => {
    expect(column(s.integer())).toEqual({ name: "c", type: { name: "integer" }, nullable: true });
    expect(column(s.integer().notNull()).nullable).toBe(false);
    expect(column(s.integer().primaryKey()).nullable).toBe(false);
  });

  it("is not nullable when the database numbers it", () => {
    for (const builder of [s.serial(), s.bigserial(), s.integer().autoIncrement(), s.integer().identity()]) {
      expect(column(builder).nullable).toBe(false);
    }
  });

  it.each([
    [s.integer().default(5), { kind: "literal", value: 5 }],
    [s.boolean().default(false), { kind: "literal", value: false }],
    [s.text().default(""), { kind: "literal", value: "" }],
    [s.bigint().default(7n), { kind: "literal", value: 7 }],
    [s.bigint().default(9223372036854775807n), { kind: "literal", value: "9223372036854775807" }],
    [s.bigint().default(9007199254740993n), { kind: "literal", value: "9007199254740993" }],
    [s.json<{ a: number[] }>().default({ a: [1] }), { kind: "literal", value: { a: [1] } }],
    [s.json<number[]>().default([1]), { kind: "literal", value: [1] }],
    [s.array(s.text()).default([]), { kind: "literal", value: "{}" }],
    [s.array(s.text()).default(['a "b" \\', "NULL"]), { kind: "literal", value: '{"a \\"b\\" \\\\","NULL"}' }],
    [s.array(s.array(s.integer())).default([[1], [2]]), { kind: "literal", value: "{{1},{2}}" }],
    [s.date().default(new Date(0)), { kind: "literal", value: "1970-01-01T00:00:00.000Z" }],
    [s.timestamp().defaultNow(), { kind: "now" }],
    [s.uuid().default(s.sql`gen_random_uuid()`), { kind: "sql", text: "gen_random_uuid()" }],
  ])("has the default that was given (%#)", (builder, expected) => {
    expect(column(builder).default).toEqual(expected);
  });

  it("has no default when it is null", () => {
    expect(column(s.integer().default(null as never))).not.toHaveProperty("default");
  });

  it.each([Number.NaN, new Date(Number.NaN), Symbol("s"), new Map(), () => 1])(
    "refuses a default that has no literal (%#)",
    (value) => {
      expect(() => column(s.text().default(value as never))).toThrow(ModelInvalidError);
      expect(() => column(s.text().default(value as never))).toThrow("the default of 't.c' is");
    },
  );

  it("is numbered by default, or always, with the options of the sequence", () => {
    expect(column(s.integer().autoIncrement()).identity).toEqual({ generation: "byDefault" });
    expect(column(s.integer().autoIncrement({ reuseIds: false })).identity).toEqual({
      generation: "byDefault",
      reuseIds: false,
    });
    const options = { always: true, start: 10, increment: 2, min: 1, max: 99, cache: 3, cycle: true } as const;
    expect(column(s.integer().identity(options)).identity).toEqual({
      ...{ generation: "always", start: 10, increment: 2, minValue: 1, maxValue: 99, cache: 3, cycle: true },
    });
    expect(column(s.integer().identity({ minValue: 1, maxValue: 9 })).identity).toEqual({
      ...{ generation: "byDefault", minValue: 1, maxValue: 9 },
    });
  });

  it("is computed and stored unless said otherwise", () => {
    expect(column(s.text().generatedAs(s.sql`(upper(name))`)).generated).toEqual({
      expression: "upper(name)",
      stored: true,
    });
    expect(column(s.text().generatedAs("a", { stored: false })).generated?.stored).toBe(false);
  });

  it("has its value from one place only", () => {
    expect(() => column(s.integer().default(1).autoIncrement())).toThrow("'t.c' has a default and an identity");
    expect(() => column(s.integer().default(1).generatedAs("2"))).toThrow("a default and a generated expression");
  });

  it("carries collation, comment and its former name", () => {
    expect(column(s.text().collate("C").comment("it's").renamedFrom("d"))).toEqual({
      ...{ name: "c", type: { name: "text" }, nullable: true, collation: "C", comment: "it's", renamedFrom: "d" },
    });
  });

  it("has the type that SQL says for the database", () => {
    const email = s.varchar(100).sqlType({ postgres: "citext", sqlite: "TEXT COLLATE NOCASE" });
    expect(column(email, "postgres").type).toEqual({ name: "custom", text: "citext" });
    expect(column(email, "sqlite")).toMatchObject({ type: { name: "custom", text: "TEXT" }, collation: "NOCASE" });
    expect(column(email, null).type).toEqual({ name: "varchar", args: [100] });
    const quoted = s.text().sqlType({ postgres: 'text collate "de""x"' });
    expect(column(quoted, "postgres")).toMatchObject({ type: { text: "text" }, collation: 'de"x' });
    expect(column(quoted, "sqlite").type).toEqual({ name: "text" });
  });

  it("carries its key, unique constraint, foreign keys and checks, named by the convention", () => {
    const builder = s
      .integer()
      .primaryKey()
      .unique({ nullsNotDistinct: true })
      .references("users.id", { onDelete: "cascade", onUpdate: "no action", match: "simple" })
      .references("billing.users.id", { name: "fk", match: "full", deferrable: "deferred" })
      .check(s.sql`(c > 0)`)
      .check("c < 9", "small");
    const { column: _column, ...constraints } = built(builder);
    expect(constraints).toEqual({
      primaryKey: { name: "pk_t", conventional: true, columns: ["c"] },
      unique: { name: "uq_t_c", conventional: true, columns: ["c"], nullsNotDistinct: true },
      foreignKeys: [
        {
          ...{ name: "fk_t_c_users", conventional: true, columns: ["c"], onDelete: "cascade" },
          ...{ target: { name: "users" }, targetColumns: ["id"] },
        },
        {
          ...{ name: "fk", columns: ["c"], match: "full", deferrable: "deferred" },
          ...{ target: { name: "users", schema: "billing" }, targetColumns: ["id"] },
        },
      ],
      checks: [
        { name: "ck_t_c", conventional: true, expression: "c > 0" },
        { name: "small", expression: "c < 9" },
      ],
    });
  });

  it("keeps the names that were written", () => {
    const { primaryKey, unique } = built(s.integer().primaryKey({ name: "p" }).unique({ name: "u" }));
    expect([primaryKey, unique]).toEqual([
      { name: "p", columns: ["c"] },
      { name: "u", columns: ["c"] },
    ]);
  });

  it("refers to names with dots in quotes", () => {
    expect(built(s.integer().references('"a.b"."c""d"')).foreignKeys[0]).toMatchObject({
      target: { name: "a.b" },
      targetColumns: ['c"d'],
    });
  });

  it.each(["users", "", "a.b.c.d", "a..b", '"a.b'])("refuses the foreign key target %j", (target) => {
    expect(() => built(s.integer().references(target))).toThrow(`'t.c' references '${target}'`);
  });

  it("is marked as being elsewhere", () => {
    expect(built(s.text().only("postgres"), "sqlite").elsewhere).toBe(true);
    expect(built(s.text().only("postgres"), "postgres")).not.toHaveProperty("elsewhere");
    expect(built(s.text().only("postgres"), null)).not.toHaveProperty("elsewhere");
  });

  it("never changes: every link of a chain is a new builder", () => {
    const base = s.varchar(10);
    const before = column(base);
    const links = [
      base.notNull(),
      base.primaryKey(),
      base.unique(),
      base.references("a.b"),
      base.default("x"),
      base.defaultNow(),
      base.autoIncrement(),
      base.identity(),
      base.generatedAs("x"),
      base.collate("C"),
      base.comment("c"),
      base.check("x"),
      base.$type<"a">(),
      base.sqlType({ sqlite: "X" }),
      base.renamedFrom("y"),
      base.only("sqlite"),
    ];
    expect(new Set([base, ...links]).size).toBe(17);
    expect(column(base)).toEqual(before);
    expect(Object.isFrozen(base)).toBe(true);
  });

  it("may be shared by tables, as mixins are", () => {
    const timestamps = { created_at: s.timestamp().notNull().defaultNow(), updated_at: s.timestamp() };
    const context = { naming: DEFAULT_NAMING, dialect: null };
    const tables = ["a", "b"].map((name) =>
      buildTable(name, { id: s.integer().primaryKey(), ...timestamps }, undefined, {}, context),
    );
    expect(tables[0]?.columns).toEqual(tables[1]?.columns);
    expect(tables[0]?.columns.map(({ name }) => name)).toEqual(["id", "created_at", "updated_at"]);
  });
});
