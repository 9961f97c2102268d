import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { ModelInvalidError } from "../../../src/errors.js";
import { bareExpressionText, expressionText } from "../../../src/model/expression-text.js";

describe("expressionText", () => {
  it("gives the text of a template with names quoted", () => {
    expect(expressionText(sql`lower(${sql.ref('users.na"me')}) = ${sql.id("a", "b")}`)).toBe(
      `lower("users"."na""me") = "a"."b"`,
    );
  });

  it("writes literals into the text", () => {
    expect(expressionText(sql`a in (${sql.join([sql.lit("it's"), sql.lit(1), sql.lit(null)])})`)).toBe(
      "a in ('it''s', 1, null)",
    );
  });

  it("takes plain text as SQL", () => {
    expect(expressionText("  a > 0 ")).toBe("a > 0");
  });

  it("refuses a bound parameter and names the place and the way out", () => {
    const compile = () => expressionText(sql`a > ${5}`, "the check 'ck_a'");
    expect(compile).toThrow(ModelInvalidError);
    expect(compile).toThrow("the check 'ck_a' holds a bound parameter: a > $1");
    expect(compile).toThrow(expect.objectContaining({ hint: expect.stringContaining("sql.lit(value)") }));
  });
});

describe("bareExpressionText", () => {
  it.each([
    ["(a > 0)", "a > 0"],
    ["((a > 0))", "a > 0"],
    ["(a) + (b)", "(a) + (b)"],
    ["(a = ')') or (b = '(')", "(a = ')') or (b = '(')"],
    ["(a = '((')", "a = '(('"],
    [`("a)" > 0)`, `"a)" > 0`],
    ["(a /* ) */ > 0)", "a /* ) */ > 0"],
    ["lower(a)", "lower(a)"],
    ["(a", "(a"],
    ["", ""],
  ])("takes the outer parentheses off %s", (given, bare) => {
    expect(bareExpressionText(given)).toBe(bare);
  });
});
