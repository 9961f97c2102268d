import { describe, expect, it } from "vitest";
import { buildRevisionGraph, nodeOf, type RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { currentRevisions, historyOf, newestFirst, sharesLineage } from "../../../src/revisions/walk-graph.js";
import { graph, revision, zoo } from "../../support/graphs.js";

const history = (of: RevisionGraph) => historyOf(of).map(({ id }) => id);

describe("historyOf", () => {
  it.each([
    ["nothing", zoo.empty(), ""],
    ["a line", zoo.line(), "eeee dddd cccc bbbb aaaa"],
    ["a fork: each branch to the end, then the common part", zoo.fork(), "d1d1 c1c1 d2d2 c2c2 bbbb aaaa"],
    ["a merge", zoo.merge(), "ffff eeee d1d1 c1c1 d2d2 c2c2 bbbb aaaa"],
    ["a diamond", zoo.diamond(), "dddd cccc bbb1 bbb2 aaaa"],
    ["a merge of three", zoo.threeWayMerge(), "c b1 b2 b3 a"],
    ["merges that cross", zoo.crissCrossMerge(), "d c1 c2 b1 b2 a"],
    ["a merge that one side has left", zoo.mergeOfOneSide(), "d1 c1 b1 a1 d2 c2 b2 a2"],
    ["two lineages", zoo.forest(), "b1b1 a1a1 b2b2 a2a2"],
    ["branches of different lengths", zoo.longAndShort(), "b2 d11 d12 c1 b1 a"],
    [
      "branches that meet at several points",
      zoo.branchTravelling(),
      "fe1b1 e1b1 join e2b1 db1 cb1 b1 e2b2 db2 cb2 b2 a3 a2 a1",
    ],
    ["three bases", zoo.threeBases(), "b1a a1a b1b a1b base1 mergeb3d2 b3 a3 base3 d2 c2 b2 a2 base2"],
    ["a dependency, after everything that needs it", zoo.dependency(), "d1d1 c2c2 b2b2 a2a2 c1c1 b1b1 a1a1"],
    [
      "lineages that depend on each other in a chain",
      zoo.basesInAChain(),
      "c1 b1 a1 d2 c2 d3 c3 b3 a3 base3 b2 a2 base2 base1",
    ],
    ["criss-crossing dependencies", zoo.crissCrossDependencies(), "a3 b3 b2 a2 a1 b1"],
  ])("lists %s", (_, of, expected) => {
    expect(history(of)).toEqual(expected.split(" ").filter((id) => id !== ""));
  });

  it("breaks ties by file order, not by id", () => {
    expect(history(graph("a <- z, a <- b"))).toEqual(["z", "b", "a"]);
  });

  it("comes back to a branch point after another one was met in between", () => {
    const of = graph("x, y, x <- p, y <- v, x+y <- m, x <- u, u+y <- w");
    expect(history(of)).toEqual(["p", "m", "v", "w", "u", "y", "x"]);
  });
});

describe("newestFirst", () => {
  it("lists only what it is given", () => {
    const of = zoo.line();
    const listed = new Set([nodeOf(of, "bbbb"), nodeOf(of, "cccc")]);
    expect(newestFirst(listed).map(({ id }) => id)).toEqual(["cccc", "bbbb"]);
  });

  it("orders 2,000 revisions on 200 branches and 100,000 in a line", () => {
    const branches = Array.from({ length: 2_000 }, (_, index) =>
      revision(`n${index}`, { downRevisions: [index < 200 ? "root" : `n${index - 200}`] }),
    );
    expect(historyOf(buildRevisionGraph([revision("root"), ...branches]))).toHaveLength(2_001);
    const line = Array.from({ length: 100_000 }, (_, index) =>
      revision(`n${index}`, { downRevisions: index === 0 ? [] : [`n${index - 1}`] }),
    );
    expect(historyOf(buildRevisionGraph(line)).at(-1)?.id).toBe("n0");
  });
});

describe("sharesLineage", () => {
  const shares = (of: RevisionGraph, a: string, b: string) => sharesLineage(nodeOf(of, a), nodeOf(of, b));

  it("holds for a revision with itself, its ancestors and its descendants", () => {
    expect([
      shares(zoo.line(), "bbbb", "bbbb"),
      shares(zoo.line(), "aaaa", "eeee"),
      shares(zoo.line(), "eeee", "aaaa"),
    ]).toEqual([true, true, true]);
  });

  it("does not hold between branches, nor along dependencies", () => {
    expect(shares(zoo.fork(), "c1c1", "c2c2")).toBe(false);
    expect(shares(zoo.dependency(), "c1c1", "c2c2")).toBe(false);
  });

  it("holds on both sides of a merge", () => {
    expect(shares(zoo.merge(), "c1c1", "ffff") && shares(zoo.merge(), "c2c2", "ffff")).toBe(true);
  });
});

describe("currentRevisions", () => {
  it("gives the rows of the version table", () => {
    expect(currentRevisions(zoo.fork(), ["d2d2", "c1c1"])).toEqual(["c1c1", "d2d2"]);
    expect(currentRevisions(zoo.fork(), [])).toEqual([]);
  });

  it("gives the top of another lineage too that a row depends on", () => {
    expect(currentRevisions(zoo.dependency(), ["c2c2"])).toEqual(["c1c1", "c2c2"]);
  });

  it("does not give it twice when it is a row itself, or when its lineage has gone on", () => {
    expect(currentRevisions(zoo.dependency(), ["c1c1", "c2c2"])).toEqual(["c1c1", "c2c2"]);
    expect(currentRevisions(zoo.dependency(), ["d1d1", "c2c2"])).toEqual(["d1d1", "c2c2"]);
  });

  it("leaves out a row below another one", () => {
    expect(currentRevisions(zoo.line(), ["bbbb", "dddd"])).toEqual(["dddd"]);
  });
});
