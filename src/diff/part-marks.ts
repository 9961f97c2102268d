/**
 * Partitions whose rows are known or sorted by their part of an index of the whole: the part is there when that is, and goes
 * with it, so all that is said of it comes last.
 */
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import { optionChanges, plainOptions } from "../operations/table-options.js";
import { mapTables } from "../schema/edit-schema.js";
import { objectKey, objectName, type SchemaDef, type TableDef } from "../schema/schema.js";

/** Keys of the partitions on both sides that have such marks on one. */
export function markedByParts(found: SchemaDef, wanted: SchemaDef): ReadonlySet<string> {
  const keys = Object.keys(wanted.tables).filter((key) => {
    const [was, is] = [found.tables[key], wanted.tables[key]!];
    return was !== undefined && [was, is].some((table) => withoutPartMarks(table) !== table);
  });
  return new Set(keys);
}

export function withoutMarksBy(schema: SchemaDef, marked: ReadonlySet<string>): SchemaDef {
  if (marked.size === 0) return schema;
  return mapTables(schema, (table) => (marked.has(objectKey(table)) ? withoutPartMarks(table) : table));
}

/** What gives the partitions the marks that they are to have, when `operations` are done. */
export function marksAfter(
  found: SchemaDef,
  wanted: SchemaDef,
  operations: readonly Operation[],
  marked: ReadonlySet<string>,
): readonly Operation[] {
  if (marked.size === 0) return [];
  const { tables } = applyAll(found, operations);
  return [...marked].sort().flatMap((key): readonly Operation[] => {
    const [is, wants] = [tables[key], wanted.tables[key]!];
    const options = is === undefined ? null : optionChanges(is, wants);
    return options === null ? [] : [{ kind: "setTableOptions", table: objectName(wants), options }];
  });
}

function withoutPartMarks(table: TableDef): TableDef {
  const { clusterOn, replicaIdentity, ...rest } = table.options?.postgres ?? {};
  if (table.partitionOf === undefined) return table;
  const own = new Set(
    [table.primaryKey ?? [], table.uniques, table.indexes, table.excludes ?? []].flat().map(({ name }) => name),
  );
  const isPart = (index: string | undefined) => index !== undefined && !own.has(index);
  const identity = typeof replicaIdentity === "object" ? replicaIdentity.index : undefined;
  if (!isPart(clusterOn) && !isPart(identity)) return table;
  const postgres = {
    ...rest,
    ...(clusterOn === undefined || isPart(clusterOn) ? {} : { clusterOn }),
    ...(replicaIdentity === undefined || isPart(identity) ? {} : { replicaIdentity }),
  };
  const { options: all, ...others } = table;
  const options = plainOptions({ ...all, postgres });
  return { ...others, ...(options === undefined ? {} : { options }) };
}
