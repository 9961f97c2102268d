/**
 * Compares two schemas and gives the operations that turn the first into the second, in an order that runs.
 *
 * The order: schemas; extensions; views, triggers, … that are in the way; enums, sequences, domains, functions that tables
 * need; foreign keys that are in the way; changes of existing tables; new tables, each after those it refers to; foreign
 * keys that had to wait; then the tables that are dropped; then functions, views, triggers, …; last what nothing uses now.
 */
import { dropOf, markUnchecked } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import { createTableWithIndexes } from "../operations/tables.js";
import { withoutFiringOn } from "../schema/edit-objects.js";
import { sameObject } from "../schema/edit-schema.js";
import { mentionsColumn } from "../schema/expression.js";
import { childrenOf, depthOf, parentsOf, withAncestors } from "../schema/inheritance.js";
import { type ForeignKeyDef, objectKey, objectName, type SchemaDef, sameDef, type TableDef } from "../schema/schema.js";
import { clearValues } from "./clear-values.js";
import { diffColumns, plainColumn } from "./diff-columns.js";
import { diffComments } from "./diff-comments.js";
import { diffConstraints, plainConstraint } from "./diff-constraints.js";
import { type DiffOptions, diffDependents } from "./diff-dependents.js";
import { diffEnums } from "./diff-enums.js";
import { diffObjects, inOrderOfDrop, inOrderOfNeed } from "./diff-objects.js";
import { diffParents } from "./diff-parents.js";
import { diffPrivileges } from "./diff-privileges.js";
import { freeNames } from "./free-names.js";
import { freeParts } from "./free-parts.js";
import { diffOptions } from "./index-marks.js";
import { byKey, orderTables } from "./order-tables.js";
import { markedByParts, marksAfter, withoutMarksBy } from "./part-marks.js";
import { loosen, pairFinder, placeForeignKeys, type TablePair } from "./place-foreign-keys.js";
import { beforeFunctions, releaseCallers } from "./release-callers.js";
import { releaseIncomplete } from "./release-incomplete.js";
import { releaseTyped } from "./release-typed.js";
import { spellSerials } from "./spell-serials.js";

/** `to` is expected to be reconciled: what means the same is written the same on both sides. */
export function diffSchemas(
  found: SchemaDef,
  wanted: SchemaDef,
  options: DiffOptions = { viewsBlock: true },
): readonly Operation[] {
  if (sameDef(found, wanted)) return [];
  const marked = markedByParts(found, wanted);
  const { first, last, from, to } = releaseIncomplete(withoutMarksBy(found, marked), withoutMarksBy(wanted, marked));
  const operations = [...first, ...diffWithout(new Set(), from, to, options), ...last];
  return [...operations, ...marksAfter(found, wanted, operations, marked)].map((op) => markUnchecked(op, wanted));
}

