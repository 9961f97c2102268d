/** Tables that have the columns of others: partitions, and children by INHERITS. */
import { sameObject } from "./edit-schema.js";
import {
  type ColumnDef,
  compact,
  findColumn,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "./schema.js";

export function parentsOf(table: TableDef): readonly ObjectName[] {
  return table.partitionOf === undefined ? (table.inherits ?? []) : [table.partitionOf.table];
}

/** The table by this name, its parents, theirs, and so on. */
export function withAncestors(schema: SchemaDef, name: ObjectName): readonly TableDef[] {
  const table = schema.tables[objectKey(name)];
  if (table === undefined) return [];
  return [table, ...parentsOf(table).flatMap((parent) => withAncestors(schema, parent))];
}

/** Does a foreign key refer to it, or to what it is a part of? */
export function isReferenced(schema: SchemaDef, name: ObjectName): boolean {
  const wholes = withAncestors(schema, name);
  return Object.values(schema.tables).some((table) =>
    table.foreignKeys.some((key) => wholes.some((whole) => sameObject(whole, key.target))),
  );
}

/** The table with all columns that it has: those of its parents first, as they are in it. */
export function wholeTable(schema: SchemaDef, table: TableDef): TableDef {
  const parents = parentsOf(table);
  if (parents.length === 0) return table;
  const columns = new Map<string, ColumnDef>();
  for (const parent of parents) {
    const def = schema.tables[objectKey(parent)];
    for (const column of def === undefined ? [] : wholeTable(schema, def).columns) {
      if (!columns.has(column.name)) columns.set(column.name, asInherited(column));
    }
  }
  for (const column of table.columns) columns.set(column.name, column);
  return { ...table, columns: [...columns.values()] };
}

/** How the column comes to a child: comments, identities and statistics stay where they are. */
export function asInherited(column: ColumnDef): ColumnDef {
  const { comment: _comment, identity: _identity, notNull, postgres, renamedFrom: _hint, inherited, ...rest } = column;
  const kept = compact({ storage: postgres?.storage, compression: postgres?.compression });
  const nullable = notNull?.noInherit === true ? true : column.nullable;
  return { ...rest, nullable, ...(Object.keys(kept).length === 0 ? {} : { postgres: kept }) };
}

/** The column as the parents of `table` give it to it, or undefined for one of its own. */
export function inheritedColumn(schema: SchemaDef, table: TableDef, name: string): ColumnDef | undefined {
  const own = findColumn(table, name);
  if (own !== undefined && own.inherited !== true) return undefined;
  return findColumn(wholeTable(schema, { ...table, columns: [] }), name);
}

/** The columns that `table` says itself, with `column` in place of the one that its parents give it. */
export function withOverride(schema: SchemaDef, table: TableDef, column: ColumnDef): TableDef {
  const { inherited: _mark, ...plain } = column;
  const others = table.columns.filter((other) => other.name !== column.name);
  const given = inheritedColumn(schema, { ...table, columns: [] }, column.name);
  const isAsGiven = given !== undefined && sameDef(given, plain);
  return { ...table, columns: isAsGiven ? others : [...others, { ...plain, inherited: true }] };
}

/** The sets of columns that a foreign key can refer to. */
export function keysOf(schema: SchemaDef, table: TableDef): readonly (readonly string[])[] {
  const parent = table.partitionOf === undefined ? undefined : schema.tables[objectKey(table.partitionOf.table)];
  const indexes = table.indexes.flatMap((index) => {
    const names = index.elements.flatMap((element) => element.column ?? []);
    const isWhole = index.unique && index.where === undefined && names.length === index.elements.length;
    return isWhole ? [names] : [];
  });
  return [
    ...(table.primaryKey === undefined ? [] : [table.primaryKey.columns]),
    ...table.uniques.map((unique) => unique.columns),
    ...indexes,
    ...(parent === undefined ? [] : keysOf(schema, parent)),
  ];
}

/** How many tables stand above it. */
export function depthOf(schema: SchemaDef, table: TableDef): number {
  const above = parentsOf(table).flatMap((parent) => schema.tables[objectKey(parent)] ?? []);
  return above.length === 0 ? 0 : 1 + Math.max(...above.map((parent) => depthOf(schema, parent)));
}

/** Its partitions and children. */
export function childrenOf(schema: SchemaDef, table: ObjectName): readonly TableDef[] {
  return Object.values(schema.tables).filter((other) => parentsOf(other).some((parent) => sameObject(parent, table)));
}

/** Its partitions and children, theirs, and so on, each after its parent. */
export function descendantsOf(schema: SchemaDef, table: ObjectName): readonly TableDef[] {
  const found = new Map<string, TableDef>();
  const visit = (parent: ObjectName) => {
    for (const child of childrenOf(schema, parent)) {
      if (found.has(objectKey(child))) continue;
      found.set(objectKey(child), child);
      visit(child);
    }
  };
  visit(table);
  return [...found.values()];
}
