import { describe, expect, it } from "vitest";
import { rewritesTable, usingExpression } from "../../../../src/dialects/postgres/compile/type-changes.js";
import { parseTypeText } from "../../../../src/dialects/postgres/text/types.js";
import type { TypeDef } from "../../../../src/schema/schema.js";

const mood: TypeDef = { name: "enum", object: { name: "mood" } };
const type = (text: string): TypeDef => (text === "mood" ? mood : parseTypeText(text));

describe("usingExpression", () => {
  it.each([
    ["varchar(50)", "varchar(10)"],
    ["text", "varchar(10)"],
    ["integer", "text"],
    ["mood", "text"],
    ["bigint", "integer"],
    ["numeric(10,2)", "integer"],
    ["timestamp", "timestamptz"],
    ["timestamptz", "date"],
    ["json", "jsonb"],
    ["integer[]", "bigint[]"],
  ])("leaves %s to %s to the server, which refuses what does not fit", (from, to) => {
    expect(usingExpression('"c"', type(from), type(to))).toBeNull();
  });

  it.each([
    ["text", "integer", '"c"::integer'],
    ["varchar(50)", "uuid", '"c"::uuid'],
    ["text", "timestamptz", '"c"::timestamptz'],
    ["boolean", "integer", '"c"::integer'],
    ["boolean", "bigint", '"c"::integer::bigint'],
    ["bigint", "boolean", '"c" <> 0'],
    ["integer", "boolean", '"c"::boolean'],
    ["text", "mood", '"c"::"mood"'],
    ["integer", "mood", '"c"::text::"mood"'],
    ["mood", "integer", '"c"::text::integer'],
    ["text[]", "integer[]", '"c"::integer[]'],
    ["citext", "text[]", '"c"::text[]'],
  ])("casts %s to %s", (from, to, expression) => {
    expect(usingExpression('"c"', type(from), type(to))).toBe(expression);
  });
});

describe("rewritesTable", () => {
  it.each([
    ["varchar(10)", "varchar(20)"],
    ["varchar(10)", "varchar"],
    ["varchar(10)", "text"],
    ["text", "varchar"],
    ["numeric(10,2)", "numeric(12,2)"],
    ["numeric(10,2)", "numeric"],
    ["varbit(3)", "varbit(5)"],
    ["timestamp(3)", "timestamp(6)"],
    ["time(0)", "time"],
    ["cidr", "inet"],
    ["integer", "int4"],
  ])("%s to %s changes the catalog only", (from, to) => {
    expect(rewritesTable(type(from), type(to))).toBe(false);
  });

  it.each([
    ["integer", "bigint"],
    ["text", "varchar(50)"],
    ["varchar(20)", "varchar(10)"],
    ["char(5)", "char(10)"],
    ["numeric(10,2)", "numeric(12,3)"],
    ["numeric", "numeric(10,2)"],
    ["timestamptz(6)", "timestamptz(3)"],
    ["timestamp", "timestamptz"],
    ["json", "jsonb"],
    ["integer[]", "bigint[]"],
    ["inet", "cidr"],
  ])("%s to %s writes the table anew", (from, to) => {
    expect(rewritesTable(type(from), type(to))).toBe(true);
  });
});
