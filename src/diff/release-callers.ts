/**
 * Defaults, checks, generated columns, indexes and domains let go of functions that are dropped and made again, since the
 * server drops none that something calls. What they are to be comes back as anything new does.
 */
import { dropOf, listConstraints } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { applyOperation } from "../operations/registry.js";
import { columnOf } from "../schema/column-privileges.js";
import { referencingTables, sameObject } from "../schema/edit-schema.js";
import { depthOf } from "../schema/inheritance.js";
import { type DomainDef, refOf } from "../schema/objects.js";
import { targetKey } from "../schema/privileges.js";
import {
  type ColumnDef,
  type IndexElement,
  objectName,
  type RewrittenPart,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { type Dependent, dependentsOf, isForColumns, isFunction, isOperator, providedName } from "./dependents.js";
import { dropConstraintOf, dropIndexOf } from "./diff-constraints.js";
import { diffOptions } from "./index-marks.js";
import { calledName, mentions } from "./provided-names.js";

export interface ReleasedCallers {
  /** When views are gone that read generated columns, and before the functions go. */
  readonly operations: readonly Operation[];
  /** The same, with columns that come back as ones that only change. */
  readonly changes: readonly Operation[];
  /** The schema as it is then. */
  readonly schema: SchemaDef;
}

/** `names`: of functions, operators and their classes. What `to` says is put in other words lets go as well. */
export function releaseCallers(from: SchemaDef, to: SchemaDef, names: ReadonlySet<string>): ReleasedCallers {
  const isRewritten = Object.values(to.tables).some(({ rewritten }) => rewritten !== undefined);
  if (names.size === 0 && !isRewritten) return { operations: [], changes: [], schema: from };
  const calls = (...texts: readonly (string | undefined)[]) => {
    const given = texts.filter((text) => text !== undefined);
    return [...names].some((name) => mentions(given, name));
  };
  const operations: Operation[] = [];
  let schema = from;
  const release = (op: Operation) => {
    operations.push(op);
    schema = applyOperation(schema, op);
  };
  // What changes in parents changes in those that have their columns.
  const keys = Object.keys(from.tables).sort(
    (a, b) => depthOf(from, from.tables[a]!) - depthOf(from, from.tables[b]!) || (a < b ? -1 : 1),
  );
  for (const key of keys) {
    const goes: Goes = (kind, name) =>
      to.tables[key]?.rewritten?.some((it) => it.kind === kind && it.name === name) === true;
    const table = schema.tables[key]!;
    const parts = callsOfTable(table, calls, goes);
    for (const op of [...diffOptions(table, table, parts).before, ...parts]) release(op);
    for (const column of schema.tables[key]!.columns) {
      if (column.generated === undefined) continue;
      if (!calls(column.generated.expression) && !goes("generated", column.name)) continue;
      for (const op of dropGenerated(schema, schema.tables[key]!, column)) release(op);
    }
  }
  for (const object of Object.values(from.objects)) {
    if (object.kind === "domain") for (const op of callsOfDomain(object, calls)) release(op);
  }
  return { operations, changes: operations.map(asChange), schema };
}

type Goes = (kind: RewrittenPart["kind"], name: string | null) => boolean;
type Calls = (...texts: readonly (string | undefined)[]) => boolean;

function callsOfTable(table: TableDef, calls: Calls, goes: Goes): readonly Operation[] {
  const ofElements = (elements: readonly IndexElement[]) =>
    calls(...elements.flatMap(({ expression, operatorClass }) => [expression, operatorClass]));
  const indexes = table.indexes.filter(
    ({ name, where, elements }) => calls(where) || ofElements(elements) || goes("index", name),
  );
  const constraints = listConstraints(table).filter(({ type, constraint }) => {
    if (type === "check") return calls(constraint.expression) || goes("check", constraint.name);
    if (type !== "exclude") return false;
    return (
      goes("exclude", constraint.name) ||
      calls(constraint.where, ...constraint.elements.map(({ operator }) => operator)) ||
      ofElements(constraint.elements)
    );
  });
  const defaults = table.columns.filter(({ default: value }) => value?.kind === "sql" && calls(value.text));
  return [
    ...indexes.map((index) => dropIndexOf(table, index)),
    ...constraints.map((found) => dropConstraintOf(table, found)),
    ...defaults.map(
      ({ name }): Operation => ({
        kind: "alterColumn",
        table: objectName(table),
        column: name,
        changes: { default: null },
      }),
    ),
  ];
}

/** It is computed again in any case. Keys and indexes on it go with it, foreign keys of others do not. */
function dropGenerated(schema: SchemaDef, table: TableDef, column: ColumnDef): readonly Operation[] {
  const keys = [table, ...referencingTables(schema, table)].flatMap((other) =>
    other.foreignKeys
      .filter((key) => sameObject(key.target, table) && key.targetColumns.includes(column.name))
      .filter((key) => other !== table || !key.columns.includes(column.name))
      .map((key) => dropOf(objectName(other), "foreignKey", key.name, key.columns)),
  );
  return [
    ...keys,
    ...revokesOf(schema, table, column),
    { kind: "dropColumn", table: objectName(table), column: column.name },
  ];
}

/** Grants on the column alone go with it too. */
function revokesOf(schema: SchemaDef, table: TableDef, column: ColumnDef): readonly Operation[] {
  const key = targetKey({ type: "table", ...objectName(table) });
  return Object.values(schema.privileges ?? {}).flatMap(({ on, role, privileges, way }): readonly Operation[] => {
    const own = privileges.filter((one) => columnOf(one) === column.name);
    if (targetKey(on) !== key || own.length === 0 || way === "withheld") return [];
    return [
      { kind: "revoke", on, role, privileges: own, ...(way === "grantable" ? { grantable: true as const } : {}) },
    ];
  });
}

function callsOfDomain(domain: DomainDef, calls: Calls): readonly Operation[] {
  const checks = domain.checks.filter((check) => !calls(check.expression));
  const changes = {
    ...(calls(domain.default) ? { default: null } : {}),
    ...(checks.length === domain.checks.length ? {} : { checks }),
  };
  return Object.keys(changes).length === 0 ? [] : [{ kind: "alterObject", object: refOf(domain), changes }];
}

function asChange(op: Operation): Operation {
  if (op.kind !== "dropColumn") return op;
  return { kind: "alterColumn", table: op.table, column: op.column, changes: { generated: null } };
}

/** The drops of views and functions, with `operations` where only functions and operators of these names are left. */
export function beforeFunctions(
  drops: readonly Operation[],
  operations: readonly Operation[],
  names: ReadonlySet<string>,
): readonly Operation[] {
  const at = drops.findIndex((op) => op.kind === "dropObject" && names.has(calledName(op.object) ?? ""));
  return at === -1 ? [...drops, ...operations] : [...drops.slice(0, at), ...operations, ...drops.slice(at)];
}

/** The names of functions, operators and their classes that are dropped, as `moved` says, while one of that name is made. */
export function replacedNames(from: SchemaDef, to: SchemaDef, moved: ReadonlySet<string>): ReadonlySet<string> {
  const called = (schema: SchemaDef) =>
    dependentsOf(schema).filter((one) => isFunction(one) || isOperator(one) || isForColumns(one));
  const gone = called(from).filter((one) => moved.has(one.key));
  if (gone.length === 0) return new Set();
  const made = called(to).filter((one) => moved.has(one.key) || !(one.key in from.objects));
  const isSame = (a: Dependent, b: Dependent) =>
    sameDef([providedName(a), schemaOf(a)], [providedName(b), schemaOf(b)]);
  const names = gone.filter((one) => made.some((other) => isSame(one, other))).map(providedName);
  return new Set(names.filter((name) => name !== null));
}

function schemaOf(one: Dependent): string | null {
  return ("object" in one ? one.object.schema : one.view.schema) ?? null;
}
