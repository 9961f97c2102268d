/**
 * Database URLs: what they mean, and how they are shown without their password.
 */
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.js";

export type DatabaseUrl =
  | {
      readonly dialect: "sqlite";
      /** Absolute path, or null for a database in memory. */
      readonly file: string | null;
      /** Runs in a worker thread, so that long statements do not block the caller's event loop. */
      readonly worker: boolean;
      readonly display: string;
    }
  | {
      readonly dialect: "postgres";
      /** `postgres://…` as pg understands it, with the driver suffix taken off. */
      readonly url: string;
      readonly display: string;
    };

const FORMS = "sqlite:///./app.db, sqlite::memory:, ./app.db, postgres://user@host/database";

/**
 * Reads every form of the command line contract. Relative SQLite paths are resolved against `baseDirectory`.
 *
 * @throws {@link UsageError} for a URL of another kind; the message never holds the password.
 */
export function parseDatabaseUrl(text: string, baseDirectory: string): DatabaseUrl {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:/i.exec(trimmed);
  const name = scheme?.[1]?.toLowerCase();
  const driver = scheme?.[2]?.toLowerCase();
  // One letter before the colon is a Windows drive, not a scheme.
  if (name === undefined || name.length === 1) return sqlitePath(trimmed, trimmed, baseDirectory, false);
  const rest = trimmed.slice(scheme![0].length);
  if (name === "sqlite" || name === "sqlite3") {
    if (driver !== undefined && !["aiosqlite", "pysqlite"].includes(driver)) throw unknownUrl(trimmed);
    return sqliteUrl(trimmed, rest, baseDirectory, driver === "aiosqlite");
  }
  if (name === "file") {
    const path = rest.startsWith("//") ? fileUrlPath(trimmed) : rest.replace(/\?.*$/s, "");
    return sqlitePath(path, trimmed, baseDirectory, false);
  }
  if (name === "postgres" || name === "postgresql") {
    if (driver !== undefined && !["asyncpg", "psycopg", "psycopg2", "pg"].includes(driver)) throw unknownUrl(trimmed);
    return { dialect: "postgres", url: `postgres:${rest}`, display: redactUrl(`postgres:${rest}`) };
  }
  throw unknownUrl(trimmed);
}

function sqliteUrl(text: string, rest: string, baseDirectory: string, worker: boolean): DatabaseUrl {
  if (rest === ":memory:" || rest === "//" || rest === "///:memory:" || rest === "///" || rest === "") {
    return { dialect: "sqlite", file: null, worker, display: text };
  }
  // SQLAlchemy's rule: three slashes are relative, four are absolute.
  const path = rest.startsWith("///") ? rest.slice(3) : rest.startsWith("//") ? rest.slice(2) : rest;
  return sqlitePath(path.replace(/\?.*$/s, ""), text, baseDirectory, worker);
}

function sqlitePath(path: string, display: string, baseDirectory: string, worker: boolean): DatabaseUrl {
  if (path === "") throw unknownUrl(display);
  if (path === ":memory:") return { dialect: "sqlite", file: null, worker, display };
  const file = isAbsolute(path) ? path : resolve(baseDirectory, path);
  return { dialect: "sqlite", file, worker, display };
}

function fileUrlPath(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (cause) {
    throw new UsageError(`the database URL '${redactUrl(text)}' is not a local file`, {
      cause,
      hint: `Use one of: ${FORMS}.`,
    });
  }
}

function unknownUrl(text: string): UsageError {
  return new UsageError(`the database URL '${redactUrl(text)}' is of no known kind`, { hint: `Use one of: ${FORMS}.` });
}

/** The same text with every password in it replaced by `***`. */
export function redactUrl(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+]*:\/\/[^:/?#@\s]*):[^\s/?#]*@/i, "$1:***@")
    .replace(/^([a-z][a-z0-9+]*:\/\/[^:/?#@\s]*):.*@/i, "$1:***@")
    .replace(/([?&](?:password|pass|pwd|sslpassword)=)[^&\s]*/gi, "$1***");
}
