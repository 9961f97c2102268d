/** Reads the CREATE INDEX and CREATE VIEW texts that SQLite keeps in `sqlite_schema`. */
import type { IndexElement } from "../../../schema/schema.js";
import { identifierOf, type Token, tokenize } from "./sql-tokenizer.js";
import { createTokenCursor } from "./token-cursor.js";

export interface IndexNode {
  readonly name: string;
  readonly table: string;
  readonly unique: boolean;
  readonly elements: readonly IndexElement[];
  readonly where: string | null;
}

/** @throws InternalError for text that SQLite would not have stored. */
export function parseCreateIndex(sql: string): IndexNode {
  const cursor = createTokenCursor(sql);
  cursor.expect("CREATE");
  const unique = cursor.takeIf("UNIQUE");
  cursor.expect("INDEX");
  cursor.takeIf("IF", "NOT", "EXISTS");
  const name = cursor.qualifiedName();
  cursor.expect("ON");
  const table = cursor.name();
  const elements = splitList(cursor.parenthesized()).map(({ text, tokens }) => indexElement(text, tokens));
  return { name, table, unique, elements, where: cursor.takeIf("WHERE") ? cursor.rest() : null };
}

export interface ViewNode {
  readonly name: string;
  /** The names in parentheses after the view's own; empty when there are none. */
  readonly columns: readonly string[];
  /** What follows AS. */
  readonly query: string;
}

/** @throws InternalError for text that SQLite would not have stored. */
export function parseCreateView(sql: string): ViewNode {
  const cursor = createTokenCursor(sql);
  cursor.expect("CREATE");
  if (!cursor.takeIf("TEMP")) cursor.takeIf("TEMPORARY");
  cursor.expect("VIEW");
  cursor.takeIf("IF", "NOT", "EXISTS");
  const name = cursor.qualifiedName();
  const list = cursor.is("(") ? splitList(cursor.parenthesized()) : [];
  cursor.expect("AS");
  const columns = list.flatMap(({ tokens }) => (tokens[0] === undefined ? [] : [identifierOf(tokens[0])]));
  return { name, columns, query: cursor.rest() };
}

interface ListItem {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** Splits at the commas that stand in no parentheses. */
function splitList(text: string): readonly ListItem[] {
  const items: Token[][] = [[]];
  let depth = 0;
  for (const token of tokenize(text)) {
    if (token.key === "(") depth++;
    if (token.key === ")") depth--;
    if (token.key === "," && depth === 0) items.push([]);
    else items.at(-1)!.push(token);
  }
  return items.map((tokens) => ({ text, tokens }));
}

function indexElement(text: string, all: readonly Token[]): IndexElement {
  let tokens = all;
  let order: "desc" | undefined;
  let nulls: "first" | "last" | undefined;
  let collation: string | undefined;
  const endsWith = (...keys: string[]) =>
    tokens.length > keys.length && keys.every((key, index) => tokens[tokens.length - keys.length + index]!.key === key);
  if (endsWith("NULLS", "FIRST") || endsWith("NULLS", "LAST")) {
    nulls = tokens.at(-1)!.key === "FIRST" ? "first" : "last";
    tokens = tokens.slice(0, -2);
  }
  if (endsWith("DESC") || endsWith("ASC")) {
    order = tokens.at(-1)!.key === "DESC" ? "desc" : undefined;
    tokens = tokens.slice(0, -1);
  }
  if (tokens.length > 2 && tokens.at(-2)!.key === "COLLATE") {
    collation = identifierOf(tokens.at(-1)!);
    tokens = tokens.slice(0, -2);
  }
  return {
    ...elementSubject(text, tokens),
    ...(order === undefined ? {} : { order }),
    ...(nulls === undefined ? {} : { nulls }),
    ...(collation === undefined ? {} : { collation }),
  };
}

function elementSubject(text: string, tokens: readonly Token[]): IndexElement {
  const inner = withoutOuterParentheses(tokens);
  const only = inner.length === 1 ? inner[0]! : null;
  if (only !== null && ["word", "quoted", "string"].includes(only.kind)) return { column: identifierOf(only) };
  return { expression: inner.length === 0 ? "" : text.slice(inner[0]!.start, inner.at(-1)!.end) };
}

/** Takes away every pair of parentheses that holds all of the tokens. */
export function withoutOuterParentheses(tokens: readonly Token[]): readonly Token[] {
  const partner = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach((token, index) => {
    if (token.key === "(") open.push(index);
    else if (token.key === ")") partner.set(open.pop() ?? -1, index);
  });
  let first = 0;
  let last = tokens.length - 1;
  while (last - first > 1 && tokens[first]!.key === "(" && partner.get(first) === last) {
    first++;
    last--;
  }
  return tokens.slice(first, last + 1);
}
