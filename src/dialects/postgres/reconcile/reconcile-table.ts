/** One table on both sides: what means the same is taken as the database has it. Pure; doubts go to `ask`. */

import { plainOptions } from "../../../operations/table-options.js";
import { sameObject } from "../../../schema/edit-schema.js";
import {
  type CheckDef,
  type ColumnDef,
  type ExcludeDef,
  type ForeignKeyDef,
  findColumn,
  type IdentityDef,
  type IndexDef,
  type PartitionOf,
  type PrimaryKeyDef,
  type StorageParameters,
  sameDef,
  type TableDef,
  type UniqueDef,
} from "../../../schema/schema.js";
import { parseDefault, sameDefault } from "../text/defaults.js";
import { sameSql } from "../text/sql-text.js";
import { sameType } from "../text/types.js";
import type { Ask } from "./questions.js";
import { reconcileIndexes, sameIndex } from "./reconcile-indexes.js";
import { inFoundOrder, type Named, reconcileMany } from "./reconcile-many.js";

/** `askBounds`: do the bounds of the two, which are partitions of one table, mean the same? */
export function reconcileTable(
  key: string,
  wanted: TableDef,
  found: TableDef,
  ask: Ask,
  askBounds: () => boolean,
): TableDef {
  const { primaryKey, comment, options: _options, excludes, partitionOf, ...rest } = wanted;
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
    ...(excludes === undefined
      ? {}
      : { excludes: reconcileMany(excludes, found.excludes ?? [], (a, b) => sameExclude(key, a, b, ask)) }),
    ...optional("partitionOf", partitionOf && reconcilePartition(partitionOf, found.partitionOf, askBounds)),
    ...reconcileOptions(wanted, found),
  };
}

/** Names that the models do not say are right as they are. */
function reconcilePartition(
  wanted: PartitionOf,
  found: PartitionOf | undefined,
  askBounds: () => boolean,
): PartitionOf {
  if (found === undefined || !sameObject(wanted.table, found.table)) return wanted;
  const isSame = sameSql(wanted.bounds, found.bounds) || askBounds();
  const indexNames = { ...found.indexNames, ...wanted.indexNames };
  return {
    table: wanted.table,
    bounds: isSame ? found.bounds : wanted.bounds,
    ...(Object.keys(indexNames).length === 0 ? {} : { indexNames }),
  };
}

/** As indexes; then their operators. */
function sameExclude(table: string, wanted: ExcludeDef, found: ExcludeDef, ask: Ask): boolean {
  const rest = ({ elements, deferrable }: ExcludeDef) => [deferrable ?? null, elements.map(({ operator }) => operator)];
  return sameDef(rest(wanted), rest(found)) && sameIndex(table, indexOfExclude(wanted), indexOfExclude(found), ask);
}

/** Without its operators. */
export function indexOfExclude({ elements, deferrable: _deferrable, ...rest }: ExcludeDef): IndexDef {
  return {
    ...rest,
    name: rest.name ?? "",
    unique: false,
    elements: elements.map(({ operator: _operator, ...element }) => element),
  };
}

function reconcileColumn(table: string, wanted: ColumnDef, found: ColumnDef, ask: Ask): ColumnDef {
  const question = { table, wanted, found };
  const { default: value, identity, generated, collation, comment, notNull, ...rest } = wanted;
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
    // The name of a NOT NULL that the models do not say is right as it is.
    ...optional("notNull", rest.nullable ? undefined : (notNull ?? (found.nullable ? undefined : found.notNull))),
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
  return sameDef(plainKey(a), plainKey(b));
}

function plainKey(key: PrimaryKeyDef | UniqueDef): object {
  const { with: storage, ...rest } = key;
  return unnamed(storage === undefined ? rest : { ...rest, with: textsOf(storage) });
}

/** `70` and `"70"` are one to the server. */
function textsOf(storage: StorageParameters): object {
  return Object.fromEntries(Object.entries(storage).map(([name, value]) => [name, String(value)]));
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
  if (wanted.notEnforced !== found.notEnforced) return false;
  return sameSql(wanted.expression, found.expression) || ask({ kind: "check", table, wanted, found });
}

function unnamed({
  name: _name,
  conventional: _source,
  renamedFrom: _hint,
  comment: _comment,
  ...rest
}: (Named & Record<string, unknown>) | any): object {
  return rest;
}

/** How a table is partitioned cannot change; what is off needs no word. */
function reconcileOptions(wanted: TableDef, found: TableDef): Pick<TableDef, "options"> {
  const { partitionBy: _by, storage, ...rest } = plainOptions(wanted.options ?? {})?.postgres ?? {};
  const theirs = found.options?.postgres ?? {};
  const sameStorage = sameDef(textsOf(storage ?? {}), textsOf(theirs.storage ?? {}));
  const reconciled = {
    ...rest,
    ...optional("partitionBy", theirs.partitionBy),
    ...optional("storage", sameStorage ? theirs.storage : storage),
  };
  return optional("options", plainOptions({ postgres: reconciled }));
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T });
}
