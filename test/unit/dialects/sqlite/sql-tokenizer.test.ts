import { describe, expect, it } from "vitest";
import { identifierOf, tokenize } from "../../../../src/dialects/sqlite/text/sql-tokenizer.js";

const texts = (sql: string) => tokenize(sql).map((token) => token.text);
const kinds = (sql: string) => tokenize(sql).map((token) => token.kind);

describe("tokenize", () => {
  it("leaves out spaces, line comments and block comments, closed or not", () => {
    expect(texts("a--x\nb/* c */d\t\r\n\fe/* open")).toEqual(["a", "b", "d", "e"]);
    expect(texts("a -- to the end")).toEqual(["a"]);
  });

  it("reads the four ways to quote a name, doubled quotes included", () => {
    expect(tokenize('"a""b" `c``d` [e"f] \'g\'\'h\'').map(identifierOf)).toEqual(['a"b', "c`d", 'e"f', "g'h"]);
    expect(kinds("\"a\" `b` [c] 'd'")).toEqual(["quoted", "quoted", "quoted", "string"]);
  });

  it("keeps comment signs and quotes that stand inside quotes", () => {
    expect(texts(`'--' "/*" [;] '"'`)).toEqual(["'--'", '"/*"', "[;]", `'"'`]);
  });

  it("reads numbers with fractions, exponents, hex digits and digit separators", () => {
    const sql = "1 1.5 .5 5. 1e10 1E-3 0xFF 1_000";
    expect(texts(sql)).toEqual(sql.split(" "));
    expect(new Set(kinds(sql))).toEqual(new Set(["number"]));
  });

  it("takes a number that runs into a word for one illegal token", () => {
    expect(tokenize("12ab")).toMatchObject([{ kind: "illegal", text: "12ab" }]);
  });

  it("reads blobs, parameters and operators of two and three characters", () => {
    expect(kinds("x'00ff' X'' ?1 :a @b $c")).toEqual([
      "blob",
      "blob",
      "parameter",
      "parameter",
      "parameter",
      "parameter",
    ]);
    expect(texts("a->>b->c||d<>e!=f<=g>=h==i<<j>>k")).toEqual([
      "a",
      "->>",
      "b",
      "->",
      "c",
      "||",
      "d",
      "<>",
      "e",
      "!=",
      "f",
      "<=",
      "g",
      ">=",
      "h",
      "==",
      "i",
      "<<",
      "j",
      ">>",
      "k",
    ]);
  });

  it("reads names beyond ASCII as words", () => {
    expect(texts("naïve 用户 🙂 a$b")).toEqual(["naïve", "用户", "🙂", "a$b"]);
  });

  it("tells where each token stands in the text", () => {
    const sql = "CREATE  TABLE [x y](a)";
    for (const token of tokenize(sql)) expect(sql.slice(token.start, token.end)).toBe(token.text);
  });

  it("takes time in proportion to the text, also for text that never closes what it opens", () => {
    const started = performance.now();
    for (const part of ["'", '"', "[", "/*", "--", "(", "x'", "''", "a.", "0x", "->"]) {
      tokenize(part.repeat(200_000));
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
