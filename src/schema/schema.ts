/**
 * The neutral structure of a database: plain frozen data, names as keys, no back-pointers.
 *
 * Two roads lead here: models (`model/`) and a database (`the dialects`). Everything that compares, plans or
 * replays works on it. An absent optional key means "not there"; no key ever holds `undefined`, so two structures are
 * equal exactly when their JSON is.
 */

import { quoteName } from "../util/quote.js";
import type { CheckDef, ExcludeDef, ForeignKeyDef, IndexDef, PrimaryKeyDef, UniqueDef } from "./constraints.js";
import type { SchemaObjectDef } from "./objects.js";
import type { OwnerDef, PrivilegeDef } from "./privileges.js";
import type { ColumnStorage, NotNullDef, PartitionOf, StorageParameters, TableOptions } from "./table-options.js";

export type * from "./constraints.js";

export type {
  ColumnStorage,
  NotNullDef,
  PartitionOf,
  PostgresTableOptions,
  StorageParameters,
  TableOptions,
} from "./table-options.js";

export type DialectName = "sqlite" | "postgres";

export interface SchemaDef {
  /** By {@link objectKey}. */
  readonly tables: Readonly<Record<string, TableDef>>;
  readonly enums: Readonly<Record<string, EnumDef>>;
  readonly views: Readonly<Record<string, ViewDef>>;
  /** Everything else, by `refKey` of `objects.ts`. */
  readonly objects: Readonly<Record<string, SchemaObjectDef>>;
  /** Named schemas besides the default one, sorted. Always empty on SQLite. */
  readonly schemas: readonly string[];
  /** By name, of those that have one. */
  readonly schemaComments?: Readonly<Record<string, string>>;
  /** By `privilegeKey` of `privileges.ts`. Absent: nobody asked. */
  readonly privileges?: Readonly<Record<string, PrivilegeDef>>;
  /** By `targetKey` of `privileges.ts`. Absent: nobody asked. */
  readonly owners?: Readonly<Record<string, OwnerDef>>;
}

/** `schema` is absent for the default schema of the connection. */
export interface ObjectName {
  readonly name: string;
  readonly schema?: string;
}

export interface TableDef extends ObjectName {
  readonly columns: readonly ColumnDef[];
  readonly primaryKey?: PrimaryKeyDef;
  readonly uniques: readonly UniqueDef[];
  readonly foreignKeys: readonly ForeignKeyDef[];
  readonly checks: readonly CheckDef[];
  readonly indexes: readonly IndexDef[];
  /** PostgreSQL, which has them; never empty. */
  readonly excludes?: readonly ExcludeDef[];
  readonly comment?: string;
  readonly options?: TableOptions;
  /** PostgreSQL: holds the rows of another table within these bounds. Its columns are those of that table. */
  readonly partitionOf?: PartitionOf;
  /** PostgreSQL: tables whose columns it has besides its own; never empty. */
  readonly inherits?: readonly ObjectName[];
  /** PostgreSQL: policies decide which rows are seen, for the owner as well where it is forced. */
  readonly rowSecurity?: RowSecurity;
  /** Wanted side only: the name this table had before. */
  readonly renamedFrom?: string;
  /** Wanted side only: what makes way for a change of types and comes back, since the server would put it in other words. */
  readonly rewritten?: readonly RewrittenPart[];
}

export interface RewrittenPart {
  readonly kind: "check" | "index" | "exclude" | "generated";
  readonly name: string;
}

export interface RowSecurity {
  readonly enabled?: true;
  readonly forced?: true;
}

export interface ColumnDef {
  readonly name: string;
  readonly type: TypeDef;
  /** False for primary key columns. */
  readonly nullable: boolean;
  readonly default?: DefaultDef;
  readonly identity?: IdentityDef;
  readonly generated?: { readonly expression: string; readonly stored: boolean };
  readonly collation?: string;
  readonly comment?: string;
  readonly sqlite?: SqliteColumn;
  /** PostgreSQL: how its values are kept. */
  readonly postgres?: ColumnStorage;
  /** PostgreSQL 18: what is unusual about its NOT NULL. */
  readonly notNull?: NotNullDef;
  /** It comes from the table's parent, and is named here since something about it differs there. */
  readonly inherited?: true;
  /** Wanted side only: the name this column had before. */
  readonly renamedFrom?: string;
}

/** What only SQLite has of a column. */
export interface SqliteColumn {
  /**
   * Of a primary key column: does it say NOT NULL? Absent: it does, unless it is the rowid. SQLite lets the columns of
   * other keys hold NULL where nothing is said.
   */
  readonly notNull?: boolean;
  /** The name of its NOT NULL. */
  readonly notNullName?: string;
  /** ON CONFLICT of its NOT NULL, upper case. Absent: ABORT. */
  readonly notNullConflict?: string;
}

/**
 * A column type in the words of the models. `name` is one of {@link TYPE_NAMES}.
 * `args` are its modifiers (`varchar(50)` → `[50]`, `numeric(12, 2)` → `[12, 2]`).
 * `array` has `element`; `enum` and `domain` have `object`; `custom` has `text`, the SQL as written.
 */
export interface TypeDef {
  readonly name: TypeName;
  readonly args?: readonly number[];
  readonly element?: TypeDef;
  readonly object?: ObjectName;
  readonly text?: string;
}

