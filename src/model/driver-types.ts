/**
 * What drivers read and accept, per column type, where that is not one plain TypeScript type.
 *
 * PostgreSQL: the parsers `pg` has by default (https://github.com/brianc/node-pg-types). SQLite: better-sqlite3 and
 * node:sqlite, which read and bind numbers, strings, bigints, bytes and null only.
 */
import type { JsonValue } from "../schema/schema.js";

export type InferDialect = "both" | "postgres" | "sqlite";

declare const driverTypes: unique symbol;

export interface ReadWrite<R = unknown, W = unknown> {
  readonly read: R;
  readonly write: W;
}

/** The types of one column: `both` fits code that runs on either database. */
export interface DriverTypes {
  readonly [driverTypes]: true;
  readonly both: ReadWrite;
  readonly postgres: ReadWrite;
  readonly sqlite: ReadWrite;
  /** What `.default(…)` takes besides SQL. */
  readonly literal: unknown;
  /** What `pg` reads from a column that is an array of this type. */
  readonly array: unknown;
}

export interface BigintTypes extends DriverTypes {
  readonly both: ReadWrite<string | number, string | number | bigint>;
  readonly postgres: ReadWrite<string, string | number | bigint>;
  readonly sqlite: ReadWrite<number, number | bigint>;
  readonly literal: string | number | bigint;
  readonly array: string[];
}

export interface NumericTypes extends DriverTypes {
  readonly both: ReadWrite<string | number, string | number>;
  readonly postgres: ReadWrite<string, string | number>;
  readonly sqlite: ReadWrite<number, string | number>;
  readonly literal: string | number;
  readonly array: number[];
}

export interface BooleanTypes extends DriverTypes {
  readonly both: ReadWrite<boolean | number, boolean | number>;
  readonly postgres: ReadWrite<boolean, boolean>;
  readonly sqlite: ReadWrite<number, number>;
  readonly literal: boolean;
  readonly array: boolean[];
}

/** `date`, `timestamp`, `timestamptz`. */
export interface DateTypes extends DriverTypes {
  readonly both: ReadWrite<Date | string, Date | string>;
  readonly postgres: ReadWrite<Date, Date | string>;
  readonly sqlite: ReadWrite<string, string>;
  readonly literal: Date | string;
  readonly array: Date[];
}

/** What `pg` reads from an interval: https://github.com/bendrucker/postgres-interval */
export interface PostgresInterval {
  readonly years?: number;
  readonly months?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
  toPostgres(): string;
  toISO(): string;
}

export interface IntervalTypes extends DriverTypes {
  readonly both: ReadWrite<PostgresInterval | string, string>;
  readonly postgres: ReadWrite<PostgresInterval, PostgresInterval | string>;
  readonly sqlite: ReadWrite<string, string>;
  readonly literal: string;
  readonly array: PostgresInterval[];
}

/** `pg` sends an array as an array of SQL, so JSON that is one goes in as text. */
export type JsonWrite<T> = [T] extends [readonly unknown[]] ? string : Exclude<T, null> | string;

export interface JsonTypes<T = JsonValue> extends DriverTypes {
  readonly both: ReadWrite<T | string, JsonWrite<T>>;
  readonly postgres: ReadWrite<T, JsonWrite<T>>;
  readonly sqlite: ReadWrite<string, string>;
  /** Text is taken as JSON text. */
  readonly literal: T | string;
  readonly array: T[];
}

/** A `Buffer` from either driver. A literal is PostgreSQL's text, `"\\x00ff"`; `sql` says it for SQLite. */
export interface BytesTypes extends DriverTypes {
  readonly both: ReadWrite<Uint8Array, Uint8Array>;
  readonly postgres: ReadWrite<Uint8Array, Uint8Array>;
  readonly sqlite: ReadWrite<Uint8Array, Uint8Array>;
  readonly literal: string;
  readonly array: Uint8Array[];
}

/** Text of which `pg` does not parse arrays: enums, bit strings, ranges, … */
export interface TextTypes<T extends string = string> extends DriverTypes {
  readonly both: ReadWrite<T, T>;
  readonly postgres: ReadWrite<T, T>;
  readonly sqlite: ReadWrite<T, T>;
  readonly literal: T;
  readonly array: string;
}

/** SQLite has no arrays: whatever holds them there is text. */
export interface ArrayTypes<V> extends DriverTypes {
  readonly both: ReadWrite<ArrayRead<V> | string, ArrayWrite<V> | string>;
  readonly postgres: ReadWrite<ArrayRead<V>, ArrayWrite<V>>;
  readonly sqlite: ReadWrite<string, string>;
  /** Text is taken as PostgreSQL writes arrays: `"{1,2}"`. */
  readonly literal: readonly ArrayLiteral<V>[] | string;
  readonly array: [ArrayRead<V>] extends [string] ? string : ArrayRead<V>[];
}
export type ArrayRead<V> = [V] extends [DriverTypes] ? V["array"] : V[];
export type ArrayWrite<V> = readonly ([V] extends [DriverTypes] ? V["postgres"]["write"] : V)[];
export type ArrayLiteral<V> = [V] extends [DriverTypes] ? V["literal"] : V;
