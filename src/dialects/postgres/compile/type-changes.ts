/** What happens when a column's type is changed in place. */
import type { TypeDef, TypeName } from "../../../schema/schema.js";
import { typeDdl, typeText } from "../text/types.js";

const TEXTS: readonly TypeName[] = ["text", "varchar", "char"];
const NUMBERS: readonly TypeName[] = ["smallint", "integer", "bigint", "numeric", "real", "doublePrecision"];

/** Pairs that the server converts by itself in an assignment, besides numbers among each other and anything to text. */
const ASSIGNABLE: Readonly<Partial<Record<TypeName, readonly TypeName[]>>> = {
  integer: ["money"],
  bigint: ["money"],
  numeric: ["money"],
  money: ["numeric"],
  date: ["timestamp", "timestamptz"],
  timestamp: ["date", "time", "timestamptz"],
  timestamptz: ["date", "time", "timestamp", "timetz"],
  time: ["interval", "timetz"],
  timetz: ["time"],
  interval: ["time"],
  json: ["jsonb"],
  jsonb: ["json"],
  inet: ["cidr"],
  cidr: ["inet"],
  bit: ["varbit"],
  varbit: ["bit"],
  bytea: ["blob"],
  blob: ["bytea"],
};

/**
 * The expression after USING, or null where an assignment converts. Where one does, an explicit cast must not be
 * written: it would cut long text silently instead of refusing it.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-cast.html
 */
export function usingExpression(column: string, from: TypeDef, to: TypeDef): string | null {
  return isAssignable(from, to) ? null : cast(column, from, to);
}

/**
 * Is the table written anew? Only changes that are known to touch nothing but the catalog say no.
 *
 * @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
 */
export function rewritesTable(from: TypeDef, to: TypeDef): boolean {
  if (typeText(from) === typeText(to)) return false;
  const [fromArgs, toArgs] = [from.args ?? [], to.args ?? []];
  if (to.name === "text") return !(from.name === "varchar" || from.name === "text");
  if (to.name === "varchar" && toArgs.length === 0) return from.name !== "text" && from.name !== "varchar";
  if (from.name === "cidr" && to.name === "inet") return false;
  if (from.name !== to.name) return true;
  if (toArgs.length === 0)
    return !["numeric", "varbit", "time", "timetz", "timestamp", "timestamptz", "interval"].includes(to.name);
  if (fromArgs.length === 0) return true;
  switch (to.name) {
    case "numeric":
      return (toArgs[1] ?? 0) !== (fromArgs[1] ?? 0) || toArgs[0]! < fromArgs[0]!;
    case "varchar":
    case "varbit":
    case "time":
    case "timetz":
    case "timestamp":
    case "timestamptz":
    case "interval":
      return toArgs[0]! < fromArgs[0]!;
    default:
      return true;
  }
}

function isAssignable(from: TypeDef, to: TypeDef): boolean {
  if (from.name === "array" && to.name === "array") return isAssignable(from.element!, to.element!);
  if (typeText(from) === typeText(to) || TEXTS.includes(to.name)) return true;
  if (["array", "enum", "domain", "custom"].includes(to.name)) return false;
  if (NUMBERS.includes(from.name) && NUMBERS.includes(to.name)) return true;
  return from.name === to.name || ASSIGNABLE[from.name]?.includes(to.name) === true;
}

function cast(column: string, from: TypeDef, to: TypeDef): string {
  const target = typeDdl(to);
  const [element, toElement] = from.name === "array" && to.name === "array" ? [from.element!, to.element!] : [from, to];
  const brackets = element === from ? "" : "[]";
  if (NUMBERS.includes(element.name) && toElement.name === "boolean" && element.name !== "integer" && brackets === "") {
    return `${column} <> 0`;
  }
  // Only integer converts from and to boolean, and enums only from and to text.
  if (element.name === "boolean" && NUMBERS.includes(toElement.name) && toElement.name !== "integer") {
    return `${column}::integer${brackets}::${target}`;
  }
  // The padding of char(n) is no part of a label; casting to text takes it off.
  const isText = element.name === "text" || element.name === "varchar";
  if ((element.name === "enum" || toElement.name === "enum") && !isText) return `${column}::text${brackets}::${target}`;
  return `${column}::${target}`;
}
