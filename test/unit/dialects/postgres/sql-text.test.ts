import { describe, expect, it } from "vitest";
import {
  isPlainIdentifier,
  mentionsName,
  onOneLine,
  sameSql,
  tokenize,
  withoutOuterParentheses,
} from "../../../../src/dialects/postgres/text/sql-text.js";

describe("sameSql", () => {
  it.each([
    ["a>0", "( A  >\n 0 )"],
    ["((a))", "a"],
    ['"name" = 1', "name = 1"],
    ["a <> 'X'", "a != 'X'"],
    ["a /* one /* two */ still */ + 1 -- end", "a+1"],
    ["a::text", "a :: TEXT"],
    ["select 1", "SELECT\t1"],
  ])("%s says the same as %s", (a, b) => {
    expect(sameSql(a, b)).toBe(true);
  });

  it.each([
    ["(a or b) and c", "a or b and c"],
    ["(a) and (b)", "a) and (b"],
    ["'x'", "'X'"],
    ['"Name"', "name"],
    ['"select"', "select"],
    ["'a  b'", "'a b'"],
    ["'a--b'", "'a'"],
    ["$$a$$", "$$b$$"],
    ["E'\\''", "''"],
    ["a - -1", "a --1"],
    ["1.5", "15"],
    ["a b", "ab"],
    ["'/*'", "'*/'"],
  ])("%s does not say the same as %s", (a, b) => {
    expect(sameSql(a, b)).toBe(false);
  });
});

describe("tokenize", () => {
  it("takes strings, dollar quotes and operators whole", () => {
    expect(tokenize(`E'it\\'s' || $tag$ a 'b' $$ $tag$ ->> U&"d" <@ 1.5e-3`)).toEqual([
      "E'it\\'s'",
      "||",
      "$tag$ a 'b' $$ $tag$",
      "->>",
      'U&"d"',
      "<@",
      "1.5e-3",
    ]);
  });

  it("gives up on nothing, however broken, and takes no long time", () => {
    for (const text of [
      "'open",
      '"open',
      "$a$ open",
      "/* open",
      "$",
      "\\",
      "'".repeat(50_001),
      "$a$ $b$ ".repeat(5_000),
      " ".repeat(100_000),
    ]) {
      const startedAt = performance.now();
      expect(() => tokenize(text)).not.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
  });
});

describe("withoutOuterParentheses", () => {
  it("takes off those around the whole of it, and no others", () => {
    expect(withoutOuterParentheses("((a) and (b))")).toBe("(a) and (b)");
    expect(withoutOuterParentheses("(a) and (b)")).toBe("(a) and (b)");
    expect(withoutOuterParentheses("(a <> ')')")).toBe("a <> ')'");
  });
});

describe("onOneLine", () => {
  it("joins lines outside of strings and names", () => {
    expect(onOneLine("\nCASE\n    WHEN a = 'x\n  y' THEN \"b\n c\"\nEND")).toBe(
      "CASE WHEN a = 'x\n  y' THEN \"b\n c\" END",
    );
  });
});

describe("mentionsName", () => {
  it("sees names in any quoting, and none in strings and comments", () => {
    expect(mentionsName("lower(NAME)", "name")).toBe(true);
    expect(mentionsName('"First Name" = 1', "First Name")).toBe(true);
    expect(mentionsName("'name' -- name", "name")).toBe(false);
    expect(mentionsName("names", "name")).toBe(false);
  });
});

describe("isPlainIdentifier", () => {
  it("is false for what has to be quoted", () => {
    expect(["users", "_a1$"].every(isPlainIdentifier)).toBe(true);
    expect(["Users", "1a", "a b", "", "select", "user", "ä"].some(isPlainIdentifier)).toBe(false);
  });
});
