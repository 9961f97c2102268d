/** PostgreSQL's scripts, for psql or for anything that sends several statements. */
import { UnsupportedOperationError } from "../../../errors.js";
import { quoteText } from "../../../util/quote.js";
import type { ScriptSyntax } from "../../script-connection.js";
import { arrayText } from "../text/array-text.js";
import { ddl } from "../text/ddl.js";
import { scan, tokenize } from "../text/sql-text.js";

export const script: ScriptSyntax = {
  assumedVersion: "18",
  shell: "psql -v ON_ERROR_STOP=1 <database> <",
  prologue: [],
  begin: (_foreignKeysOff, { ddlLockTimeoutMilliseconds, statementTimeoutMilliseconds, role }) => [
    "BEGIN",
    `SET LOCAL lock_timeout = ${ddlLockTimeoutMilliseconds}`,
    ...(statementTimeoutMilliseconds === 0 ? [] : [`SET LOCAL statement_timeout = ${statementTimeoutMilliseconds}`]),
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${ddl.id(role)}`]),
  ],
  commit: () => ["COMMIT"],
  inline,
  isReading(sql) {
    const tokens = tokenize(sql);
    const verb = tokens[0] === "with" ? (tokens.find((token) => WRITES.has(token)) ?? "select") : tokens[0];
    return READS.has(verb ?? "") || tokens.includes("returning");
  },
  controlsTransaction: (sql) => statementsOf(sql).some(([first, second, third]) => isControl(first, second, third)),
  // Several statements in one message are one transaction, unless they say otherwise.
  isAtomic: (sql) => !script.controlsTransaction(sql),
  refuseRow: (query, sentence) => raiseIf(`EXISTS (${query})`, sentence),
  requireRevisions: (table, ids) =>
    raiseIf(
      // Locked to the end of the transaction, so that a run that meets this one waits and then finds the rows moved.
      ids.length === 0
        ? `EXISTS (SELECT 1 FROM ${table})`
        : `(SELECT pg_catalog.count(*) FROM (SELECT 1 FROM ${table} WHERE "rev" IN (${ids.map(quoteText).join(", ")}) FOR UPDATE) AS present) <> ${ids.length}`,
      `the database is not at ${ids.join(", ") || "base"}, where this part of the script begins`,
    ),
  followScript: (schema) => schema,
  followOperation: (schema) => schema,
};

const READS: ReadonlySet<string> = new Set(["select", "values", "table", "show", "explain", "fetch"]);
const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"]);

function raiseIf(condition: string, sentence: string): string {
  const message = quoteText(sentence.replaceAll("%", "%%"));
  const body = `BEGIN IF ${condition} THEN RAISE EXCEPTION ${message}; END IF; END`;
  let tag = "$$";
  for (let number = 1; body.includes(tag); number++) tag = `$tsm${number}$`;
  return `DO ${tag} ${body} ${tag}`;
}

/**
 * The first words of each statement. As psql does it, a semicolon in parentheses (CREATE RULE) or in the body of a
 * function that is written as SQL (BEGIN ATOMIC … END) ends none.
 */
function statementsOf(sql: string): readonly (readonly string[])[] {
  const statements: string[][] = [];
  let words: string[] = [];
  let depth = 0;
  for (const token of tokenize(sql)) {
    if (token === ";" && depth <= 0) {
      statements.push(words);
      words = [];
      depth = 0;
      continue;
    }
    const isRoutine = words[0] === "create" && words.some((word) => word === "function" || word === "procedure");
    if (token === "(" || (isRoutine && (token === "begin" || (token === "case" && depth > 0)))) depth++;
    else if (token === ")" || (isRoutine && token === "end")) depth--;
    if (words.length < 4) words.push(token);
  }
  return [...statements, words];
}

function isControl(first?: string, second?: string, third?: string): boolean {
  if (first === "rollback") return second !== "to" && third !== "to";
  if (first === "prepare" || first === "start") return second === "transaction";
  return first === "begin" || first === "commit" || first === "end" || first === "abort";
}

function inline(sql: string, parameters: readonly unknown[]): string {
  if (parameters.length === 0) return sql;
  let text = "";
  let from = 0;
  const tokens = [...scan(sql)];
  for (const [index, token] of tokens.entries()) {
    const number = tokens[index + 1];
    if (token.text !== "$" || number === undefined || !/^\d+$/.test(number.text)) continue;
    if (number.start !== token.start + 1) continue;
    text += sql.slice(from, token.start) + literal(parameters[Number(number.text) - 1], sql);
    from = number.start + number.text.length;
  }
  return text + sql.slice(from);
}

/**
 * What the driver sends: text whose type the server finds out from where it stands, which a quoted literal is too.
 *
 * @see https://www.postgresql.org/docs/current/typeconv.html
 */
function literal(value: unknown, sql: string): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString("hex")}'::bytea`;
  const text = parameterText(value);
  if (!text.includes("\0")) return quoteText(text);
  throw new UnsupportedOperationError("PostgreSQL has no text with a NUL character in it", {
    dialect: "postgres",
    operation: sql,
  });
}

function parameterText(value: unknown): string {
  if (value instanceof Date) return localTime(value);
  if (Array.isArray(value)) return arrayText(value.map((item) => arrayItem(item)));
  if (typeof value === "object") {
    const own = value as { toPostgres?: (prepare: (inner: unknown) => string) => unknown };
    return typeof own.toPostgres === "function" ? String(own.toPostgres(parameterText)) : JSON.stringify(value);
  }
  return String(value);
}

function arrayItem(item: unknown): ReturnType<typeof JSON.parse> {
  if (item === null || item === undefined) return null;
  if (Array.isArray(item)) return item.map(arrayItem);
  return item instanceof Uint8Array ? `\\x${Buffer.from(item).toString("hex")}` : parameterText(item);
}

/** With the offset of this machine, as the driver writes dates: a `timestamp` column keeps the local time of day. */
function localTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * 60_000).toISOString();
  const minutes = Math.abs(offset);
  const two = (number: number) => String(number).padStart(2, "0");
  const year = date.getFullYear();
  const day = year > 0 ? local.replace(/^\+0*/, "").slice(0, -1) : `${beforeChrist(local, year).slice(0, -1)}`;
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${day}${zone}${year > 0 ? "" : " BC"}`;
}

/** JavaScript has a year 0, the server has 1 BC. */
function beforeChrist(local: string, year: number): string {
  return local.replace(/^[-+]?\d+/, String(1 - year).padStart(4, "0"));
}
