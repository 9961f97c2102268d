/**
 * What ALTER TABLE does by itself, so that no row is copied: columns come and go in their plain forms, since SQLite 3.53
 * NOT NULL does and checks go, and since 3.54 checks come. Decided by the change and the version, never by the rows that
 * there are.
 *
 * @see https://www.sqlite.org/lang_altertable.html
 */
import { type OperationOf, type Statement, statement } from "../../../operations/operation.js";
import {
  type CheckDef,
  type ColumnDef,
  displayName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../../../schema/schema.js";
import { parenthesize } from "../../standard-ddl.js";
import { liveFactsOf } from "../catalog/live-facts.js";
import { sameName } from "../catalog/read-table.js";
import { scriptedObjectsOf } from "../catalog/scripted-objects.js";
import { ddl } from "../text/ddl.js";
import { isConstantDefault } from "../text/defaults.js";
import { mentionsName } from "../text/expression.js";
import type { TableNode } from "../text/table-nodes.js";
import { isAtLeast } from "../text/version.js";

export interface AlterRequest {
  readonly from: TableDef;
  readonly to: TableDef;
  /** What the database holds now; null where none was asked. */
  readonly node: TableNode | null;
  readonly serverVersion: string;
}

/** The statements that make `to` of `from` without a rebuild, or null where there are none. */
export function nativeAlter({ from, to, node, serverVersion }: AlterRequest): readonly Statement[] | null {
  if (node === null || !isAtLeast(serverVersion, 3, 53)) return null;
  return requiredChange(from, to) ?? checkChange(from, to, node, serverVersion);
}

/** One column, and nothing but its NOT NULL. */
function requiredChange(from: TableDef, to: TableDef): readonly Statement[] | null {
  const changed = to.columns.filter((column, index) => !sameDef(column, from.columns[index]));
  const [column] = changed;
  const old = from.columns.find(({ name }) => name === column?.name);
  if (column === undefined || old === undefined || changed.length > 1 || column.nullable === old.nullable) return null;
  const columns = to.columns.map((one) => (one === column ? old : one));
  if (!sameDef({ ...to, columns }, from) || !sameDef({ ...column, nullable: old.nullable }, old)) return null;
  if (to.primaryKey?.columns.includes(column.name) === true) return null;
  const alter = `ALTER TABLE ${ddl.id(to.name)} ALTER COLUMN ${ddl.id(column.name)}`;
  return column.nullable
    ? [statement(`${alter} DROP NOT NULL`)]
    : [refuseNulls(to, column.name, ddl.id(column.name)), statement(`${alter} SET NOT NULL`)];
}

/** One check more, or one less that has a name which nothing else in the table has. */
function checkChange(
  from: TableDef,
  to: TableDef,
  node: TableNode,
  serverVersion: string,
): readonly Statement[] | null {
  if (!sameDef({ ...to, checks: [] }, { ...from, checks: [] })) return null;
  const gone = without(from.checks, to.checks);
  const come = without(to.checks, from.checks);
  const alter = `ALTER TABLE ${ddl.id(to.name)}`;
  if (gone.length + come.length !== 1 || to.checks.length === from.checks.length) return null;
  // 3.53 refuses a new check that is NULL for a row, which every other statement takes for fulfilled.
  if (come[0] !== undefined && !isAtLeast(serverVersion, 3, 54)) return null;
  if (come[0] !== undefined) return [refuseRows(to, come[0]), statement(`${alter} ADD ${ddl.check(come[0])}`)];
  const { name } = gone[0]!;
  const constraints = [...node.constraints, ...node.columns.flatMap((column) => [...column.constraints])];
  const namesakes = constraints.filter((one) => name !== null && one.name !== null && sameName(one.name, name));
  if (name === null || namesakes.length !== 1 || namesakes[0]!.kind !== "check") return null;
  return [statement(`${alter} DROP CONSTRAINT ${ddl.id(namesakes[0]!.name!)}`)];
}

function without(checks: readonly CheckDef[], others: readonly CheckDef[]): readonly CheckDef[] {
  return checks.filter((check) => !others.some((other) => sameDef(check, other)));
}

/**
 * What ADD COLUMN takes with any number of rows.
 *
 * @see https://www.sqlite.org/lang_altertable.html#alter_table_add_column
 */
export function isAddable(column: ColumnDef): boolean {
  const { identity, generated } = column;
  if (identity !== undefined) return false;
  if (generated !== undefined) return !generated.stored && column.nullable;
  if (column.default === undefined) return column.nullable;
  const isNull = column.default.kind === "literal" && column.default.value === null;
  return isConstantDefault(column.default) && (column.nullable || !isNull);
}

/** Nothing is made of the column, and nothing names it. */
export function isDroppable(op: OperationOf<"dropColumn">, before: SchemaDef): boolean {
  const table = before.tables[objectKey(op.table)];
  if (table === undefined) return true;
  const { column } = op;
  const facts = liveFactsOf(before);
  const texts = [
    ...table.checks.map((check) => check.expression),
    ...table.columns.flatMap((other) =>
      other.generated === undefined || other.name === column ? [] : [other.generated.expression],
    ),
    ...table.indexes.flatMap((index) => [
      index.where ?? "",
      ...index.elements.map((element) => element.expression ?? ""),
    ]),
    ...Object.values(before.views).map((view) => view.definition),
    ...(facts?.objects ?? scriptedObjectsOf(before)).flatMap((object) =>
      object.type === "view" || object.type === "trigger" ? [object.sql] : [],
    ),
  ];
  const keys = [table.primaryKey, ...table.uniques, ...table.foreignKeys];
  return (
    !keys.some((key) => key?.columns.includes(column) === true) &&
    !table.indexes.some((index) => index.elements.some((element) => element.column === column)) &&
    !texts.some((text) => mentionsName(text, column))
  );
}

/** Asks whether rows stand against a NOT NULL. SQLite itself says no more than "constraint failed". */
export function refuseNulls(table: TableDef, column: string, expression: string): Statement {
  return statement(`SELECT 1 FROM ${ddl.id(table.name)} WHERE ${parenthesize(expression)} IS NULL LIMIT 1`, {
    expectNoRow: `column '${displayName(table)}.${column}' holds NULL and cannot become NOT NULL`,
  });
}

/** The same of a new check. */
export function refuseRows(table: TableDef, check: CheckDef): Statement {
  const name = check.name === null ? "" : ` '${check.name}'`;
  return statement(`SELECT 1 FROM ${ddl.id(table.name)} WHERE NOT ${parenthesize(check.expression)} LIMIT 1`, {
    expectNoRow: `a row of '${displayName(table)}' does not fulfil the new check${name} (${check.expression})`,
  });
}
