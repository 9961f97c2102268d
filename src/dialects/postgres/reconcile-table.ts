/** One table on both sides: what means the same is taken as the database has it. Pure; doubts go to `ask`. */

import { sameObject } from "../../schema/edit-schema.js";
import {
  type CheckDef,
  type ColumnDef,
  type ForeignKeyDef,
  findColumn,
  type IdentityDef,
  type PrimaryKeyDef,
  sameDef,
  type TableDef,
  type UniqueDef,
} from "../../schema/schema.js";
import { parseDefault, sameDefault } from "./defaults.js";
import type { Ask } from "./questions.js";
import { reconcileIndexes } from "./reconcile-indexes.js";
import { sameSql } from "./sql-text.js";
import { sameType } from "./types.js";

export function reconcileTable(key: string, wanted: TableDef, found: TableDef, ask: Ask): TableDef {
  const { primaryKey, comment, options: _options, ...rest } = wanted;
  const reconciledKey =
    primaryKey === undefined
      ? undefined
      : reconcileMany([primaryKey], found.primaryKey === undefined ? [] : [found.primaryKey], sameKey)[0];
  return {
    ...rest,
    columns: inFoundOrder(
      wanted.columns.map((column) => {
        const counterpart = findColumn(found, column.name);
        return counterpart === undefined ? column : reconcileColumn(key, column, counterpart, ask);
      }),
      found.columns,
    ),
    ...(reconciledKey === undefined ? {} : { primaryKey: reconciledKey }),
    uniques: reconcileMany(wanted.uniques, found.uniques, sameKey),
    foreignKeys: reconcileMany(wanted.foreignKeys, found.foreignKeys, sameForeignKey),
    checks: reconcileMany(wanted.checks, found.checks, (a, b) => sameCheck(key, a, b, ask)),
    indexes: reconcileIndexes(key, wanted.indexes, found.indexes, ask),
    ...(comment === undefined || comment === "" ? {} : { comment }),
    ...reconcileOptions(wanted, found),
  };
}

interface Named {
  readonly name: string | null;
  readonly conventional?: true;
  readonly renamedFrom?: string;
}

/**
 * Pairs by name, then by shape: what nobody chose the name of is the found one, what has another name by now is written
 * as the found one with that name. Found's order; what is new comes last.
 */
export function reconcileMany<T extends Named>(
  wanted: readonly T[],
  found: readonly T[],
  same: (wanted: T, found: T) => boolean,
): readonly T[] {
  const named = new Set(wanted.map((item) => item.name));
  const free = found.filter((item) => !named.has(item.name));
  const reconciled = new Map<T, T>();
  const pair = (accepts: (item: T, other: T) => boolean, adopt: (item: T, other: T) => T) => {
    for (const item of wanted) {
      if (reconciled.has(item)) continue;
      const at = free.findIndex((other) => accepts(item, other) && same(item, other));
      if (at !== -1) reconciled.set(item, adopt(item, free.splice(at, 1)[0]!));
    }
  };
  for (const item of wanted) {
    const byName = found.find((other) => other.name === item.name);
    if (byName !== undefined) reconciled.set(item, same(item, byName) ? byName : item);
  }
  const renamed = (item: T, other: T): T => ({ ...other, name: item.name });
  pair((item, other) => item.renamedFrom !== undefined && item.renamedFrom === other.name, renamed);
  pair(
    (item) => item.name === null || item.conventional === true,
    (_item, other) => other,
  );
  pair((_item, other) => other.name !== null, renamed);
  return inFoundOrder(
    wanted.map((item) => reconciled.get(item) ?? item),
    found,
  );
}

function inFoundOrder<T extends { readonly name: string | null }>(
  items: readonly T[],
  found: readonly T[],
): readonly T[] {
  const position = new Map(found.map((item, index) => [item.name, index]));
  const place = (item: T) => position.get(item.name) ?? found.length;
  return [...items].sort((a, b) => place(a) - place(b));
}

