/** One spelling in SQLite for every type of the models, and the way back. */
import type { ColumnDef, TableDef, TypeDef, TypeName } from "../../../schema/schema.js";
import { isPlainWord, tokenize } from "./sql-tokenizer.js";

export type Affinity = "INTEGER" | "TEXT" | "BLOB" | "REAL" | "NUMERIC";

/**
 * The words are those that give the column the right affinity by SQLite's rules, which look for INT, CHAR, TEXT, BLOB,
 * REAL, FLOA and DOUB anywhere in the name. That is why what is held as text and has no CHAR or TEXT in its own name is
 * spelled TEXT: INTERVAL would be an integer (it holds INT), JSON and INET numeric, and `'007'` would become 7.
 *
 * @see https://www.sqlite.org/datatype3.html#determination_of_column_affinity
 */
const WORDS: Readonly<Partial<Record<TypeName, string>>> = {
  smallint: "SMALLINT",
  integer: "INTEGER",
  bigint: "BIGINT",
  serial: "INTEGER",
  bigserial: "INTEGER",
  numeric: "NUMERIC",
  money: "NUMERIC",
  real: "REAL",
  doublePrecision: "DOUBLE PRECISION",
  boolean: "BOOLEAN",
  varchar: "VARCHAR",
  char: "CHAR",
  uuid: "CHAR(36)",
  date: "DATE",
  time: "TIME",
  timetz: "TIMETZ",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMPTZ",
  bytea: "BLOB",
  blob: "BLOB",
};

const WITH_ARGUMENTS: readonly TypeName[] = ["numeric", "varchar", "char"];

/** `VARCHAR(50)`; types that SQLite has no word for are TEXT. */
export function typeText(type: TypeDef): string {
  if (type.name === "custom") return type.text ?? "";
  const word = WORDS[type.name] ?? "TEXT";
  if (!WITH_ARGUMENTS.includes(type.name) || type.args === undefined || type.args.length === 0) return word;
  return `${word}(${type.args.join(", ")})`;
}

/** The type as written in this table: identity columns are exactly INTEGER, STRICT tables know six words only. */
export function columnTypeText(column: ColumnDef, table: Pick<TableDef, "options">): string {
  if (column.identity !== undefined) return "INTEGER";
  return table.options?.sqlite?.strict === true ? strictTypeText(column.type) : typeText(column.type);
}

/**
 * @see https://www.sqlite.org/stricttables.html
 */
export function strictTypeText(type: TypeDef): string {
  switch (type.name) {
    case "custom":
      return type.text ?? "";
    case "boolean":
      return "INTEGER";
    case "numeric":
    case "money":
      return "ANY";
    case "date":
    case "time":
    case "timetz":
    case "timestamp":
    case "timestamptz":
      return "TEXT";
    default: {
      const affinity = affinityOf(typeText(type));
      return affinity === "NUMERIC" ? "ANY" : affinity;
    }
  }
}

/** @see https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(declared: string): Affinity {
  const text = declared.toUpperCase();
  if (text.includes("INT")) return "INTEGER";
  if (text.includes("CHAR") || text.includes("CLOB") || text.includes("TEXT")) return "TEXT";
  if (text === "" || text.includes("BLOB")) return "BLOB";
  if (text.includes("REAL") || text.includes("FLOA") || text.includes("DOUB")) return "REAL";
  return "NUMERIC";
}

/** What people keep in a column declared so; SQLite itself takes anything. */
export function valueType(declared: string): string {
  const affinity = affinityOf(declared);
  if (affinity === "BLOB") return declared === "" ? "unknown" : "Uint8Array";
  return affinity === "TEXT" || /DATE|TIME|JSON|UUID/i.test(declared) ? "string" : "number";
}

/** The same text for spellings that differ in case and spaces only. */
export function canonicalTypeText(text: string): string {
  if (/^[A-Z]+$/.test(text)) return text;
  const tokens = tokenize(text).map((token) => (token.kind === "word" ? token.key : token.text));
  return tokens.reduce((line, token, index) => {
    const before = tokens[index - 1] ?? "";
    return line + (isPlainWord(before) && isPlainWord(token) ? " " : "") + token;
  }, "");
}

/** Several types share a word; this is what a database that says only the word is taken to mean. */
const MEANINGS: Readonly<Record<string, TypeName>> = {
  SMALLINT: "smallint",
  INTEGER: "integer",
  BIGINT: "bigint",
  NUMERIC: "numeric",
  REAL: "real",
  "DOUBLE PRECISION": "doublePrecision",
  BOOLEAN: "boolean",
  VARCHAR: "varchar",
  CHAR: "char",
  TEXT: "text",
  DATE: "date",
  TIME: "time",
  TIMETZ: "timetz",
  TIMESTAMP: "timestamp",
  TIMESTAMPTZ: "timestamptz",
  BLOB: "blob",
};

/** The inverse of {@link typeText}; what no type is spelled like is `custom`, as written. */
export function parseType(text: string): TypeDef {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  const type = readType(text);
  // A schema has thousands of columns and a few types.
  if (PARSED.size < 1_000) PARSED.set(text, type);
  return type;
}

const PARSED = new Map<string, TypeDef>();

function readType(text: string): TypeDef {
  const match = /^([A-Z ]+)(?:\((\d{1,9})(?:,(\d{1,9}))?\))?$/.exec(canonicalTypeText(text));
  const name = match === null ? undefined : MEANINGS[match[1]!];
  if (match === null || name === undefined) return { name: "custom", text };
  const args = match.slice(2).flatMap((digits) => (digits === undefined ? [] : [Number(digits)]));
  if (args.length === 0) return { name };
  const most = name === "numeric" ? 2 : WITH_ARGUMENTS.includes(name) ? 1 : 0;
  return args.length > most ? { name: "custom", text } : { name, args };
}
