/**
 * Reads the CREATE TABLE text that SQLite keeps in `sqlite_schema`. It is the only place that holds every fact: the
 * pragmas lose constraint names, checks, conflict clauses and the expressions of generated columns.
 *
 * The text was accepted by SQLite before it was stored, so this reads generously and refuses nothing on purpose.
 *
 * @see https://www.sqlite.org/lang_createtable.html and `parse.y` of SQLite
 */
import { mendTable } from "./mend-strings.js";
import { columnConstraint, deferrability, startsColumnConstraint, tableConstraint } from "./parse-constraint.js";
import { identifierOf, tokenize } from "./sql-tokenizer.js";
import type { ColumnConstraintNode, ColumnNode, TableConstraintNode, TableNode } from "./table-nodes.js";
import { createTokenCursor, type TokenCursor } from "./token-cursor.js";

/** Texts in double quotes come out in single ones. @throws InternalError for text that SQLite would not have stored. */
export function parseCreateTable(sql: string): TableNode {
  const written = parseWritten(sql);
  return sql.includes('"') ? mendTable(written) : written;
}

/** The same as it is written. */
export function parseWritten(sql: string): TableNode {
  const cursor = createTokenCursor(sql);
  cursor.expect("CREATE");
  if (!cursor.takeIf("TEMP")) cursor.takeIf("TEMPORARY");
  cursor.expect("TABLE");
  cursor.takeIf("IF", "NOT", "EXISTS");
  const name = cursor.qualifiedName();
  const bare = withoutOwnName(sql, name);
  if (bare !== sql) return parseCreateTable(bare);
  cursor.expect("(");
  const columns: ColumnNode[] = [];
  const constraints: TableConstraintNode[] = [];
  while (!cursor.takeIf(")")) {
    if (cursor.takeIf(",")) continue;
    if (columns.length > 0 && cursor.is(...TABLE_CONSTRAINT_STARTS)) constraints.push(tableConstraint(cursor));
    else columns.push(column(cursor));
  }
  return { name, columns, constraints, ...tableOptions(cursor) };
}

/**
 * A check may say `"users"."age"` (drizzle-kit writes it so), which means nothing else than `"age"` and stands in the way
 * of a rebuild, where the table has another name for a while.
 */
function withoutOwnName(sql: string, name: string): string {
  if (!sql.includes(".")) return sql;
  const tokens = tokenize(sql);
  const body = tokens.findIndex((token) => token.text === "(");
  const isOwn = (at: number) =>
    at > body &&
    ["word", "quoted"].includes(tokens[at]!.kind) &&
    tokens[at + 1]?.text === "." &&
    identifierOf(tokens[at]!).toLowerCase() === name.toLowerCase();
  const cuts = tokens.map((_, at) => at).filter(isOwn);
  return cuts.reduceRight((text, at) => text.slice(0, tokens[at]!.start) + text.slice(tokens[at + 2]!.start), sql);
}

// None of these can be a column's name without quotes.
const TABLE_CONSTRAINT_STARTS = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

function tableOptions(cursor: TokenCursor): { strict: boolean; withoutRowid: boolean } {
  let strict = false;
  let withoutRowid = false;
  while (cursor.peek() !== null) {
    if (cursor.takeIf("WITHOUT", "ROWID")) withoutRowid = true;
    else if (cursor.take().key === "STRICT") strict = true;
  }
  return { strict, withoutRowid };
}

function column(cursor: TokenCursor): ColumnNode {
  const name = cursor.name();
  const type = columnType(cursor);
  const constraints: ColumnConstraintNode[] = [];
  while (startsColumnConstraint(cursor)) {
    if (cursor.is("DEFERRABLE") || cursor.looksLike("NOT", "DEFERRABLE")) makeDeferrable(cursor, constraints);
    else constraints.push(columnConstraint(cursor));
  }
  return { name, type, constraints };
}

function columnType(cursor: TokenCursor): string {
  const start = cursor.position();
  let words = 0;
  while (["word", "quoted", "string"].includes(cursor.peek()?.kind ?? "") && !startsColumnConstraint(cursor)) {
    cursor.take();
    words++;
  }
  if (words === 0) return "";
  if (cursor.is("(")) cursor.parenthesized();
  return cursor.textFrom(start);
}

/** DEFERRABLE is a constraint of its own in SQLite's grammar and belongs to the last foreign key before it. */
function makeDeferrable(cursor: TokenCursor, constraints: ColumnConstraintNode[]): void {
  const start = cursor.position();
  const deferrable = deferrability(cursor);
  const at = constraints.findLastIndex((node) => node.kind === "foreignKey");
  const node = constraints[at];
  if (node?.kind !== "foreignKey") return;
  const said = cursor.textFrom(start);
  const reference = { ...node.reference, deferrable };
  constraints[at] = { ...node, text: `${node.text} ${said}`, body: `${node.body} ${said}`, reference };
}
