/** The options of operations: which there are, and what each may be. */
import { type Argument, type Check, describeValue, isPlainObject, type Sentence } from "../model/call-arguments.js";
import {
  aFlag,
  aNumber,
  anItemList,
  anObject,
  aText,
  DEFERRABLE,
  FOREIGN_KEY_ACTIONS,
  isRequired,
  MATCHES,
  sequenceNumber,
  sqlOrText,
  sqlTexts,
  storageParameters,
  texts,
  textsByName,
} from "../model/checks.js";
import { nearest } from "../util/nearest.js";

type Allowed = Check | readonly string[];

/** `null` takes away what is there. */
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);
const all = (names: string, allowed: Allowed) => Object.fromEntries(names.split(" ").map((name) => [name, allowed]));

/** By the option's name: one name means one thing in all operations, except where a call says otherwise. */
const ALLOWED: Readonly<Record<string, Allowed>> = {
  ...all("schema before after language library support arguments returns table", aText),
  ...all("version into fires accessMethod body renamedFrom", aText),
  // The schema of another table: null is the default one.
  ...all("comment existingComment tablespace collation targetSchema parentSchema", orNull(aText)),
  ...all("ifExists ifNotExists cascade concurrently unique nullsNotDistinct noInherit notValid notEnforced", aFlag),
  ...all("period unchecked withoutOverlaps procedure window strict securityDefiner leakproof constraint", aFlag),
  ...all("restrictive grantable forced checkBody existingNullable nullable filled", aFlag),
  ...all("cycle", orNull(aFlag)),
  ...all("include onDeleteColumns settings transforms inherits", texts),
  ...all("roles", orNull(texts)),
  ...all("onDelete onUpdate", FOREIGN_KEY_ACTIONS),
  match: MATCHES,
  deferrable: DEFERRABLE,
  volatility: ["volatile", "stable", "immutable"],
  parallel: ["safe", "restricted", "unsafe"],
  command: ["all", "select", "insert", "update", "delete"],
  ...all("where sqlBody action", sqlOrText),
  further: sqlTexts,
  columns: texts,
  options: storageParameters,
  indexes: anItemList,
  rowSecurity: (value) => (["forced", true, false].includes(value as boolean) ? null : "true, false or 'forced'"),
  ...all("sqlite postgres partitionOf identity generated notNull", orNull(anObject)),
  ...all("withCheck", orNull(sqlOrText)),
  ...all("cost rows", aNumber),
  ...all("start increment minValue maxValue cache", orNull(sequenceNumber)),
  ...all("with", storageParameters),
  ...all("mapping indexNames columnComments columnDefaults renamedColumns", textsByName),
};

/** An object with these keys, all of them known to the compiler: a new option fails its check until it is here. */
export function options<T>(name: string, known: { readonly [K in keyof Required<T>]: true | Allowed }): Argument {
  const keys = Object.keys(known);
  return {
    name,
    optional: false,
    expected: (given) => {
      if (!isPlainObject(given)) return `an object of options (${keys.join(", ")})`;
      const unknown = Object.keys(given).find((key) => !keys.includes(key));
      if (unknown !== undefined) return unknownOption(unknown, keys);
      const missing = Object.entries(known).find(([key, own]) => isRequired(Object(own)) && given[key] === undefined);
      if (missing !== undefined) return (name) => `${name} needs '${missing[0]}' among its options`;
      for (const [key, value] of Object.entries(given)) {
        const own = (known as Readonly<Record<string, true | Allowed>>)[key];
        const wrong = wrongValue(key, value, own === true ? ALLOWED[key] : own);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  };
}

function unknownOption(given: string, keys: readonly string[]): Sentence {
  const near = nearest(given, keys);
  const help = near === undefined ? `; it takes ${keys.join(", ")}` : `; did you mean '${near}'?`;
  return (_name, call) => `${call} has no option '${given}'${help}`;
}

function wrongValue(key: string, value: unknown, allowed: Allowed | undefined): Sentence | null {
  if (value === undefined || allowed === undefined) return null;
  if (typeof allowed === "function") {
    const what = allowed(value);
    return what === null ? null : (name) => `'${key}' of ${name} is ${describeValue(value)}, and must be ${what}`;
  }
  if (typeof value === "string" && allowed.includes(value)) return null;
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const words = allowed.map((word) => `'${word}'`).join(", ");
  const help = near === undefined ? "" : `; did you mean '${near}'?`;
  return (name) => `'${key}' of ${name} must be one of ${words}${help}`;
}
