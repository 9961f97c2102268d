/** Reads one column constraint or table constraint of a CREATE TABLE text. */
import { identifierOf, type Token, tokenize } from "./sql-tokenizer.js";
import type { ColumnConstraintNode, KeyColumnNode, ReferenceNode, TableConstraintNode } from "./table-nodes.js";
import type { TokenCursor } from "./token-cursor.js";

const COLUMN_CONSTRAINT_STARTS: ReadonlySet<string> = new Set([
  "CONSTRAINT",
  "PRIMARY",
  "NOT",
  "NULL",
  "UNIQUE",
  "CHECK",
  "DEFAULT",
  "COLLATE",
  "REFERENCES",
  "DEFERRABLE",
  "AS",
]);

export function startsColumnConstraint(cursor: TokenCursor): boolean {
  const key = cursor.peek()?.key ?? "";
  return COLUMN_CONSTRAINT_STARTS.has(key) || (key === "GENERATED" && cursor.looksLike("GENERATED", "ALWAYS"));
}

export function columnConstraint(cursor: TokenCursor): ColumnConstraintNode {
  const start = cursor.position();
  const name = cursor.takeIf("CONSTRAINT") ? cursor.name() : null;
  const bodyStart = cursor.position();
  const node = columnConstraintBody(cursor);
  const body = cursor.textFrom(bodyStart);
  return { name, text: start === bodyStart ? body : cursor.textFrom(start), body, ...node };
}

type WithoutBase<T> = T extends unknown ? Omit<T, "name" | "text" | "body"> : never;

function columnConstraintBody(cursor: TokenCursor): WithoutBase<ColumnConstraintNode> {
  if (cursor.takeIf("PRIMARY", "KEY")) {
    const descending = isDescending(cursor);
    const onConflict = conflictClause(cursor);
    return { kind: "primaryKey", descending, onConflict, autoincrement: cursor.takeIf("AUTOINCREMENT") };
  }
  if (cursor.takeIf("NOT", "NULL")) return { kind: "notNull", onConflict: conflictClause(cursor) };
  if (cursor.takeIf("UNIQUE")) return { kind: "unique", onConflict: conflictClause(cursor) };
  if (cursor.takeIf("CHECK")) return { kind: "check", expression: checkedExpression(cursor) };
  if (cursor.takeIf("DEFAULT")) return { kind: "default", ...defaultValue(cursor) };
  if (cursor.takeIf("COLLATE")) return { kind: "collate", collation: cursor.name() };
  if (cursor.is("REFERENCES")) return { kind: "foreignKey", reference: reference(cursor) };
  if (cursor.is("GENERATED", "AS")) {
    cursor.takeIf("GENERATED", "ALWAYS");
    cursor.expect("AS");
    const expression = cursor.parenthesized();
    const stored = cursor.takeIf("STORED");
    cursor.takeIf("VIRTUAL");
    return { kind: "generated", expression, stored };
  }
  if (cursor.takeIf("NULL")) conflictClause(cursor);
  return { kind: "nothing" };
}

export function tableConstraint(cursor: TokenCursor): TableConstraintNode {
  const start = cursor.position();
  const name = cursor.takeIf("CONSTRAINT") ? cursor.name() : null;
  const bodyStart = cursor.position();
  const node = tableConstraintBody(cursor);
  const body = cursor.textFrom(bodyStart);
  return { name, text: start === bodyStart ? body : cursor.textFrom(start), body, ...node };
}

function tableConstraintBody(cursor: TokenCursor): WithoutBase<TableConstraintNode> {
  if (cursor.takeIf("PRIMARY", "KEY")) {
    const { columns, autoincrement } = keyColumns(cursor.parenthesized());
    return { kind: "primaryKey", columns, autoincrement, onConflict: conflictClause(cursor) };
  }
  if (cursor.takeIf("UNIQUE")) {
    return { kind: "unique", columns: keyColumns(cursor.parenthesized()).columns, onConflict: conflictClause(cursor) };
  }
  if (cursor.takeIf("CHECK")) return { kind: "check", expression: checkedExpression(cursor) };
  if (cursor.takeIf("FOREIGN", "KEY")) {
    const columns = keyColumns(cursor.parenthesized()).columns.map((column) => column.name);
    return { kind: "foreignKey", columns, reference: reference(cursor) };
  }
  return { kind: "nothing" };
}