function reconcileColumn(table: string, wanted: ColumnDef, found: ColumnDef, ask: Ask): ColumnDef {
  const question = { table, wanted, found };
  const { default: value, identity, generated, collation, comment, ...rest } = wanted;
  const keepsType =
    sameType(wanted.type, found.type) ||
    ((wanted.type.name === "custom" || wanted.type.name === "array") && ask({ kind: "type", ...question }));
  return {
    ...rest,
    type: keepsType ? found.type : wanted.type,
    ...optional(
      "default",
      reconcileDefault(wanted, found, () => ask({ kind: "default", ...question })),
    ),
    ...optional("identity", reconcileIdentity(identity, found)),
    ...optional(
      "generated",
      reconcileGenerated(wanted, found, () => ask({ kind: "generated", ...question })),
    ),
    ...optional("collation", collation === "default" ? undefined : collation),
    ...optional("comment", comment === "" ? undefined : comment),
  };
}

function reconcileDefault(wanted: ColumnDef, found: ColumnDef, ask: () => boolean): ColumnDef["default"] {
  if (sameDefault(wanted.default, found.default, found.type)) return found.default;
  if (wanted.default === undefined || found.default === undefined) return wanted.default;
  const kinds = [wanted.default, found.default].map((value) =>
    value.kind === "sql" ? parseDefault(value.text, found.type).kind : value.kind,
  );
  // The present time is never a constant.
  if (kinds.includes("now") && kinds.includes("literal")) return wanted.default;
  return ask() ? found.default : wanted.default;
}

function reconcileGenerated(wanted: ColumnDef, found: ColumnDef, ask: () => boolean): ColumnDef["generated"] {
  const [a, b] = [wanted.generated, found.generated];
  if (a === undefined || b === undefined || a.stored !== b.stored) return a;
  return sameSql(a.expression, b.expression) || ask() ? b : a;
}

/** Options that say what the server does anyway do not count. */
function reconcileIdentity(wanted: IdentityDef | undefined, found: ColumnDef): IdentityDef | undefined {
  if (wanted === undefined || found.identity === undefined) return wanted;
  const down = (wanted.increment ?? 1) < 0;
  const usual: Readonly<Record<string, unknown>> = {
    increment: 1,
    cache: 1,
    cycle: false,
    start: down ? (wanted.maxValue ?? -1) : (wanted.minValue ?? 1),
    ...(down ? { maxValue: -1 } : { minValue: 1 }),
  };
  const said = Object.entries(wanted).filter(([key, value]) => key !== "reuseIds" && value !== usual[key]);
  return sameDef(Object.fromEntries(said), found.identity) ? found.identity : wanted;
}

function sameKey(a: PrimaryKeyDef | UniqueDef, b: PrimaryKeyDef | UniqueDef): boolean {
  return sameDef(unnamed(a), unnamed(b));
}

/** The order of the pairs of columns does not matter. */
function sameForeignKey(a: ForeignKeyDef, b: ForeignKeyDef): boolean {
  const pairs = (key: ForeignKeyDef) => key.columns.map((column, at) => `${column}\0${key.targetColumns[at]}`).sort();
  const rest = ({
    columns: _columns,
    targetColumns: _targets,
    target: _target,
    notValid: _valid,
    ...key
  }: ForeignKeyDef) => unnamed(key as Named);
  const same = sameObject(a.target, b.target) && sameDef(pairs(a), pairs(b)) && sameDef(rest(a), rest(b));
  return same && !isLessValid(a, b);
}

/** What was validated since it was made is all the better. */
function isLessValid(wanted: { readonly notValid?: true }, found: { readonly notValid?: true }): boolean {
  return found.notValid === true && wanted.notValid !== true;
}

function sameCheck(table: string, wanted: CheckDef, found: CheckDef, ask: Ask): boolean {
  if (wanted.noInherit !== found.noInherit || isLessValid(wanted, found)) return false;
  return sameSql(wanted.expression, found.expression) || ask({ kind: "check", table, wanted, found });
}

function unnamed({
  name: _name,
  conventional: _source,
  renamedFrom: _hint,
  ...rest
}: (Named & Record<string, unknown>) | any): object {
  return rest;
}

function reconcileOptions(wanted: TableDef, found: TableDef): Pick<TableDef, "options"> {
  const text = (table: TableDef) => JSON.stringify(Object.entries(table.options?.postgres ?? {}).sort());
  if (text(wanted) !== text(found)) return optional("options", wanted.options);
  return optional("options", found.options);
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
