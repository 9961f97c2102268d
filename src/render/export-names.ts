/** What the objects of a schema are called in a models module: identifiers that a person would choose, each once. */
import { TYPE_NAMES } from "../schema/schema.js";

/** Everything that `tsmigrate/schema` gives at run time: a model of the same name would hide it. */
export const BUILDER_NAMES: readonly string[] = [
  ...TYPE_NAMES.filter((name) => name !== "enum"),
  ...["table", "partition", "view", "materializedView", "enumType", "enumColumn", "pgSchema", "defineSchema", "sql"],
  ...["primaryKey", "unique", "foreignKey", "check", "exclude", "index", "uniqueIndex"],
  ...["compositeType", "definition", "extension", "functionDefinition", "policy", "sequence", "trigger"],
  ...["grant", "revoke", "owner"],
];

/** Words that a module of JavaScript cannot declare, and those that nobody should. */
const RESERVED = new Set(
  (
    "abstract arguments as async await boolean break case catch class const continue debugger declare default delete do " +
    "else enum eval export extends false finally for from function get if implements import in infer instanceof " +
    "interface is keyof let module namespace never new null number object of package private protected public readonly " +
    "require return satisfies set static string super switch symbol this throw true try type typeof undefined unknown " +
    "var void while with yield NaN Infinity globalThis exports"
  ).split(" "),
);

export interface Nameable {
  readonly name: string;
  readonly schema?: string;
  /** What it is, for names that cannot stand alone: `table`, `enum`. */
  readonly kind: string;
  /** The table that it belongs to. */
  readonly on?: string;
}

export type ExportNames = (object: Nameable) => string;

/**
 * Gives names away: `user_roles` becomes `userRoles`; one that is taken or means something else says its kind
 * (`indexTable`) or the table it is on, then its schema, then a number. The same objects in the same order get the same names.
 */
export function createExportNames(): ExportNames {
  const taken = new Set([...BUILDER_NAMES, ...RESERVED]);
  return ({ name, schema, kind, on }) => {
    const candidates = [
      camelCase(name),
      camelCase(on === undefined ? `${name} ${kind}` : `${on} ${name}`),
      ...(schema === undefined ? [] : [camelCase(`${schema} ${name}`), camelCase(`${schema} ${name} ${kind}`)]),
    ].filter(isIdentifier);
    let chosen = candidates.find((candidate) => !taken.has(candidate));
    for (let count = 2; chosen === undefined; count += 1) {
      const numbered = `${candidates.at(-1) ?? camelCase(kind)}${count}`;
      if (!taken.has(numbered)) chosen = numbered;
    }
    taken.add(chosen);
    return chosen;
  };
}

/** Words in capitals count as one: `API_KEYS` is `apiKeys`; capitals within a word stay. */
export function camelCase(text: string): string {
  const words = (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) =>
    /\p{Ll}/u.test(word) ? word : word.toLowerCase(),
  );
  return words
    .map((word, at) => {
      const [first = "", ...rest] = word;
      return (at === 0 ? first.toLowerCase() : first.toUpperCase()) + rest.join("");
    })
    .join("");
}

function isIdentifier(text: string): boolean {
  return /^\p{ID_Start}\p{ID_Continue}*$/u.test(text) && !/^[A-Z]/.test(text) && text === text.normalize("NFC");
}
