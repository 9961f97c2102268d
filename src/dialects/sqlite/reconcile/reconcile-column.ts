/** One wanted column in the words of the found one. */
import { type ColumnDef, type SqliteColumn, sameDef, type TableDef, type TypeDef } from "../../../schema/schema.js";
import { saysNotNull } from "../text/ddl.js";
import { defaultExpression } from "../text/defaults.js";
import { sameExpression } from "../text/expression.js";
import { canonicalTypeText, columnTypeText, parseType } from "../text/types.js";

export interface FoundColumn {
  readonly column: ColumnDef;
  readonly table: TableDef;
}

/** Each aspect is the found one's where both say the same, and the wanted one's where they do not. */
export function reconcileColumn(wanted: ColumnDef, table: TableDef, found: FoundColumn): ColumnDef {
  const other = found.column;
  if (sameDef(wanted, other) && isStrict(table) === isStrict(found.table)) return other;
  const {
    type: _type,
    default: _default,
    identity: _identity,
    generated: _generated,
    collation: _collation,
    sqlite: _sqlite,
    ...rest
  } = wanted;
  // Without its identity the column's own type has to be looked at: only INTEGER fills itself.
  const identity = sameIdentity(wanted, table, found) ? other.identity : wanted.identity;
  const typed: ColumnDef = { ...wanted, ...(identity === undefined ? {} : { identity }) };
  const type = sameType(typed, table, found) ? other.type : differentType(typed, table, other);
  const defaultValue = sameDefault(wanted, other) ? other.default : wanted.default;
  const generated = sameGenerated(wanted, other) ? other.generated : wanted.generated;
  const collation = collationOf(wanted) === collationOf(other) ? other.collation : wanted.collation;
  const column: ColumnDef = {
    ...rest,
    type,
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    ...(identity === undefined ? {} : { identity }),
    ...(generated === undefined ? {} : { generated }),
    ...(collation === undefined ? {} : { collation }),
  };
  const sqlite = reconcileSqlite({ ...column, ...(wanted.sqlite && { sqlite: wanted.sqlite }) }, table, found);
  return Object.keys(sqlite).length === 0 ? column : { ...column, sqlite };
}

/**
 * That a key column may hold NULL is left as it is unless somebody says otherwise, and so is the name of a NOT NULL; what
 * happens on a conflict is not.
 */
function reconcileSqlite(
  wanted: ColumnDef,
  table: TableDef,
  { column: found, table: from }: FoundColumn,
): SqliteColumn {
  if (wanted.nullable) return {};
  const isKey = (of: TableDef) => of.primaryKey?.columns.includes(wanted.name) === true;
  const kept = isKey(table) && isKey(from) && !found.nullable ? found.sqlite?.notNull : undefined;
  const notNull = isKey(table) ? (wanted.sqlite?.notNull ?? kept) : undefined;
  const { notNull: _usual, ...plain } = wanted.sqlite ?? {};
  const isUsual = notNull === undefined || notNull === saysNotNull({ ...wanted, sqlite: plain }, table);
  const isSaid = saysNotNull({ ...wanted, sqlite: isUsual ? plain : { notNull } }, table);
  const name = wanted.sqlite?.notNullName ?? (found.nullable ? undefined : found.sqlite?.notNullName);
  return {
    ...(isUsual ? {} : { notNull }),
    ...(isSaid && name !== undefined ? { notNullName: name } : {}),
    ...(isSaid && plain.notNullConflict !== undefined ? { notNullConflict: plain.notNullConflict } : {}),
  };
}

function isStrict(table: TableDef): boolean {
  return table.options?.sqlite?.strict === true;
}

function sameType(wanted: ColumnDef, table: TableDef, found: FoundColumn): boolean {
  const text = (column: ColumnDef, of: TableDef) => canonicalTypeText(columnTypeText(column, of));
  return text(wanted, table) === text(found.column, found.table);
}

/** One type of the models is two words where only one of the tables is STRICT: then the word itself is the difference. */
function differentType(wanted: ColumnDef, table: TableDef, found: ColumnDef): TypeDef {
  return sameDef(wanted.type, found.type) ? parseType(columnTypeText(wanted, table)) : wanted.type;
}

/** An INTEGER PRIMARY KEY fills itself whether or not the models say so; AUTOINCREMENT is a difference. */
function sameIdentity(wanted: ColumnDef, table: TableDef, { column: found }: FoundColumn): boolean {
  const reuses = (column: ColumnDef) => column.identity?.reuseIds !== false;
  if (wanted.identity !== undefined && found.identity !== undefined) return reuses(wanted) === reuses(found);
  if (found.identity === undefined) return wanted.identity === undefined;
  const isKey = table.primaryKey?.columns.length === 1 && table.primaryKey.columns[0] === wanted.name;
  const isInteger = canonicalTypeText(columnTypeText(wanted, table)) === "INTEGER";
  return isKey && isInteger && table.options?.sqlite?.withoutRowid !== true && reuses(found);
}

function sameDefault(wanted: ColumnDef, found: ColumnDef): boolean {
  const text = (column: ColumnDef) =>
    column.default === undefined ? "NULL" : defaultExpression(column.default, column.type);
  return sameExpression(text(wanted), text(found));
}

function sameGenerated(wanted: ColumnDef, found: ColumnDef): boolean {
  if (wanted.generated === undefined || found.generated === undefined) return wanted.generated === found.generated;
  return (
    wanted.generated.stored === found.generated.stored &&
    sameExpression(wanted.generated.expression, found.generated.expression)
  );
}

/** BINARY is what a column has when nothing is said. */
function collationOf(column: ColumnDef): string {
  return (column.collation ?? "BINARY").toUpperCase();
}
