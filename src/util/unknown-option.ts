/** Options that nobody reads: a word misspelt would do nothing, and nobody would know. */
import { nearest } from "./nearest.js";

export interface UnknownOption {
  readonly key: string;
  readonly hint: string;
}

/** The first key that is none of the known ones; one that holds undefined counts as left out. */
export function unknownOption(given: unknown, known: readonly string[]): UnknownOption | null {
  if (typeof given !== "object" || given === null) return null;
  const isUnknown = (name: string) => (given as Readonly<Record<string, unknown>>)[name] !== undefined;
  const key = Object.keys(given).find((name) => !known.includes(name) && isUnknown(name));
  if (key === undefined) return null;
  const near = nearest(key, known);
  return { key, hint: near === undefined ? `The options are ${known.join(", ")}.` : `Did you mean '${near}'?` };
}
