/** From the catalog's rows to the structure of one table. */
import {
  type CheckDef,
  type ColumnDef,
  compact,
  type DefaultDef,
  type Deferrable,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IdentityDef,
  type ObjectName,
  type PrimaryKeyDef,
  type TableDef,
  type TableOptions,
  type TypeDef,
  type UniqueDef,
} from "../../schema/schema.js";
import { type Catalog, commentKey, vector } from "./catalog.js";
import type { ColumnRow, ConstraintRow, RelationRow, SequenceRow, TypeRow } from "./catalog-queries.js";
import { parseDefault } from "./defaults.js";
import { readIndex } from "./read-index.js";
import { onOneLine, withoutOuterParentheses } from "./sql-text.js";
import { parseType } from "./types.js";

/** Gives a name its schema, unless it is the default one. */
export type NameOf = (schema: string, name: string) => ObjectName;

/** The columns of one table by their number. */
export type ColumnsByNumber = ReadonlyMap<number, ColumnRow>;

export function readTable(row: RelationRow, catalog: Catalog, nameOf: NameOf): TableDef {
  const [oid, schema, name] = row;
  const columns = catalog.columns.get(oid) ?? [];
  const numbered: ColumnsByNumber = new Map(columns.map((column) => [column[1], column]));
  const constraints = catalog.constraints.get(oid) ?? [];
  const ofKind = (kind: ConstraintRow[2]) => constraints.filter((constraint) => constraint[2] === kind);
  const primaryKey = ofKind("p").map((constraint) => readKey(constraint, numbered))[0] as PrimaryKeyDef | undefined;
  return {
    ...nameOf(schema, name),
    columns: columns.map((column) => readColumn(column, catalog, nameOf)),
    uniques: ofKind("u").map((constraint) => readKey(constraint, numbered)),
    foreignKeys: ofKind("f").map((constraint) => readForeignKey(constraint, numbered, nameOf)),
    checks: ofKind("c").map(readCheck),
    indexes: (catalog.indexes.get(oid) ?? []).map((index) => readIndex(index, numbered, catalog)),
    ...compact({
      primaryKey,
      comment: catalog.comments.get(commentKey(oid, 0)),
      options: readOptions(row),
      rowSecurity: readRowSecurity(row),
    }),
  };
}

function readRowSecurity(row: RelationRow): TableDef["rowSecurity"] {
  const [enabled, forced] = row.slice(9) as [boolean, boolean];
  if (!enabled && !forced) return undefined;
  return { ...(enabled ? { enabled: true as const } : {}), ...(forced ? { forced: true as const } : {}) };
}

export function columnNames(numbers: readonly number[], columns: ColumnsByNumber): readonly string[] {
  return numbers.map((number) => columns.get(number)![2]);
}

function readColumn(row: ColumnRow, catalog: Catalog, nameOf: NameOf): ColumnDef {
  const [table, number, name, typeId, typeText, notNull, value, , generated, collation, sequence, isSerial] = row;
  const typeRow = catalog.types.get(typeId)!;
  const [, bareText, isArray, usualCollation, kind, typeName, typeSchema] = typeRow;
  const type = parseType({ text: typeText ?? bareText, isArray, kind, object: nameOf(typeSchema, typeName) });
  const serial = isSerial ? SERIALS[type.name] : undefined;
  const hasDefault = value !== null && serial === undefined && generated === "";
  return {
    name,
    type: serial ?? type,
    nullable: !notNull,
    ...compact({
      default: hasDefault ? readDefault(value, type, typeRow) : undefined,
      identity: sequence === null ? undefined : readIdentity(row, sequence, bareText),
      generated: generated === "" ? undefined : { expression: readExpression(value ?? ""), stored: generated === "s" },
      collation: collation === usualCollation ? undefined : catalog.collations.get(collation),
      comment: catalog.comments.get(commentKey(table, number)),
    }),
  };
}

const SERIALS: Readonly<Record<string, TypeDef>> = { integer: { name: "serial" }, bigint: { name: "bigserial" } };

