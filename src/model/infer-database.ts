/** Kysely's `Database` type from a models module, without any generated code. */
import type { ColumnType, Generated, GeneratedAlways } from "kysely";
import type { Column, Filling, Nullability } from "./column.js";
import type { DriverTypes, InferDialect } from "./driver-types.js";
import type { EnumType } from "./enum-type.js";
import type { PgSchema, Table } from "./table.js";
import type { View } from "./view.js";

/**
 * The `Database` type of Kysely for every table and view a module exports, nested namespaces and `defineSchema` too.
 *
 * `D` is `"postgres"`, `"sqlite"`, or `"both"`: then a value has every type that one of the drivers reads.
 * Write it as an interface, which checks ten times faster on large schemas than a type alias.
 *
 * @example
 * import type * as models from "./models.js";
 * export interface DB extends InferDatabase<typeof models> {}
 */
export type InferDatabase<M, D extends InferDialect = "both"> = [NamespaceKeys<M>] extends [never]
  ? InferTables<M, D>
  : InferTables<M, D> & Intersection<NestedTables<M, D>>;

export type InferTables<M, D extends InferDialect> = {
  [K in keyof M as TableKey<M[K]>]: InferRow<M[K], D>;
};

export type TableKey<T> = T extends Table<infer N, any> ? N : T extends View<infer N, any> ? N : never;

/** The row of one table or view, as Kysely wants it in `Database`. */
export type InferRow<T, D extends InferDialect = "both"> =
  T extends Table<any, infer C>
    ? { -readonly [K in keyof C]: InferColumn<C[K], D> }
    : T extends View<any, infer R>
      ? R
      : never;

export type InferColumn<C, D extends InferDialect> =
  C extends Column<infer V, infer N, infer G, any>
    ? [V] extends [DriverTypes]
      ? DriverColumn<V[D]["read"], V[D]["write"], N, G>
      : [V] extends [ColumnType<infer R, infer I, infer U>]
        ? ColumnType<OrNull<R, N>, FilledInsert<OrNull<I, N>, G>, G extends "always" ? never : OrNull<U, N>>
        : PlainColumn<OrNull<V, N>, G>
    : never;

export type DriverColumn<R, W, N extends Nullability, G extends Filling> = [R, W] extends [W, R]
  ? PlainColumn<OrNull<R, N>, G>
  : G extends "always"
    ? GeneratedAlways<OrNull<R, N>>
    : ColumnType<OrNull<R, N>, FilledInsert<OrNull<W, N>, G>, OrNull<W, N>>;

export type PlainColumn<V, G extends Filling> = G extends "plain"
  ? V
  : G extends "default"
    ? Generated<V>
    : GeneratedAlways<V>;

export type OrNull<V, N extends Nullability> = N extends "nullable" ? V | null : V;
export type FilledInsert<W, G extends Filling> = G extends "plain" ? W : G extends "default" ? W | undefined : never;

/** The keys under which a module holds a namespace of further models. */
export type NamespaceKeys<M> = {
  [K in keyof M]: M[K] extends NoNamespace ? never : M[K] extends object ? K : never;
}[keyof M];
export type NoNamespace =
  | Table<any, any>
  | View<any, any>
  | EnumType<any>
  | PgSchema<any>
  | Column<any, any, any, any>
  | readonly unknown[]
  | ((...args: any) => unknown);

export type NestedTables<M, D extends InferDialect> = {
  [K in NamespaceKeys<M>]: [InferDatabase<M[K], D>];
}[NamespaceKeys<M>];

/** Of a union of one-element tuples the intersection of what is in them. */
export type Intersection<T> = (T extends [infer E] ? (value: E) => void : never) extends (value: infer I) => void
  ? I
  : never;