/** `called`: names of functions that nothing in the tables may call for a moment. What is dropped may be more of them. */
function diffWithout(
  called: ReadonlySet<string>,
  found: SchemaDef,
  wanted: SchemaDef,
  options: DiffOptions,
): readonly Operation[] {
  const spelled = spellSerials(found, wanted);
  const released = releaseTyped(spelled.schema, wanted);
  const callers = releaseCallers(released.schema, wanted, called);
  const { to, ...parents } = diffParents(callers.schema, wanted);
  // What is said of a table alone goes with it.
  const from = only(parents.from, to).reduce((left, table) => withoutFiringOn(left, table), parents.from);
  const created = orderTables(only(to, from).map(plainTable));
  const pairs = tablePairs(from, to, nameElsewhere(from));
  const pairOf = pairFinder(pairs);
  const going = only(from, to);
  const loosened = going.map((table) => loosen(table, pairOf));
  const dropped = orderTables(loosened.map(({ table }) => table));
  const droppedTables = dropped.tables;
  placeForeignKeys(pairs, pairOf, from, droppedTables, options.viewsBlock);
  const freed = freeNames(from, pairs, created.tables, options.viewsBlock);
  const first = new Set([...freed.operations, ...freeParts(to, pairs)]);
  const enums = diffEnums(from, to);
  const cleared = clearValues(from, pairs, enums.changed);
  // A table has to have all columns of the one that it joins: those that go, go before.
  const joined = parents.joined.flatMap((name) => withAncestors(to, name));
  const isJoined = (pair: TablePair) => joined.some((table) => sameObject(table, pair.to));
  const isDone = (op: Operation) => first.has(op) || cleared.moved.has(op);
  const middle: readonly Operation[] = [
    ...parents.early,
    ...pairs.flatMap((pair) => pair.early.map((key) => dropForeignKey(pair.to, key))),
    ...loosened.flatMap(({ table, early }) => early.map((key) => dropForeignKey(table, key))),
    ...dropped.postponed.map(({ table, foreignKey }) => dropForeignKey(table, foreignKey)),
    ...pairs.flatMap((pair) => pair.options.before),
    ...[...first].filter((op) => !cleared.moved.has(op)),
    ...pairs.flatMap((pair) => changeTable(pair).filter((op) => !isDone(op))),
    ...created.tables.flatMap(createTableWithIndexes),
    ...created.postponed.map(({ table, foreignKey }) => createForeignKey(table, foreignKey)),
    ...pairs.flatMap((pair) => pair.late.map((key) => createForeignKey(pair.to, key))),
    ...pairs.filter(isJoined).flatMap((pair) => pair.columns.dropped),
    ...parents.late,
    ...pairs.filter((pair) => !isJoined(pair)).flatMap((pair) => pair.columns.dropped),
    ...[...droppedTables].reverse().map((table): Operation => ({ kind: "dropTable", table: objectName(table) })),
  ];
  const objects = diffObjects(from, to, enums.changed);
  const changes = [...callers.changes, ...objects.first, ...enums.changed, ...objects.before, ...middle];
  const dependents = diffDependents(from, to, changes, options);
  const more = [...dependents.replaced].filter((name) => !called.has(name));
  if (more.length > 0) return diffWithout(new Set([...called, ...more]), found, wanted, options);
  const privileges = diffPrivileges(from, to, dependents.before);
  return [
    ...to.schemas
      .filter((name) => !from.schemas.includes(name))
      .map((name): Operation => ({ kind: "createSchema", name })),
    ...objects.extensions,
    ...spelled.operations,
    ...released.operations,
    ...privileges.first,
    ...beforeFunctions(dependents.before, callers.operations, called),
    ...privileges.before,
    ...cleared.operations,
    ...objects.first,
    ...enums.changed,
    ...inOrderOfNeed([...objects.before, ...dependents.early]),
    ...middle,
    ...objects.after,
    ...rowSecurity(pairs),
    ...dependents.after,
    ...diffComments(from, to),
    ...inOrderOfDrop([...dependents.dropped, ...objects.dropped], from),
    ...enums.dropped,
    ...objects.droppedExtensions,
    ...privileges.after,
  ];
}

/** Is the name one of an index or key of another table? */
function nameElsewhere(from: SchemaDef): (table: TableDef, name: string) => boolean {
  const owners = new Map<string, TableDef>();
  for (const table of Object.values(from.tables)) {
    for (const { name } of [table.primaryKey ?? [], table.uniques, table.indexes, table.excludes ?? []].flat()) {
      if (name !== null) owners.set(objectKey({ ...objectName(table), name }), table);
    }
  }
  return (table, name) => {
    const owner = owners.get(objectKey({ ...objectName(table), name }));
    return owner !== undefined && !sameObject(owner, table);
  };
}

/** Parents first: what changes in them changes in those that have their columns, which are then as in `state`. */
function tablePairs(from: SchemaDef, to: SchemaDef, elsewhere: ReturnType<typeof nameElsewhere>): readonly TablePair[] {
  const keys = Object.keys(to.tables)
    .filter((key) => key in from.tables)
    .sort((a, b) => depthOf(to, to.tables[a]!) - depthOf(to, to.tables[b]!) || (a < b ? -1 : 1));
  const hasChildren = [from, to].some((side) =>
    Object.values(side.tables).some((table) => parentsOf(table).length > 0),
  );
  let state = from;
  return keys.map((key) => {
    const [before, after] = [state.tables[key]!, to.tables[key]!];
    const pair = tablePair(before, after, diffColumns(before, after, state, to), elsewhere);
    if (hasChildren && childrenOf(state, pair.to).length > 0) {
      state = applyAll(state, [...pair.columns.added, ...pair.columns.altered]);
    }
    return pair;
  });
}

