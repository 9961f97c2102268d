/** What changed in the columns of a table that is on both sides. */
import { columnChanges } from "../operations/alter-column.js";
import type { Operation } from "../operations/operation.js";
import { type ColumnDef, findColumn, objectName, sameDef, type TableDef } from "../schema/schema.js";

export interface ColumnOperations {
  readonly added: readonly Operation[];
  readonly altered: readonly Operation[];
  readonly dropped: readonly Operation[];
}

export function diffColumns(from: TableDef, to: TableDef): ColumnOperations {
  const table = objectName(to);
  const added = to.columns
    .filter((column) => findColumn(from, column.name) === undefined)
    .map((column): Operation => ({ kind: "addColumn", table, column: plainColumn(column) }));
  const altered = to.columns.flatMap((column): readonly Operation[] => {
    const before = findColumn(from, column.name);
    const changes = before === undefined ? null : columnChanges(before, column, sameDef);
    return changes === null ? [] : [{ kind: "alterColumn", table, column: column.name, changes }];
  });
  const dropped = from.columns
    .filter((column) => findColumn(to, column.name) === undefined)
    .map((column): Operation => ({ kind: "dropColumn", table, column: column.name }));
  return { added, altered, dropped };
}

/** Without what only the wanted side knows. */
export function plainColumn(column: ColumnDef): ColumnDef {
  const { renamedFrom: _hint, ...rest } = column;
  return rest;
}