export const TYPE_NAMES = [
  "smallint",
  "integer",
  "bigint",
  "serial",
  "bigserial",
  "numeric",
  "real",
  "doublePrecision",
  "boolean",
  "varchar",
  "char",
  "text",
  "uuid",
  "date",
  "time",
  "timetz",
  "timestamp",
  "timestamptz",
  "interval",
  "json",
  "jsonb",
  "bytea",
  "blob",
  "inet",
  "cidr",
  "macaddr",
  "bit",
  "varbit",
  "tsvector",
  "tsquery",
  "xml",
  "money",
  "int4range",
  "int8range",
  "numrange",
  "tsrange",
  "tstzrange",
  "daterange",
  "array",
  "enum",
  "domain",
  "custom",
] as const;
export type TypeName = (typeof TYPE_NAMES)[number];

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What fills a column that an insert leaves out: a value, the current time, or an SQL expression as written. */
export type DefaultDef =
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "now" }
  | { readonly kind: "sql"; readonly text: string };

/** `reuseIds: false` is SQLite's AUTOINCREMENT: ids of deleted rows are never given again. PostgreSQL never reuses. */
export interface IdentityDef {
  readonly generation: "byDefault" | "always";
  readonly reuseIds?: false;
  readonly start?: number;
  readonly increment?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly cache?: number;
  readonly cycle?: boolean;
}

export interface EnumDef extends ObjectName {
  readonly values: readonly string[];
  readonly comment?: string;
  /** Wanted side only: old value to new value. */
  readonly renamedValues?: Readonly<Record<string, string>>;
  /** Wanted side only: the name it had before, with its schema if that was another. */
  readonly renamedFrom?: string;
}

export interface ViewDef extends ObjectName {
  /** As of an enum. */
  readonly renamedFrom?: string;
  /** The query, without a trailing semicolon. */
  readonly definition: string;
  /** Names for what the query gives: `CREATE VIEW v (a, b) AS …`. Absent: the query's own. */
  readonly columns?: readonly string[];
  readonly comment?: string;
  /** PostgreSQL: `security_barrier`, `security_invoker`, `check_option`. */
  readonly options?: StorageParameters;
  readonly columnComments?: Readonly<Record<string, string>>;
  /** PostgreSQL: SQL that fills a column which an insert into the view leaves out. */
  readonly columnDefaults?: Readonly<Record<string, string>>;
  /** PostgreSQL, on the wanted side: another query that gives the columns of the present one, names and types. */
  readonly sameColumns?: true;
}

export const EMPTY_SCHEMA: SchemaDef = Object.freeze({ tables: {}, enums: {}, views: {}, objects: {}, schemas: [] });

/**
 * The key of an object in {@link SchemaDef}: `users`, `billing.invoices`. Parts that hold a dot or a quote are quoted, and
 * those that every object of JavaScript answers to, such as `constructor`.
 */
export function objectKey(object: ObjectName): string {
  const name = keyPart(object.name);
  return object.schema === undefined ? name : `${keyPart(object.schema)}.${name}`;
}

/** The name that {@link objectKey} gives this key. */
export function nameOfKey(key: string): ObjectName {
  const parts = [...key.matchAll(/"((?:[^"]|"")*)"|[^".]+/g)].map(
    ([text, quoted]) => quoted?.replaceAll('""', '"') ?? text,
  );
  const [first = key, second] = parts;
  return second === undefined ? { name: first } : { name: second, schema: first };
}

function keyPart(text: string): string {
  return text.includes(".") || text.includes('"') || text in Object.prototype ? quoteName(text) : text;
}

/** Just the name part of any object that has one. */
export function objectName(object: ObjectName): ObjectName {
  return object.schema === undefined ? { name: object.name } : { name: object.name, schema: object.schema };
}

/** How people read it: `billing.invoices`. */
export function displayName(object: ObjectName): string {
  return object.schema === undefined ? object.name : `${object.schema}.${object.name}`;
}

const OWN = { configurable: true, enumerable: true, writable: true };

/** Drops keys that hold `undefined`, so that "not given" and "not there" are one thing. */
export function compact<T extends object>(object: T): Compacted<T> {
  const keys = Object.keys(object);
  const values = object as Readonly<Record<string, unknown>>;
  if (keys.every((key) => values[key] !== undefined)) return object as Compacted<T>;
  const kept: Record<string, unknown> = {};
  for (const key of keys) {
    const value = values[key];
    if (value === undefined) continue;
    // Plainly set, it would not become a key of its own.
    if (key === "__proto__") Object.defineProperty(kept, key, { ...OWN, value });
    else kept[key] = value;
  }
  return kept as Compacted<T>;
}
type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];
export type Compacted<T> = { [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  [K in OptionalKeys<T>]?: Exclude<T[K], undefined>;
};

/** Structural equality of schema data: same JSON after sorting keys. */
export function sameDef(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys) {
    const value = (a as Record<string, unknown>)[key];
    const other = (b as Record<string, unknown>)[key];
    if (!Object.hasOwn(b, key) || (value !== other && !sameDef(value, other))) return false;
  }
  return true;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!sameDef(a[at], b[at])) return false;
  return true;
}

export function findColumn(table: TableDef, name: string): ColumnDef | undefined {
  return table.columns.find((column) => column.name === name);
}
