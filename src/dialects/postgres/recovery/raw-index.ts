/** CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY as the user wrote them: what the catalogs know of their end. */
import { QueryError } from "../../../errors.js";
import { quoteText } from "../../../util/quote.js";
import type { PostgresConnection } from "../connection/connection.js";
import { type ScannedToken, scan } from "../text/sql-text.js";

/** Names are as the text has them, quotes and all. */
export interface RawCreateIndex {
  readonly kind: "create";
  readonly isUnique: boolean;
  readonly name: string;
  readonly table: string;
  /** From after the table's name to the end. */
  readonly rest: string;
}

export interface RawDropIndex {
  readonly kind: "drop";
  readonly name: string;
}

/** The tokens of a text of one statement; null where there are several. */
export function onlyStatement(sql: string): readonly ScannedToken[] | null {
  const tokens = [...scan(sql)];
  while (tokens.at(-1)?.text === ";") tokens.pop();
  return tokens.some(({ text }) => text === ";") ? null : tokens;
}

/** Null for anything else, and for an index that leaves its name to the server. */
export function readRawIndex(sql: string): RawCreateIndex | RawDropIndex | null {
  const tokens = onlyStatement(sql);
  if (tokens === null) return null;
  const last = tokens.at(-1);
  let at = 0;
  const word = (text: string) => {
    if (tokens[at]?.text.toLowerCase() !== text) return false;
    at++;
    return true;
  };
  const name = () => (/^(?!u&)[a-z_\u0080-\uffff"]/i.test(tokens[at]?.text ?? "") ? tokens[at++]!.text : null);
  const qualified = () => {
    const first = name();
    if (first === null || !word(".")) return first;
    const second = name();
    return second === null ? null : `${first}.${second}`;
  };
  if (word("drop")) {
    if (!word("index") || !word("concurrently")) return null;
    if (word("if") && !word("exists")) return null;
    const index = qualified();
    const isOver = at === tokens.length || ((word("restrict") || word("cascade")) && at === tokens.length);
    return index === null || !isOver ? null : { kind: "drop", name: index };
  }
  if (!word("create")) return null;
  const isUnique = word("unique");
  if (!word("index") || !word("concurrently")) return null;
  if (word("if") && !(word("not") && word("exists"))) return null;
  const index = word("on") ? null : name();
  if (index === null || !word("on")) return null;
  word("only");
  const table = qualified();
  const next = tokens[at];
  if (table === null || next === undefined || last === undefined) return null;
  return { kind: "create", isUnique, name: index, table, rest: sql.slice(next.start, last.start + last.text.length) };
}

/** What there is under the name that the statement gives its index, on the table that it names. */
export async function findRawIndex(
  connection: PostgresConnection,
  { name, table }: RawCreateIndex,
): Promise<{ readonly index: string; readonly state: "valid" | "invalid" | "building" | "other" } | null> {
  const { rows } = await connection.query<Record<"index" | "valid" | "building" | "same", string>>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS index, i.indisvalid::text AS valid,
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)::text AS building,
       coalesce(i.indrelid = t.oid, false)::text AS same
     FROM pg_catalog.pg_class t JOIN pg_catalog.pg_class c ON c.relnamespace = t.relnamespace
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     WHERE t.oid = pg_catalog.to_regclass(${quoteText(table)})
       AND c.relname = (pg_catalog.parse_ident(${quoteText(name)}))[1]::pg_catalog.name`,
  );
  const [found] = rows;
  if (found === undefined) return null;
  if (found.same !== "true") return { index: found.index, state: "other" };
  if (found.valid === "true") return { index: found.index, state: "valid" };
  return { index: found.index, state: found.building === "true" ? "building" : "invalid" };
}

/** What became of the statement; null where a person has to look. */
export async function becameOf(
  connection: PostgresConnection,
  statement: RawCreateIndex | RawDropIndex,
): Promise<"done" | "again" | null> {
  if (statement.kind === "drop") {
    const { rows } = await connection.query<{ there: string }>(
      `SELECT (pg_catalog.to_regclass(${quoteText(statement.name)}) IS NOT NULL)::text AS there`,
    );
    return rows[0]?.there === "true" ? "again" : "done";
  }
  const found = await findRawIndex(connection, statement);
  if (found === null || found.state === "invalid") return "again";
  return found.state === "valid" && (await isWhatItMakes(connection, statement, found.index)) ? "done" : null;
}

/** Compares in the server's own words, after the statement has made its index on an empty table of the same columns. */
async function isWhatItMakes(
  connection: PostgresConnection,
  { isUnique, table, rest }: RawCreateIndex,
  index: string,
): Promise<boolean> {
  const definition = async (name: string) => {
    const { rows } = await connection.query<{ text: string }>(
      `SELECT i.indisunique::text || pg_catalog.substr(pg_catalog.pg_get_indexdef(c.oid), pg_catalog.strpos(
         pg_catalog.pg_get_indexdef(c.oid), pg_catalog.format('%I USING ', t.relname)) + pg_catalog.length(pg_catalog.format('%I', t.relname))) AS text
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
       JOIN pg_catalog.pg_class t ON t.oid = i.indrelid WHERE c.oid = pg_catalog.to_regclass(${quoteText(name)})`,
    );
    return rows[0]?.text;
  };
  try {
    return await connection.isolated("scratch", async () => {
      await connection.query(`CREATE TEMPORARY TABLE tsm_like (LIKE ${table}) ON COMMIT DROP`);
      await connection.query(`CREATE ${isUnique ? "UNIQUE " : ""}INDEX tsm_like_index ON pg_temp.tsm_like ${rest}`);
      return (await definition(index)) === (await definition("pg_temp.tsm_like_index"));
    });
  } catch (error) {
    // Who may make no temporary table has to compare by eye.
    if (error instanceof QueryError) return false;
    throw error;
  }
}

/**
 * Drops what a build that failed or was stopped left under the statement's name: it would make the statement fail, or, with
 * IF NOT EXISTS, do nothing and report success.
 */
export async function dropInvalidRaw(
  connection: PostgresConnection,
  sql: string,
  tell: (text: string) => void,
): Promise<void> {
  const statement = readRawIndex(sql);
  if (statement?.kind !== "create") return;
  const found = await findRawIndex(connection, statement);
  if (found?.state !== "invalid") return;
  tell(`the index '${statement.name}' was left invalid by a build that did not end; it is dropped`);
  await connection.query(`DROP INDEX CONCURRENTLY ${found.index}`);
}
