/** SQLite's side of the DDL writer, and the forms of a definition that SQLite can hold. */
import type { DdlWriter } from "../../operations/operation.js";
import type { ColumnDef, TableDef } from "../../schema/schema.js";
import { createDdlWriter, quoteIdentifier } from "../standard-ddl.js";
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
  collation: (name) =>
    BUILT_IN_COLLATIONS.includes(name.toUpperCase()) ? name.toUpperCase() : quoteIdentifier(name, null),
  tableSuffix,
});

/**
 * Written with the column, since `AUTOINCREMENT` and the rowid belong to `INTEGER PRIMARY KEY` and nothing else.
 *
 * @see https://www.sqlite.org/autoinc.html
 */
export function inlinePrimaryKey(column: ColumnDef, table: TableDef): string | null {
  const key = table.primaryKey;
  if (column.identity === undefined || key?.columns.length !== 1 || key.columns[0] !== column.name) return null;
  return [
    ...(key.name === null ? [] : [`CONSTRAINT ${quoteIdentifier(key.name, null)}`]),
    "PRIMARY KEY",
    ...(key.onConflict === undefined ? [] : [`ON CONFLICT ${key.onConflict}`]),
    ...(column.identity.reuseIds === false ? ["AUTOINCREMENT"] : []),
  ].join(" ");
}

/** `WITHOUT ROWID, STRICT` */
export function tableSuffix(table: TableDef): string {
  const { withoutRowid, strict } = table.options?.sqlite ?? {};
  return [...(withoutRowid === true ? ["WITHOUT ROWID"] : []), ...(strict === true ? ["STRICT"] : [])].join(", ");
}
