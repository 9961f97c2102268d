/** SQL of the user's as text: the one place of the models that compiles Kysely's expressions. */
import type { OperationNodeSource, RootOperationNode } from "kysely";
import { ModelInvalidError } from "../errors.js";
import { loadKysely, templateText } from "../util/load-kysely.js";

/** Kysely's `sql` template, or anything else of Kysely's that has a node: expressions, whole queries, `t.column`. */
export type SqlExpression = OperationNodeSource;

export function isSqlExpression(value: unknown): value is SqlExpression {
  if (typeof value !== "object" || value === null || !("toOperationNode" in value)) return false;
  return typeof value.toOperationNode === "function";
}

/**
 * The expression as SQL text, identifiers in double quotes, which both databases read.
 *
 * `what` names the place for the error, such as `the default of 'users.email'`.
 * @throws {@link ModelInvalidError} for a bound parameter, which no DDL statement can hold.
 */
export function expressionText(expression: string | SqlExpression, what = "the expression"): string {
  if (typeof expression === "string") return expression.trim();
  const plain = templateText(expression);
  if (plain !== null) return plain.trim();
  const node = expression.toOperationNode() as RootOperationNode;
  const { createQueryId, PostgresQueryCompiler } = loadKysely();
  const { sql, parameters } = new PostgresQueryCompiler().compileQuery(node, createQueryId());
  if (parameters.length > 0) {
    throw new ModelInvalidError(`${what} holds a bound parameter: ${sql.trim()}`, {
      hint: "Write a value as `sql.lit(value)` and a name as `sql.ref(name)`, since DDL takes no parameters.",
    });
  }
  return sql.trim();
}

/** {@link expressionText} without parentheses around the whole: `(a > 0)` gives `a > 0`, `(a) + (b)` stays. */
export function bareExpressionText(expression: string | SqlExpression, what?: string): string {
  let text = expressionText(expression, what);
  while (isParenthesized(text)) text = text.slice(1, -1).trim();
  return text;
}

const PARENTHESIS_OR_QUOTED =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|[()]/g;

function isParenthesized(text: string): boolean {
  if (!text.startsWith("(")) return false;
  let depth = 0;
  for (const match of text.matchAll(PARENTHESIS_OR_QUOTED)) {
    if (match[0] === "(") depth += 1;
    else if (match[0] === ")") depth -= 1;
    else continue;
    if (depth === 0) return match.index === text.length - 1;
  }
  return false;
}
