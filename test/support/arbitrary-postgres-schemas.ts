/** Another schema than the default one: tables, types and all else in it, and what refers to it from outside and back. */
import type { FunctionDef } from "../../src/schema/objects.js";
import { type ColumnDef, findColumn, objectKey, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  onTable,
  type Part,
  part,
  quotedName,
  slugOf,
  when,
  withColumn,
  withObject,
  withTable,
} from "./arbitrary-parts.js";

const BILLING = "billing";
const ODD = 'od"d';
/** Schemas that the laws read besides the default one. */
export const NAMED_SCHEMAS = [BILLING, ODD] as const;

const BILLS = { name: "Bills", schema: BILLING } as const;
const KIND = { name: "kind", schema: BILLING } as const;
const AMOUNT = { name: "Amount", schema: BILLING } as const;
const ON_BILLS = { table: BILLS } as const;
const BILLS_SQL = 'billing."Bills"';

/** What the rows of the laws hold in the columns that are here and nowhere else. */
export const SCHEMA_VALUES: Readonly<Record<string, string>> = { kind: "'a'", due: "2", bill: "1", person: "1" };

function withSchema(name: string, comment?: string): Edit {
  return (schema) => ({
    ...schema,
    schemas: [...new Set([...schema.schemas, name])].sort(),
    ...(comment === undefined ? {} : { schemaComments: { ...schema.schemaComments, [name]: comment } }),
  });
}

const hasBills = (schema: SchemaDef) => objectKey(BILLS) in schema.tables;
const labels = (...values: readonly string[]): Edit =>
  all(withSchema(BILLING), (schema) => ({
    ...schema,
    enums: { [objectKey(KIND)]: { ...KIND, values }, ...schema.enums },
  }));
const domain = (more: object): Edit =>
  all(withSchema(BILLING), withObject({ kind: "domain", ...AMOUNT, type: { name: "integer" }, checks: [], ...more }));

/** Types first, since tables are made of them. */
export function schemaTypeParts(): readonly Part[] {
  return [
    part(withSchema(BILLING), withSchema(BILLING, HOSTILE.texts[0]), withSchema(ODD, HOSTILE.texts[1])),
    part(labels("a", "b"), labels("first", "a")),
    part(domain({}), domain({ default: "5", checks: [{ name: "above", expression: "VALUE > 0" }] })),
    part(
      withNamed({
        kind: "compositeType",
        name: "Pair",
        columns: [{ name: "one", type: { name: "enum", object: KIND } }],
      }),
    ),
  ];
}

/** With the type of its column where nobody has drawn it. */
function withNamed(object: Parameters<typeof withObject>[0]): Edit {
  return all(typed, withObject({ ...object, schema: ODD } as typeof object), withSchema(ODD));
}

const typed: Edit = all(
  (schema) => (objectKey(KIND) in schema.enums ? schema : labels("a")(schema)),
  (schema) => (`domain:${objectKey(AMOUNT)}` in schema.objects ? schema : domain({})(schema)),
);

const COLUMNS: readonly ColumnDef[] = [
  { name: "id", type: { name: "integer" }, nullable: false },
  { name: "b", type: { name: "text" }, nullable: true },
  { name: "kind", type: { name: "enum", object: KIND }, nullable: true, default: { kind: "literal", value: "a" } },
  { name: "due", type: { name: "domain", object: AMOUNT }, nullable: true },
];

const bills = (more: Partial<TableDef> = {}): Edit =>
  all(
    typed,
    withTable({
      ...BILLS,
      columns: COLUMNS,
      primaryKey: { name: "pk_bills", columns: ["id"] },
      ...{ uniques: [], foreignKeys: [], checks: [], indexes: [] },
      ...more,
    }),
  );

const touch: FunctionDef = {
  kind: "function",
  name: "touch",
  schema: BILLING,
  signature: "",
  arguments: "",
  returns: "trigger",
  language: "plpgsql",
  body: "begin return new; end",
};

