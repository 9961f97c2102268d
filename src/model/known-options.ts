/** What the options of models are called: one that is misspelt must not be left out without a word. */
import { ModelInvalidError } from "../errors.js";
import type { DialectName } from "../schema/schema.js";
import { nearest } from "../util/nearest.js";
import { unknownOption } from "../util/unknown-option.js";
import { type Check, describeValue, isPlainObject } from "./call-arguments.js";
import {
  aFlag,
  anObject,
  aText,
  isRequired,
  replicaIdentity,
  required,
  sqlOrText,
  storageParameters,
  texts,
  textsByName,
} from "./checks.js";
import type { TableOptionsInput } from "./table.js";

/** Exactly the keys of the options, each with what it may be; the words are an option's only values. */
export type KeysOf<T> = { readonly [K in keyof T]-?: Check | readonly unknown[] };

/**
 * `what` as it is called: `.references(…)`.
 *
 * @throws ModelInvalidError for an option that is none, and for one that cannot be this
 */
export function knownOptions<T extends object>(what: string, given: T | undefined, keys: KeysOf<T>): void {
  if (given === undefined) return;
  if (!isPlainObject(given)) {
    throw new ModelInvalidError(`the options of ${what} are ${describeValue(given)}, and must be an object`, {
      hint: `The options are ${Object.keys(keys).join(", ")}.`,
    });
  }
  const names = Object.keys(keys);
  const unknown = unknownOption(given, names);
  if (unknown !== null) throw new ModelInvalidError(`${what} has no option '${unknown.key}'`, { hint: unknown.hint });
  for (const key of names) {
    const value = given[key as keyof T];
    const allowed = keys[key as keyof T];
    if (value !== undefined) knownValue(key, what, value, allowed);
    else if (isRequired(allowed)) throw new ModelInvalidError(`${what} needs '${key}' among its options`);
  }
}

/** @throws ModelInvalidError */
export function knownStorage(what: string, given: unknown): void {
  const expected = storageParameters(given);
  if (expected !== null) throw new ModelInvalidError(`${what} is ${describeValue(given)}, and must be ${expected}`);
}

function knownValue(key: string, what: string, value: unknown, allowed: Check | readonly unknown[]): void {
  if (typeof allowed !== "function") {
    if (!allowed.includes(value)) knownWord(`'${key}' of ${what}`, value, allowed);
    return;
  }
  const expected = allowed(value);
  if (expected === null) return;
  throw new ModelInvalidError(`'${key}' of ${what} is ${describeValue(value)}, and must be ${expected}`);
}

/** @throws ModelInvalidError for a word that is none of these */
export function knownWord(what: string, given: unknown, words: readonly unknown[]): void {
  if (given === undefined || words.includes(given)) return;
  const texts = words.filter((word) => typeof word === "string");
  const near = typeof given === "string" ? nearest(given, texts) : undefined;
  const shown = words.map((word) => (typeof word === "string" ? `'${word}'` : String(word))).join(", ");
  throw new ModelInvalidError(
    `${what} must be one of ${shown}, but is ${typeof given === "string" ? JSON.stringify(given) : describeValue(given)}`,
    {
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    },
  );
}

/** A word that is none would leave the thing out everywhere. @throws ModelInvalidError */
export function knownDialect(given: DialectName): DialectName {
  knownWord(".only(…)", given, ["sqlite", "postgres"]);
  return given;
}

/** @throws ModelInvalidError */
export function knownTableOptions(table: string, options: TableOptionsInput): void {
  const what = `table '${table}'`;
  knownOptions(what, options, TABLE);
  knownOptions(`'partitionOf' of ${what}`, options.partitionOf, PARTITION);
  knownOptions(`'sqlite' of ${what}`, options.sqlite, SQLITE);
  knownOptions(`'postgres' of ${what}`, options.postgres, POSTGRES);
}

const TABLE: KeysOf<TableOptionsInput> = {
  schema: aText,
  comment: aText,
  partitionOf: anObject,
  inherits: texts,
  rowSecurity: [true, false, "forced"],
  sqlite: anObject,
  postgres: anObject,
};
const PARTITION: KeysOf<NonNullable<TableOptionsInput["partitionOf"]>> = {
  table: required(aText),
  bounds: required(sqlOrText),
  indexNames: textsByName,
};
const SQLITE: KeysOf<NonNullable<TableOptionsInput["sqlite"]>> = { strict: aFlag, withoutRowid: aFlag };
const POSTGRES: KeysOf<NonNullable<TableOptionsInput["postgres"]>> = {
  unlogged: aFlag,
  partitionBy: aText,
  tablespace: aText,
  ofType: aText,
  storage: storageParameters,
  accessMethod: aText,
  replicaIdentity,
  clusterOn: aText,
};
