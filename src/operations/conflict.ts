import { OperationConflictError } from "../errors.js";
import { getTable } from "../schema/edit-schema.js";
import {
  type ColumnDef,
  displayName,
  findColumn,
  type ObjectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";

/** The sentence for an operation that has no place in the schema it meets. */
export function conflict(operation: string, reason: string, hint?: string): OperationConflictError {
  return new OperationConflictError(`cannot ${operation}: ${reason}`, { operation, hint });
}

export function requireTable(schema: SchemaDef, table: ObjectName, operation: string): TableDef {
  const found = getTable(schema, table);
  if (found === undefined) throw conflict(operation, `there is no table '${displayName(table)}'`);
  return found;
}

export function requireColumn(table: TableDef, column: string, operation: string): ColumnDef {
  const found = findColumn(table, column);
  if (found === undefined) throw conflict(operation, `table '${displayName(table)}' has no column '${column}'`);
  return found;
}

export function requireColumns(table: TableDef, columns: readonly string[], operation: string): void {
  for (const column of columns) requireColumn(table, column, operation);
}
