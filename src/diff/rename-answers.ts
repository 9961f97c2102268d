/**
 * What `--rename` says: `users.fullname:full_name`, `people:users`, `index:ix_old:ix_new`. A part that holds a dot, a
 * colon or a quote is written in double quotes.
 */
import { type ObjectName, objectKey } from "../schema/schema.js";
import { quoteName } from "../util/quote.js";

export const RENAME_KINDS = [
  "table",
  "column",
  "index",
  "constraint",
  "value",
  "enum",
  "domain",
  "type",
  "sequence",
  "view",
  "function",
  "definition",
] as const;
export type RenameKind = (typeof RENAME_KINDS)[number];

export interface RenameAnswer {
  /** Absent: whatever has these names, a column first. */
  readonly kind?: RenameKind;
  /** `users.fullname` as its parts. */
  readonly from: readonly string[];
  readonly to: string;
  /** Another schema than the old one: `billing.invoices:sales.bills`; null is the default one. */
  readonly toSchema?: string | null;
  /** As it was written. */
  readonly text: string;
}

const TOKEN = /"((?:[^"]|"")*)"|([^":.]+)|([:.])/y;

/** Null for a text of another form. */
export function parseRenameAnswer(text: string): RenameAnswer | null {
  const sections: string[][] = [[]];
  let expectsName = true;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const name = match[1]?.replaceAll('""', '"') ?? match[2];
    if ((name !== undefined) !== expectsName) return null;
    if (name !== undefined) sections.at(-1)!.push(name);
    else if (match[3] === ":") sections.push([]);
    expectsName = name === undefined;
  }
  if (expectsName) return null;
  const kind = sections.length === 3 ? kindOf(sections.shift()!) : undefined;
  const [from, to] = sections as [string[], string[] | undefined];
  if (kind === null || to === undefined || sections.length !== 2) return null;
  // `billing.invoices:billing.bills` says where it is twice.
  const place = from.slice(0, -1);
  const isElsewhere = to.length > 1 && to.slice(0, -1).join("\0") !== place.join("\0");
  if (isElsewhere && !(from.length < 3 && to.length === 2)) return null;
  const elsewhere = isElsewhere ? { toSchema: to[0]! } : {};
  return { ...elsewhere, ...(kind === undefined ? {} : { kind }), from, to: to.at(-1)!, text };
}

function kindOf(parts: readonly string[]): RenameKind | null {
  return parts.length === 1 ? (RENAME_KINDS.find((kind) => kind === parts[0]) ?? null) : null;
}

/** The argument of `--rename`, to be read back by {@link parseRenameAnswer}. */
export function renameArgument(from: readonly string[], to: string, kind?: RenameKind): string {
  const words = `${from.map(part).join(".")}:${part(to)}`;
  return kind === undefined || kind === "table" || kind === "column" ? words : `${kind}:${words}`;
}

/** As it has to be typed in a shell. */
export function shellWord(text: string): string {
  return /^[\p{L}\p{N}_.:-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function pathOf(object: ObjectName): readonly string[] {
  return object.schema === undefined ? [object.name] : [object.schema, object.name];
}

/** As it stands in an argument. */
export function pathText(object: ObjectName): string {
  return pathOf(object).map(part).join(".");
}

/** Does the path name the object? */
export function isPathOf(path: readonly string[], object: ObjectName): boolean {
  const [name, schema] = [path.at(-1), path.at(-2)];
  if (name === undefined || path.length > 2) return false;
  return objectKey(schema === undefined ? { name } : { name, schema }) === objectKey(object);
}

function part(text: string): string {
  return text === "" ? '""' : /[."':\s]/.test(text) ? quoteName(text) : text;
}
