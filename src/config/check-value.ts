/** Small checks that say what a value should have been. They never show a text, since it may be a password. */
import { nearest } from "../util/nearest.js";

export interface ValueProblem {
  /** Dotted path of the wrong key. */
  readonly key: string;
  /** What is wrong with it, to stand after its name. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Gives null for a good value. */
export type Check = (value: unknown, key: string) => ValueProblem | null;

/** The `hint` is for whoever wrote another kind of value. */
function expected(what: string, value: unknown, key: string, hint?: string): ValueProblem {
  return { key, message: `must be ${what}, but is ${describeValue(value)}`, hint };
}

export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "string") return value.trim() === "" ? "an empty text" : "a text";
  if (Array.isArray(value)) return "a list";
  return typeof value === "function" ? "a function" : "an object";
}

export const text: Check = (value, key) =>
  typeof value === "string" && value.trim() !== "" ? null : expected("a text", value, key);

export const flag: Check = (value, key) => (typeof value === "boolean" ? null : expected("true or false", value, key));

export const callable: Check = (value, key) =>
  typeof value === "function" ? null : expected("a function", value, key);

export const milliseconds: Check = (value, key) =>
  isWholeNumber(value, 0)
    ? null
    : expected("a whole number of milliseconds", value, key, "Write one minute as 60_000.");

export const count: Check = (value, key) =>
  isWholeNumber(value, 1) ? null : expected("a whole number of 1 or more", value, key);

export function oneOf(words: readonly string[]): Check {
  return (value, key) => {
    if (typeof value === "string" && words.includes(value)) return null;
    const near = typeof value === "string" ? nearest(value, words) : undefined;
    const known = words.map((word) => `'${word}'`).join(", ");
    return expected(`one of ${known}`, value, key, near === undefined ? undefined : `Did you mean '${near}'?`);
  };
}

export function listOf(check: Check, what: string): Check {
  return (value, key) => {
    if (!Array.isArray(value)) return expected(`a list of ${what}`, value, key);
    return first(value.map((item, index) => () => check(item, `${key}[${index}]`)));
  };
}

/** An object with keys of the user's own. */
export function recordOf(check: Check, what: string): Check {
  return (value, key) => {
    if (!isObject(value)) return expected(`an object of ${what}`, value, key);
    const present = Object.entries(value).filter(([, item]) => item !== undefined);
    return first(
      present.map(
        ([name, item]) =>
          () =>
            check(item, join(key, name)),
      ),
    );
  };
}

/** An object with known keys. A key that holds undefined counts as left out. */
export function shape(checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, key) => {
    if (!isObject(value)) return expected("an object", value, key);
    const missing = required.find((name) => value[name] === undefined);
    const questions = Object.entries(value).map(([name, item]) => () => {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (check === undefined) return unknownKey(name, join(key, name), Object.keys(checks));
      return item === undefined ? null : check(item, join(key, name));
    });
    const lacks = () =>
      missing === undefined ? null : { key: join(key, missing), message: "is missing", hint: undefined };
    return first([...questions, lacks]);
  };
}

type Kind = "boolean" | "function" | "list" | "object" | "text";

/** Another check for each kind of value; `what` names them all. */
export function byKind(what: string, checks: { readonly [K in Kind]?: Check }): Check {
  return (value, key) => {
    const kind = kindOf(value);
    const check = kind === null ? undefined : checks[kind];
    return check === undefined ? expected(what, value, key) : check(value, key);
  };
}

function unknownKey(name: string, key: string, known: readonly string[]): ValueProblem {
  const near = nearest(name, known);
  const hint = near === undefined ? `The keys are ${[...known].sort().join(", ")}.` : `Did you mean '${near}'?`;
  return { key, message: "is not a known key", hint };
}

function first(questions: readonly (() => ValueProblem | null)[]): ValueProblem | null {
  for (const question of questions) {
    const problem = question();
    if (problem !== null) return problem;
  }
  return null;
}

function kindOf(value: unknown): Kind | null {
  if (typeof value === "string") return "text";
  if (typeof value === "boolean" || typeof value === "function") return typeof value as Kind;
  if (Array.isArray(value)) return "list";
  return isObject(value) ? "object" : null;
}

/** Also of another realm; no list, no class instance that happens to be passed. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Promise);
}

function isWholeNumber(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum;
}

function join(key: string, name: string): string {
  return key === "" ? name : `${key}.${name}`;
}
