/** What can be wrong between tables: checked when models are loaded, before any database is asked. */
import { ModelInvalidError } from "../errors.js";
import { keysOf, parentsOf, wholeTable } from "../schema/inheritance.js";
import {
  displayName,
  type ForeignKeyDef,
  type ObjectName,
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
    if (parentsOf(table).length > 0) checkChild(table, schema);
  }
}

/** A table with parents: they are there, and have the columns that it speaks of. */
function checkChild(table: TableDef, schema: SchemaDef): void {
  const shown = displayName(table);
  for (const parent of parentsOf(table)) {
    if (ownTable(schema, parent) !== undefined) continue;
    const tables = Object.values(schema.tables).map(displayName);
    throw new ModelInvalidError(
      `table '${shown}' has the parent '${displayName(parent)}', which the models do not have`,
      {
        table: shown,
        hint: suggestion(displayName(parent), tables) ?? "Export the parent too, or correct the name.",
      },
    );
  }
  const parent = table.partitionOf && schema.tables[objectKey(table.partitionOf.table)];
  if (parent !== undefined && parent.options?.postgres?.partitionBy === undefined) {
    throw new ModelInvalidError(`'${shown}' is a partition of '${displayName(parent)}', which is not partitioned`, {
      table: displayName(parent),
      hint: 'Say by what: { postgres: { partitionBy: "RANGE (created_at)" } } among the options of the table.',
    });
  }
  const names = wholeTable(schema, table).columns.map((column) => column.name);
  const given = wholeTable(schema, { ...table, columns: [] }).columns.map((column) => column.name);
  const used = [
    ...[table.primaryKey ?? [], table.uniques, table.foreignKeys].flat().flatMap((key) => key.columns),
    ...[table.indexes, table.excludes ?? []]
      .flat()
      .flatMap(({ elements }) => elements.flatMap(({ column }) => column ?? [])),
  ];
  const unknown =
    used.find((column) => !names.includes(column)) ??
    table.columns.find((column) => column.inherited === true && !given.includes(column.name))?.name;
  if (unknown === undefined) return;
  throw new ModelInvalidError(
    `table '${shown}' speaks of its column '${unknown}', which neither it nor its parent has`,
    {
      table: shown,
      column: unknown,
      hint: suggestion(unknown, names) ?? `Use one of ${names.map((name) => `'${name}'`).join(", ")}.`,
    },
  );
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
  const problem = key.unchecked === true ? null : foreignKeyProblem(key, schema);
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

/** What stands against a foreign key, looking at all tables; null where nothing does. */
export function foreignKeyProblem(key: ForeignKeyDef, schema: SchemaDef): Problem | null {
  const { target, targetColumns } = key;
  const shown = displayName(target);
  const table = ownTable(schema, target);
  if (table === undefined) {
    const tables = Object.values(schema.tables);
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
  const names = wholeTable(schema, table).columns.map((column) => column.name);
  const unknown = targetColumns.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, names) ?? `Use one of ${names.map((name) => `'${name}'`).join(", ")}.`;
    return { message: `refers to '${shown}.${unknown}', which does not exist`, hint };
  }
  if (isUniqueIn(schema, table, targetColumns)) return null;
  const columns = targetColumns.map((column) => `'${shown}.${column}'`).join(", ");
  const message = `refers to ${columns}, which is neither a primary key nor unique`;
  return { message, hint: "Make the target unique or its primary key." };
}

function ownTable(schema: SchemaDef, name: ObjectName): TableDef | undefined {
  const key = objectKey(name);
  return Object.hasOwn(schema.tables, key) ? schema.tables[key] : undefined;
}

/**
 * Both databases want a key or a whole, plain unique index on exactly these columns, in any order:
 * https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK, https://www.sqlite.org/foreignkeys.html#fk_indexes
 */
function isUniqueIn(schema: SchemaDef, table: TableDef, columns: readonly string[]): boolean {
  const wanted = [...columns].sort().join("\0");
  return keysOf(schema, table).some((set) => [...set].sort().join("\0") === wanted);
}

function suggestion(given: string, candidates: readonly string[]): string | undefined {
  const near = nearest(given, candidates);
  return near === undefined ? undefined : `Did you mean '${near}'?`;
}
