/** Drizzle's columns say their type as SQL; here it is as data. */
import { compact, type DialectName, type TypeDef, type TypeName } from "../schema/schema.js";
import type { DrizzleColumn } from "./drizzle-api.js";

/** Names of SQL that are not those of the models. */
const NAMES: Readonly<Record<string, TypeName>> = {
  int: "integer",
  int4: "integer",
  int8: "bigint",
  int2: "smallint",
  smallserial: "smallint",
  decimal: "numeric",
  bool: "boolean",
  "double precision": "doublePrecision",
  "character varying": "varchar",
  character: "char",
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  "time with time zone": "timetz",
  "time without time zone": "time",
};

/** Types of the models that PostgreSQL knows by the same name, with numbers behind it or not. */
const SAME: readonly TypeName[] = [
  ...([
    "smallint",
    "integer",
    "bigint",
    "serial",
    "bigserial",
    "numeric",
    "real",
    "boolean",
    "varchar",
    "char",
  ] as const),
  ...(["text", "uuid", "date", "time", "timestamp", "interval", "json", "jsonb", "bytea", "inet", "cidr"] as const),
  ...(["macaddr", "bit", "varbit", "tsvector", "tsquery", "xml", "money", "int4range", "int8range"] as const),
  ...(["numrange", "tsrange", "tstzrange", "daterange"] as const),
];

const SQLITE: Readonly<Record<string, TypeName>> = {
  integer: "integer",
  text: "text",
  blob: "blob",
  numeric: "numeric",
  real: "real",
};

export function drizzleType(column: DrizzleColumn, dialect: DialectName): TypeDef {
  if (column.baseColumn !== undefined) return { name: "array", element: drizzleType(column.baseColumn, dialect) };
  const { enum: type } = column;
  if (type !== undefined) return { name: "enum", object: compact({ name: type.enumName, schema: type.schema }) };
  return typeOfText(column.getSQLType(), dialect);
}

function typeOfText(text: string, dialect: DialectName): TypeDef {
  if (dialect === "sqlite") {
    const name = SQLITE[text.toLowerCase()];
    return name === undefined ? { name: "custom", text } : { name };
  }
  if (text.endsWith("[]")) return { name: "array", element: typeOfText(text.slice(0, -2), dialect) };
  // `timestamp (3) with time zone`, `numeric(12, 2)`
  const match = /^([a-z][a-z0-9 ]*?) ?(?:\(([\d, ]+)\))?( with(?:out)? time zone)?$/i.exec(text.trim());
  if (match === null) return { name: "custom", text };
  const [, base = "", numbers, zone = ""] = match;
  const full = `${base}${zone}`.toLowerCase();
  const name = NAMES[full] ?? SAME.find((known) => known === full);
  if (name === undefined) return { name: "custom", text };
  return numbers === undefined ? { name } : { name, args: numbers.split(",").map(Number) };
}
