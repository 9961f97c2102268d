/**
 * Models and revisions are run without a type check: a slip in a call is said in one sentence, with what the call takes,
 * before anything is made of it.
 */
import { isSqlExpression } from "./expression-text.js";

/** What a wrong value should have been; null for a good one. */
export type Check = (value: unknown) => string | null;

/** One argument of a call. */
export interface Argument {
  readonly name: string;
  readonly optional: boolean;
  /** All that follow. */
  readonly rest?: true;
  readonly expected: (value: unknown) => string | Sentence | null;
}

/** The whole of what is wrong: `name` is the call's, `call` the same with its arguments. */
export type Sentence = (name: string, call: string) => string;

function argument(name: string, what: string, isGood: (value: unknown) => boolean): Argument {
  return { name, optional: false, expected: checkOf(what, isGood) };
}

export function checkOf(what: string, isGood: (value: unknown) => boolean): Check {
  return (value) => (isGood(value) ? null : what);
}

export function optional(of: Argument): Argument {
  return { ...of, optional: true };
}

/** Any number of them. */
export function rest(of: Argument): Argument {
  return { ...of, optional: true, rest: true };
}

const isText = (value: unknown): value is string => typeof value === "string";
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** No instance of anything: a builder in the place of options has options of its own, inherited. */
export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (!isObject(value)) return false;
  const parent: unknown = Object.getPrototypeOf(value);
  return parent === null || Object.getPrototypeOf(parent) === null;
};
export const isList = (value: unknown, isGood: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isGood);
export const isSql = (value: unknown): boolean => isText(value) || isSqlExpression(value);

export const text = (name: string): Argument => argument(name, "a text", isText);
export const word = (name: string, words: readonly string[]): Argument =>
  argument(name, `one of ${words.map((one) => `'${one}'`).join(", ")}`, (value) => words.includes(value as string));
/** With an example of one. */
export const textAs = (name: string, example: string): Argument => argument(name, `a text, as in ${example}`, isText);
export const count = (name: string): Argument =>
  argument(name, "a whole number", (value) => Number.isInteger(value) && (value as number) >= 0);
export const whole = (name: string): Argument => argument(name, "a whole number", Number.isInteger);
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
  argument(name, "an object of columns, as in { id: integer() }", isPlainObject);
export const itemList = (name: string): Argument =>
  argument(name, "a list of constraints, or a function that gives one", (value) => {
    return Array.isArray(value) || typeof value === "function";
  });
export const callable = (name: string): Argument =>
  argument(name, "a function", (value) => typeof value === "function");
export const anything = (name: string): Argument => argument(name, "", () => true);

/** What is wrong with a call, in one sentence that names the argument and what it takes; null for a good one. */
export function wrongCall(name: string, takes: readonly Argument[], given: readonly unknown[]): string | null {
  // Models are tens of thousands of calls: nothing is made for one that is right.
  for (let at = 0; at < takes.length; at++) {
    const one = takes[at]!;
    const end = one.rest && given.length > at ? given.length : at + 1;
    for (let each = at; each < end; each++) {
      const value = given[each];
      if (value === undefined && one.optional) continue;
      if (value === undefined) return `${callText(name, takes)}: '${one.name}' is missing`;
      const what = one.expected(value);
      if (what === null) continue;
      if (typeof what === "function") return what(name, callText(name, takes));
      return `${callText(name, takes)}: '${one.name}' is ${describeValue(value)}, and must be ${what}`;
    }
  }
  if (given.length <= takes.length || takes.at(-1)?.rest === true) return null;
  if (given.slice(takes.length).every((value) => value === undefined)) return null;
  const count = ["no argument", "1 argument"][takes.length] ?? `${takes.length} arguments`;
  return `${name} takes ${count}, not ${given.length}`;
}

/** Written only where something is wrong: thousands of calls are not. */
function callText(name: string, takes: readonly Argument[]): string {
  const list = takes.map((one) => `${one.rest ? "..." : ""}${one.name}${one.optional && !one.rest ? "?" : ""}`);
  return `${name}(${list.join(", ")})`;
}

/** Never the value itself, which may be a secret. */
export function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list of something else";
  if (typeof value === "object") return "an object";
  return (
    { string: "a text", function: "a function", undefined: "missing" }[typeof value as string] ?? `a ${typeof value}`
  );
}
