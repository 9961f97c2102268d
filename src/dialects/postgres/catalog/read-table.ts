/** From the catalog's rows to the structure of one table. */
import {
  type CheckDef,
  type ColumnDef,
  type ColumnStorage,
  compact,
  type DefaultDef,
  type Deferrable,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IdentityDef,
  type NotNullDef,
  type ObjectName,
  type PostgresTableOptions,
  type PrimaryKeyDef,
  type TableDef,
  type TableOptions,
  type TypeDef,
  type UniqueDef,
} from "../../../schema/schema.js";
import { notNullNameOf } from "../../../schema/server-names.js";
import { defaultDdl, parseDefault } from "../text/defaults.js";
import { onOneLine, sameSql } from "../text/sql-text.js";
import { parseType } from "../text/types.js";
import { type Catalog, commentKey, vector } from "./catalog.js";
import type { ColumnRow, SequenceRow, TypeRow } from "./catalog-queries.js";
import type { ConstraintRow } from "./constraint-queries.js";
import { readExclude, readIndex } from "./read-index.js";
import { type ColumnsByNumber, columnNames, readExpression, readKeyStorage, readStorage } from "./read-parts.js";
import type { RelationRow } from "./relation-queries.js";

/** Gives a name its schema, unless it is the default one. */
export type NameOf = (schema: string, name: string) => ObjectName;

