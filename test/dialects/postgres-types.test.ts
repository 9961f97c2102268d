import { describe, expect, it } from "vitest";
import { introspect } from "../../src/dialects/postgres/catalog/introspect.js";
import { adapt } from "../../src/dialects/postgres/compile/adapt.js";
import { reconcile } from "../../src/dialects/postgres/reconcile/reconcile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import {
  type ColumnDef,
  type DefaultDef,
  EMPTY_SCHEMA,
  type IdentityDef,
  type SchemaDef,
  type TableDef,
  TYPE_NAMES,
  type TypeDef,
} from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { runOperations, withPostgres } from "../support/postgres-connection.js";

const ENUM = { name: "mood", values: ["sad", "o'k", "Happy Day"] };
const TYPES: readonly TypeDef[] = [
  ...TYPE_NAMES.filter((name) => !["array", "enum", "domain", "custom"].includes(name)).map((name) => ({ name })),
  { name: "numeric", args: [12] },
  { name: "numeric", args: [12, 2] },
  { name: "varchar", args: [50] },
  { name: "char", args: [7] },
  { name: "time", args: [3] },
  { name: "timetz", args: [0] },
  { name: "timestamp", args: [3] },
  { name: "timestamptz", args: [6] },
  { name: "interval", args: [2] },
  { name: "bit", args: [8] },
  { name: "varbit", args: [16] },
  { name: "array", element: { name: "integer" } },
  { name: "array", element: { name: "varchar", args: [20] } },
  { name: "array", element: { name: "array", element: { name: "text" } } },
  { name: "array", element: { name: "enum", object: { name: "mood" } } },
  { name: "enum", object: { name: "mood" } },
  { name: "domain", object: { name: "positive number" } },
  { name: "custom", text: "macaddr8" },
  { name: "custom", text: "INT4" },
  { name: "custom", text: "interval  Day to Second(3)" },
  { name: "custom", text: "point[]" },
];

const DEFAULTS: readonly (readonly [TypeDef, DefaultDef])[] = [
  [{ name: "integer" }, literal(0)],
  [{ name: "integer" }, literal(-42)],
  [{ name: "bigint" }, literal("9223372036854775807")],
  [{ name: "smallint" }, literal(-1)],
  [{ name: "numeric", args: [12, 2] }, literal("0.00")],
  [{ name: "numeric", args: [12, 2] }, literal(0)],
  [{ name: "numeric" }, literal("-1.50")],
  [{ name: "numeric" }, literal(-2.5)],
  [{ name: "real" }, literal(1.5)],
  [{ name: "doublePrecision" }, literal(1e21)],
  [{ name: "boolean" }, literal(true)],
  [{ name: "boolean" }, literal(false)],
  [{ name: "varchar", args: [50] }, literal('it\'s "quoted" \\ and\nbroken')],
  [{ name: "char", args: [3] }, literal("abc")],
  [{ name: "text" }, literal("")],
  [{ name: "text" }, literal("now()")],
  [{ name: "text" }, literal("null")],
  [{ name: "uuid" }, literal("6f9619ff-8b86-d011-b42d-00c04fc964ff")],
  [{ name: "date" }, literal("2020-01-31")],
  [{ name: "timestamp" }, literal("2020-01-31 12:00:00")],
  [{ name: "interval" }, literal("1 day")],
  [{ name: "interval" }, literal("90 minutes")],
  [{ name: "json" }, literal({ b: [1, "x", null], a: true })],
  [{ name: "jsonb" }, literal({ b: [1, "x", null], a: true })],
  [{ name: "jsonb" }, literal("just text")],
  [{ name: "jsonb" }, literal([])],
  [{ name: "bytea" }, literal("\\x00ff")],
  [{ name: "inet" }, literal("127.0.0.1")],
  [{ name: "bit", args: [3] }, literal("101")],
  [{ name: "int4range" }, literal("[1,5)")],
  [{ name: "array", element: { name: "integer" } }, literal([])],
  [{ name: "array", element: { name: "integer" } }, literal([1, 2])],
  [{ name: "array", element: { name: "text" } }, literal(["a", "b c", 'd"e', "f,g", "NULL", ""])],
  [{ name: "array", element: { name: "boolean" } }, literal([true, false])],
  [{ name: "enum", object: { name: "mood" } }, literal("o'k")],
  [{ name: "array", element: { name: "enum", object: { name: "mood" } } }, literal(["sad", "Happy Day"])],
  [{ name: "timestamp" }, { kind: "now" }],
  [{ name: "timestamptz", args: [3] }, { kind: "now" }],
  [{ name: "date" }, { kind: "now" }],
  [{ name: "time" }, { kind: "now" }],
  [{ name: "timetz" }, { kind: "now" }],
  [{ name: "timestamp" }, { kind: "sql", text: "CURRENT_TIMESTAMP" }],
  [{ name: "timestamp" }, { kind: "sql", text: "now() + interval '1 day'" }],
  [{ name: "text" }, { kind: "sql", text: "'x'::varchar || 'y'" }],
  [{ name: "text" }, { kind: "sql", text: "CASE WHEN true THEN 'a' ELSE 'b' END -- comment" }],
  [{ name: "integer" }, { kind: "sql", text: "1 + 1" }],
  [{ name: "uuid" }, { kind: "sql", text: "md5(random()::text)::uuid" }],
  [
    { name: "array", element: { name: "text" } },
    { kind: "sql", text: "ARRAY[]::text[]" },
  ],
  [{ name: "boolean" }, { kind: "sql", text: "(1 > 0) AND NOT false" }],
];

