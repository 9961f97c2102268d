/** Tables on both sides that become partitions or children of others, or cease to be. */
import { dropOf } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { applyOperation } from "../operations/registry.js";
import { sameObject } from "../schema/edit-schema.js";
import { findShared, nameOfPart } from "../schema/index-parts.js";
import { depthOf, isReferenced, withAncestors } from "../schema/inheritance.js";
import {
  type ObjectName,
  objectKey,
  objectName,
  type PartitionOf,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { plainConstraint } from "./diff-constraints.js";

export interface ParentChanges {
  /** Before tables change: those that leave their parents. */
  readonly early: readonly Operation[];
  /** When all tables are there: those that join others. */
  readonly late: readonly Operation[];
  /** The tables that are joined in {@link late}. */
  readonly joined: readonly ObjectName[];
  /** What there is after {@link early}, and what there has to be before {@link late}. */
  readonly from: SchemaDef;
  readonly to: SchemaDef;
}

export function diffParents(from: SchemaDef, to: SchemaDef): ParentChanges {
  const early: Operation[] = [];
  const late: Operation[] = [];
  let [before, after] = [from, to];
  const leave = (op: Operation) => {
    early.push(op);
    before = applyOperation(before, op);
  };
  for (const { table, whole } of leavingPartitions(from, to)) {
    keysToWhole(before, table, to).forEach(leave);
    leave({ kind: "detachPartition", table: objectName(table), from: whole });
  }
  for (const [key, wanted] of pairsByDepth(from, to)) {
    const found = from.tables[key]!;
    for (const [apart, together] of changesOf(found, wanted)) {
      // Its rows are gone from the whole for a moment, which the server refuses while others refer to them.
      if (apart !== null && together !== null && isAgain(apart, together)) keysToWhole(before, found).forEach(leave);
      if (apart !== null) leave(apart);
      if (together === null) {
        after = withTable(after, key, namedAs(after.tables[key]!, before.tables[key]!, true));
      } else if (apart !== null && isAgain(apart, together)) leave(withKnownNames(together, before));
      else {
        late.push(together);
        const alone = applyOperation(after, opposite(together));
        // The indexes of a partition become parts under the names that they have: there they get those of the parts.
        const isPart = together.kind === "attachPartition";
        const table = alone.tables[key]!;
        // How triggers of the whole fire on it is said when all tables are there.
        const { objects } = after;
        after = withTable({ ...alone, objects }, key, isPart ? table : namedAs(table, before.tables[key]!, false));
      }
    }
  }
  return { early, late: [...late, ...partNames(from, to)], joined: late.flatMap(joinedBy), from: before, to: after };
}

/**
 * Partitions that go while the whole stays, and have to leave it before they are dropped: another one may take their place,
 * and the server drops none while foreign keys refer to the whole.
 */
function leavingPartitions(from: SchemaDef, to: SchemaDef) {
  const comes = (whole: ObjectName) =>
    Object.entries(to.tables).some(
      ([key, { partitionOf }]) =>
        partitionOf !== undefined &&
        sameObject(partitionOf.table, whole) &&
        !sameDef(placeOf(partitionOf), placeOf(from.tables[key]?.partitionOf)),
    );
  return Object.entries(from.tables).flatMap(([key, table]) => {
    const whole = table.partitionOf?.table;
    if (whole === undefined || key in to.tables || !(objectKey(whole) in to.tables)) return [];
    const isMeant = comes(whole) || isReferenced(from, whole) || isReferenced(to, whole);
    return isMeant ? [{ table, whole }] : [];
  });
}

/** Foreign keys to what it is a partition of, but for those that `kept` has as well. They come back as anything new does. */
function keysToWhole(schema: SchemaDef, { partitionOf }: TableDef, kept?: SchemaDef): readonly Operation[] {
  const wholes = partitionOf === undefined ? [] : withAncestors(schema, partitionOf.table);
  return Object.entries(schema.tables).flatMap(([at, table]) =>
    table.foreignKeys
      .filter((key) => wholes.some((whole) => sameObject(whole, key.target)))
      .filter(
        (key) =>
          !(kept?.tables[at]?.foreignKeys ?? []).some((other) => sameDef(plainConstraint(other), plainConstraint(key))),
      )
      .map((key) => dropOf(objectName(table), "foreignKey", key.name, key.columns)),
  );
}

function joinedBy(op: Operation): readonly ObjectName[] {
  if (op.kind === "attachPartition") return [op.partitionOf.table];
  return op.kind === "addInheritance" ? [op.parent] : [];
}

/** Those on both sides, parents first. */
function pairsByDepth(from: SchemaDef, to: SchemaDef): readonly (readonly [string, TableDef])[] {
  return Object.keys(to.tables)
    .filter((key) => key in from.tables && !sameDef(parents(from.tables[key]!), parents(to.tables[key]!)))
    .map((key) => [key, to.tables[key]!] as const)
    .sort(([a, one], [b, other]) => depthOf(to, one) - depthOf(to, other) || (a < b ? -1 : 1));
}

function parents({ partitionOf, inherits }: TableDef): object {
  return { partitionOf: placeOf(partitionOf), inherits: inherits ?? null };
}

/** The names of its parts are its own. */
function placeOf(partitionOf: PartitionOf | undefined): object | null {
  if (partitionOf === undefined) return null;
  const { indexNames: _names, ...place } = partitionOf;
  return place;
}

/** Parts of indexes that get other names on partitions of the same table, when all of them are there. */
function partNames(from: SchemaDef, to: SchemaDef): readonly Operation[] {
  return Object.entries(to.tables).flatMap(([key, wanted]): readonly Operation[] => {
    const [was, is] = [from.tables[key]?.partitionOf, wanted.partitionOf];
    if (was === undefined || is === undefined || !sameObject(was.table, is.table)) return [];
    const names = new Set([...Object.keys(was.indexNames ?? {}), ...Object.keys(is.indexNames ?? {})]);
    return [...names].flatMap((index): readonly Operation[] => {
      const shared = findShared(to, is.table, index);
      if (shared === undefined) return [];
      const old = findShared(from, was.table, index);
      const name = nameOfPart(wanted, shared);
      const isKept =
        old !== undefined && sameDef(old.shape, shared.shape) && nameOfPart(from.tables[key]!, old) === name;
      return isKept ? [] : [{ kind: "renamePart", table: objectName(wanted), index, to: name }];
    });
  });
}

type Change = readonly [apart: Operation | null, together: Operation | null];

function changesOf(from: TableDef, to: TableDef): readonly Change[] {
  const table = objectName(to);
  const [was, is] = [from.partitionOf, to.partitionOf];
  const without = (list: readonly ObjectName[], others: readonly ObjectName[]) =>
    list.filter((parent) => !others.some((other) => sameObject(parent, other)));
  const gone = without(from.inherits ?? [], to.inherits ?? []);
  const come = without(to.inherits ?? [], from.inherits ?? []);
  return [
    ...(sameDef(placeOf(was), placeOf(is))
      ? []
      : [
          [
            was === undefined ? null : { kind: "detachPartition", table, from: was.table },
            is === undefined ? null : { kind: "attachPartition", table, partitionOf: is },
          ] as Change,
        ]),
    ...gone.map((parent): Change => [{ kind: "dropInheritance", table, parent }, null]),
    ...come.map((parent): Change => [null, { kind: "addInheritance", table, parent }]),
  ];
}

/** Of the same parent, with other bounds. */
function isAgain(apart: Operation, together: Operation): boolean {
  return (
    apart.kind === "detachPartition" &&
    together.kind === "attachPartition" &&
    sameObject(apart.from, together.partitionOf.table)
  );
}

/** With names of the parts that it gets at once. */
function withKnownNames(op: Operation, schema: SchemaDef): Operation {
  if (op.kind !== "attachPartition") return op;
  const { indexNames = {}, ...place } = op.partitionOf;
  const known = Object.entries(indexNames).filter(([index]) => findShared(schema, place.table, index) !== undefined);
  const names = known.length === 0 ? {} : { indexNames: Object.fromEntries(known) };
  return { ...op, partitionOf: { ...place, ...names } };
}

function opposite(op: Operation): Operation {
  if (op.kind === "attachPartition") return { kind: "detachPartition", table: op.table, from: op.partitionOf.table };
  return { ...(op as Extract<Operation, { kind: "addInheritance" }>), kind: "dropInheritance" };
}

function withTable(schema: SchemaDef, key: string, table: TableDef): SchemaDef {
  return { ...schema, tables: { ...schema.tables, [key]: table } };
}

/** Keys and indexes whose names nobody chose under those that they have there. */
function namedAs(table: TableDef, other: TableDef, onlyConventional: boolean): TableDef {
  const shape = ({ name: _name, conventional: _source, comment: _comment, ...rest }: Record<string, unknown>) => rest;
  const named = <T extends { readonly name: string | null; readonly conventional?: true }>(
    part: T,
    theirs: readonly T[],
  ): T => {
    if (onlyConventional && part.conventional !== true) return part;
    const same = theirs.find((each) => sameDef(shape(each as never), shape(part as never)));
    return same === undefined ? part : { ...part, name: same.name };
  };
  const { primaryKey } = table;
  const theirKey = other.primaryKey === undefined ? [] : [other.primaryKey];
  return {
    ...table,
    ...(primaryKey === undefined ? {} : { primaryKey: named(primaryKey, theirKey) }),
    uniques: table.uniques.map((unique) => named(unique, other.uniques)),
    indexes: table.indexes.map((index) => named(index, other.indexes)),
  };
}
