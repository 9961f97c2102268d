/** A column's default as data. */
import { ModelInvalidError } from "../errors.js";
import type { DefaultDef, JsonValue, TypeDef } from "../schema/schema.js";
import { expressionText, isSqlExpression } from "./expression-text.js";

/**
 * The default that a value of the user's means: SQL as text, anything else as a literal; null is none.
 *
 * `what` names it for errors; `type` tells a list of an array column from one of a JSON column.
 * @throws {@link ModelInvalidError} for what no SQL literal is made of.
 */
export function defaultOf(value: unknown, what: string, type?: TypeDef): DefaultDef | undefined {
  if (isSqlExpression(value)) {
    const text = expressionText(value, what);
    // Each database spells the current time in its own way; SQLite has no now().
    return /^(?:now\(\)|current_timestamp)$/i.test(text) ? { kind: "now" } : { kind: "sql", text };
  }
  const literal = jsonValue(value, what);
  if (literal === null) return undefined;
  return {
    kind: "literal",
    value: Array.isArray(literal) && type?.name === "array" ? postgresArray(literal) : literal,
  };
}

/**
 * The value as JSON would hold it. A bigint beyond what a number is exact for becomes text, which both databases
 * convert to the column's type.
 * A date becomes ISO 8601 text.
 */
function jsonValue(value: unknown, what: string): JsonValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "bigint") return BigInt(Number(value)) === value ? Number(value) : String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => jsonValue(item, what));
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(item, what)]));
  }
  throw new ModelInvalidError(`${what} is ${described(value)}, which has no literal in SQL`, {
    hint: "Give a string, number, boolean or JSON, or write the default as `sql` text.",
  });
}

function described(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null) return `a ${value.constructor?.name ?? "object"}`;
  return `a ${typeof value}`;
}

/** `{"a","b"}`: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-INPUT */
function postgresArray(list: readonly JsonValue[]): string {
  const items = list.map((item) => {
    if (item === null) return "NULL";
    if (Array.isArray(item)) return postgresArray(item);
    const text = typeof item === "object" ? JSON.stringify(item) : String(item);
    return typeof item === "number" || typeof item === "boolean" ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}
