/** Revisions are run without a type check: a slip in a call is said in one sentence, before anything is sent. */
import { UsageError } from "../errors.js";
import { isSqlExpression } from "../model/expression-text.js";
import { nearest } from "../util/nearest.js";

/** One argument of an operation: its name, and what a wrong value should have been. */
export interface Argument {
  readonly name: string;
  readonly optional: boolean;
  /** Null for a good value. */
  readonly expected: (value: unknown) => string | null;
}

function argument(name: string, what: string, isGood: (value: unknown) => boolean): Argument {
  return { name, optional: false, expected: (value) => (isGood(value) ? null : what) };
}

export function optional(of: Argument): Argument {
  return { ...of, optional: true };
}

const isText = (value: unknown): value is string => typeof value === "string";
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: unknown, isGood: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isGood);
const isSql = (value: unknown): boolean => isText(value) || isSqlExpression(value);

export const text = (name: string): Argument => argument(name, "a text", isText);
/** `null` leaves the name of a constraint to the database. */
export const textOrNull = (name: string): Argument =>
  argument(name, "a text or null", (value) => value === null || isText(value));
export const texts = (name: string): Argument =>
  argument(name, `a list of texts, as in ["email"]`, (value) => isList(value, isText));
/** None: the primary key of a table that is not there (SQLite), whatever it is. */
export const targets = (name: string): Argument =>
  argument(name, `a list of texts, as in ["email"]`, (value) => Array.isArray(value) && value.every(isText));
/** Values of an enum, of which there may be none. */
export const labels = (name: string): Argument =>
  argument(name, 'a list of texts, as in ["sad", "happy"]', (value) => Array.isArray(value) && value.every(isText));
export const someTexts = (name: string): Argument =>
  argument(name, "a text or a list of texts", (value) => isText(value) || isList(value, isText));
export const parts = (name: string): Argument =>
  argument(name, 'a list of columns and expressions, as in ["email", sql`lower(name)`]', (value) =>
    isList(value, (item) => isSql(item) || isObject(item)),
  );
export const pairs = (name: string): Argument =>
  argument(name, 'a list of parts with their operators, as in [["room", "="]]', (value) =>
    isList(value, (item) => Array.isArray(item) && item.length === 2 && isText(item[1])),
  );
export const rows = (name: string): Argument =>
  argument(name, "a list of rows", (value) => Array.isArray(value) && value.every(isObject));
export const sqlText = (name: string): Argument => argument(name, "SQL, as a text or a sql`…` template", isSql);
export const column = (name: string): Argument =>
  argument(name, "a column, such as integer()", (value) => isObject(value) || typeof value === "function");
export const columnMap = (name: string): Argument =>
  argument(name, "an object of columns, as in { id: integer() }", isObject);
export const itemList = (name: string): Argument =>
  argument(name, "a list of constraints, or a function that gives one", (value) => {
    return Array.isArray(value) || typeof value === "function";
  });
export const callable = (name: string): Argument =>
  argument(name, "a function", (value) => typeof value === "function");
export const anything = (name: string): Argument => argument(name, "", () => true);

/** An object with these keys, all of them known to the compiler: a new option fails its check until it is here. */
export function options<T>(name: string, known: { readonly [K in keyof Required<T>]: true }): Argument {
  const keys = Object.keys(known);
  return {
    name,
    optional: false,
    expected: (value) => {
      if (!isObject(value)) return `an object of options (${keys.join(", ")})`;
      const unknown = Object.keys(value).find((key) => !keys.includes(key));
      return unknown === undefined ? null : unknownOption(unknown, keys);
    },
  };
}

/** Marks what is no sentence about the kind of the value but about one of its keys. */
const OPTION = "no option ";

function unknownOption(given: string, keys: readonly string[]): string {
  const near = nearest(given, keys);
  return `${OPTION}'${given}'${near === undefined ? `; it takes ${keys.join(", ")}` : `; did you mean '${near}'?`}`;
}

/** @throws UsageError naming the operation, the argument, and what it takes */
export function checkArguments(operation: string, takes: readonly Argument[], given: readonly unknown[]): void {
  for (const [at, { name, optional: mayBeLeftOut, expected }] of takes.entries()) {
    const value = given[at];
    if (value === undefined && mayBeLeftOut) continue;
    const what = value === undefined ? "" : expected(value);
    if (what === null) continue;
    const list = takes.map((one) => (one.optional ? `${one.name}?` : one.name)).join(", ");
    const call = `op.${operation}(${list})`;
    if (value === undefined) throw new UsageError(`${call}: '${name}' is missing`, { hint: REFERENCE });
    if (what.startsWith(OPTION)) throw new UsageError(`${call} has ${what}`, { hint: REFERENCE });
    throw new UsageError(`${call}: '${name}' is ${describe(value)}, and must be ${what}`, { hint: REFERENCE });
  }
  const more = given.length > takes.length && given.slice(takes.length).some((value) => value !== undefined);
  if (more)
    throw new UsageError(`op.${operation} takes ${takes.length} arguments, not ${given.length}`, { hint: REFERENCE });
}

const REFERENCE = "Your editor shows the arguments; docs/revisions.md has an example of each operation.";

/** Never the value itself, which may be a secret. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list of something else";
  if (typeof value === "object") return "an object";
  return (
    { string: "a text", function: "a function", undefined: "missing" }[typeof value as string] ?? `a ${typeof value}`
  );
}
