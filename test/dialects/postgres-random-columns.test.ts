import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { introspect } from "../../src/dialects/postgres/catalog/introspect.js";
import { adapt } from "../../src/dialects/postgres/compile/adapt.js";
import type { PostgresConnection } from "../../src/dialects/postgres/connection/connection.js";
import { reconcile } from "../../src/dialects/postgres/reconcile/reconcile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { type ColumnDef, EMPTY_SCHEMA, type SchemaDef, type TypeDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { holds } from "../support/laws.js";
import { runOperations, withPostgres } from "../support/postgres-connection.js";

const RUNS = 40;
const NUMBERS: readonly TypeDef[] = [
  { name: "smallint" },
  { name: "integer" },
  { name: "bigint" },
  { name: "numeric", args: [10, 2] },
  { name: "numeric" },
];
const TEXTS: readonly TypeDef[] = [{ name: "text" }, { name: "varchar", args: [20] }, { name: "char", args: [4] }];
const OTHERS: readonly TypeDef[] = [{ name: "boolean" }, { name: "enum", object: { name: "digit" } }];

/** What a column holds is the number one in every type, so that every change of type can take the row along. */
const ONE: Readonly<Record<string, string | number | boolean>> = {
  text: "1",
  varchar: "1",
  char: "1",
  boolean: true,
  enum: "1",
};

const column: fc.Arbitrary<ColumnDef> = fc
  .constantFrom(...NUMBERS, ...TEXTS, ...OTHERS, { name: "serial" } as TypeDef, { name: "bigserial" } as TypeDef)
  .chain((type) =>
    fc.record({
      type: fc.constant(type),
      filler: fc.constantFrom("none", "literal", "expression", "identity", "generated"),
      nullable: fc.boolean(),
      comment: fc.constantFrom(undefined, "it's"),
      collation: fc.constantFrom(undefined, "C", "POSIX"),
    }),
  )
  .map(({ type, filler, nullable, comment, collation }): ColumnDef => {
    const isText = TEXTS.includes(type);
    const isWhole = ["smallint", "integer", "bigint"].includes(type.name);
    const isSerial = type.name.endsWith("serial");
    const value = ONE[type.name] ?? 1;
    const written = typeof value === "string" ? `'1'::${type.object?.name ?? "text"}` : String(value);
    return {
      name: "c",
      type,
      nullable: nullable && !isSerial && filler !== "identity",
      ...(comment === undefined ? {} : { comment }),
      ...(isText && collation !== undefined ? { collation } : {}),
      ...(isSerial ? {} : filler === "literal" ? { default: { kind: "literal", value } } : {}),
      ...(!isSerial && filler === "expression" ? { default: { kind: "sql", text: `coalesce(NULL, ${written})` } } : {}),
      ...(isWhole && filler === "identity" ? { identity: { generation: "byDefault" } } : {}),
      ...(!isSerial && filler === "generated" ? { generated: { expression: written, stored: true } } : {}),
    };
  });

describe.each(POSTGRES_DIALECTS)("any column on $name", ({ open }) => {
  it("becomes any other, with a row in the table, and back", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TYPE digit AS ENUM ('0', '1', '1.00', 'true')");
      const property = fc.asyncProperty(column, column, async (a, b) => {
        await connection.script("DROP TABLE IF EXISTS t");
        await take(connection, schemaOf(a));
        await connection
          .script(`INSERT INTO t (k) VALUES (1)`)
          .catch(() => connection.script("INSERT INTO t (k, c) VALUES (1, '1')"));
        // A row with nothing in it stands in the way of NOT NULL, as it should.
        await connection.script("DELETE FROM t WHERE c IS NULL");
        await take(connection, schemaOf(b));
        await take(connection, schemaOf(a));
      });
      await holds(property, RUNS);
    });
  }, 240_000);
});

/** Brings the database there as autogenerate would, and sees that it is there. */
async function take(connection: PostgresConnection, wanted: SchemaDef): Promise<void> {
  await runOperations(connection, await difference(connection, wanted));
  expect(await difference(connection, wanted)).toEqual([]);
}

async function difference(connection: PostgresConnection, wanted: SchemaDef) {
  const found = await introspect(connection, { ignoreTables: [], schemas: [] });
  return diffSchemas(found, await reconcile(adapt(wanted), found, connection));
}

function schemaOf(column: ColumnDef): SchemaDef {
  const k: ColumnDef = { name: "k", type: { name: "integer" }, nullable: true };
  const table = { name: "t", columns: [k, column], uniques: [], foreignKeys: [], checks: [], indexes: [] };
  return {
    ...EMPTY_SCHEMA,
    enums: { digit: { name: "digit", values: ["0", "1", "1.00", "true"] } },
    tables: { t: table },
  };
}
