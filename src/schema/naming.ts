/**
 * The names of constraints and indexes that nobody named. They depend on the table and its columns only, so that a
 * revision written today can drop what another one made years ago.
 */
import { createHash } from "node:crypto";

export type NamedKind = "primaryKey" | "unique" | "index" | "foreignKey" | "check" | "exclude";

/** What a name is made of; `target` is the table a foreign key points to. */
export interface NameParts {
  readonly table: string;
  readonly columns: readonly string[];
  readonly target?: string;
}

/** A template with `{table}`, `{columns}` (joined by `_`) and `{target}`, or a function that gives the name. */
export type NameRule = string | ((parts: NameParts) => string);

export type NamingConvention = { readonly [K in NamedKind]?: NameRule };

export const DEFAULT_NAMING: { readonly [K in NamedKind]: string } = Object.freeze({
  primaryKey: "pk_{table}",
  unique: "uq_{table}_{columns}",
  index: "ix_{table}_{columns}",
  foreignKey: "fk_{table}_{columns}_{target}",
  check: "ck_{table}_{columns}",
  exclude: "ex_{table}_{columns}",
});

/** A set of names, or anything that answers like one. */
export type Taken = Pick<ReadonlySet<string>, "has">;

/** PostgreSQL keeps 63 bytes of a name: https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
export const MAXIMUM_NAME_BYTES = 63;

/**
 * The name a constraint or index gets by the convention, at most {@link MAXIMUM_NAME_BYTES} long.
 *
 * `taken` knows names in use already; a name that is among them gets `_2`, `_3`, … in order.
 */
export function conventionalName(
  kind: NamedKind,
  parts: NameParts,
  convention: NamingConvention = DEFAULT_NAMING,
  taken: Taken = new Set(),
): string {
  const rule = convention[kind] ?? DEFAULT_NAMING[kind];
  const wanted = typeof rule === "function" ? rule(parts) : fillTemplate(rule, parts);
  return freeName(wanted, taken);
}

/** The name itself, or the first of `name_2`, `name_3`, … that is not taken; cut where it is too long. */
export function freeName(name: string, taken: Taken): string {
  let candidate = cutName(name);
  for (let count = 2; taken.has(candidate); count += 1) candidate = cutName(`${name}_${count}`);
  return candidate;
}

/**
 * The name, or, where it has more bytes than a database keeps, its beginning followed by `_` and eight hex digits of
 * its SHA-256. Never cuts through a character.
 */
export function cutName(name: string): string {
  if (Buffer.byteLength(name) <= MAXIMUM_NAME_BYTES) return name;
  const suffix = `_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  return beginning(name, MAXIMUM_NAME_BYTES - suffix.length) + suffix;
}

/** As many characters as fit into so many bytes. */
export function beginning(text: string, bytes: number): string {
  let kept = "";
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) return kept;
    kept += character;
  }
  return kept;
}

/** Where there are no columns to name, the underscore before them goes too: `ck_users`. */
function fillTemplate(template: string, { table, columns, target = "" }: NameParts): string {
  const values: Readonly<Record<string, string>> = { table, columns: columns.join("_"), target };
  const wanted = columns.length === 0 ? template.replace(/_?\{columns\}/g, "") : template;
  return wanted.replace(/\{(table|columns|target)\}/g, (_match, key: string) => values[key]!);
}
