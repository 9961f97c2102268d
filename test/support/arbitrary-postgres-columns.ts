/** Columns of every kind that only PostgreSQL has, and what it has of a column besides its type. */
import type { SchemaObjectDef } from "../../src/schema/objects.js";
import { type ColumnDef, type EnumDef, objectKey, type SchemaDef, type TableDef } from "../../src/schema/schema.js";
import {
  all,
  type Edit,
  HOSTILE,
  onColumns,
  type Part,
  part,
  since,
  slugOf,
  when,
  withColumn,
  withObject,
} from "./arbitrary-parts.js";

const MOOD = { name: 'Mood "s"' };
const AMOUNT = { name: "Amount" };
const ADDRESS = { name: "address" };

/** What every row of the laws holds in them. */
export const POSTGRES_VALUES: Readonly<Record<string, string>> = {
  mood: "'sad'",
  amount: "1",
  home: "ROW(1, 'x')",
  numbers: "'{1,2}'",
  span: "'[1,5)'",
  doc: `'{"a": 1}'`,
  counted: "1",
  day: "'2024-02-29'",
  exact: "1.50",
  [HOSTILE.name]: "'it''s'",
};

const labels = (...values: readonly string[]): EnumDef => ({ ...MOOD, values });

function withEnum(definition: EnumDef): Edit {
  return (schema) => ({ ...schema, enums: { [objectKey(definition)]: definition, ...schema.enums } });
}

/** Types, each in the ways in which it can be while columns are made of it. */
export function typeParts(): readonly Part[] {
  const domain = (more: Partial<SchemaObjectDef>): Edit =>
    withObject({ kind: "domain", ...AMOUNT, type: { name: "integer" }, checks: [], ...more } as SchemaObjectDef);
  const address = (more: object): Edit =>
    withObject({ kind: "compositeType", ...ADDRESS, columns: ADDRESS_COLUMNS, ...more });
  return [
    part(
      withEnum(labels("sad", "it's", 'a "b"')),
      withEnum(labels("first", "sad", "it's")),
      withEnum({ ...labels("sad", HOSTILE.texts[0], "$$"), comment: HOSTILE.texts[1] }),
    ),
    part(
      domain({ checks: [{ name: "above", expression: "VALUE > 0", comment: HOSTILE.texts[0] }] }),
      domain({ default: "7", checks: [{ name: "above", expression: "VALUE > -1" }] }),
      domain({ comment: HOSTILE.texts[2], checks: [{ name: "not valid", expression: "VALUE <> 9", notValid: true }] }),
    ),
    part(
      address({ comment: HOSTILE.texts[0] }),
      address({ columns: ADDRESS_COLUMNS.map((it) => ({ ...it, comment: "so" })) }),
    ),
  ];
}

const ADDRESS_COLUMNS = [
  { name: "number", type: { name: "integer" } },
  { name: "select", type: { name: "text" } },
] as const;

/** A column, with its type where nobody has drawn it. */
function typed(table: TableDef, column: ColumnDef): Edit {
  return all(
    (schema) => (objectKey(MOOD) in schema.enums ? schema : withEnum(labels("sad"))(schema)),
    (schema) =>
      `domain:${AMOUNT.name}` in schema.objects
        ? schema
        : withObject({ kind: "domain", ...AMOUNT, type: { name: "integer" }, checks: [] })(schema),
    (schema) =>
      `compositeType:${ADDRESS.name}` in schema.objects
        ? schema
        : withObject({ kind: "compositeType", ...ADDRESS, columns: ADDRESS_COLUMNS })(schema),
    withColumn(table, column),
  );
}

export function columnParts(table: TableDef): readonly Part[] {
  const column = (name: string, type: ColumnDef["type"], more: Partial<ColumnDef> = {}): Edit =>
    withColumn(table, { name, type, nullable: true, ...more });
  const mood = { name: "enum", object: MOOD } as const;
  const literal = (value: string) => ({ kind: "literal", value }) as const;
  const sql = (text: string) => ({ kind: "sql", text }) as const;
  const counter = `own_${slugOf(table)}`;
  // Such a sequence follows its table when that becomes unlogged, and does not when it is made for an unlogged one.
  const isLogged = (schema: SchemaDef) => schema.tables[objectKey(table)]?.options?.postgres?.unlogged !== true;
  const sequence = {
    kind: "sequence",
    name: counter,
    ownedBy: { table: { name: table.name }, column: "counted" },
  } as const;
  const owned = (more: object): Edit =>
    when(
      isLogged,
      all(
        column("counted", { name: "bigint" }, { default: sql(`nextval('${counter}'::regclass)`) }),
        withObject({ ...sequence, ...more }),
      ),
    );
  return [
    part(
      typed(table, { name: "mood", type: mood, nullable: true }),
      typed(table, { name: "mood", type: mood, nullable: false, default: literal("sad") }),
    ),
    part(
      typed(table, { name: "amount", type: { name: "domain", object: AMOUNT }, nullable: true }),
      typed(table, { name: "amount", type: { name: "domain", object: AMOUNT }, nullable: true, default: sql("3") }),
    ),
    part(typed(table, { name: "home", type: { name: "custom", text: "address" }, nullable: true })),
    part(
      column("numbers", { name: "array", element: { name: "integer" } }),
      column(
        "numbers",
        { name: "array", element: { name: "integer" } },
        { nullable: false, default: sql("'{}'::integer[]") },
      ),
    ),
    part(
      column("span", { name: "int4range" }),
      column("doc", { name: "jsonb" }, { nullable: false, default: sql(`'{"b": [1, "it''s"]}'::jsonb`) }),
      column("day", { name: "date" }, { default: sql("CURRENT_DATE") }),
      column("exact", { name: "numeric", args: [12, 2] }, { default: sql("1.50") }),
    ),
    part(
      column(HOSTILE.name, { name: "text" }, { comment: HOSTILE.texts[0] }),
      column(HOSTILE.name, { name: "text" }, { nullable: false, default: literal(HOSTILE.texts[1]) }),
      column(HOSTILE.name, { name: "text" }, { collation: "C", comment: HOSTILE.texts[2] }),
    ),
    part(owned({}), owned({ increment: 3, comment: HOSTILE.texts[0] })),
    part(
      column("made", { name: "integer" }, { generated: { expression: '"id" + 1', stored: true } }),
      column("made", { name: "integer" }, { generated: { expression: '"id" * 2', stored: true }, comment: "made" }),
      column("made", { name: "text" }, { generated: { expression: `'it''s ' || "id"::text`, stored: true } }),
    ),
    since(180_000, column("told", { name: "integer" }, { generated: { expression: '"id" + 1', stored: false } })),
    part(
      onText(table, () => ({ collation: "C" })),
      onText(table, () => ({ postgres: { storage: "external", statistics: 7 } })),
      onText(table, () => ({ comment: HOSTILE.texts[1], postgres: { parameters: { n_distinct: 3 } } })),
    ),
    since(
      140_000,
      onText(table, () => ({ postgres: { compression: "pglz" } })),
    ),
  ];
}

function onText(table: TableDef, more: () => Partial<ColumnDef>): Edit {
  const isText = ({ name, generated }: ColumnDef) => generated === undefined && (name === "b" || name === "naïve");
  return onColumns(table, (column) =>
    isText(column) && (column.type.name === "text" || column.type.name === "varchar")
      ? { ...column, ...more() }
      : column,
  );
}
