/** DEFAULT clauses: from the neutral form to SQLite's and back. */
import type { DefaultDef, JsonValue, TypeDef } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import { withoutOuterParentheses } from "./parse-create-index.js";
import { identifierOf, type Token, tokenize } from "./sql-tokenizer.js";

/** What `now` is for a column: dates and times of day hold no more than their part. SQLite's clock is UTC. */
function nowWord(type: TypeDef): string {
  if (type.name === "date") return "CURRENT_DATE";
  return type.name === "time" || type.name === "timetz" ? "CURRENT_TIME" : "CURRENT_TIMESTAMP";
}

/** The text after DEFAULT: a bare value, or an expression in the parentheses SQLite wants. */
export function defaultExpression(value: DefaultDef, type: TypeDef): string {
  switch (value.kind) {
    case "literal":
      return literalText(value.value);
    case "now":
      return nowWord(type);
    case "sql":
      return isBareTerm(tokenize(value.text)) ? value.text.trim() : wrapped(value.text);
  }
}

/** Booleans are 1 and 0, objects and arrays their JSON text. */
export function literalText(value: JsonValue): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number") return String(value);
  return quoteText(typeof value === "string" ? value : JSON.stringify(value));
}

/**
 * The meaning of the text after DEFAULT, without outer parentheses.
 * A bare word or a name in double quotes is a string there: `DEFAULT foo` is `'foo'`.
 *
 * @see https://www.sqlite.org/lang_createtable.html#the_default_clause
 */
export function parseDefault(expression: string, parenthesized: boolean, type: TypeDef): DefaultDef {
  const key = `${type.name} ${parenthesized} ${expression}`;
  const known = PARSED.get(key);
  if (known !== undefined) return known;
  const value = readDefault(expression, parenthesized, type);
  // A schema has thousands of defaults and a few that differ.
  if (PARSED.size < 1_000) PARSED.set(key, value);
  return value;
}

const PARSED = new Map<string, DefaultDef>();

function readDefault(expression: string, parenthesized: boolean, type: TypeDef): DefaultDef {
  const tokens = withoutOuterParentheses(tokenize(expression));
  const [first, second] = tokens;
  if (first === undefined) return { kind: "sql", text: expression };
  if (tokens.length === 1) {
    const value = termValue(first, parenthesized);
    if (value !== undefined) return { kind: "literal", value: asTyped(value, type) };
    if (first.key === nowWord(type)) return { kind: "now" };
  }
  if (tokens.length === 2 && (first.key === "-" || first.key === "+") && second!.kind === "number") {
    const number = exactNumber(first.key === "-" ? `-${second!.text}` : second!.text);
    if (number !== null) return { kind: "literal", value: number };
  }
  return { kind: "sql", text: expression.slice(first.start, tokens.at(-1)!.end) };
}

/** Is the default a constant, which ADD COLUMN takes whatever rows there are? */
export function isConstantDefault(value: DefaultDef): boolean {
  if (value.kind !== "sql") return value.kind === "literal";
  const tokens = tokenize(value.text);
  return isBareTerm(tokens) && !tokens.some((token) => token.key.startsWith("CURRENT_"));
}

function termValue(token: Token, parenthesized: boolean): JsonValue | undefined {
  if (token.kind === "string") return identifierOf(token);
  if (token.kind === "number") return exactNumber(token.text) ?? undefined;
  if (token.key === "NULL") return null;
  if (token.key === "TRUE" || token.key === "FALSE") return token.key === "TRUE";
  if (token.key.startsWith("CURRENT_") || parenthesized) return undefined;
  return token.kind === "word" || token.kind === "quoted" ? identifierOf(token) : undefined;
}

/** A number that JavaScript writes back with the same digits; others stay text. */
function exactNumber(text: string): number | null {
  const number = Number(text);
  return String(number) === text ? number : null;
}

function asTyped(value: JsonValue, type: TypeDef): JsonValue {
  if (type.name === "boolean" && (value === 0 || value === 1)) return value === 1;
  // TRUE is another word for 1.
  if (type.name !== "boolean" && typeof value === "boolean") return value ? 1 : 0;
  return value;
}

/** NULL, a number with or without a sign, a string, a blob or one of the CURRENT_ words: these need no parentheses. */
function isBareTerm(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  if (tokens.length === 2) return (first!.key === "-" || first!.key === "+") && second!.kind === "number";
  if (tokens.length !== 1 || first === undefined) return false;
  if (["number", "string", "blob"].includes(first.kind)) return true;
  return ["NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"].includes(first.key);
}

function wrapped(text: string): string {
  const tokens = tokenize(text);
  const inner = withoutOuterParentheses(tokens);
  if (inner.length === 0) return `(${text})`;
  return `(${text.slice(inner[0]!.start, inner.at(-1)!.end)})`;
}
