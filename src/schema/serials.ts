/** SERIAL is no type: the server makes an integer, a sequence that belongs to the column, and a default that calls it. */
import { quoteName, quoteText } from "../util/quote.js";
import { putObject } from "./edit-objects.js";
import { getTable, putTable, sameObject } from "./edit-schema.js";
import { wholeTable } from "./inheritance.js";
import { type ObjectRef, refKey, type SequenceDef } from "./objects.js";
import {
  type ColumnDef,
  type DefaultDef,
  findColumn,
  type ObjectName,
  objectName,
  type SchemaDef,
  type TableDef,
  type TypeDef,
} from "./schema.js";
import { objectNameOf } from "./server-names.js";

export function isSerial(type: TypeDef): boolean {
  return type.name === "serial" || type.name === "bigserial";
}

/** The type of the column that SERIAL and BIGSERIAL make. */
export function withoutSerial(type: TypeDef): TypeDef {
  if (type.name === "serial") return { name: "integer" };
  return type.name === "bigserial" ? { name: "bigint" } : type;
}

/** The sequence that the server makes for the column. */
export function serialSequence(table: ObjectName, { name, type }: ColumnDef): SequenceDef {
  return {
    kind: "sequence",
    ...objectName(table),
    name: serialSequenceName(table.name, name),
    ...(withoutSerial(type).name === "integer" ? { type: "integer" as const } : {}),
    ownedBy: { table: objectName(table), column: name },
  };
}

export function serialSequenceName(table: string, column: string): string {
  return objectNameOf(table, column, "seq");
}

/** As the server would name the sequence; a number follows where that is taken. */
export function isSerialSequenceName(name: string, table: string, column: string): boolean {
  const usual = serialSequenceName(table, column);
  return name.startsWith(usual) && /^\d*$/.test(name.slice(usual.length));
}

/** `nextval('billing.invoices_id_seq'::regclass)`. */
export function nextValueOf({ name, schema }: ObjectName): DefaultDef {
  const part = (text: string) => (/^[a-z_][a-z0-9_]*$/.test(text) ? text : quoteName(text));
  const path = [schema, name].flatMap((text) => (text === undefined ? [] : [part(text)])).join(".");
  return { kind: "sql", text: `nextval(${quoteText(path)}::regclass)` };
}

const NEXT_VALUE =
  /^\(*\s*(?:pg_catalog\s*\.\s*)?nextval\s*\(\s*\(*'((?:[^']|'')*)'(?:\s*::\s*(?:pg_catalog\s*\.\s*)?(?:regclass|text))*\s*\)+\s*$/i;
const PARTS = /^(?:"(?:[^"]|"")+"|[^".\s]+)(?:\.(?:"(?:[^"]|"")+"|[^".\s]+))?$/;

/** The sequence whose next value the default is, and nothing else. */
export function calledSequence(value: DefaultDef | null | undefined): ObjectName | null {
  const path = value?.kind === "sql" ? NEXT_VALUE.exec(value.text)?.[1]?.replaceAll("''", "'").trim() : undefined;
  if (path === undefined || !PARTS.test(path)) return null;
  const parts = (path.match(/"(?:[^"]|"")+"|[^".]+/g) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );
  const [first, second] = parts;
  return second === undefined ? { name: first! } : { schema: first!, name: second };
}

/** The schema with a serial column as what it is made of; the sequence gets this name. */
export function spellSerial(schema: SchemaDef, table: TableDef, column: ColumnDef, name?: string): SchemaDef {
  const usual = serialSequence(table, column);
  const sequence = name === undefined ? usual : { ...usual, name };
  const spelled = { ...column, type: withoutSerial(column.type), default: nextValueOf(sequence) };
  const columns = table.columns.map((other) => (other.name === column.name ? spelled : other));
  return putObject(putTable(schema, { ...table, columns }), sequence);
}

/** The same, where a sequence is named that only a serial column can be the owner of. */
export function withSequence(schema: SchemaDef, ref: ObjectRef): SchemaDef {
  if (ref.kind !== "sequence" || refKey(ref) in schema.objects) return schema;
  for (const table of Object.values(schema.tables)) {
    if (table.schema !== ref.schema) continue;
    const isIts = ({ name, type }: ColumnDef) => isSerial(type) && isSerialSequenceName(ref.name, table.name, name);
    const column = table.columns.find(isIts);
    if (column !== undefined) return spellSerial(schema, table, column, ref.name);
  }
  return schema;
}

/**
 * The same, where a change of the column is about a part of it: another default, or another type for a column that its
 * sequence goes on to number. Another type alone takes sequence and default away.
 */
export function withSerialSpelled(
  schema: SchemaDef,
  place: ObjectName,
  columnName: string,
  changes: { readonly type?: TypeDef; readonly default?: DefaultDef | null },
): SchemaDef {
  const table = getTable(schema, place);
  const column = table === undefined ? undefined : findColumn(wholeTable(schema, table), columnName);
  if (table === undefined || column === undefined || !isSerial(column.type)) return schema;
  if (changes.default === undefined || (changes.type !== undefined && isSerial(changes.type))) return schema;
  const called = calledSequence(changes.default);
  const isOther =
    called === null || called.schema !== table.schema || refKey({ kind: "sequence", ...called }) in schema.objects;
  if (isOther) return changes.type === undefined ? spellSerial(schema, table, column) : schema;
  return spellSerial(schema, table, column, called.name);
}

/** Does the sequence belong to the column? */
export function isSequenceOf({ ownedBy }: SequenceDef, table: ObjectName, column: string): boolean {
  return ownedBy !== undefined && ownedBy.column === column && sameObject(ownedBy.table, table);
}
