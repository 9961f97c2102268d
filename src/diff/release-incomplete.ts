/**
 * Indexes that were made `ON ONLY` a partitioned table and lack parts: which of its partitions have one can be said only when
 * all of them are there. So one that changes, or whose table gets or loses partitions, goes first and comes last.
 */
import { createIncomplete } from "../operations/index-parts.js";
import type { Operation } from "../operations/operation.js";
import { applyOperation } from "../operations/registry.js";
import { hasIncomplete, partitionTree, settleIncomplete, withoutMissingParts } from "../schema/incomplete-indexes.js";
import { wholeTable } from "../schema/inheritance.js";
import {
  type IndexDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { plainConstraint, uncommented } from "./diff-constraints.js";

export interface ReleasedIndexes {
  readonly first: readonly Operation[];
  readonly last: readonly Operation[];
  readonly from: SchemaDef;
  readonly to: SchemaDef;
}

export function releaseIncomplete(found: SchemaDef, wanted: SchemaDef): ReleasedIndexes {
  if (!hasIncomplete(found) && !hasIncomplete(wanted)) return { first: [], last: [], from: found, to: wanted };
  let [from, to] = [found, withoutMissingParts(settleIncomplete(wanted))];
  const settled = to;
  const first: Operation[] = [];
  const last: Operation[] = [];
  for (const key of new Set([...Object.keys(from.tables), ...Object.keys(settled.tables)])) {
    const [was, is] = [from.tables[key], settled.tables[key]];
    for (const name of incompleteNames(was, is)) {
      const [old, now] = [indexOf(was, name), indexOf(is, name)];
      if (old !== undefined && now !== undefined && isKept(found, settled, was!, old, now)) continue;
      if (old !== undefined) {
        const op = dropOf(was!, name);
        first.push(op);
        from = applyOperation(from, op);
      }
      if (now !== undefined) {
        last.push(...createIncomplete(settled, objectName(is!), now));
        to = applyOperation(to, dropOf(is!, name));
      }
    }
  }
  return { first, last, from, to };
}

function incompleteNames(...tables: readonly (TableDef | undefined)[]): ReadonlySet<string> {
  return new Set(
    tables.flatMap((table) => (table?.indexes ?? []).flatMap(({ name, only }) => (only === undefined ? [] : [name]))),
  );
}

function indexOf(table: TableDef | undefined, name: string): IndexDef | undefined {
  return table?.indexes.find((index) => index.name === name);
}

function dropOf(table: ObjectName, name: string): Operation {
  return { kind: "dropIndex", index: { ...objectName(table), name }, table: objectName(table) };
}

function isKept(from: SchemaDef, to: SchemaDef, table: ObjectName, old: IndexDef, now: IndexDef): boolean {
  const bare = (index: IndexDef) => uncommented(plainConstraint(index));
  if (!sameDef(bare(old), bare(now)) || !sameDef(frameOf(from, table), frameOf(to, table))) return false;
  // What it calls may have to make way.
  const isPlain =
    now.where === undefined &&
    now.elements.every(({ expression, operatorClass }) => (expression ?? operatorClass) === undefined);
  return isPlain || sameDef(from.objects, to.objects);
}

/** What decides which parts there can be: the partitions and the types of their columns. */
function frameOf(schema: SchemaDef, table: ObjectName): object {
  const parts = [...partitionTree(schema, table)].sort((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
  return [schema.tables[objectKey(table)]!, ...parts].map((each) => [
    objectName(each),
    each.options?.postgres?.partitionBy ?? null,
    each.partitionOf === undefined ? null : [each.partitionOf.table, each.partitionOf.bounds],
    wholeTable(schema, each).columns.map(({ name, type, collation, generated }) => [
      name,
      type,
      collation ?? null,
      generated ?? null,
    ]),
    each.rewritten?.length ?? 0,
  ]);
}
