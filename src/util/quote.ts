/** Names and texts as both databases read them in SQL. Nothing else in this package quotes. */
import { OperationConflictError } from "../errors.js";

/**
 * The name in double quotes. Whoever writes SQL for a database goes through its DDL writer, which knows how long a name
 * may be as well.
 *
 * @throws {@link OperationConflictError} for an empty name and one with NUL, which no database can hold.
 */
export function quoteName(name: string): string {
  if (name === "") throw refused("a name cannot be empty");
  if (name.includes("\0")) throw refused(`the name ${JSON.stringify(name)} holds a NUL character`);
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The text in single quotes, as SQL reads it with `standard_conforming_strings = on` and as SQLite always does.
 *
 * @throws {@link OperationConflictError} for text with NUL, which neither database can hold in a statement.
 */
export function quoteText(text: string): string {
  if (text.includes("\0")) {
    throw new OperationConflictError("a text literal holds a NUL character", { operation: "literal" });
  }
  return `'${text.replaceAll("'", "''")}'`;
}

function refused(message: string): OperationConflictError {
  return new OperationConflictError(message, { operation: "name", hint: "Choose another name." });
}
