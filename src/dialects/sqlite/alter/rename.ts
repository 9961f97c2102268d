/** Renames, which SQLite does by itself and carries into views, triggers, indexes and foreign keys. */
import { type Statement, statement } from "../../../operations/operation.js";
import { sameName } from "../catalog/read-table.js";
import { ddl } from "../text/ddl.js";
import { tokenize } from "../text/sql-tokenizer.js";

export interface Renames {
  readonly table: { readonly name: string };
  readonly tableTo: string;
  /** Old column name → new one. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Columns first, then the table. */
export function renameStatements({ table, tableTo, columns }: Renames): readonly Statement[] {
  return [
    ...[...columns].map(([from, to]) =>
      statement(`ALTER TABLE ${ddl.id(table.name)} RENAME COLUMN ${ddl.id(from)} TO ${ddl.id(to)}`),
    ),
    ...(table.name === tableTo ? [] : renameTableStatements(table.name, tableTo)),
  ];
}

/** Two steps where the names differ in case only: SQLite takes the new name for another table's. */
export function renameTableStatements(from: string, to: string): readonly Statement[] {
  const rename = (a: string, b: string) => statement(`ALTER TABLE ${ddl.id(a)} RENAME TO ${ddl.id(b)}`);
  if (!sameName(from, to)) return [rename(from, to)];
  const between = `_tsm_rename_${from}`;
  return [rename(from, between), rename(between, to)];
}

/** `CREATE [UNIQUE] INDEX [schema.]name ON …`, as SQLite keeps it, under another name. */
export function renameIndexText(sql: string, to: string): string {
  const tokens = tokenize(sql);
  const on = tokens.findIndex((token) => token.key === "ON");
  const name = tokens[on - 1]!;
  return `${sql.slice(0, name.start)}${ddl.id(to)}${sql.slice(name.end)}`;
}