/** A default of NULL is what a column without one has. */
function readDefault(text: string, type: TypeDef, [, typeName]: TypeRow): DefaultDef | undefined {
  const value = parseDefault(onOneLine(text), type, typeName);
  return value.kind === "literal" && value.value === null ? undefined : value;
}

const LARGEST: Readonly<Record<string, string>> = {
  smallint: "32767",
  integer: "2147483647",
  bigint: "9223372036854775807",
};

/** Only what differs from the server's own choice for the type and direction. */
function readIdentity(row: ColumnRow, sequence: SequenceRow, typeName: string): IdentityDef | undefined {
  const identity = row[7];
  if (identity === "") return undefined;
  const [start, increment, min, max, cache, cycle] = sequence;
  const down = increment.startsWith("-");
  const largest = LARGEST[typeName]!;
  const unless = (value: string, usual: string) => (value === usual ? undefined : Number(value));
  return {
    generation: identity === "a" ? "always" : "byDefault",
    ...compact({
      start: unless(start, down ? max : min),
      increment: unless(increment, "1"),
      minValue: unless(min, down ? `-${BigInt(largest) + 1n}` : "1"),
      maxValue: unless(max, down ? "-1" : largest),
      cache: unless(cache, "1"),
      cycle: cycle ? true : undefined,
    }),
  };
}

function readKey(row: ConstraintRow, columns: ColumnsByNumber): PrimaryKeyDef & UniqueDef {
  const [, name, , key, indexColumns] = row;
  const included = vector(indexColumns ?? "").slice(key!.length);
  return {
    name,
    columns: columnNames(key!, columns),
    ...compact({
      nullsNotDistinct: row[15] ? (true as const) : undefined,
      include: included.length === 0 ? undefined : columnNames(included, columns),
      deferrable: readDeferrable(row),
    }),
  };
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  c: "cascade",
  r: "restrict",
  n: "set null",
  d: "set default",
};

function readForeignKey(row: ConstraintRow, columns: ColumnsByNumber, nameOf: NameOf): ForeignKeyDef {
  const [, name, , key, , schema, target, targetColumns, onDelete, onUpdate, match, , , validated] = row;
  return {
    name,
    columns: columnNames(key!, columns),
    target: nameOf(schema!, target!),
    targetColumns: targetColumns!,
    ...compact({
      onDelete: ACTIONS[onDelete],
      onUpdate: ACTIONS[onUpdate],
      match: match === "f" ? ("full" as const) : undefined,
      deferrable: readDeferrable(row),
      notValid: validated ? undefined : (true as const),
    }),
  };
}

function readDeferrable([, , , , , , , , , , , deferrable, deferred]: ConstraintRow): Deferrable | undefined {
  if (!deferrable) return undefined;
  return deferred ? "deferred" : "immediate";
}

function readCheck([, name, , , , , , , , , , , , validated, noInherit, , expression]: ConstraintRow): CheckDef {
  return {
    name,
    expression: readExpression(expression!),
    ...compact({
      noInherit: noInherit ? (true as const) : undefined,
      notValid: validated ? undefined : (true as const),
    }),
  };
}

function readOptions([, , , , , unlogged, partitionBy, tablespace, storage]: RelationRow): TableOptions | undefined {
  const postgres = compact({
    unlogged: unlogged ? true : undefined,
    partitionBy: partitionBy ?? undefined,
    tablespace: tablespace ?? undefined,
    storage: readStorage(storage),
  });
  return Object.keys(postgres).length === 0 ? undefined : { postgres };
}

/** `fillfactor=70` → `{ fillfactor: 70 }`. */
export function readStorage(
  options: readonly string[] | null,
): Readonly<Record<string, string | number | boolean>> | undefined {
  if (options === null) return undefined;
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf("=");
      return [option.slice(0, at), storageValue(option.slice(at + 1))];
    }),
  );
}

function storageValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

export function readExpression(text: string): string {
  return withoutOuterParentheses(onOneLine(text));
}
