import { QueryError, UsageError } from "../../../errors.js";
import { lineAt } from "../../../util/line-at.js";
import type { Connection } from "../../dialect.js";
import { type FileStatement, splitFile } from "../text/split-script.js";

/**
 * A file as `psql` would run it, as far as it makes objects: what `pg_dump` writes can be read. Rows are left out, and so
 * are owners and grants of roles that this server does not have.
 *
 * @throws QueryError with the line in its message
 */
export async function runFile(connection: Connection, text: string): Promise<void> {
  const statements = splitFile(text).filter((statement) => !isIdle(statement, text));
  const isPlain = !statements.some(({ text: sql }) =>
    /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT)\b/i.test(sql),
  );
  if (!isPlain || !(await runAtOnce(connection, statements))) await runOneByOne(connection, statements, text);
  // Dumps change settings of their session, the search path above all.
  await connection.script("RESET ALL");
}

/** Rows have no part in a schema, and most commands of `psql` none either. */
function isIdle({ text, start, isCommand }: FileStatement, file: string): boolean {
  if (isCommand !== true) return /^(?:INSERT\s|COPY\s[\s\S]*\sFROM\s+stdin\b)/i.test(text);
  const [command = ""] = text.slice(1).split(/\s/);
  if (!["i", "ir", "include", "include_relative", "gexec", "copy"].includes(command)) return true;
  throw new UsageError(`the file uses '\\${command}' in line ${lineAt(file, start)}, which only psql can do`, {
    hint: "Name several files in `models` instead of including one from another.",
  });
}

/** One message, one transaction. False when the server refuses something of it, and then nothing of it is done. */
async function runAtOnce(connection: Connection, statements: readonly FileStatement[]): Promise<boolean> {
  try {
    await connection.script(statements.map(({ text }) => text).join(";\n"));
    return true;
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}

async function runOneByOne(connection: Connection, statements: readonly FileStatement[], file: string): Promise<void> {
  await connection.script("SET synchronous_commit = off");
  for (const { text, start } of statements) {
    try {
      await connection.script(text);
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      if (error.sqlState === UNDEFINED_OBJECT && ABOUT_ROLES.test(text)) continue;
      const position = Number((error.cause as { readonly position?: string } | undefined)?.position ?? 1);
      const line = lineAt(file, start + position - 1);
      throw new QueryError(`line ${line}: ${error.message}`, {
        cause: error,
        sql: error.sql,
        sqlState: error.sqlState,
      });
    }
  }
}

const UNDEFINED_OBJECT = "42704";
const ABOUT_ROLES = /^(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES|ALTER\s[\s\S]*\sOWNER\s+TO\s)/i;
