/**
 * PostgreSQL's lexical grammar, as far as it takes to tell whether two texts say the same.
 *
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
import { quoteName } from "../../../util/quote.js";

const TOKEN = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'`,
    "(?:[bBxXnN]|[uU]&)?'[^']*(?:''[^']*)*'",
    '(?:[uU]&)?"(?:[^"]|"")*"',
    String.raw`\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$`,
    String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`,
    String.raw`(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?`,
    "::",
    String.raw`[-+*/<>=~!@#%^&|\x60?]+`,
    String.raw`\s+`,
    String.raw`[\s\S]`,
  ].join("|"),
  "gy",
);

/** A piece of the text as it was written. */
export interface ScannedToken {
  readonly text: string;
  readonly start: number;
}

/** The tokens of a text as they were written, without spaces and comments. */
export function* scan(sql: string): Generator<ScannedToken> {
  for (let at = 0; at < sql.length; ) {
    if (sql.startsWith("/*", at)) {
      at = commentEnd(sql, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const matched = TOKEN.exec(sql)![0];
    const text = matched.startsWith("$") ? dollarQuoted(sql, at, matched) : operatorBeforeComment(matched);
    const start = at;
    at += text.length;
    if (/^\s/.test(text) || text.startsWith("--")) continue;
    yield { text, start };
  }
}

/** The tokens of a text, without spaces and comments. Words are in lower case, and quoted names that need no quotes have none. */
export function tokenize(sql: string): readonly string[] {
  return Array.from(scan(sql), ({ text }) => normalToken(text));
}

/** Do the two say the same, whatever their case, spaces, comments, needless quotes and outer parentheses? */
export function sameSql(a: string, b: string): boolean {
  return a === b || normalSql(a) === normalSql(b);
}

/** One text for all that {@link sameSql} takes for the same. */
export function normalSql(sql: string): string {
  return unwrapped(tokenize(sql)).join(" ");
}

/** The expression without parentheses around the whole of it. */
export function withoutOuterParentheses(expression: string): string {
  let text = expression.trim();
  while (text.startsWith("(") && isWrapped(tokenize(text))) text = text.slice(1, -1).trim();
  return text;
}

/** What the server has written, on one line: it breaks and indents long expressions. */
export function onOneLine(expression: string): string {
  if (!expression.includes("\n")) return expression.trim();
  return expression.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\n\s*/g, (part) => (/^['"]/.test(part) ? part : " ")).trim();
}

/** Can the name be written without quotes and mean the same? */
export function isPlainIdentifier(name: string): boolean {
  return /^[a-z_][a-z0-9_$]*$/.test(name) && !RESERVED.has(name);
}

/** Does the text name this (a column, a table, a function)? Words in strings and comments do not count. */
export function mentionsName(sql: string, name: string): boolean {
  const quoted = quoteName(name);
  return tokenize(sql).some((token) => token === name || token === quoted);
}

function unwrapped(tokens: readonly string[]): readonly string[] {
  let inner = tokens;
  while (isWrapped(inner)) inner = inner.slice(1, -1);
  return inner;
}

function isWrapped(tokens: readonly string[]): boolean {
  if (tokens[0] !== "(") return false;
  let depth = 0;
  const closes = tokens.findIndex((token) => {
    depth += token === "(" ? 1 : token === ")" ? -1 : 0;
    return depth === 0;
  });
  return closes === tokens.length - 1;
}

/** Comments nest in PostgreSQL. */
function commentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; ) {
    if (sql.startsWith("/*", at)) depth++;
    else if (sql.startsWith("*/", at)) depth--;
    else {
      at++;
      continue;
    }
    at += 2;
    if (depth === 0) return at;
  }
  return sql.length;
}

/** `$tag$ … $tag$` as one token; the tag alone where it does not end. */
function dollarQuoted(sql: string, start: number, tag: string): string {
  const end = tag.length > 1 ? sql.indexOf(tag, start + tag.length) : -1;
  return end === -1 ? tag : sql.slice(start, end + tag.length);
}

function operatorBeforeComment(text: string): string {
  if (text.length < 3 || !/^[-+*/<>=~!@#%^&|`?]/.test(text) || text.startsWith("--")) return text;
  const comment = text.search(/--|\/\*/);
  return comment > 0 ? text.slice(0, comment) : text;
}

function normalToken(text: string): string {
  if (/^[A-Za-z_\u0080-\uffff]/.test(text) && !text.includes("'") && !text.includes('"')) return foldCase(text);
  if (text.startsWith('"')) {
    const name = text.slice(1, -1).replaceAll('""', '"');
    return isPlainIdentifier(name) ? name : text;
  }
  return text === "!=" ? "<>" : text;
}

/** PostgreSQL folds the letters of ASCII; what it does with others depends on the server's locale. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * The words that `quote_ident` puts in quotes: all that the grammar treats in a special way anywhere.
 *
 * @see https://www.postgresql.org/docs/current/sql-keywords-appendix.html
 */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast " +
    "char character check coalesce collate collation column concurrently constraint create cross current_catalog " +
    "current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable " +
    "desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group " +
    "grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array " +
    "json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value " +
    "lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize " +
    "not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision " +
    "primary real references returning right row select session_user setof similar smallint some substring symmetric " +
    "system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar " +
    "variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces " +
    "xmlparse xmlpi xmlroot xmlserialize xmltable"
  ).split(" "),
);
