/** DEFAULT clauses: from the neutral form to PostgreSQL's and back. */
import { type DefaultDef, type JsonValue, sameDef, type TypeDef } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import { parenthesize } from "../../standard-ddl.js";
import { arrayText, parseArrayText } from "./array-text.js";
import { normalSql, tokenize, withoutOuterParentheses } from "./sql-text.js";
import { parseTypeText, typeText } from "./types.js";

/** The text after DEFAULT. The grammar takes only some expressions bare, so all but plain terms get parentheses. */
export function defaultDdl(value: DefaultDef, type: TypeDef): string {
  switch (value.kind) {
    case "literal":
      return literalDdl(value.value, type);
    case "now":
      return NOW_WORDS[type.name] ?? "now()";
    case "sql":
      return /^(?:[\w.]+(?:\(\))?|'(?:[^']|'')*'(?:::\w+)?)$/.test(value.text) ? value.text : parenthesize(value.text);
  }
}

/** A value as the type reads it: JSON text for JSON, `{…}` for arrays. */
export function literalDdl(value: JsonValue, type: TypeDef): string {
  if (value === null) return "NULL";
  if (isJson(type)) return quoteText(JSON.stringify(value));
  if (Array.isArray(value) && type.name === "array") return quoteText(arrayText(value));
  if (typeof value === "boolean" || typeof value === "number") {
    return type.name === "enum" || TEXTS.includes(type.name) ? quoteText(String(value)) : String(value);
  }
  return quoteText(typeof value === "string" ? value : JSON.stringify(value));
}

/**
 * The meaning of a default's text for a column of this type. `typeName` is the type in the server's own words without
 * modifiers, where it is known; literals are cast to it.
 */
export function parseDefault(text: string, type: TypeDef, typeName?: string): DefaultDef {
  const expression = withoutOuterParentheses(text);
  const value = /^[bB]?'/.test(expression)
    ? quotedValue(expression, type, typeName ?? bareTypeText(type))
    : plainValue(expression, type);
  if (value !== undefined) return { kind: "literal", value };
  return isNow(expression, type) ? { kind: "now" } : { kind: "sql", text: expression };
}

/** `'x'::character varying`, where the cast is to the column's own type. */
function quotedValue(expression: string, type: TypeDef, typeName: string): JsonValue | undefined {
  const quoted = /^[bB]?'((?:[^']|'')*)'(?:::(.+))?$/s.exec(expression);
  if (quoted === null || (quoted[2] !== undefined && !isCastToColumn(quoted[2], type, typeName))) return undefined;
  return typedValue(quoted[1]!.replaceAll("''", "'"), quoted[2], type);
}

function plainValue(expression: string, type: TypeDef): JsonValue | undefined {
  if (type.name === "array" && /^array\[\](?:::.*)?$/i.test(expression)) return [];
  const plain = /^(-?\d+(?:\.\d+)?|true|false|null(?:::.*)?)$/i.exec(expression)?.[1]?.toLowerCase();
  if (plain === undefined) return undefined;
  if (plain.startsWith("null")) return null;
  if (TEXTS.includes(type.name)) return plain;
  if (plain === "true" || plain === "false") return plain === "true";
  // A floating point column holds no zeros at the end.
  const number = FLOATS.includes(type.name) ? Number(plain) : exactNumber(plain);
  if (number !== null) return number;
  // Digits that JavaScript's numbers lose stay as text where the column reads text as a number.
  return type.name === "numeric" ? plain : undefined;
}

/** Do the two fill a column of this type with the same value? What only the server can tell counts as different. */
export function sameDefault(a: DefaultDef | undefined, b: DefaultDef | undefined, type: TypeDef): boolean {
  if (sameDef(a, b)) return true;
  const [first, second] = [a, b].map((value) => canonical(value, type));
  if (first === undefined || second === undefined) return first === second;
  if (first.kind === "sql" && second.kind === "sql") return normalSql(first.text) === normalSql(second.text);
  if (sameDef(first, second)) return true;
  if (first.kind !== "literal" || second.kind !== "literal") return false;
  const [one, other] = [numberText(first.value, type), numberText(second.value, type)];
  return one !== null && one === other;
}

function canonical(value: DefaultDef | undefined, type: TypeDef): DefaultDef | undefined {
  const read = value?.kind === "sql" ? parseDefault(value.text, type) : value;
  return read?.kind === "literal" && read.value === null ? undefined : read;
}

