/** PostgreSQL's two spellings of every type of the models, the server's own and the short one, and the way back. */
import { type ObjectName, sameDef, type TypeDef, type TypeName } from "../../../schema/schema.js";
import { quoteName } from "../../../util/quote.js";
import { qualifiedName } from "./identifiers.js";
import { isPlainIdentifier } from "./sql-text.js";

interface Spelling {
  /** As `format_type` writes it; `#` is where the modifiers go. */
  readonly server: string;
  /** As people write it. */
  readonly short: string;
  /** Modifiers that the server adds where none are written. */
  readonly impliedArgs?: readonly number[];
}

type ScalarName = Exclude<TypeName, "array" | "enum" | "domain" | "custom">;

const same = (text: string): Spelling => ({ server: text, short: text });

const SPELLINGS: Readonly<Record<ScalarName, Spelling>> = {
  smallint: same("smallint"),
  integer: same("integer"),
  bigint: same("bigint"),
  serial: same("serial"),
  bigserial: same("bigserial"),
  numeric: same("numeric#"),
  real: same("real"),
  doublePrecision: same("double precision"),
  boolean: same("boolean"),
  varchar: { server: "character varying#", short: "varchar#" },
  char: { server: "character#", short: "char#", impliedArgs: [1] },
  text: same("text"),
  uuid: same("uuid"),
  date: same("date"),
  time: { server: "time# without time zone", short: "time#" },
  timetz: { server: "time# with time zone", short: "timetz#" },
  timestamp: { server: "timestamp# without time zone", short: "timestamp#" },
  timestamptz: { server: "timestamp# with time zone", short: "timestamptz#" },
  interval: same("interval#"),
  json: same("json"),
  jsonb: same("jsonb"),
  bytea: same("bytea"),
  blob: same("bytea"),
  inet: same("inet"),
  cidr: same("cidr"),
  macaddr: same("macaddr"),
  bit: { ...same("bit#"), impliedArgs: [1] },
  varbit: { server: "bit varying#", short: "varbit#" },
  tsvector: same("tsvector"),
  tsquery: same("tsquery"),
  xml: same("xml"),
  money: same("money"),
  int4range: same("int4range"),
  int8range: same("int8range"),
  numrange: same("numrange"),
  tsrange: same("tsrange"),
  tstzrange: same("tstzrange"),
  daterange: same("daterange"),
};

/**
 * Names the grammar or the catalog knows besides `format_type`'s own.
 *
 * @see https://www.postgresql.org/docs/current/datatype.html#DATATYPE-TABLE
 */
const SYNONYMS: Readonly<Record<string, ScalarName>> = {
  int2: "smallint",
  int: "integer",
  int4: "integer",
  int8: "bigint",
  serial4: "serial",
  serial8: "bigserial",
  decimal: "numeric",
  dec: "numeric",
  float4: "real",
  float8: "doublePrecision",
  bool: "boolean",
  varchar: "varchar",
  "char varying": "varchar",
  char: "char",
  time: "time",
  timetz: "timetz",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  varbit: "varbit",
};

const BY_SERVER_TEXT: ReadonlyMap<string, ScalarName> = new Map([
  ...Object.entries(SYNONYMS),
  ...(Object.entries(SPELLINGS) as [ScalarName, Spelling][])
    // Two types are bytea; what a database holds is called by PostgreSQL's own name.
    .filter(([name]) => name !== "blob")
    .map(([name, spelling]) => [spelling.server.replace("#", ""), name] as const),
]);

/** `character varying(50)`, `timestamp(3) without time zone`, `billing.mood[]`: the type as `format_type` writes it. */
export function typeText(type: TypeDef): string {
  switch (type.name) {
    case "array":
      return `${typeText(elementType(type))}[]`;
    case "enum":
    case "domain":
      return serverName(type.object!);
    case "custom": {
      const known = parseTypeText(type.text ?? "");
      return known.name === "custom" ? spaced(known.text ?? "") : typeText(known);
    }
    default:
      return spelled(SPELLINGS[type.name].server, serverArgs(type), ",");
  }
}

/** `varchar(50)`, `timestamptz(3)`, `"billing"."mood"[]`: the type as DDL of ours writes it. */
export function typeDdl(type: TypeDef): string {
  switch (type.name) {
    case "array":
      return `${typeDdl(elementType(type))}[]`;
    case "enum":
    case "domain":
      return qualifiedName(type.object!);
    case "custom":
      return type.text ?? "";
    default:
      return spelled(SPELLINGS[type.name].short, type.args ?? [], ", ");
  }
}

