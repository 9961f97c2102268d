/** A `.sql` file as a schema: it is run on a scratch database and read back. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Connection } from "../../dialects/dialect.js";
import { ModelInvalidError, QueryError } from "../../errors.js";
import { LONGEST_FILE } from "../../util/limits.js";
import { displayPath } from "../../util/user-module-error.js";

/** Runs the files one after the other. @throws ModelInvalidError for one that is not there or does not run */
export async function runSqlFiles(connection: Connection, paths: readonly string[]): Promise<void> {
  for (const path of paths.flatMap(filesOf)) {
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

/** `schema/*.sql` is all files of the folder that look so, by their names. */
function filesOf(path: string): readonly string[] {
  const pattern = basename(path);
  if (!pattern.includes("*")) return [path];
  const [head = "", ...tail] = pattern.split("*");
  const looksSo = (name: string) => {
    let at = name.startsWith(head) ? head.length : -1;
    tail.forEach((part, place) => {
      if (at >= 0) at = after(name, part, at, place === tail.length - 1);
    });
    return at === name.length;
  };
  let names: readonly string[] = [];
  try {
    names = readdirSync(dirname(path)).filter(looksSo);
  } catch {
    // What is no folder holds no files.
  }
  if (names.length > 0) return [...names].sort().map((name) => join(dirname(path), name));
  throw new ModelInvalidError(`'${displayPath(path)}' names no file`, {
    hint: "Give the path of a file of SQL statements.",
  });
}

/** Where the part ends, at the first place or, for the last part, at the end of the name; -1 where it is not there. */
function after(name: string, part: string, from: number, isLast: boolean): number {
  if (isLast) return name.length - part.length >= from && name.endsWith(part) ? name.length : -1;
  const at = name.indexOf(part, from);
  return at < 0 ? -1 : at + part.length;
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > LONGEST_FILE)
      throw new Error(`it has ${text.length} characters, and ${LONGEST_FILE} is the most`);
    return text.replace(/^\ufeff/, "");
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