/** The table in the schema, and what stands on it; `tables` are those of the default schema. */
export function schemaParts(tables: readonly TableDef[]): readonly Part[] {
  const withBills = (edit: Edit) => when(hasBills, edit);
  const trigger = withObject({
    kind: "trigger",
    name: "touched",
    ...ON_BILLS,
    fires: "BEFORE INSERT",
    action: "FOR EACH ROW EXECUTE FUNCTION billing.touch()",
  });
  return [
    part(
      bills(),
      bills({ comment: HOSTILE.texts[0], checks: [{ name: "ck", expression: "kind = 'a'::billing.kind OR id > 0" }] }),
      bills({
        uniques: [{ name: "uq", columns: ["id", "kind"] }],
        indexes: [{ name: "ix_users", unique: false, elements: [{ expression: "lower(b)" }, { column: "kind" }] }],
      }),
      bills({ columns: COLUMNS.map((it) => (it.name === "b" ? { ...it, nullable: false, default: SOME } : it)) }),
    ),
    part(withBills(all(withObject(touch), trigger))),
    part(
      withBills(withObject({ kind: "policy", name: "own", ...ON_BILLS, using: "id > 0" })),
      withBills(withObject({ kind: "policy", name: "own", ...ON_BILLS, using: "kind = 'a'::billing.kind" })),
    ),
    part(
      withBills(
        all(
          withObject({ kind: "sequence", name: "numbers", schema: BILLING }),
          onTable({ ...BILLS } as TableDef, (it) => ({
            ...it,
            columns: it.columns.map((column) =>
              column.name === "id" ? { ...column, default: { kind: "sql", text: NEXT } } : column,
            ),
          })),
        ),
      ),
      all(withSchema(BILLING), withObject({ kind: "sequence", name: "numbers", schema: BILLING, increment: 2 })),
    ),
    part(
      withBills(
        withObject({
          kind: "materializedView",
          name: "held",
          schema: BILLING,
          definition: `SELECT id, kind FROM ${BILLS_SQL}`,
          indexes: [{ name: "ix_held", unique: true, elements: [{ column: "id" }] }],
        }),
      ),
      withBills(
        withObject({
          kind: "definition",
          type: "statistics",
          name: "billing.st",
          definition: `CREATE STATISTICS billing.st ON id, b FROM ${BILLS_SQL}`,
          table: BILLS,
        }),
      ),
    ),
    ...tables.flatMap(tableParts),
  ];
}

const SOME = { kind: "literal", value: "it's" } as const;
const NEXT = "nextval('billing.numbers'::regclass)";

/** What goes from a table of the default schema to the other one, and back. */
function tableParts(table: TableDef): readonly Part[] {
  const slug = slugOf(table);
  const name = quotedName(table.name);
  const view =
    (definition: string, more: object = {}): Edit =>
    (schema) => {
      const made = { name: `seen_${slug}`, schema: BILLING, definition, ...more };
      return { ...schema, views: { ...schema.views, [objectKey(made)]: made } };
    };
  const integer = (column: string): ColumnDef => ({ name: column, type: { name: "integer" }, nullable: true });
  const refers = (from: TableDef, column: string, key: string, target: { name: string; schema?: string }): Edit =>
    all(
      withColumn(from, integer(column)),
      onTable(from, (it) => ({
        ...it,
        foreignKeys: [...it.foreignKeys, { name: key, columns: [column], target, targetColumns: ["id"] }],
      })),
    );
  const isKeyed = (schema: SchemaDef) => schema.tables[objectKey(table)]?.primaryKey !== undefined;
  const isLogged = (schema: SchemaDef) => schema.tables[objectKey(table)]?.options?.postgres?.unlogged !== true;
  const kind: ColumnDef = { name: "kind", type: { name: "enum", object: KIND }, nullable: true };
  return [
    part(when(hasBills, refers(table, "bill", `fk_bill_${slug}`, BILLS))),
    part(
      when(
        (schema) => hasBills(schema) && isKeyed(schema) && isLogged(schema),
        when(
          (schema) => findColumn(schema.tables[objectKey(BILLS)]!, "person") === undefined,
          refers({ ...BILLS } as TableDef, "person", "fk_person", { name: table.name }),
        ),
      ),
    ),
    part(
      all(typed, withColumn(table, kind)),
      all(typed, withColumn(table, { ...kind, default: { kind: "literal", value: "a" }, nullable: false })),
    ),
    part(
      when(hasBills, view(`SELECT x.id, y.kind FROM ${name} x JOIN ${BILLS_SQL} y ON y.id = x.id`)),
      all(withSchema(BILLING), view(`SELECT id FROM ${name}`, { comment: HOSTILE.texts[0] })),
    ),
    part(
      all(
        withSchema(BILLING),
        withObject(touch),
        withObject({
          kind: "trigger",
          name: `away_${slug}`,
          table: { name: table.name },
          fires: "AFTER INSERT",
          action: "FOR EACH ROW EXECUTE FUNCTION billing.touch()",
        }),
      ),
    ),
  ];
}