/** Are the two held in the same way? Case and spaces of types that only the server knows do not count. */
export function sameType(a: TypeDef, b: TypeDef): boolean {
  if (sameDef(a, b)) return true;
  const folded = (type: TypeDef) => typeText(type).toLowerCase().replace(/,\s+/g, ",");
  return typeText(a) === typeText(b) || (a.name === "custom" && b.name === "custom" && folded(a) === folded(b));
}

/** What the catalog knows of a type besides its text. For an array all of it is about the element. */
export interface TypeFacts {
  /** `format_type(type, modifier)`. */
  readonly text: string;
  readonly isArray: boolean;
  /** `typtype`: `e` for an enum, `d` for a domain. */
  readonly kind: string;
  /** Of an enum or domain; no `schema` for the default one. */
  readonly object: ObjectName;
}

/** The inverse of {@link typeText}, with the catalog's help for enums and domains. */
export function parseType(facts: TypeFacts): TypeDef {
  if (facts.isArray) {
    const element = parseType({ ...facts, isArray: false, text: facts.text.replace(/\[\]$/, "") });
    return { name: "array", element };
  }
  if (facts.kind === "e") return { name: "enum", object: facts.object };
  if (facts.kind === "d") return { name: "domain", object: facts.object };
  return parseTypeText(facts.text);
}

/** A built-in type in any of its spellings; anything else is `custom`, as written. */
export function parseTypeText(text: string): TypeDef {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  const type = readTypeText(text);
  // A schema has thousands of columns and a few types.
  if (PARSED.size < 1_000) PARSED.set(text, type);
  return type;
}

const PARSED = new Map<string, TypeDef>();

function readTypeText(text: string): TypeDef {
  const words = spaced(text);
  if (words.endsWith("[]")) {
    const element = parseTypeText(words.slice(0, -2));
    if (element.name === "array") return element;
    return element.name === "custom" ? { name: "custom", text } : { name: "array", element };
  }
  const match = /^([a-z0-9 ]+?) ?(?:\((\d{1,9})(?:, ?(\d{1,9}))?\))?((?: with| without) time zone)?$/i.exec(words);
  const name = match === null ? undefined : BY_SERVER_TEXT.get(`${match[1]}${match[4] ?? ""}`.toLowerCase());
  if (match === null || name === undefined) return { name: "custom", text };
  const args = match.slice(2, 4).flatMap((digits) => (digits === undefined ? [] : [Number(digits)]));
  const most = !SPELLINGS[name].server.includes("#") ? 0 : name === "numeric" ? 2 : 1;
  if (args.length > most) return { name: "custom", text };
  return withArgs(name, args);
}

/** Is it held as an integer, so that a sequence can fill it? */
export function isIntegerType(type: TypeDef): boolean {
  return ["smallint", "integer", "bigint", "serial", "bigserial"].includes(type.name);
}

/** PostgreSQL keeps no number of dimensions: an array of arrays is an array. */
function elementType(type: TypeDef): TypeDef {
  const element = type.element!;
  return element.name === "array" ? elementType(element) : element;
}

function withArgs(name: ScalarName, args: readonly number[]): TypeDef {
  const implied = SPELLINGS[name].impliedArgs;
  const isImplied = implied !== undefined && args.length === 1 && args[0] === implied[0];
  return args.length === 0 || isImplied ? { name } : { name, args };
}

function serverArgs(type: TypeDef): readonly number[] {
  const args = type.args ?? [];
  if (type.name === "numeric" && args.length === 1) return [args[0]!, 0];
  return args.length === 0 ? (SPELLINGS[type.name as ScalarName].impliedArgs ?? []) : args;
}

function spelled(spelling: string, args: readonly number[], separator: string): string {
  return spelling.replace("#", args.length === 0 ? "" : `(${args.join(separator)})`);
}

/** As the server quotes names: only where it must. */
function serverName(object: ObjectName): string {
  const part = (name: string) => (isPlainIdentifier(name) ? name : quoteName(name));
  return object.schema === undefined ? part(object.name) : `${part(object.schema)}.${part(object.name)}`;
}

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}

/** The types that `pg` parses by itself; it gives all others as they are written. */
export function valueType(sqlType: string): string {
  return PARSED_TYPES[sqlType] ?? "string";
}

const PARSED_TYPES: Readonly<Record<string, string>> = {
  oid: "number",
  point: "{ x: number; y: number }",
  circle: "{ x: number; y: number; radius: number }",
};
