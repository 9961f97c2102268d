import { QueryError } from "../../errors.js";
import { lineAt } from "../../util/line-at.js";
import type { Connection } from "../dialect.js";
import { splitScript } from "./text/split-script.js";

/**
 * One statement after the other, so that an error tells its line. Rows are left out, as they have no part in a schema.
 *
 * @throws QueryError with the line in its message
 */
export async function runFile(connection: Connection, text: string): Promise<void> {
  const virtual: string[] = [];
  for (const { text: sql, start, keys } of splitScript(text)) {
    const table = keys[0] === "INSERT" ? virtualTable(sql) : undefined;
    if (table === null || isShadow(sql, virtual)) continue;
    if (table !== undefined) virtual.push(table.name);
    try {
      await connection.script(table?.sql ?? sql);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const line = lineAt(text, start);
      throw new QueryError(`line ${line}: ${error.message}`, {
        cause: error,
        sql: error.sql,
        sqlState: error.sqlState,
      });
    }
  }
}

/** The shell's `.dump` writes a virtual table into the schema itself. */
function virtualTable(sql: string): { readonly name: string; readonly sql: string } | null {
  const written =
    /^INSERT\s+INTO\s+sqlite_(?:schema|master)\b[^']*\bVALUES\s*\('table','((?:[^']|'')*)',[\s\S]*?,'(CREATE VIRTUAL TABLE(?:[^']|'')*)'\)$/i;
  const [, name, text] = written.exec(sql) ?? [];
  if (name === undefined || text === undefined) return null;
  return { name: name.replaceAll("''", "'"), sql: text.replaceAll("''", "'") };
}

/** Its shadow tables came with it when it was made. */
function isShadow(sql: string, virtual: readonly string[]): boolean {
  const name = /^CREATE TABLE IF NOT EXISTS '((?:[^']|'')+)'/.exec(sql)?.[1]?.replaceAll("''", "'");
  return name !== undefined && virtual.some((table) => name.startsWith(`${table}_`));
}