/** With all columns, whoever they come from. */
export function readTable(row: RelationRow, catalog: Catalog, nameOf: NameOf): TableDef {
  const [oid, schema, name] = row;
  const columns = catalog.columns.get(oid) ?? [];
  const numbered: ColumnsByNumber = new Map(columns.map((column) => [column[1], column]));
  const constraints = catalog.constraints.get(oid) ?? [];
  const ofKind = (kind: ConstraintRow[2]) => constraints.filter((constraint) => constraint[2] === kind);
  const indexes = catalog.indexes.get(oid) ?? [];
  const excludes = indexes.filter((index) => index[17] !== null);
  const primaryKey = ofKind("p").map((constraint) => readKey(constraint, numbered))[0] as PrimaryKeyDef | undefined;
  return {
    ...nameOf(schema, name),
    columns: columns.map((column) => readColumn(name, column, catalog, nameOf)),
    uniques: ofKind("u").map((constraint) => readKey(constraint, numbered)),
    foreignKeys: ofKind("f").map((constraint) => readForeignKey(constraint, numbered, nameOf)),
    checks: ofKind("c").map(readCheck),
    indexes: indexes.filter((index) => index[17] === null).map((index) => readIndex(index, numbered, catalog, nameOf)),
    ...compact({
      primaryKey,
      excludes: excludes.length === 0 ? undefined : excludes.map((index) => readExclude(index, numbered, catalog)),
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

function readColumn(tableName: string, row: ColumnRow, catalog: Catalog, nameOf: NameOf): ColumnDef {
  const [table, number, name, typeId, typeText, notNull, value, , generated, collation, sequence, isSerial] = row;
  const typeRow = catalog.types.get(typeId)!;
  const [, bareText, isArray, usualCollation, kind, typeName, typeSchema] = typeRow;
  const type = parseType({ text: typeText ?? bareText, isArray, kind, object: nameOf(typeSchema, typeName) });
  const serial = isSerial ? SERIALS[type.name] : undefined;
  const hasDefault = value !== null && serial === undefined && generated === "";
  const column: ColumnDef = { name, type: serial ?? type, nullable: !notNull };
  const plain = hasDefault ? { ...column, default: readDefault(value, type, typeRow) } : column;
  const comment = catalog.comments.size === 0 ? undefined : catalog.comments.get(commentKey(table, number));
  const hasMore = sequence !== null || generated !== "" || collation !== usualCollation || comment !== undefined;
  const postgres = readColumnStorage(row[13]);
  const nullFacts = readNotNull(tableName, row);
  // Most columns say no more.
  if (!hasMore && postgres === undefined && nullFacts === undefined) return plain;
  return compact({
    ...plain,
    identity: sequence === null ? undefined : readIdentity(row, sequence, bareText),
    generated: generated === "" ? undefined : { expression: readExpression(value ?? ""), stored: generated === "s" },
    collation: collation === usualCollation ? undefined : catalog.collations.get(collation),
    comment,
    postgres,
    notNull: nullFacts,
  });
}

const STORAGES = { p: "plain", e: "external", x: "extended", m: "main" } as const;
const COMPRESSIONS = { p: "pglz", l: "lz4" } as const;

function readColumnStorage(row: ColumnRow[13]): ColumnStorage | undefined {
  if (row === null) return undefined;
  const [storage, compression, statistics, options] = row;
  return compact({
    storage: storage === null ? undefined : STORAGES[storage],
    compression: compression === null ? undefined : COMPRESSIONS[compression],
    statistics: statistics ?? undefined,
    parameters: readStorage(options),
  });
}

function readNotNull(table: string, row: ColumnRow): NotNullDef | undefined {
  if (row[14] === null) return undefined;
  const [name, noInherit, notValid] = row.slice(14) as [string, boolean, boolean];
  const unusual = compact({
    name: name === notNullNameOf(table, row[2]) ? undefined : name,
    noInherit: noInherit ? (true as const) : undefined,
    notValid: notValid ? (true as const) : undefined,
  });
  return Object.keys(unusual).length === 0 ? undefined : unusual;
}

const SERIALS: Readonly<Record<string, TypeDef>> = { integer: { name: "serial" }, bigint: { name: "bigserial" } };

/** Words that mean the same as others (`CURRENT_TIMESTAMP`, `0.0`, a typed NULL) are kept, so that a copy has them too. */
function readDefault(text: string, type: TypeDef, [, typeName]: TypeRow): DefaultDef {
  const expression = onOneLine(text);
  const value = parseDefault(expression, type, typeName);
  const isNumber = value.kind === "literal" && typeof value.value === "number" && !expression.includes("'");
  const isOtherWord = (value.kind === "now" || isNumber) && !sameSql(expression, defaultDdl(value, type));
  return isOtherWord || (value.kind === "literal" && value.value === null) ? { kind: "sql", text: expression } : value;
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
      withoutOverlaps: row[19] ? (true as const) : undefined,
      ...readKeyStorage(row[20], row[21]),
      comment: row[22] ?? undefined,
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
  const [onDeleteColumns, enforced, period, , , comment] = row.slice(17) as unknown as ConstraintTail;
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
      // What is not enforced counts as not validated too.
      notValid: validated || !enforced ? undefined : (true as const),
      onDeleteColumns: onDeleteColumns === null ? undefined : columnNames(onDeleteColumns, columns),
      notEnforced: enforced ? undefined : (true as const),
      period: period ? (true as const) : undefined,
      comment: comment ?? undefined,
    }),
  };
}

function readDeferrable([, , , , , , , , , , , deferrable, deferred]: ConstraintRow): Deferrable | undefined {
  if (!deferrable) return undefined;
  return deferred ? "deferred" : "immediate";
}

type ConstraintTail = readonly [
  onDeleteColumns: readonly number[] | null,
  enforced: boolean,
  period: boolean,
  storage: readonly string[] | null,
  tablespace: string | null,
  comment: string | null,
];

function readCheck(row: ConstraintRow): CheckDef {
  const [, name, , , , , , , , , , , , validated, noInherit, , expression] = row;
  const [, enforced, , , , comment] = row.slice(17) as unknown as ConstraintTail;
  return {
    name,
    expression: readExpression(expression!),
    ...compact({
      noInherit: noInherit ? (true as const) : undefined,
      notValid: validated || !enforced ? undefined : (true as const),
      notEnforced: enforced ? undefined : (true as const),
      comment: comment ?? undefined,
    }),
  };
}

function readOptions(row: RelationRow): TableOptions | undefined {
  const [, , , , , unlogged, partitionBy, tablespace, storage, , , toast, accessMethod, , , clusterOn] = row;
  const toastStorage = toast?.map((option) => `toast.${option}`) ?? [];
  const parameters = [...(storage ?? []), ...toastStorage];
  const postgres = compact({
    unlogged: unlogged ? true : undefined,
    partitionBy: partitionBy ?? undefined,
    tablespace: tablespace ?? undefined,
    ofType: row[18] ?? undefined,
    storage: readStorage(parameters.length === 0 ? null : parameters),
    accessMethod: accessMethod ?? undefined,
    replicaIdentity: readReplicaIdentity(row),
    clusterOn: clusterOn ?? undefined,
  });
  return Object.keys(postgres).length === 0 ? undefined : { postgres };
}

function readReplicaIdentity(row: RelationRow): PostgresTableOptions["replicaIdentity"] {
  const [identity, index] = row.slice(13) as [RelationRow[13], RelationRow[14]];
  if (identity === "i") return index === null ? "nothing" : { index };
  return identity === "f" ? "full" : identity === "n" ? "nothing" : undefined;
}

/** Undefined where there are none. */
export function columnComments(
  rows: readonly (readonly [column: string, comment: string | null])[],
): Readonly<Record<string, string>> | undefined {
  const said = rows.flatMap(([column, comment]) => (comment === null ? [] : [[column, comment] as const]));
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
