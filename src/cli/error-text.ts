/** Errors as they are printed. */
import { InternalError, TsMigrateError } from "../errors.js";
import { printableBlock } from "../util/printable.js";

/** The error as JSON: code, message, hint and its own fields; never a stack or a cause, which may hold more. */
export function errorDocument(error: TsMigrateError, showsData = false): Record<string, unknown> {
  const { code, message, hint, exitCode: _exit, name: _name, cause: _cause, stack: _stack, ...fields } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...fields, ...(showsData ? dataOf(error) : {}) };
}

/** What PostgreSQL adds to an error may quote rows: `Key (email)=(ada@example.com) already exists.` */
export function dataLines(error: unknown): readonly string[] {
  return Object.entries(dataOf(error)).map(([name, text]) => `${name}: ${text}`);
}

function dataOf(error: unknown): Readonly<Record<string, string>> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { detail, where } = cause as { readonly detail?: unknown; readonly where?: unknown };
    const found = Object.entries({ detail, where }).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    if (found.length > 0) return Object.fromEntries(found);
  }
  return {};
}

export function stackLines(error: unknown): readonly string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < 8; depth += 1) {
    const text = current instanceof Error ? (current.stack ?? current.message) : String(current);
    lines.push(...printableBlock(depth === 0 ? text : `caused by: ${text}`).split("\n"));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

/** Anything thrown as an error of ours; what is not one is a bug. */
export function asTsMigrateError(thrown: unknown): TsMigrateError {
  if (thrown instanceof TsMigrateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InternalError(message, { cause: thrown });
}
