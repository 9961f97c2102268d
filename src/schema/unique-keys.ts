/** Keys and indexes of a table that a foreign key can lean on, and which of them could stand in for one another. */
import type { TableDef } from "./schema.js";

export interface UniqueKey {
  readonly name: string | null;
  readonly columns: readonly string[];
  readonly withoutOverlaps: boolean;
}

/** Those that hold for every row, as soon as it is written. */
export function uniqueKeys(table: TableDef): readonly UniqueKey[] {
  const constraints = [...(table.primaryKey === undefined ? [] : [table.primaryKey]), ...table.uniques];
  return [
    ...constraints
      .filter(({ deferrable }) => deferrable === undefined)
      .map(({ name, columns, withoutOverlaps }) => ({ name, columns, withoutOverlaps: withoutOverlaps === true })),
    ...table.indexes.flatMap(({ name, unique, where, elements }) => {
      const columns = elements.flatMap(({ column, collation }) => (collation === undefined ? (column ?? []) : []));
      const isWhole = unique && where === undefined && columns.length === elements.length;
      return isWhole ? [{ name, columns, withoutOverlaps: false }] : [];
    }),
  ];
}

/** Does a foreign key to the one find in the other what it needs? */
export function isTwin(a: UniqueKey, b: UniqueKey): boolean {
  return a.withoutOverlaps === b.withoutOverlaps && sameColumns(a.columns, b.columns);
}

/** In whatever order. */
export function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((column) => b.includes(column));
}
