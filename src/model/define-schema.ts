/** An optional list of the models, which lets the compiler look up every foreign key's target. */
import { wholeBrand } from "./brand.js";
import type { Column } from "./column.js";
import type { NamespaceKeys } from "./infer-database.js";
import type { Table } from "./table.js";

/**
 * The models as they are; a foreign key to a table or column that is not among them does not compile, and the error
 * shows the target under `"unknown foreign key target"`. Loading checks the same again.
 *
 * A list without tables says that there shall be none; without any list, models without tables are taken for a mistake.
 *
 * @example
 * export default defineSchema({ users, userRoles });
 */
export function defineSchema<M extends object>(models: M & CheckedTargets<M>): M {
  return Object.freeze(Object.defineProperty({ ...models }, wholeBrand, { value: true }));
}

export type CheckedTargets<M> = [UnknownTargets<M>] extends [never]
  ? unknown
  : { readonly "unknown foreign key target": UnknownTargets<M> };

export type UnknownTargets<M> = Exclude<ReferencedTargets<TablesIn<M>>, ExistingTargets<TablesIn<M>>>;

/** Every table in the object, those in nested namespaces too, as a union. */
export type TablesIn<M> =
  | { [K in keyof M]: M[K] extends Table<any, any> ? M[K] : never }[keyof M]
  | { [K in NamespaceKeys<M>]: TablesIn<M[K]> }[NamespaceKeys<M>];

export type ExistingTargets<T> = T extends Table<infer N, infer C> ? `${N}.${keyof C & string}` : never;

export type ReferencedTargets<T> =
  T extends Table<any, infer C>
    ? { [K in keyof C]: C[K] extends Column<any, any, any, infer R> ? R : never }[keyof C]
    : never;