const NOW_WORDS: Readonly<Record<string, string>> = {
  date: "CURRENT_DATE",
  time: "LOCALTIME",
  timetz: "CURRENT_TIME",
};

const NOW_TEXTS: Readonly<Record<string, readonly string[]>> = {
  date: ["current_date", "now ( ) :: date"],
  time: ["localtime", "current_time"],
  timetz: ["current_time"],
  timestamp: ["localtimestamp"],
};

function isNow(expression: string, type: TypeDef): boolean {
  const text = normalSql(expression);
  return (
    ["now ( )", "current_timestamp", "transaction_timestamp ( )"].includes(text) ||
    NOW_TEXTS[type.name]?.includes(text) === true
  );
}

const TEXTS: readonly string[] = ["text", "varchar", "char"];
const FLOATS: readonly string[] = ["real", "doublePrecision"];
const NUMBERS: readonly string[] = ["smallint", "integer", "bigint", "numeric", ...FLOATS];

function isCastToColumn(cast: string, type: TypeDef, typeName: string): boolean {
  const text = cast.trim();
  if (text === typeName || text === typeText(type) || text === bareTypeText(type)) return true;
  const known = parseTypeText(text);
  if (known.name === "custom") return isPlainCast(text, type);
  if (NUMBERS.includes(type.name)) return NUMBERS.includes(known.name) && known.args === undefined;
  return known.name === type.name && known.args === undefined;
}

/** Names that casts are written with and types are not. */
function isPlainCast(cast: string, type: TypeDef): boolean {
  return (cast === "bpchar" && type.name === "char") || (cast === '"bit"' && type.name === "bit");
}

function bareTypeText(type: TypeDef): string {
  if (type.name === "array") return `${bareTypeText(type.element!)}[]`;
  const { args: _modifiers, ...bare } = type;
  return type.name === "char" ? "character" : type.name === "bit" ? "bit" : typeText(bare);
}

/** Undefined for text that stands for no value of the type in JSON's terms. */
function typedValue(text: string, cast: string | undefined, type: TypeDef): JsonValue | undefined {
  if (isJson(type)) return jsonValue(text);
  if (type.name === "array") return arrayValue(text, type.element!);
  if (type.name === "boolean") return cast === undefined ? undefined : text;
  if (!NUMBERS.includes(type.name)) return text;
  // A literal written in quotes keeps its digits: '0.00' is not 0.
  if (type.name === "numeric" && !/^(?:small|big)?int/.test(cast ?? "")) return text;
  return exactNumber(text) ?? text;
}

function jsonValue(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    // The null of JSON is not SQL's, and long numbers would lose digits.
    return value === null || /\d{16}/.test(text) ? undefined : value;
  } catch {
    return undefined;
  }
}

function arrayValue(text: string, element: TypeDef): JsonValue | undefined {
  const items = parseArrayText(text);
  if (items === null) return undefined;
  const values = items.map((item) => (item === null ? null : arrayItem(item, element)));
  return values.includes(undefined) ? undefined : (values as JsonValue);
}

function arrayItem(item: string, element: TypeDef): JsonValue | undefined {
  if (element.name === "boolean") return item === "t" || item === "true";
  if (isJson(element)) return jsonValue(item);
  if (["smallint", "integer", "real", "doublePrecision"].includes(element.name)) return exactNumber(item) ?? item;
  return item;
}

/** A number that JavaScript writes back with the same digits. */
function exactNumber(text: string): number | null {
  const number = Number(text);
  return String(number) === text ? number : null;
}

/** The number that a literal is for a column of this type, in one spelling; null for anything else. */
function numberText(value: JsonValue, type: TypeDef): string | null {
  if (!NUMBERS.includes(type.name)) return null;
  const text = String(value).trim();
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return null;
  // Without a scale of its own a numeric keeps the zeros that were written.
  if (type.name === "numeric" && type.args === undefined) return text;
  const [whole, fraction = ""] = text.split(".");
  const digits = fraction.replace(/(?<!0)0+$/, "");
  return digits === "" ? whole! : `${whole}.${digits}`;
}

function isJson(type: TypeDef): boolean {
  return type.name === "json" || type.name === "jsonb";
}

/** Is it a constant, which a new column takes without the table being rewritten? */
export function isConstantDefault(value: DefaultDef): boolean {
  if (value.kind !== "sql") return true;
  return !tokenize(value.text).includes("(");
}