const IDENTITIES: readonly (readonly [TypeDef, IdentityDef])[] = [
  [{ name: "integer" }, { generation: "byDefault" }],
  [{ name: "bigint" }, { generation: "always" }],
  [
    { name: "smallint" },
    { generation: "always", start: 100, increment: 10, minValue: 5, maxValue: 1000, cache: 7, cycle: true },
  ],
  [{ name: "integer" }, { generation: "byDefault", increment: -1 }],
  [{ name: "bigint" }, { generation: "byDefault", start: 1, increment: 1, minValue: 1, cache: 1, cycle: false }],
];

describe.each(POSTGRES_DIALECTS)("from a model to $name and back", ({ open }) => {
  it("every type comes back as itself", async () => {
    await expectRoundTrip(
      open,
      TYPES.map((type) => ({ type, nullable: type.name !== "serial" && type.name !== "bigserial" })),
    );
  });

  it("every default comes back as itself", async () => {
    await expectRoundTrip(
      open,
      DEFAULTS.map(([type, value]) => ({ type, nullable: true, default: value })),
    );
  });

  it("every identity comes back as itself", async () => {
    const columns = IDENTITIES.map(([type, identity]) => ({ type, nullable: false, identity }));
    await expectRoundTrip(open, columns);
  });

  it("a literal is read as the value that was written", async () => {
    const exact = DEFAULTS.filter(([type, value]) => value.kind === "literal" && type.name !== "interval");
    const found = await roundTrip(
      open,
      exact.map(([type, value]) => ({ type, nullable: true, default: value })),
    );
    const columns = Object.values(found.tables).flatMap((table) => table.columns);
    const values = columns.map((column) => [column.type.name, (column.default as { value?: unknown }).value]);
    // Numbers that are too long for a plain constant come back in their digits.
    const wanted = exact.map(([type, value]) => [type.name, (value as { value: unknown }).value]);
    expect(values.map(comparable)).toEqual(wanted.map(comparable));
  });
});

function comparable([type, value]: readonly unknown[]): unknown {
  const isNumber = ["numeric", "doublePrecision"].includes(String(type));
  return [type, isNumber ? Number(value) : value];
}

function literal(value: (DefaultDef & { kind: "literal" })["value"]): DefaultDef {
  return { kind: "literal", value };
}

type Columns = readonly Omit<ColumnDef, "name">[];

async function expectRoundTrip(open: Parameters<typeof withPostgres>[0], columns: Columns): Promise<void> {
  await withPostgres(open, async (connection) => {
    await connection.script('CREATE DOMAIN "positive number" AS integer CHECK (VALUE > 0)');
    const { objects } = await introspect(connection, { ignoreTables: [], schemas: [] });
    const wanted = adapt({ ...schemaOf(columns), objects });
    await runOperations(connection, diffSchemas({ ...EMPTY_SCHEMA, objects }, wanted));
    const found = await introspect(connection, { ignoreTables: [], schemas: [] });
    expect(diffSchemas(found, await reconcile(wanted, found, connection))).toEqual([]);
    expect(diffSchemas(found, await reconcile(adapt(found), found, connection))).toEqual([]);
  });
}

async function roundTrip(open: Parameters<typeof withPostgres>[0], columns: Columns): Promise<SchemaDef> {
  return withPostgres(open, async (connection) => {
    await runOperations(connection, diffSchemas(EMPTY_SCHEMA, adapt(schemaOf(columns))));
    return introspect(connection, { ignoreTables: [], schemas: [] });
  });
}

/** Each column in a table of its own, so that a failure names it. */
function schemaOf(columns: Columns): SchemaDef {
  const tables = columns.map((column, at): TableDef => {
    const name = `t${String(at).padStart(3, "0")}`;
    return { name, columns: [{ ...column, name: "c" }], uniques: [], foreignKeys: [], checks: [], indexes: [] };
  });
  return {
    tables: Object.fromEntries(tables.map((table) => [table.name, table])),
    enums: { mood: ENUM },
    views: {},
    objects: {},
    schemas: [],
  };
}
