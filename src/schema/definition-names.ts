/** Names of definitions, which are SQL: where they say a schema, and what they are in another. */
import { quoteName } from "../util/quote.js";
import type { ObjectName } from "./schema.js";

/** In another schema by `ALTER … SET SCHEMA`. */
const MOVABLE: ReadonlySet<string> = new Set([
  "aggregate",
  "collation",
  "conversion",
  "foreign table",
  "operator",
  "operator class",
  "operator family",
  "statistics",
  "text search configuration",
  "text search dictionary",
  "text search parser",
  "text search template",
  "type",
]);

/** What makes a definition of this type a part of a schema and no part of a table, a role or the database. */
export function isMovableType(type: string): boolean {
  return MOVABLE.has(type);
}

const PART = String.raw`"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*`;
const QUALIFIED = new RegExp(`^(?:(${PART})\\s*\\.\\s*)?(.*)$`, "su");
const FIRST = new RegExp(`^(?:${PART})`, "u");

/** `rest`: the name and what follows it, as SQL. */
export interface SplitName {
  readonly schema?: string;
  readonly rest: string;
}

/** `archive.total(integer)` in its two parts. */
export function splitName(name: string): SplitName {
  const [, schema, rest = name] = QUALIFIED.exec(name) ?? [];
  return schema === undefined ? { rest } : { schema: plain(schema), rest };
}

export function joinName({ schema, rest }: SplitName): string {
  return schema === undefined ? rest : `${sqlName(schema)}.${rest}`;
}

/** What it is called, without the arguments of an aggregate, the method of an operator class and the like. */
export function objectOfDefinition(name: string): ObjectName {
  const { schema, rest } = splitName(name);
  const called = plain(FIRST.exec(rest)?.[0] ?? rest);
  return schema === undefined ? { name: called } : { name: called, schema };
}

/** The statement that makes or changes the object, with its name in another place. */
export function movedText(sql: string, type: string, from: ObjectName, to: string): string {
  const words = type.replaceAll(" ", "\\s+");
  const head = new RegExp(`^\\s*(?:create|alter)\\s+${words}\\s+(?:if\\s+not\\s+exists\\s+)?`, "iu").exec(sql)?.[0];
  if (head === undefined) return sql;
  const [, schema, rest = ""] = QUALIFIED.exec(sql.slice(head.length)) ?? [];
  const called = FIRST.exec(rest)?.[0] ?? "";
  const isIt = plain(called) === from.name && (schema === undefined ? undefined : plain(schema)) === from.schema;
  return isIt ? head + to + rest.slice(called.length) : sql;
}

/** What the type of several ranges is called, where the statement says so. */
export function multirangeOf(sql: string): string | undefined {
  return new RegExp(`multirange_type_name\\s*=\\s*((?:(?:${PART})\\s*\\.\\s*)?(?:${PART}))`, "iu").exec(sql)?.[1];
}

/** As the server writes it, but for names that are words of SQL. */
export function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteName(name);
}

export function sqlPath({ name, schema }: ObjectName): string {
  return schema === undefined ? sqlName(name) : `${sqlName(schema)}.${sqlName(name)}`;
}

function plain(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase();
}

/** As a column says it, whose names may hold dots: `de_DE.utf8`, `"archive"."words"`. */
export function collationPath({ name, schema }: ObjectName): string {
  return schema === undefined ? name : `${quoteName(schema)}.${quoteName(name)}`;
}

export function isCollationPath(collation: string): boolean {
  return /^"(?:[^"]|"")+"\."(?:[^"]|"")+"$/.test(collation);
}