function tablePair(
  from: TableDef,
  to: TableDef,
  columns: TablePair["columns"],
  elsewhere: ReturnType<typeof nameElsewhere>,
): TablePair {
  const constraints = diffConstraints(from, to, (name) => elsewhere(from, name));
  return {
    from,
    to,
    columns,
    constraints,
    options: diffOptions(from, to, [...constraints.dropped, ...constraints.renamed]),
    early: [],
    altered: [],
    inPlaceDropped: [],
    inPlaceCreated: [],
    late: [],
  };
}

function changeTable(pair: TablePair): readonly Operation[] {
  const table = objectName(pair.to);
  const isLate = (op: Operation) => pair.columns.altered.some((change) => isMadeOfRetyped(op, change));
  return [
    ...pair.inPlaceDropped.map((key) => dropForeignKey(pair.to, key)),
    ...pair.constraints.dropped,
    ...pair.constraints.renamed,
    ...pair.columns.added.filter((op) => !isLate(op)),
    ...pair.columns.altered,
    ...pair.columns.added.filter(isLate),
    ...pair.constraints.created.filter((op) => !pair.late.some((key) => isCommentOn(op, key))),
    ...pair.altered,
    ...pair.options.after,
    ...pair.inPlaceCreated.map((key) => createForeignKey(pair.to, key)),
    ...(pair.from.comment === pair.to.comment
      ? []
      : [{ kind: "createTableComment", table, comment: pair.to.comment ?? null } as const]),
  ];
}

/** Of a foreign key that is made anew, with its comment. */
function isCommentOn(op: Operation, key: ForeignKeyDef): boolean {
  return op.kind === "createComment" && op.type === "constraint" && op.object.name === key.name;
}

/** Is it a column generated from one that gets another type? Made before, it would be made twice. */
function isMadeOfRetyped(op: Operation, change: Operation): boolean {
  if (op.kind !== "addColumn" || op.column.generated === undefined) return false;
  if (change.kind !== "alterColumn" || change.changes.type === undefined) return false;
  return mentionsColumn(op.column.generated.expression, change.column);
}

function rowSecurity(pairs: readonly TablePair[]): readonly Operation[] {
  return pairs
    .filter(({ from, to }) => !sameDef(from.rowSecurity ?? {}, to.rowSecurity ?? {}))
    .map(({ to }): Operation => ({ kind: "setRowSecurity", table: objectName(to), rowSecurity: to.rowSecurity ?? {} }));
}

function only(a: SchemaDef, b: SchemaDef): readonly TableDef[] {
  return Object.keys(a.tables)
    .filter((key) => !(key in b.tables))
    .map((key) => a.tables[key]!)
    .sort(byKey);
}

function plainTable(table: TableDef): TableDef {
  const { renamedFrom: _hint, primaryKey, ...rest } = table;
  return {
    ...rest,
    columns: table.columns.map(plainColumn),
    ...(primaryKey === undefined ? {} : { primaryKey: plainConstraint(primaryKey) }),
    uniques: table.uniques.map(plainConstraint),
    foreignKeys: table.foreignKeys.map(plainConstraint),
    checks: table.checks.map(plainConstraint),
    indexes: table.indexes.map(plainConstraint),
    ...(table.excludes === undefined ? {} : { excludes: table.excludes.map(plainConstraint) }),
  };
}

function dropForeignKey(table: TableDef, key: ForeignKeyDef): Operation {
  return dropOf(objectName(table), "foreignKey", key.name, key.columns);
}

function createForeignKey(table: TableDef, constraint: ForeignKeyDef): Operation {
  return { kind: "createForeignKey", table: objectName(table), constraint: plainConstraint(constraint) };
}
