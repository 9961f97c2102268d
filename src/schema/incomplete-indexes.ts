/**
 * Indexes of partitioned tables that were made `ON ONLY` their table and have parts on some of its partitions. One that has
 * them on all is as any other.
 */
import { mapTables, putTable, sameObject } from "./edit-schema.js";
import { findShared, nameOfPart, partitionsOf, sharedIndexes } from "./index-parts.js";
import { descendantsOf } from "./inheritance.js";
import { type IndexDef, type ObjectName, objectKey, objectName, type SchemaDef, type TableDef } from "./schema.js";

/** Its partitions, theirs, and so on, each after its parent. */
export function partitionTree(schema: SchemaDef, table: ObjectName): readonly TableDef[] {
  return descendantsOf(schema, table).filter(({ partitionOf }) => partitionOf !== undefined);
}

/** In one order, each once. */
export function partList(tables: readonly ObjectName[]): readonly ObjectName[] {
  const byName = new Map(tables.map((table) => [objectKey(table), objectName(table)]));
  return [...byName.keys()].sort().map((key) => byName.get(key)!);
}

export function hasIncomplete(schema: SchemaDef): boolean {
  return Object.values(schema.tables).some(({ indexes }) => indexes.some(({ only }) => only !== undefined));
}

/** The same, where an index that has all of its parts is whole. */
export function settleIncomplete(schema: SchemaDef): SchemaDef {
  if (!hasIncomplete(schema)) return schema;
  return mapTables(schema, (table) =>
    table.indexes.some(({ only }) => only !== undefined)
      ? { ...table, indexes: table.indexes.map((index) => settled(schema, table, index)) }
      : table,
  );
}

function settled(schema: SchemaDef, table: TableDef, index: IndexDef): IndexDef {
  const { only, ...whole } = index;
  if (only === undefined) return index;
  const lacks = partitionTree(schema, table).some((part) => !only.some((name) => sameObject(name, part)));
  return lacks ? index : whole;
}

/** Without names for parts that are not there: they were taken over from what the database has now. */
export function withoutMissingParts(schema: SchemaDef): SchemaDef {
  let after = schema;
  for (const table of Object.values(schema.tables)) {
    for (const { name, only } of table.indexes) {
      if (only !== undefined) after = withNamesOf(after, table, name, only);
    }
  }
  return after;
}

function withNamesOf(schema: SchemaDef, parent: ObjectName, name: string, only: readonly ObjectName[]): SchemaDef {
  const shared = findShared(schema, parent, name);
  return partitionsOf(schema, parent).reduce((after, part) => {
    const { indexNames: { [name]: own, ...others } = {}, ...place } = part.partitionOf!;
    const below = shared === undefined ? own : nameOfPart(part, shared);
    const followed = below === undefined ? after : withNamesOf(after, part, below, only);
    if (own === undefined || only.some((each) => sameObject(each, part))) return followed;
    const partitionOf = Object.keys(others).length === 0 ? place : { ...place, indexNames: others };
    return putTable(followed, { ...part, partitionOf });
  }, schema);
}

/** The index on `table` that the one called `name` is, or is a part of. */
export function rootOfPart(
  schema: SchemaDef,
  table: TableDef,
  name: string,
): { readonly table: TableDef; readonly index: IndexDef } | undefined {
  const index = table.indexes.find((candidate) => candidate.name === name);
  if (index !== undefined) return { table, index };
  const parent = table.partitionOf === undefined ? undefined : schema.tables[objectKey(table.partitionOf.table)];
  if (parent === undefined) return undefined;
  const shared = sharedIndexes(schema, parent).find((one) => nameOfPart(table, one) === name);
  return shared === undefined ? undefined : rootOfPart(schema, parent, shared.name);
}

/**
 * The schema `after` a change of which tables are partitions of which. A table that becomes one gets its part of each
 * index; what leaves takes its part along. `renamed`: what a table of `before` is called now.
 */
export function withPartsOf(
  before: SchemaDef,
  after: SchemaDef,
  renamed: (table: ObjectName) => ObjectName = (table) => table,
): SchemaDef {
  if (!hasIncomplete(before)) return after;
  const olds = new Map(Object.values(before.tables).map((table) => [objectKey(renamed(objectName(table))), table]));
  const followed = mapTables(after, (table) => {
    const old = olds.get(objectKey(table));
    if (old === undefined || !table.indexes.some(({ only }) => only !== undefined)) return table;
    const there = new Set(partitionTree(before, old).map((part) => objectKey(renamed(objectName(part)))));
    const tree = partitionTree(after, table);
    const indexes = table.indexes.map((index): IndexDef => {
      if (index.only === undefined) return index;
      const had = new Set(index.only.map((part) => objectKey(renamed(part))));
      const parts = tree.filter((part) => had.has(objectKey(part)) || !there.has(objectKey(part)));
      return { ...index, only: partList(parts) };
    });
    return { ...table, indexes };
  });
  return settleIncomplete(followed);
}
