/** The wanted keys, checks and indexes of a table in the words of the found ones. */
import {
  type CheckDef,
  type ForeignKeyDef,
  type IndexDef,
  type IndexElement,
  type PrimaryKeyDef,
  sameDef,
  type TableDef,
  type UniqueDef,
} from "../../../schema/schema.js";
import { sameName } from "../catalog/read-table.js";
import { normalExpression, normalExpressionOf } from "../text/expression.js";

type Constraints = Pick<TableDef, "uniques" | "foreignKeys" | "checks" | "indexes"> &
  Partial<Pick<TableDef, "primaryKey">>;

export function reconcileConstraints(wanted: TableDef, found: TableDef): Constraints {
  return {
    ...(wanted.primaryKey === undefined ? {} : { primaryKey: reconcileKey(wanted.primaryKey, found.primaryKey) }),
    uniques: matchAll(wanted.uniques, found.uniques, uniqueShape),
    foreignKeys: matchAll(wanted.foreignKeys, found.foreignKeys, foreignKeyShape),
    checks: matchAll(wanted.checks, found.checks, checkShape),
    indexes: matchAll(wanted.indexes, found.indexes, (index) => indexShape(found.name, index)),
  };
}

function reconcileKey(wanted: PrimaryKeyDef, found: PrimaryKeyDef | undefined): PrimaryKeyDef {
  if (found === undefined || keyShape(wanted) !== keyShape(found)) return wanted;
  return isSameName(wanted, found) || isNobodysName(wanted, found) ? found : { ...found, name: wanted.name };
}

interface Named {
  readonly name: string | null;
  readonly conventional?: true;
  readonly renamedFrom?: string;
}

/**
 * Pairs the two lists, each found one at most once: by name and shape first, then by shape alone. What has a partner is
 * written as the partner is, but for a name that somebody chose, in the order of the found list; the rest follows.
 */
function matchAll<T extends Named>(
  wanted: readonly T[],
  found: readonly T[],
  shapeOf: (item: T) => string,
): readonly T[] {
  const isOne = (item: T, other: T) =>
    isSameName(item, other) && (sameButMarks(item, other) || shapeOf(item) === shapeOf(other));
  if (wanted.length === found.length && wanted.every((item, at) => isOne(item, found[at]!))) return found;
  const partners = new Map<T, T>();
  const free = new Map(found.map((item) => [item, shapeOf(item)]));
  const keptName = (item: T) =>
    item.name !== null && wanted.some((other) => other.name !== null && sameName(other.name, item.name!));
  const pair = (accepts: (wanted: T, found: T) => boolean) => {
    for (const item of wanted) {
      if (partners.has(item)) continue;
      const shape = shapeOf(item);
      const partner = [...free].find(([other, otherShape]) => otherShape === shape && accepts(item, other))?.[0];
      if (partner === undefined) continue;
      partners.set(item, partner);
      free.delete(partner);
    }
  };
  pair(isSameName);
  pair(
    (item, other) => item.renamedFrom !== undefined && other.name !== null && sameName(item.renamedFrom, other.name),
  );
  pair(isNobodysName);
  // Under another name by now; one that keeps its name for something else is no partner.
  pair((_item, other) => !keptName(other));
  const written = new Map([...partners].map(([item, other]) => [other, withChosenName(item, other)]));
  return [...found.flatMap((item) => written.get(item) ?? []), ...wanted.filter((item) => !partners.has(item))];
}

/** Equal but for what only models say. */
function sameButMarks<T extends Named>(item: T, found: T): boolean {
  if (item.conventional === undefined && item.renamedFrom === undefined) return sameDef(item, found);
  const { conventional: _rule, renamedFrom: _hint, ...wanted } = item;
  return sameDef(wanted, found);
}

function withChosenName<T extends Named>(wanted: T, found: T): T {
  return isSameName(wanted, found) || isNobodysName(wanted, found) ? found : { ...found, name: wanted.name };
}

function isSameName(wanted: Named, found: Named): boolean {
  return wanted.name !== null && found.name !== null && sameName(wanted.name, found.name);
}

/** The name is of no account where it follows from a rule or where one side has none. */
function isNobodysName(wanted: Named, found: Named): boolean {
  return wanted.conventional === true || wanted.name === null || found.name === null;
}

export function keyShape(key: PrimaryKeyDef): string {
  return JSON.stringify([key.columns, conflictOf(key), termsOf(key)]);
}

export function uniqueShape(unique: UniqueDef): string {
  const { nullsNotDistinct, include, deferrable } = unique;
  return JSON.stringify([unique.columns, conflictOf(unique), termsOf(unique), nullsNotDistinct, include, deferrable]);
}

function termsOf({ order, collations }: Pick<UniqueDef, "order" | "collations">): unknown {
  return [
    order?.includes("desc") === true ? order : null,
    collations?.some((one) => one !== null) === true ? collations.map((one) => one?.toUpperCase()) : null,
  ];
}

/** ABORT is what happens when nothing is said. @see https://www.sqlite.org/lang_conflict.html */
function conflictOf(key: { readonly onConflict?: string }): string {
  return key.onConflict?.toUpperCase() ?? "ABORT";
}

/** SQLite treats DEFERRABLE INITIALLY IMMEDIATE like no DEFERRABLE at all. @see https://www.sqlite.org/foreignkeys.html#fk_deferred */
export function foreignKeyShape(key: ForeignKeyDef): string {
  const deferred = key.deferrable === "deferred";
  const target = [key.target.name.toLowerCase(), key.targetColumns.map((name) => name.toLowerCase())];
  return JSON.stringify([key.columns, target, key.onDelete, key.onUpdate, deferred]);
}

export function checkShape(check: CheckDef): string {
  return normalExpression(check.expression);
}

function indexShape(table: string, index: IndexDef): string {
  return JSON.stringify([
    index.unique,
    index.elements.map((element) => elementShape(table, element)),
    index.where === undefined ? null : normalExpressionOf(table, index.where),
    index.method,
    index.include,
    index.nullsNotDistinct,
    index.with,
  ]);
}

function elementShape(table: string, element: IndexElement): unknown {
  return [
    element.column ?? null,
    element.expression === undefined ? null : normalExpressionOf(table, element.expression),
    element.order,
    element.nulls,
    element.collation?.toUpperCase(),
    element.operatorClass,
  ];
}
