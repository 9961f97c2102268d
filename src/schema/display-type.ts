import { displayName, type TypeDef } from "./schema.js";

/** A type as people write it: `varchar(50)`, `numeric(12, 2)`, `integer[]`, `mood`. */
export function displayType(type: TypeDef): string {
  switch (type.name) {
    case "array":
      return `${displayType(type.element!)}[]`;
    case "enum":
    case "domain":
      return displayName(type.object!);
    case "custom":
      return type.text ?? "";
    case "doublePrecision":
      return "double precision";
    default:
      return type.args === undefined || type.args.length === 0 ? type.name : `${type.name}(${type.args.join(", ")})`;
  }
}

/**
 * Can every value of `from` be held by `to` without change? Answers only what is certain; anything else is false.
 * The pairs follow PostgreSQL's conversions that neither round nor fail.
 */
export function isWidening(from: TypeDef, to: TypeDef): boolean {
  if (to.name === "text") return ["varchar", "char", "text", "uuid", "enum", "xml", "json"].includes(from.name);
  if (from.name === to.name && !["array", "enum", "domain", "custom"].includes(from.name)) {
    return argumentsWiden(from.args ?? [], to.args ?? [], from.name);
  }
  if (from.name === "char" && to.name === "varchar") return argumentsWiden(from.args ?? [1], to.args ?? [], "varchar");
  if (from.name === "array" && to.name === "array") return isWidening(from.element!, to.element!);
  return WIDER[from.name]?.includes(to.name) === true && (to.args === undefined || to.args.length === 0);
}

const WIDER: Readonly<Record<string, readonly string[]>> = {
  smallint: ["integer", "bigint", "serial", "bigserial", "numeric", "real", "doublePrecision"],
  integer: ["bigint", "serial", "bigserial", "numeric", "doublePrecision"],
  serial: ["integer", "bigint", "bigserial", "numeric", "doublePrecision"],
  bigserial: ["bigint", "numeric"],
  bigint: ["bigserial", "numeric"],
  real: ["doublePrecision"],
  date: ["timestamp"],
  json: ["jsonb"],
  bytea: ["blob"],
  blob: ["bytea"],
};

function argumentsWiden(from: readonly number[], to: readonly number[], name: string): boolean {
  if (to.length === 0) return true;
  if (from.length === 0) return false;
  if (name === "numeric") {
    const [fromPrecision = 0, fromScale = 0] = from;
    const [toPrecision = 0, toScale = 0] = to;
    return toScale >= fromScale && toPrecision - toScale >= fromPrecision - fromScale;
  }
  return to[0]! >= from[0]!;
}
