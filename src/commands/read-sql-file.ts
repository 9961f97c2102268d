/** A `.sql` file as a schema: it is run on a scratch database and read back. */
import { readFileSync } from "node:fs";
import type { Connection } from "../dialects/dialect.js";
import { ModelInvalidError, QueryError } from "../errors.js";
import { LONGEST_FILE } from "../util/limits.js";
import { displayPath } from "../util/user-module-error.js";

/** Runs the files one after the other. @throws ModelInvalidError for one that is not there or does not run */
export async function runSqlFiles(connection: Connection, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const text = readText(path);
    try {
      await connection.dialect.runFile(connection, text);
    } catch (cause) {
      if (!(cause instanceof QueryError)) throw cause;
      throw new ModelInvalidError(`'${displayPath(path)}' cannot be run: ${cause.message}`, {
        cause,
        hint: "It has to run on an empty database from its beginning to its end.",
      });
    }
  }
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > LONGEST_FILE)
      throw new Error(`it has ${text.length} characters, and ${LONGEST_FILE} is the most`);
    return text;
  } catch (cause) {
    throw new ModelInvalidError(`'${displayPath(path)}' cannot be read: ${(cause as Error).message}`, {
      cause,
      hint: "Give the path of a file of SQL statements.",
    });
  }
}

export function isSqlFile(path: string): boolean {
  return /\.sql$/i.test(path);
}
