/** SQLite's side of the DDL writer, and the forms of a definition that SQLite can hold. */
import type { DdlWriter } from "../../../operations/operation.js";
import type { ColumnDef, TableDef } from "../../../schema/schema.js";
import { createDdlWriter, quoteIdentifier } from "../../standard-ddl.js";
import { defaultExpression } from "./defaults.js";
import { columnTypeText, typeText } from "./types.js";

const BUILT_IN_COLLATIONS = ["BINARY", "NOCASE", "RTRIM"];

export const ddl: DdlWriter = createDdlWriter({
  dialect: "sqlite",
  maximumIdentifierBytes: null,
  type: typeText,
  columnType: columnTypeText,
  booleanLiteral: (value) => (value ? "1" : "0"),
  defaultExpression,
  // The primary key says it.
  identity: () => "",
  inlinePrimaryKey,
  notNull: notNullText,
  collation: (name) =>
    BUILT_IN_COLLATIONS.includes(name.toUpperCase()) ? name.toUpperCase() : quoteIdentifier(name, null),
  tableSuffix,
});

/**
 * Written with the column, since `AUTOINCREMENT` and the rowid belong to `INTEGER PRIMARY KEY` and nothing else. The
 * one INTEGER key that is no rowid is the descending one, and only there.
 *
 * @see https://www.sqlite.org/autoinc.html and https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key
 */
export function inlinePrimaryKey(column: ColumnDef, table: TableDef): string | null {
  const key = table.primaryKey;
  if (key?.columns.length !== 1 || key.columns[0] !== column.name) return null;
  const isDescending = column.identity === undefined && key.order?.[0] === "desc" && key.collations === undefined;
  if (column.identity === undefined && !(isDescending && columnTypeText(column, table) === "INTEGER")) return null;
  return [
    ...(key.name === null ? [] : [`CONSTRAINT ${quoteIdentifier(key.name, null)}`]),
    "PRIMARY KEY",
    ...(isDescending ? ["DESC"] : []),
    ...(key.onConflict === undefined ? [] : [`ON CONFLICT ${key.onConflict}`]),
    ...(column.identity?.reuseIds === false ? ["AUTOINCREMENT"] : []),
  ].join(" ");
}

/** `CONSTRAINT "present" NOT NULL ON CONFLICT IGNORE`, or nothing. */
export function notNullText(column: ColumnDef, table: TableDef): string {
  if (!saysNotNull(column, table)) return "";
  const { notNullName, notNullConflict } = column.sqlite ?? {};
  return [
    ...(notNullName === undefined ? [] : [`CONSTRAINT ${quoteIdentifier(notNullName, null)}`]),
    "NOT NULL",
    ...(notNullConflict === undefined ? [] : [`ON CONFLICT ${notNullConflict}`]),
  ].join(" ");
}

/** The columns of a primary key may hold NULL in SQLite where nothing is said; see `SqliteColumn`. */
export function saysNotNull(column: ColumnDef, table: Pick<TableDef, "primaryKey">): boolean {
  if (column.nullable) return false;
  if (table.primaryKey?.columns.includes(column.name) !== true) return true;
  return column.sqlite?.notNull ?? column.identity === undefined;
}

/** `WITHOUT ROWID, STRICT` */
export function tableSuffix(table: TableDef): string {
  const { withoutRowid, strict } = table.options?.sqlite ?? {};
  return [...(withoutRowid === true ? ["WITHOUT ROWID"] : []), ...(strict === true ? ["STRICT"] : [])].join(", ");
}
