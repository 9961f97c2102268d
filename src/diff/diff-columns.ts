/** What changed in the columns of a table that is on both sides. */
import { columnChanges } from "../operations/alter-column.js";
import type { Operation } from "../operations/operation.js";
import { mentionsColumn } from "../schema/expression.js";
import { inheritedColumn } from "../schema/inheritance.js";
import { freeName } from "../schema/naming.js";
import {
  type ColumnDef,
  findColumn,
  type ObjectName,
  objectName,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { calledSequence, isSerialSequenceName } from "../schema/serials.js";
import { notNullNameOf } from "../schema/server-names.js";
import { quoteName, quoteText } from "../util/quote.js";
import { topologicalSort } from "../util/topological-sort.js";

export interface ColumnOperations {
  readonly added: readonly Operation[];
  readonly altered: readonly Operation[];
  readonly dropped: readonly Operation[];
}

/**
 * A generated column comes after the columns that it is made of, and goes before them. `before` and `after` are the schemas
 * that the tables stand in.
 */
export function diffColumns(from: TableDef, to: TableDef, before: SchemaDef, after: SchemaDef): ColumnOperations {
  const table = objectName(to);
  const isOwn = (column: ColumnDef, other: TableDef) =>
    column.inherited !== true && findColumn(other, column.name) === undefined;
  const added = inOrderOfNeed(to.columns.filter((column) => isOwn(column, from))).map(
    (column): Operation => ({ kind: "addColumn", table, column: plainColumn(column) }),
  );
  const altered = to.columns.flatMap((column): readonly Operation[] => {
    // One that only a parent has is as the parent has it.
    const given = column.inherited === true ? [before, after] : [];
    const old =
      findColumn(from, column.name) ??
      given.map((schema) => inheritedColumn(schema, to, column.name)).find((found) => found !== undefined);
    return old === undefined ? [] : alter(table, old, column, renamedValues(to, column.name));
  });
  const asGiven = from.columns.flatMap((column) => {
    const given = column.inherited === true ? inheritedColumn(after, { ...to, columns: [] }, column.name) : undefined;
    const isSaid = findColumn(to, column.name) !== undefined;
    return isSaid || given === undefined ? [] : alter(table, column, given, null);
  });
  const gone = inOrderOfNeed(from.columns.filter((column) => isOwn(column, to)));
  const needed = (column: ColumnDef) => gone.some((other) => isMadeOf(other, column));
  const dropped = [...gone.filter((column) => !needed(column)), ...gone.filter(needed).reverse()].map(
    (column): Operation => ({ kind: "dropColumn", table, column: column.name }),
  );
  return { added: [...makeWay(table, from, gone, added), ...added], altered: [...altered, ...asGiven], dropped };
}

/** PostgreSQL's NOT NULL has a name, and what is added comes before what goes: the one that goes gives the name up. */
function makeWay(
  table: ObjectName,
  from: TableDef,
  gone: readonly ColumnDef[],
  added: readonly Operation[],
): readonly Operation[] {
  const wanted = new Set(added.flatMap((op) => (op.kind === "addColumn" ? (op.column.notNull?.name ?? []) : [])));
  if (wanted.size === 0) return [];
  const nameOf = (column: ColumnDef) =>
    column.nullable ? null : (column.notNull?.name ?? notNullNameOf(from.name, column.name));
  const taken = new Set([...wanted, ...from.columns.flatMap((column) => nameOf(column) ?? [])]);
  return gone.flatMap((column) => {
    const name = nameOf(column);
    if (name === null || !wanted.has(name)) return [];
    const free = freeName(`${name}_old`, taken);
    taken.add(free);
    return alter(table, column, { ...column, notNull: { ...column.notNull, name: free } }, null);
  });
}

function alter(
  table: ObjectName,
  from: ColumnDef,
  to: ColumnDef,
  values: ReturnType<typeof renamedValues>,
): readonly Operation[] {
  const changes = columnChanges(from, to, sameDef);
  if (changes === null && values === null) return [];
  const said = { ...changes, ...(changes?.type === undefined ? {} : keptSequence(table, to)) };
  return [{ kind: "alterColumn", table, column: to.name, changes: said, ...values }];
}

/** On the way back the column may be one that reads as serial: it is said that the sequence goes on to number it. */
function keptSequence({ name, schema }: ObjectName, column: ColumnDef): Pick<ColumnDef, "default"> {
  const called = calledSequence(column.default);
  const isKept = called !== null && called.schema === schema && isSerialSequenceName(called.name, name, column.name);
  return isKept ? { default: column.default! } : {};
}

function inOrderOfNeed(columns: readonly ColumnDef[]): readonly ColumnDef[] {
  return topologicalSort(columns, (column) => columns.filter((other) => isMadeOf(column, other))).order;
}

function isMadeOf(column: ColumnDef, other: ColumnDef): boolean {
  return column !== other && column.generated !== undefined && mentionsColumn(column.generated.expression, other.name);
}

/** What becomes of the rows where values of an enum that is text with a check have other names now. */
function renamedValues(
  table: TableDef,
  column: string,
): { readonly using: string; readonly usingBack?: string } | null {
  const check = table.checks.find(({ ofEnum }) => ofEnum?.column === column && ofEnum.renamedValues !== undefined);
  const renames = Object.entries(check?.ofEnum?.renamedValues ?? {});
  if (renames.length === 0) return null;
  const name = quoteName(column);
  const mapped = (pairs: readonly (readonly [string, string])[]) =>
    `CASE ${name} ${pairs.map(([from, to]) => `WHEN ${quoteText(from)} THEN ${quoteText(to)}`).join(" ")} ELSE ${name} END`;
  // Rows that joined others cannot be told apart any more.
  const found = check?.ofEnum?.foundValues ?? [];
  const back = renames
    .filter(([, to], at) => renames.findIndex((other) => other[1] === to) === at)
    .filter(([, to]) => !found.includes(to) || renames.some(([from]) => from === to))
    .map(([from, to]) => [to, from] as const);
  return { using: mapped(renames), ...(back.length === 0 ? {} : { usingBack: mapped(back) }) };
}

/** Without what only the wanted side knows. */
export function plainColumn(column: ColumnDef): ColumnDef {
  const { renamedFrom: _hint, ...rest } = column;
  return rest;
}
