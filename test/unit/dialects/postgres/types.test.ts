import { describe, expect, it } from "vitest";
import { parseType, parseTypeText, sameType, typeDdl, typeText } from "../../../../src/dialects/postgres/text/types.js";
import { TYPE_NAMES, type TypeDef } from "../../../../src/schema/schema.js";

const SCALARS = TYPE_NAMES.filter((name) => !["array", "enum", "domain", "custom"].includes(name));

describe("typeText", () => {
  it("writes types as format_type does", () => {
    const texts: readonly (readonly [TypeDef, string])[] = [
      [{ name: "varchar", args: [50] }, "character varying(50)"],
      [{ name: "varchar" }, "character varying"],
      [{ name: "char" }, "character(1)"],
      [{ name: "timestamp", args: [3] }, "timestamp(3) without time zone"],
      [{ name: "timestamptz" }, "timestamp with time zone"],
      [{ name: "timetz", args: [0] }, "time(0) with time zone"],
      [{ name: "numeric", args: [12, 2] }, "numeric(12,2)"],
      [{ name: "numeric", args: [12] }, "numeric(12,0)"],
      [{ name: "doublePrecision" }, "double precision"],
      [{ name: "blob" }, "bytea"],
      [{ name: "bit" }, "bit(1)"],
      [
        { name: "array", element: { name: "array", element: { name: "varchar", args: [9] } } },
        "character varying(9)[]",
      ],
      [{ name: "enum", object: { name: "mood" } }, "mood"],
      [{ name: "domain", object: { name: "Mood", schema: "order" } }, '"order"."Mood"'],
      [{ name: "custom", text: "geometry(Point,4326)" }, "geometry(Point,4326)"],
      [{ name: "custom", text: "decimal(10, 2)" }, "numeric(10,2)"],
    ];
    for (const [type, text] of texts) expect(typeText(type)).toBe(text);
  });

  it("is read back as the same type, for every type without an object", () => {
    for (const name of SCALARS) {
      const back = parseTypeText(typeText({ name }));
      expect(back).toEqual({ name: name === "blob" ? "bytea" : name });
    }
  });
});

describe("typeDdl", () => {
  it("writes the short form, with names in quotes", () => {
    expect(typeDdl({ name: "varchar", args: [50] })).toBe("varchar(50)");
    expect(typeDdl({ name: "timestamptz", args: [3] })).toBe("timestamptz(3)");
    expect(typeDdl({ name: "numeric", args: [12, 2] })).toBe("numeric(12, 2)");
    expect(typeDdl({ name: "array", element: { name: "enum", object: { name: 'a"b', schema: "s" } } })).toBe(
      '"s"."a""b"[]',
    );
  });

  it("is read back as the same type, for every type without an object", () => {
    for (const name of SCALARS) expect(sameType(parseTypeText(typeDdl({ name })), { name })).toBe(true);
  });
});

describe("parseTypeText", () => {
  it("knows the synonyms of SQL and of the catalog", () => {
    const names = {
      INT: "integer",
      int8: "bigint",
      float8: "doublePrecision",
      bool: "boolean",
      "CHARACTER  VARYING": "varchar",
      timestamptz: "timestamptz",
      bpchar: "custom",
    };
    for (const [text, name] of Object.entries(names)) expect(parseTypeText(text).name).toBe(name);
  });

  it("keeps what it does not know as it is written", () => {
    for (const text of [
      "citext",
      '"char"',
      "vector(3)",
      "interval day to second(3)",
      "numeric(1,2,3)",
      "float(24)",
      "public.thing[]",
      "uuid(3)",
    ]) {
      expect(parseTypeText(text)).toEqual({ name: "custom", text });
    }
  });
});

describe("parseType", () => {
  it("takes enums, domains and arrays of them from the catalog", () => {
    const object = { name: "mood", schema: "s" };
    expect(parseType({ text: "s.mood", isArray: false, kind: "e", object })).toEqual({ name: "enum", object });
    expect(parseType({ text: "s.mood[]", isArray: true, kind: "d", object })).toEqual({
      name: "array",
      element: { name: "domain", object },
    });
    expect(parseType({ text: "character varying(3)[]", isArray: true, kind: "b", object })).toEqual({
      name: "array",
      element: { name: "varchar", args: [3] },
    });
  });
});

describe("sameType", () => {
  it("does not mind case and spaces of a type that only the server knows", () => {
    expect(
      sameType({ name: "custom", text: "GEOMETRY( Point, 4326)" }, { name: "custom", text: "geometry( point,4326)" }),
    ).toBe(true);
    expect(sameType({ name: "custom", text: "citext" }, { name: "text" })).toBe(false);
    expect(sameType({ name: "serial" }, { name: "integer" })).toBe(false);
  });
});
