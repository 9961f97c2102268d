import { describe, expect, it } from "vitest";
import { defaultExpression, isConstantDefault, parseDefault } from "../../../../src/dialects/sqlite/text/defaults.js";
import { mentionsName, normalExpression, sameExpression } from "../../../../src/dialects/sqlite/text/expression.js";
import {
  affinityOf,
  columnTypeText,
  parseType,
  strictTypeText,
  typeText,
} from "../../../../src/dialects/sqlite/text/types.js";
import { TYPE_NAMES, type TypeDef, type TypeName } from "../../../../src/schema/schema.js";

const TEXT_IN_SQLITE: readonly TypeName[] = [
  "interval",
  "json",
  "jsonb",
  "inet",
  "cidr",
  "macaddr",
  "bit",
  "varbit",
  "tsvector",
  "tsquery",
  "xml",
  "int4range",
  "int8range",
  "numrange",
  "tsrange",
  "tstzrange",
  "daterange",
  "array",
  "enum",
  "domain",
];

describe("typeText", () => {
  it.each(TEXT_IN_SQLITE)("holds %s as text", (name) => {
    expect(affinityOf(typeText({ name }))).toBe("TEXT");
  });

  it("spells every type so that its affinity is the one its values need", () => {
    const affinities = Object.fromEntries(TYPE_NAMES.map((name) => [name, affinityOf(typeText({ name }))]));
    expect(affinities).toMatchObject({
      smallint: "INTEGER",
      integer: "INTEGER",
      bigint: "INTEGER",
      serial: "INTEGER",
      bigserial: "INTEGER",
      numeric: "NUMERIC",
      money: "NUMERIC",
      boolean: "NUMERIC",
      real: "REAL",
      doublePrecision: "REAL",
      varchar: "TEXT",
      char: "TEXT",
      text: "TEXT",
      uuid: "TEXT",
      bytea: "BLOB",
      blob: "BLOB",
    });
  });

  it.each<[TypeDef, string]>([
    [{ name: "varchar", args: [50] }, "VARCHAR(50)"],
    [{ name: "numeric", args: [12, 2] }, "NUMERIC(12, 2)"],
    [{ name: "timestamp", args: [3] }, "TIMESTAMP"],
    [{ name: "custom", text: "geometry(Point,4326)" }, "geometry(Point,4326)"],
    [{ name: "array", element: { name: "integer" } }, "TEXT"],
  ])("spells %j as %s", (type, text) => {
    expect(typeText(type)).toBe(text);
  });

  it("has STRICT tables hold what they can: six words, and numbers of any size as ANY", () => {
    const spelled = (name: TypeName) => strictTypeText({ name });
    expect(
      TYPE_NAMES.filter((name) => name !== "custom")
        .map(spelled)
        .every((text) => ["INTEGER", "REAL", "TEXT", "BLOB", "ANY"].includes(text)),
    ).toBe(true);
    expect([spelled("boolean"), spelled("timestamptz"), spelled("numeric"), spelled("varchar")]).toEqual([
      "INTEGER",
      "TEXT",
      "ANY",
      "TEXT",
    ]);
  });

  it("writes a column that fills itself as exactly INTEGER, whatever its type", () => {
    const column = {
      name: "id",
      type: { name: "bigint" },
      nullable: false,
      identity: { generation: "byDefault" },
    } as const;
    expect(columnTypeText(column, {})).toBe("INTEGER");
  });
});

describe("parseType", () => {
  it("is the inverse of typeText, up to types that share a word", () => {
    for (const name of TYPE_NAMES) {
      const type: TypeDef = ["varchar", "char"].includes(name)
        ? { name, args: [7] }
        : name === "numeric"
          ? { name, args: [9, 3] }
          : { name };
      if (name === "custom") continue;
      expect(typeText(parseType(typeText(type)))).toBe(typeText(type));
    }
  });

  it("does not mind case and spaces", () => {
    expect(parseType(" varchar ( 10 ) ")).toEqual({ name: "varchar", args: [10] });
    expect(parseType("double   PRECISION")).toEqual({ name: "doublePrecision" });
    expect(parseType("Numeric(10,2)")).toEqual({ name: "numeric", args: [10, 2] });
  });

  it.each(["INT", "", "NVARCHAR(10)", "DECIMAL(1,2)", "VARCHAR(1,2)", "INTEGER(4)", "datetime"])(
    "keeps '%s' as written",
    (text) => {
      expect(parseType(text)).toEqual({ name: "custom", text });
    },
  );
});

