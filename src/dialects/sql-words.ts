/** Names and expressions as SQL writes them. */
import { OperationConflictError } from "../errors.js";
import { quoteName } from "../util/quote.js";

/**
 * The name in double quotes.
 *
 * @throws {@link OperationConflictError} for an empty name, one with NUL, or one longer than the database keeps: a
 * server that cuts names would hold another name than the one asked for.
 */
export function quoteIdentifier(name: string, maximumBytes: number | null): string {
  const bytes = Buffer.byteLength(name);
  if (maximumBytes === null || bytes <= maximumBytes) return quoteName(name);
  throw new OperationConflictError(
    `the name '${name}' is ${bytes} bytes long, more than the ${maximumBytes} that are kept`,
    { operation: "name", hint: "Choose another name." },
  );
}

/** `(expression)`, with a line break where the expression ends in a line comment that would swallow the parenthesis. */
export function parenthesize(expression: string): string {
  return expression.includes("--") ? `(${expression}\n)` : `(${expression})`;
}

export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
