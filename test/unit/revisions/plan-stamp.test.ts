import { describe, expect, it } from "vitest";
import { MultipleHeadsError, RevisionNotFoundError } from "../../../src/errors.js";
import { planStamp, versionRowChanges } from "../../../src/revisions/plan-steps.js";
import type { RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { zoo } from "../../support/graphs.js";

function stamp(of: RevisionGraph, current: readonly string[], ...targets: readonly string[]) {
  const steps = planStamp(of, current, targets);
  return { rows: (steps.at(-1)?.headsAfter ?? current).join(" "), changes: steps.map(versionRowChanges) };
}

describe("planStamp", () => {
  it.each([
    ["an empty database", zoo.line(), [], ["cccc"], "cccc"],
    ["upward", zoo.line(), ["bbbb"], ["dddd"], "dddd"],
    ["downward", zoo.line(), ["dddd"], ["bbbb"], "bbbb"],
    ["the same", zoo.line(), ["cccc"], ["cccc"], "cccc"],
    ["base", zoo.fork(), ["d1d1", "c2c2"], ["base"], ""],
    ["base of one branch", zoo.fork(), ["d1d1", "c2c2"], ["c1branch@base"], "c2c2"],
    ["base of one lineage", zoo.labelledForest(), ["c", "f"], ["ebranch@base"], "c"],
    ["a place below base", zoo.labelledForest(), ["c", "f"], ["d-1"], "c"],
    ["the head of a branch", zoo.fork(), ["d1d1", "c2c2"], ["c2branch@head"], "d1d1 d2d2"],
    ["another lineage beside the first", zoo.forest(), ["b1b1"], ["a2a2"], "b1b1 a2a2"],
    ["another branch beside the first", zoo.fork(), ["d1d1"], ["c2c2"], "d1d1 c2c2"],
    ["all heads", zoo.forest(), [], ["heads"], "b1b1 b2b2"],
    ["all heads, one being there", zoo.forest(), ["b1b1"], ["heads"], "b1b1 b2b2"],
    ["a branch point, from both branches", zoo.fork(), ["d1d1", "c2c2"], ["bbbb"], "bbbb"],
    ["one side below a merge", zoo.merge(), ["eeee"], ["c2c2"], "c2c2"],
    ["the trunk below a merge", zoo.merge(), ["eeee"], ["aaaa"], "aaaa"],
    ["a merge from one side", zoo.merge(), ["c2c2"], ["eeee"], "eeee"],
    ["a merge from both sides", zoo.merge(), ["d1d1", "c2c2"], ["eeee"], "eeee"],
    ["a merge from the trunk", zoo.merge(), ["bbbb"], ["eeee"], "eeee"],
    ["a labelled head over a merge", zoo.merge(), ["d1d1", "c2c2"], ["c2branch@head"], "ffff"],
    ["below a dependency", zoo.dependency(), ["d1d1", "c2c2"], ["b1b1"], "b1b1"],
    ["several", zoo.fork(), [], ["c1c1", "d2d2"], "c1c1 d2d2"],
    ["several from a common ancestor", zoo.fork(), ["bbbb"], ["c1c1", "d2d2"], "c1c1 d2d2"],
    ["an ancestor and its descendant", zoo.line(), [], ["bbbb", "dddd"], "bbbb dddd"],
    ["the same, one being there", zoo.line(), ["dddd"], ["bbbb", "dddd"], "bbbb dddd"],
    ["relative to where it is", zoo.line(), ["bbbb"], ["+1"], "cccc"],
  ])("stamps %s", (_, of, current, targets, expected) => {
    expect(stamp(of, current, ...targets).rows).toBe(expected);
  });

  it("deletes all rows but the last, and updates that to the target", () => {
    expect(stamp(zoo.fork(), ["d1d1", "c2c2"], "bbbb").changes).toEqual([
      { deletes: ["d1d1"], updates: [["c2c2", "bbbb"]], inserts: [] },
    ]);
  });

  it("updates one row, deletes one, inserts one", () => {
    expect(stamp(zoo.line(), ["bbbb"], "dddd").changes).toMatchObject([{ updates: [["bbbb", "dddd"]] }]);
    expect(stamp(zoo.line(), ["dddd"], "base").changes).toMatchObject([{ deletes: ["dddd"] }]);
    expect(stamp(zoo.line(), [], "dddd").changes).toMatchObject([{ inserts: ["dddd"] }]);
  });

  it("makes one move for each row that base deletes", () => {
    expect(stamp(zoo.fork(), ["d1d1", "c2c2"], "base").changes).toMatchObject([
      { deletes: ["d1d1"] },
      { deletes: ["c2c2"] },
    ]);
  });

  it("says which way each move goes", () => {
    expect(planStamp(zoo.line(), ["bbbb"], ["dddd"])).toMatchObject([
      { direction: "upgrade", revision: { id: "dddd" } },
    ]);
    expect(planStamp(zoo.line(), ["dddd"], ["bbbb"])).toMatchObject([{ direction: "downgrade" }]);
  });

  it("has nothing to do where the rows are so already", () => {
    expect(planStamp(zoo.forest(), ["b1b1", "b2b2"], ["heads"])).toEqual([]);
    expect(planStamp(zoo.line(), [], ["base"])).toEqual([]);
  });

  it("refuses head with several heads, and unknown revisions", () => {
    expect(() => stamp(zoo.fork(), [], "head")).toThrow(MultipleHeadsError);
    expect(() => stamp(zoo.fork(), [], "zzzz")).toThrow(RevisionNotFoundError);
  });

  it("refuses rows that no file declares, unless they are purged", () => {
    expect(() => stamp(zoo.line(), ["gone"], "head")).toThrow(RevisionNotFoundError);
    const steps = planStamp(zoo.line(), ["gone", "bbbb"], ["head"], { purge: true });
    expect(steps).toMatchObject([{ headsBefore: [], headsAfter: ["eeee"] }]);
  });
});
