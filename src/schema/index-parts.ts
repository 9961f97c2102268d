/** Indexes and keys of partitioned tables have a part on each partition, with a name of its own. */
import { sameObject } from "./edit-schema.js";
import { type IndexDef, type ObjectName, objectKey, type SchemaDef, type TableDef } from "./schema.js";
import { type IndexPurpose, indexNameOf } from "./server-names.js";

/** An index or key of a partitioned table. */
export interface SharedIndex {
  readonly name: string;
  /** What the server makes the name of a part of. */
  readonly columns: readonly string[];
  readonly purpose: IndexPurpose;
  /** Two that are alike are one. */
  readonly shape: object;
}

export function sharedIndexes(schema: SchemaDef, table: TableDef): readonly SharedIndex[] {
  const columnsOf = ({ elements, include = [] }: Pick<IndexDef, "elements" | "include">) => [
    ...elements.map(({ column = "expr" }) => column),
    ...include,
  ];
  const shared = (
    part: { readonly name: string | null },
    columns: readonly string[],
    purpose: IndexPurpose,
  ): readonly SharedIndex[] =>
    part.name === null ? [] : [{ name: part.name, columns, purpose, shape: shapeOf(part) }];
  const { primaryKey } = table;
  return [
    ...(primaryKey === undefined ? [] : shared(primaryKey, primaryKey.columns, "p")),
    ...table.uniques.flatMap((unique) => shared(unique, [...unique.columns, ...(unique.include ?? [])], "u")),
    ...table.indexes.flatMap((index) => shared(index, columnsOf(index), null)),
    ...(table.excludes ?? []).flatMap((exclude) => shared(exclude, columnsOf(exclude), "x")),
    ...partsOf(schema, table),
  ];
}

/** The parts that a partition has of its parent's. */
function partsOf(schema: SchemaDef, table: TableDef): readonly SharedIndex[] {
  const parent = table.partitionOf === undefined ? undefined : schema.tables[objectKey(table.partitionOf.table)];
  if (parent === undefined) return [];
  return sharedIndexes(schema, parent).map((one) => ({ ...one, name: nameOfPart(table, one) }));
}

export function nameOfPart(table: TableDef, { name, columns, purpose }: SharedIndex): string {
  return table.partitionOf?.indexNames?.[name] ?? indexNameOf(table.name, columns, purpose);
}

export function findShared(schema: SchemaDef, parent: ObjectName, name: string): SharedIndex | undefined {
  const table = schema.tables[objectKey(parent)];
  return table === undefined ? undefined : sharedIndexes(schema, table).find((one) => one.name === name);
}

export function partitionsOf(schema: SchemaDef, parent: ObjectName): readonly TableDef[] {
  return Object.values(schema.tables).filter(
    ({ partitionOf }) => partitionOf !== undefined && sameObject(partitionOf.table, parent),
  );
}

function shapeOf(part: object): object {
  const {
    name: _name,
    conventional: _source,
    renamedFrom: _hint,
    comment: _comment,
    only: _parts,
    ...rest
  } = part as Record<string, unknown>;
  return rest;
}
