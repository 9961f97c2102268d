import { describe, expect, it } from "vitest";
import { keptColumns, lostWith, readVirtualTable } from "../../../src/schema/virtual-table.js";

const definition = (using: string) => ({
  kind: "definition" as const,
  type: "virtual table",
  name: "f",
  definition: `CREATE VIRTUAL TABLE IF NOT EXISTS main."a using b" USING ${using}`,
});
const read = (using: string) => readVirtualTable(definition(using).definition);

describe("the text of a virtual table", () => {
  it.each([
    [
      'fts5(a, [b c] UNINDEXED, "d, ""e"")", \'f\'\'g\', tokenize = "unicode61 tokenchars \'-_,\'")',
      ["a", "b c", 'd, "e")', "f'g"],
      "own",
    ],
    ["FTS5(a, /* x, */ content='t', content_rowid=\"the id\")", ["a"], { table: "t", key: "the id" }],
    ['fts5(a, content="")', ["a"], "none"],
    [
      'fts4(a TEXT, b, tokenize=unicode61 "remove_diacritics=0", content="t")',
      ["a", "b"],
      { table: "t", key: "rowid" },
    ],
    ["fts3(a, content=b, tokenize porter)", ["a", "content"], "own"],
    ["fts4", ["content"], "own"],
    ["rtree(id, x0, x1, +label TEXT, + more)", ["x0", "x1", "label", "more"], "own"],
    ["geopoly(a, b)", ["_shape", "a", "b"], "own"],
  ])("%s", (using, columns, content) => {
    expect(read(using)).toMatchObject({ columns, content });
  });

  it.each(["vec0(a float[3])", 'fts4(content="t")', "fts5(content='t')", "rtree(a)"])(
    "%s says nothing of rows",
    (using) => {
      expect(read(using)).toBeNull();
    },
  );
});

describe("what is kept of a virtual table", () => {
  it("are columns of one name, whatever their case, and those that have another now", () => {
    const [from, to] = [read("fts5(A, b, c)")!, read("fts5(x, a, C)")!];
    expect([...keptColumns(from, to, { B: "x" })]).toEqual([
      ["x", "b"],
      ["a", "A"],
      ["C", "c"],
    ]);
  });

  it.each([
    ["fts5(a, b)", "fts5(b, c)", "f.a"],
    ["fts5(a, b)", "fts4(b, a)", null],
    ["fts5(a)", "fts5(a, content = '')", "virtual table f and all its rows"],
    ["fts5(a, content = '')", "fts5(a, b, content = '')", "virtual table f and all its rows"],
    ["fts5(a, content = t)", "fts5(b, content = t)", null],
    ["fts5(a)", "vec0(a)", "virtual table f and all its rows"],
  ])("from %s to %s: lost is %s", (from, to, lost) => {
    expect(lostWith(definition(from), definition(to))).toBe(lost);
  });
});