describe("defaults", () => {
  const text = { name: "text" } as const;
  const parse = (expression: string, type: TypeDef = text, parenthesized = false) =>
    parseDefault(expression, parenthesized, type);

  it.each<[string, unknown]>([
    ["'it''s'", "it's"],
    ["5", 5],
    ["-5", -5],
    ["+5", 5],
    ["1.5", 1.5],
    ["NULL", null],
    ["true", 1],
    ["FALSE", 0],
    ["foo", "foo"],
    ['"bar"', "bar"],
  ])("reads %s as a literal", (expression, value) => {
    expect(parse(expression)).toEqual({ kind: "literal", value });
  });

  it.each(["9007199254740993", "1.50", "0x10", "x'00'", "1e3"])(
    "keeps %s, which JavaScript would write another way, as SQL",
    (expression) => {
      expect(parse(expression)).toEqual({ kind: "sql", text: expression });
      expect(defaultExpression(parse(expression), text)).toBe(expression);
    },
  );

  it("reads TRUE and FALSE as themselves where the column is a boolean, and as the numbers they are elsewhere", () => {
    expect(parse("true", { name: "boolean" })).toEqual({ kind: "literal", value: true });
    expect(parse("0", { name: "boolean" })).toEqual({ kind: "literal", value: false });
  });

  it("takes a bare word in parentheses for SQL and not for a string", () => {
    expect(parse("foo", text, true)).toEqual({ kind: "sql", text: "foo" });
  });

  it("reads and writes the current time by the column's type", () => {
    for (const [name, word] of [
      ["timestamp", "CURRENT_TIMESTAMP"],
      ["date", "CURRENT_DATE"],
      ["time", "CURRENT_TIME"],
    ] as const) {
      expect(defaultExpression({ kind: "now" }, { name })).toBe(word);
      expect(parse(word.toLowerCase(), { name })).toEqual({ kind: "now" });
    }
    expect(parse("CURRENT_TIMESTAMP", { name: "date" })).toEqual({ kind: "sql", text: "CURRENT_TIMESTAMP" });
  });

  it("reads 0 and 1 of a boolean column as false and true, and writes them back as numbers", () => {
    expect(parse("1", { name: "boolean" })).toEqual({ kind: "literal", value: true });
    expect(defaultExpression({ kind: "literal", value: false }, { name: "boolean" })).toBe("0");
  });

  it("puts expressions in parentheses, once", () => {
    expect(defaultExpression({ kind: "sql", text: "datetime('now')" }, text)).toBe("(datetime('now'))");
    expect(defaultExpression({ kind: "sql", text: "((1 + 2))" }, text)).toBe("(1 + 2)");
    expect(defaultExpression({ kind: "sql", text: "(1) + (2)" }, text)).toBe("((1) + (2))");
  });

  it("writes objects and arrays as JSON text", () => {
    expect(defaultExpression({ kind: "literal", value: { a: ["it's"] } }, { name: "jsonb" })).toBe(`'{"a":["it''s"]}'`);
  });

  it("knows the constants that ADD COLUMN takes", () => {
    expect(isConstantDefault({ kind: "literal", value: "x" })).toBe(true);
    expect(isConstantDefault({ kind: "sql", text: "x'00'" })).toBe(true);
    expect(isConstantDefault({ kind: "now" })).toBe(false);
    expect(isConstantDefault({ kind: "sql", text: "CURRENT_TIME" })).toBe(false);
    expect(isConstantDefault({ kind: "sql", text: "random()" })).toBe(false);
  });
});

describe("normalExpression", () => {
  it.each([
    ["a > 1", "( A>1 )"],
    ['"a" = lower(B)', "a=LOWER( [b] ) -- c"],
    ["a != 1", "a <> 1"],
    ["a == 1", "a = 1"],
    ["((a) + 1)", "(a) + 1"],
    ["a AND/**/b", "a and b"],
  ])("takes %s and %s for the same", (a, b) => {
    expect(sameExpression(a, b)).toBe(true);
  });

  it.each([
    ["a = 'X'", "a = 'x'"],
    ["a = ' x'", "a = 'x'"],
    ["a || b", "b || a"],
    ['"null"', "NULL"],
    ["(a) + (b)", "a + b"],
    ["a = '1'", "a = 1"],
    ['a = "x"', "a = 'x'"],
    ["a-b", "a--b"],
    ["naïve", "NAÏVE"],
  ])("keeps %s and %s apart", (a, b) => {
    expect(sameExpression(a, b)).toBe(false);
  });

  it("does not change when it is applied twice", () => {
    for (const text of ['"Order" IN (1,2)', "((x))", "CASE WHEN a THEN 'B' END", '"a b" > 1']) {
      expect(normalExpression(normalExpression(text))).toBe(normalExpression(text));
    }
  });

  it("finds names in any quoting, and not inside strings", () => {
    expect(mentionsName('x > "Name"', "name")).toBe(true);
    expect(mentionsName("x > [name]", "NAME")).toBe(true);
    expect(mentionsName("x > 'my name'", "name")).toBe(false);
  });
});