/** CHECK takes a conflict clause too, and SQLite ignores it. */
function checkedExpression(cursor: TokenCursor): string {
  const expression = cursor.parenthesized();
  conflictClause(cursor);
  return expression;
}

function defaultValue(cursor: TokenCursor): { expression: string; parenthesized: boolean } {
  if (cursor.is("(")) return { expression: cursor.parenthesized(), parenthesized: true };
  const start = cursor.position();
  if (cursor.is("+", "-")) cursor.take();
  cursor.take();
  return { expression: cursor.textFrom(start), parenthesized: false };
}

function reference(cursor: TokenCursor): ReferenceNode {
  cursor.expect("REFERENCES");
  const table = cursor.name();
  const columns = cursor.is("(") ? keyColumns(cursor.parenthesized()).columns.map((column) => column.name) : [];
  let onDelete = "NO ACTION";
  let onUpdate = "NO ACTION";
  let match: string | null = null;
  for (;;) {
    if (cursor.takeIf("ON", "DELETE")) onDelete = action(cursor);
    else if (cursor.takeIf("ON", "UPDATE")) onUpdate = action(cursor);
    else if (cursor.takeIf("ON", "INSERT")) action(cursor);
    else if (cursor.takeIf("MATCH")) match = cursor.name().toUpperCase();
    else break;
  }
  const deferrable = cursor.is("DEFERRABLE") || cursor.looksLike("NOT", "DEFERRABLE") ? deferrability(cursor) : null;
  return { table, columns, onDelete, onUpdate, match, deferrable };
}

function action(cursor: TokenCursor): string {
  const first = cursor.take().key;
  return first === "SET" || first === "NO" ? `${first} ${cursor.take().key}` : first;
}

export function deferrability(cursor: TokenCursor): "immediate" | "deferred" | null {
  const not = cursor.takeIf("NOT");
  cursor.expect("DEFERRABLE");
  const deferred = cursor.takeIf("INITIALLY", "DEFERRED");
  cursor.takeIf("INITIALLY", "IMMEDIATE");
  if (not) return null;
  return deferred ? "deferred" : "immediate";
}

function conflictClause(cursor: TokenCursor): string | null {
  return cursor.takeIf("ON", "CONFLICT") ? cursor.take().key : null;
}

function isDescending(cursor: TokenCursor): boolean {
  if (cursor.takeIf("DESC")) return true;
  cursor.takeIf("ASC");
  return false;
}

/** `a, "b" COLLATE NOCASE DESC`; the last one may carry AUTOINCREMENT. */
function keyColumns(text: string): { columns: readonly KeyColumnNode[]; autoincrement: boolean } {
  const items: Token[][] = [[]];
  for (const token of tokenize(text)) {
    if (token.key === ",") items.push([]);
    else items.at(-1)!.push(token);
  }
  let autoincrement = false;
  const columns = items.map((tokens): KeyColumnNode => {
    // A column may stand in parentheses of its own: UNIQUE ((a)).
    const parts = tokens.filter((token) => token.key !== "(" && token.key !== ")");
    const keys = parts.map((token) => token.key);
    autoincrement ||= keys.indexOf("AUTOINCREMENT") > 0;
    const collate = keys.indexOf("COLLATE", 1);
    return {
      name: parts[0] === undefined ? "" : identifierOf(parts[0]),
      collation: collate === -1 || parts[collate + 1] === undefined ? null : identifierOf(parts[collate + 1]!),
      descending: keys.indexOf("DESC") > 0,
    };
  });
  return { columns, autoincrement };
}
