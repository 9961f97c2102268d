import { describe, expect, it } from "vitest";
import { arrayText, parseArrayText } from "../../../../src/dialects/postgres/text/array-text.js";
import { defaultDdl, parseDefault, sameDefault } from "../../../../src/dialects/postgres/text/defaults.js";
import type { DefaultDef, JsonValue, TypeDef } from "../../../../src/schema/schema.js";

const integer: TypeDef = { name: "integer" };
const text: TypeDef = { name: "text" };
const money: TypeDef = { name: "numeric", args: [12, 2] };
const literal = (value: JsonValue): DefaultDef => ({ kind: "literal", value });
const sql = (source: string): DefaultDef => ({ kind: "sql", text: source });

describe("parseDefault", () => {
  it.each<readonly [string, TypeDef, DefaultDef]>([
    ["'x'::character varying", { name: "varchar", args: [50] }, literal("x")],
    ["'it''s'::text", text, literal("it's")],
    ["'abc'::bpchar", { name: "char", args: [3] }, literal("abc")],
    ["0", integer, literal(0)],
    ["'-42'::integer", integer, literal(-42)],
    ["'-1'::integer", { name: "bigint" }, literal(-1)],
    ["'9223372036854775807'::bigint", { name: "bigint" }, literal("9223372036854775807")],
    ["'0.00'::numeric", money, literal("0.00")],
    ["0.00", money, literal("0.00")],
    ["1.50", { name: "doublePrecision" }, literal(1.5)],
    ["7", text, literal("7")],
    ["true", { name: "boolean" }, literal(true)],
    ["NULL::character varying", { name: "varchar" }, literal(null)],
    ["now()", { name: "timestamp" }, { kind: "now" }],
    ["CURRENT_TIMESTAMP", { name: "timestamptz" }, { kind: "now" }],
    ["CURRENT_DATE", { name: "date" }, { kind: "now" }],
    ["CURRENT_DATE", { name: "timestamp" }, sql("CURRENT_DATE")],
    ["clock_timestamp()", { name: "timestamp" }, sql("clock_timestamp()")],
    [`'{"a": [1, null]}'::jsonb`, { name: "jsonb" }, literal({ a: [1, null] })],
    ["'12345678901234567890'::jsonb", { name: "jsonb" }, sql("'12345678901234567890'::jsonb")],
    ["'null'::jsonb", { name: "jsonb" }, sql("'null'::jsonb")],
    ["'{1,2}'::integer[]", { name: "array", element: integer }, literal([1, 2])],
    ["ARRAY[]::text[]", { name: "array", element: text }, literal([])],
    ["'101'::\"bit\"", { name: "bit", args: [3] }, literal("101")],
    ["'x'::other", text, sql("'x'::other")],
    ["'x'::character varying(3)", { name: "varchar", args: [50] }, sql("'x'::character varying(3)")],
    ["('a' || 'b')", text, sql("'a' || 'b'")],
    ["'a'::text || 'b'::text", text, sql("'a'::text || 'b'::text")],
  ])("%s", (source, type, wanted) => {
    expect(parseDefault(source, type)).toEqual(wanted);
  });

  it("takes the name of a type that has to be quoted from the server", () => {
    const type: TypeDef = { name: "enum", object: { name: "position" } };
    expect(parseDefault("'first'::\"position\"", type, '"position"')).toEqual(literal("first"));
  });
});

describe("sameDefault", () => {
  it("compares numbers as the column holds them", () => {
    expect(sameDefault(literal(0), literal("0.00"), money)).toBe(true);
    expect(sameDefault(literal("1.50"), literal(1.5), money)).toBe(true);
    expect(sameDefault(literal("1.50"), literal(1.5), { name: "numeric" })).toBe(false);
    expect(sameDefault(literal("5"), literal(5), integer)).toBe(true);
    expect(sameDefault(literal(5), literal(6), integer)).toBe(false);
    expect(sameDefault(literal("5.0"), literal("5"), text)).toBe(false);
  });

  it("takes NULL for no default", () => {
    expect(sameDefault(literal(null), undefined, text)).toBe(true);
    expect(sameDefault(sql("NULL"), undefined, text)).toBe(true);
    expect(sameDefault(literal(""), undefined, text)).toBe(false);
  });

  it("reads an expression that is a value or the present time", () => {
    expect(sameDefault(sql("'x'::text"), literal("x"), text)).toBe(true);
    expect(sameDefault(sql("current_timestamp"), { kind: "now" }, { name: "timestamp" })).toBe(true);
    expect(sameDefault(sql("'now()'"), { kind: "now" }, { name: "timestamp" })).toBe(false);
  });

  it("does not mind the order of keys in JSON", () => {
    expect(sameDefault(literal({ a: 1, b: 2 }), literal({ b: 2, a: 1 }), { name: "jsonb" })).toBe(true);
  });
});

describe("defaultDdl", () => {
  it("writes values as the type reads them", () => {
    expect(defaultDdl(literal("x"), { name: "jsonb" })).toBe(`'"x"'`);
    expect(defaultDdl(literal(["a", "b c"]), { name: "array", element: text })).toBe(`'{a,"b c"}'`);
    expect(defaultDdl(literal(["a"]), { name: "jsonb" })).toBe(`'["a"]'`);
    expect(defaultDdl(literal("it's \\"), text)).toBe("'it''s \\'");
    expect(defaultDdl(literal(null), text)).toBe("NULL");
  });

  it("puts parentheses around all but plain terms", () => {
    expect(defaultDdl(sql("gen_random_uuid()"), text)).toBe("gen_random_uuid()");
    expect(defaultDdl(sql("a IN (1)"), text)).toBe("(a IN (1))");
    expect(defaultDdl(sql("1 -- one"), text)).toBe("(1 -- one\n)");
  });
});

describe("arrays as text", () => {
  it("come back as they were", () => {
    const values = ["", "NULL", "null", "a,b", '"', "\\", "{}", " a ", "plain", "ü"];
    expect(parseArrayText(arrayText(values))).toEqual(values);
    expect(parseArrayText(arrayText([null, "x"]))).toEqual([null, "x"]);
    expect(parseArrayText("{}")).toEqual([]);
  });

  it("are not read when they are none, or have more dimensions", () => {
    for (const source of ["", "{", "{a", "{a,}", "{{1},{2}}", "[1:2]={1,2}", "{a}b"])
      expect(parseArrayText(source)).toBeNull();
  });
});
