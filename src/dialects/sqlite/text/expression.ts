/** What an SQL expression says, whatever its case, spaces, comments, quotes and outer parentheses. */

import { quoteName } from "../../../util/quote.js";
import { withoutOuterParentheses } from "./parse-create-index.js";
import { identifierOf, isPlainWord, type Token, tokenize } from "./sql-tokenizer.js";

/**
 * The same text for two expressions that differ in nothing but form. Strings are compared exactly, and a quoted name
 * stays apart from the keyword of the same letters.
 */
export function normalExpression(expression: string): string {
  return withoutOuterParentheses(tokenize(expression)).map(normalToken).join(" ");
}

/** The same, of an expression in which columns may have the name of their own table before them. */
export function normalExpressionOf(table: string, expression: string): string {
  const parts = withoutOuterParentheses(tokenize(expression)).map(normalToken);
  const own = normalExpression(quoteName(table));
  const isOwn = (at: number) => parts[at] === own && parts[at + 1] === ".";
  return parts.filter((_part, at) => !isOwn(at) && !(parts[at] === "." && isOwn(at - 1))).join(" ");
}

/** Do the two say the same? */
export function sameExpression(a: string, b: string): boolean {
  return a === b || normalExpression(a) === normalExpression(b);
}

/** Does the text name this column (or anything else of the same name), in any quoting and case? */
export function mentionsName(text: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return tokenize(text).some(
    (token) => ["word", "quoted", "string"].includes(token.kind) && identifierOf(token).toLowerCase() === wanted,
  );
}

function normalToken(token: Token): string {
  switch (token.kind) {
    case "word":
      return foldCase(token.text);
    case "quoted": {
      const name = foldCase(identifierOf(token));
      return isPlainWord(name) && !RESERVED.has(name) ? name : quoteName(name);
    }
    case "number":
    case "blob":
      return token.text.toLowerCase();
    case "operator":
      return OPERATOR_SYNONYMS[token.text] ?? token.text;
    default:
      return token.text;
  }
}

const OPERATOR_SYNONYMS: Readonly<Record<string, string>> = { "==": "=", "!=": "<>" };

/** SQLite folds the case of ASCII letters only. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * The words that mean something else with quotes than without in an expression.
 *
 * @see https://www.sqlite.org/lang_keywords.html
 */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "abort all and as asc between by case cast check collate current_date current_time current_timestamp default desc " +
    "distinct else end escape except exists expression false filter first from glob group having ignore in indexed " +
    "intersect is isnull last like limit match materialized no not notnull null nulls offset on or order over partition " +
    "raise regexp rollback select set then to true union unique using values when where with"
  ).split(" "),
);
