/** What can be wrong between tables: checked when models are loaded, before any database is asked. */
import { ModelInvalidError } from "../errors.js";
import {
  displayName,
  type ForeignKeyDef,
  objectKey,
  type SchemaDef,
  type TableDef,
  type TypeDef,
} from "../schema/schema.js";
import { nearest } from "../util/nearest.js";

/** @throws {@link ModelInvalidError} naming the table and column, with the nearest name that exists. */
export function checkModels(schema: SchemaDef): void {
  for (const table of Object.values(schema.tables)) {
    for (const column of table.columns) checkEnum(column.type, { table, column: column.name }, schema);
    for (const key of table.foreignKeys) checkForeignKey(key, table, schema);
  }
}

interface Place {
  readonly table: TableDef;
  readonly column: string;
}

function checkEnum(type: TypeDef, place: Place, schema: SchemaDef): void {
  if (type.element !== undefined) checkEnum(type.element, place, schema);
  if (type.name !== "enum" || Object.hasOwn(schema.enums, objectKey(type.object!))) return;
  const name = displayName(type.object!);
  throw new ModelInvalidError(
    `'${displayName(place.table)}.${place.column}' is of enum '${name}', which has no values`,
    {
      table: displayName(place.table),
      column: place.column,
      hint:
        suggestion(name, Object.values(schema.enums).map(displayName)) ?? `Give enumType("${name}", […]) its values.`,
    },
  );
}

function checkForeignKey(key: ForeignKeyDef, table: TableDef, schema: SchemaDef): void {
  const problem = foreignKeyProblem(key, schema);
  if (problem === null) return;
  const source = key.columns.map((column) => `'${displayName(table)}.${column}'`).join(", ");
  throw new ModelInvalidError(`the foreign key ${source} ${problem.message}`, {
    table: displayName(table),
    column: key.columns[0],
    hint: problem.hint,
  });
}

interface Problem {
  readonly message: string;
  readonly hint: string;
}

function foreignKeyProblem(key: ForeignKeyDef, schema: SchemaDef): Problem | null {
  const { target, targetColumns } = key;
  const shown = displayName(target);
  const tables = Object.values(schema.tables);
  const table = tables.find((other) => objectKey(other) === objectKey(target));
  if (table === undefined) {
    const message = `refers to table '${shown}', which the models do not have`;
    const near = tables.find((other) => other.name === target.name);
    const hint =
      near === undefined ? suggestion(shown, tables.map(displayName)) : `Did you mean '${displayName(near)}'?`;
    return { message, hint: hint ?? "Export the table it refers to, or correct the name." };
  }
  if (key.columns.length !== targetColumns.length) {
    const message = `has ${key.columns.length} columns but refers to ${targetColumns.length} of '${shown}'`;
    return { message, hint: "List as many target columns as columns." };
  }
  const names = table.columns.map((column) => column.name);
  const unknown = targetColumns.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, names) ?? `Use one of ${names.map((name) => `'${name}'`).join(", ")}.`;
    return { message: `refers to '${shown}.${unknown}', which does not exist`, hint };
  }
  if (isUniqueIn(table, targetColumns)) return null;
  const columns = targetColumns.map((column) => `'${shown}.${column}'`).join(", ");
  const message = `refers to ${columns}, which is neither a primary key nor unique`;
  return { message, hint: "Make the target unique or its primary key." };
}

/**
 * Both databases want a key or a whole, plain unique index on exactly these columns, in any order:
 * https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK, https://www.sqlite.org/foreignkeys.html#fk_indexes
 */
function isUniqueIn(table: TableDef, columns: readonly string[]): boolean {
  const wanted = [...columns].sort().join("\0");
  const indexes = table.indexes.flatMap((index) => {
    const names = index.elements.flatMap((element) => element.column ?? []);
    const whole = index.unique && index.where === undefined && names.length === index.elements.length;
    return whole ? [names] : [];
  });
  const sets = [table.primaryKey?.columns ?? [], ...table.uniques.map((unique) => unique.columns), ...indexes];
  return sets.some((set) => [...set].sort().join("\0") === wanted);
}

function suggestion(given: string, candidates: readonly string[]): string | undefined {
  const near = nearest(given, candidates);
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}
