/** What the options of models are called: one that is misspelt must not be left out without a word. */
import { ModelInvalidError } from "../errors.js";
import type { DialectName } from "../schema/schema.js";
import { nearest } from "../util/nearest.js";
import { unknownOption } from "../util/unknown-option.js";
import type { TableOptionsInput } from "./table.js";

/** Exactly the keys of the options. */
export type KeysOf<T> = { readonly [K in keyof T]-?: true };

/**
 * `what` as it is called: `.references(…)`.
 *
 * @throws ModelInvalidError for an option that is none
 */
export function knownOptions<T extends object>(what: string, given: T | undefined, keys: KeysOf<T>): void {
  const unknown = unknownOption(given, Object.keys(keys));
  if (unknown === null) return;
  throw new ModelInvalidError(`${what} has no option '${unknown.key}'`, { hint: unknown.hint });
}

/** @throws ModelInvalidError for a word that is none of these */
export function knownWord(what: string, given: unknown, words: readonly unknown[]): void {
  if (given === undefined || words.includes(given)) return;
  const texts = words.filter((word) => typeof word === "string");
  const near = typeof given === "string" ? nearest(given, texts) : undefined;
  const shown = words.map((word) => (typeof word === "string" ? `'${word}'` : String(word))).join(", ");
  throw new ModelInvalidError(`${what} must be one of ${shown}, but is ${JSON.stringify(given) ?? String(given)}`, {
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
  });
}

/** A word that is none would leave the thing out everywhere. @throws ModelInvalidError */
export function knownDialect(given: DialectName): DialectName {
  knownWord(".only(…)", given, ["sqlite", "postgres"]);
  return given;
}

/** @throws ModelInvalidError */
export function knownTableOptions(table: string, options: TableOptionsInput): void {
  const what = `table '${table}'`;
  knownOptions(what, options, {
    ...{ schema: true, comment: true, partitionOf: true, inherits: true, rowSecurity: true },
    ...{ sqlite: true, postgres: true },
  });
  knownWord(`'rowSecurity' of ${what}`, options.rowSecurity, [true, false, "forced"]);
  knownOptions(`'sqlite' of ${what}`, options.sqlite, { strict: true, withoutRowid: true });
  knownOptions(`'postgres' of ${what}`, options.postgres, {
    ...{ unlogged: true, partitionBy: true, tablespace: true, ofType: true, storage: true, accessMethod: true },
    ...{ replicaIdentity: true, clusterOn: true },
  });
}
