import type { Operation } from "../operations/operation.js";
import { sameObject } from "../schema/edit-schema.js";
import { keysOf, wholeTable } from "../schema/inheritance.js";
import {
  type ForeignKeyDef,
  findColumn,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { sameColumns } from "../schema/unique-keys.js";
import type { diffColumns } from "./diff-columns.js";
import { type ConstraintOperations, plainConstraint, uncommented } from "./diff-constraints.js";
import type { OptionOperations } from "./index-marks.js";

/** A table on both sides, with what changes in it. */
export interface TablePair {
  readonly from: TableDef;
  readonly to: TableDef;
  readonly columns: ReturnType<typeof diffColumns>;
  readonly constraints: ConstraintOperations;
  readonly options: OptionOperations;
  /** Foreign keys dropped before anything else, dropped and made with their table, and made when all tables are there. */
  early: ForeignKeyDef[];
  altered: Operation[];
  inPlaceDropped: ForeignKeyDef[];
  inPlaceCreated: ForeignKeyDef[];
  late: ForeignKeyDef[];
}

export type PairFinder = (name: ObjectName) => TablePair | undefined;

export function pairFinder(pairs: readonly TablePair[]): PairFinder {
  const byKey = new Map(pairs.map((pair) => [objectKey(pair.to), pair]));
  return (name) => byKey.get(objectKey(name));
}

/**
 * A foreign key moves with its table unless it cannot: it goes early when the key or table it refers to is going away,
 * and comes late when what it refers to is still to be made. One that stays is dropped and made again around a change
 * of the key it refers to.
 */
export function placeForeignKeys(
  pairs: readonly TablePair[],
  pairOf: PairFinder,
  from: SchemaDef,
  droppedTables: readonly TableDef[],
  typesBlock: boolean,
): void {
  const goesAway = (key: ForeignKeyDef) =>
    droppedTables.some((table) => sameObject(table, key.target)) || keyChanges(key, pairOf);
  // What lasts must not refer to what does not, at no time in between.
  const lastingChanges = (pair: TablePair, key: ForeignKeyDef) => {
    const target = pairOf(key.target);
    return pair !== target && (changesLogging(pair) || (target !== undefined && changesLogging(target)));
  };
  const makesWay = (pair: TablePair, key: ForeignKeyDef) =>
    keyIsLost(key, pairOf) || lastingChanges(pair, key) || (typesBlock && isRetyped(pair, key, pairOf));
  const isThere = (key: ForeignKeyDef) => {
    const target = from.tables[objectKey(key.target)];
    return (
      target !== undefined &&
      !keyChanges(key, pairOf) &&
      key.targetColumns.every((column) => findColumn(wholeTable(from, target), column) !== undefined) &&
      hasKey(from, target, key.targetColumns)
    );
  };
  for (const pair of pairs) {
    for (const key of pair.constraints.droppedForeignKeys) {
      (goesAway(key) || lastingChanges(pair, key) ? pair.early : pair.inPlaceDropped).push(key);
    }
    for (const key of pair.constraints.createdForeignKeys) {
      (isThere(key) && !lastingChanges(pair, key) ? pair.inPlaceCreated : pair.late).push(key);
    }
    for (const { from: old, to: key, operation } of pair.constraints.alteredForeignKeys) {
      if (!makesWay(pair, key)) {
        pair.altered.push(operation);
        continue;
      }
      pair.early.push(old);
      pair.late.push(key);
    }
    for (const key of pair.to.foreignKeys.map(plainConstraint)) {
      const stays =
        !pair.constraints.createdForeignKeys.includes(key) &&
        pair.from.foreignKeys.some((other) => sameDef(uncommented(plainConstraint(other)), uncommented(key)));
      if (stays && makesWay(pair, key)) {
        pair.early.push(key);
        pair.late.push(key);
      }
    }
  }
}

/** Does the table become unlogged, or logged again? */
function changesLogging({ from, to }: TablePair): boolean {
  return (from.options?.postgres?.unlogged === true) !== (to.options?.postgres?.unlogged === true);
}

/** Types that can stand on the two sides of one foreign key. */
const COMPARABLE = [
  ["smallint", "integer", "bigint", "serial", "bigserial", "numeric"],
  ["text", "varchar"],
  ["real", "doublePrecision"],
];

/** Do its columns become ones that cannot be compared while only one side is changed? */
function isRetyped(pair: TablePair, key: ForeignKeyDef, pairOf: PairFinder): boolean {
  const retyped = (side: TablePair | undefined, names: readonly string[]) =>
    side?.columns.altered.some((op) => {
      if (op.kind !== "alterColumn" || op.changes.type === undefined || !names.includes(op.column)) return false;
      const [before, after] = [findColumn(side.from, op.column)!.type.name, op.changes.type.name];
      return !COMPARABLE.some((types) => types.includes(before) && types.includes(after));
    }) === true;
  return retyped(pair, key.columns) || retyped(pairOf(key.target), key.targetColumns);
}

/** Is the key that it refers to dropped, if only to be made anew? */
function keyChanges(key: ForeignKeyDef, pairOf: PairFinder): boolean {
  const dropped = pairOf(key.target)?.constraints.droppedKeys ?? [];
  return dropped.some((columns) => sameColumns(columns, key.targetColumns));
}

/** Is there a moment without a key that it could lean on? It goes over from one to another by itself. */
function keyIsLost(key: ForeignKeyDef, pairOf: PairFinder): boolean {
  const lost = pairOf(key.target)?.constraints.lostKeys ?? [];
  return lost.some((columns) => sameColumns(columns, key.targetColumns));
}

/** A table that is dropped last, without the foreign keys that stand in the way of what is dropped before it. */
export function loosen(
  table: TableDef,
  pairOf: PairFinder,
): { readonly table: TableDef; readonly early: readonly ForeignKeyDef[] } {
  const isInTheWay = (key: ForeignKeyDef) => {
    const target = pairOf(key.target);
    return keyChanges(key, pairOf) || (target !== undefined && changesLogging(target));
  };
  const early = table.foreignKeys.filter(isInTheWay);
  return { table: { ...table, foreignKeys: table.foreignKeys.filter((key) => !early.includes(key)) }, early };
}

function hasKey(schema: SchemaDef, table: TableDef, columns: readonly string[]): boolean {
  const wanted = [...columns].sort();
  return keysOf(schema, table).some((key) => sameDef([...key].sort(), wanted));
}
