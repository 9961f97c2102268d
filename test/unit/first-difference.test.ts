import { describe, expect, it } from "vitest";
import { firstDifference } from "../../src/commands/guards/first-difference.js";

describe("the first difference of two operations", () => {
  it.each([
    [{ a: 1 }, { a: 1 }, null],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, "a.b[1] was 2 and is 3"],
    [{ a: [] }, { a: [{ b: 1 }] }, 'a[0] is new ({"b":1})'],
    [{ a: 1, b: 2 }, { a: 1 }, "b is gone (was 2)"],
    [{ sql: "SELECT\n 1" }, { sql: "SELECT\n 2" }, 'line 2 of sql was " 1" and is " 2"'],
    [{ sql: "A" }, { sql: "A\nB" }, 'line 2 of sql is new ("B")'],
  ])("is said in one clause: %j, %j", (was, is, said) => {
    expect(firstDifference(JSON.stringify(was), JSON.stringify(is))).toBe(said);
  });

  it("shows of a long text the part that is another one", () => {
    const sql = (end: string) => JSON.stringify({ sql: `SELECT ${"column, ".repeat(40)}${end} FROM t` });
    expect(firstDifference(sql("ada"), sql("bob"))).toMatch(/^sql was "….*ada FROM t" and is "….*bob FROM t"$/);
  });
});
