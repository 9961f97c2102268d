import { describe, expect, it } from "vitest";
import { AmbiguousTargetError, NotAncestorError, RevisionNotFoundError } from "../../../src/errors.js";
import { planDowngrade, planUpgrade, versionRowChanges } from "../../../src/revisions/plan-steps.js";
import { resolveDowngradeTarget, resolveUpgradeTarget } from "../../../src/revisions/resolve-target.js";
import type { RevisionStep } from "../../../src/revisions/revision.js";
import { buildRevisionGraph, type RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { graph, revision, zoo } from "../../support/graphs.js";

const up = (of: RevisionGraph, target: string, current: readonly string[] = []) =>
  planUpgrade(of, current, resolveUpgradeTarget(of, target, current));
const down = (of: RevisionGraph, target: string, current: readonly string[]) =>
  planDowngrade(of, current, resolveDowngradeTarget(of, target, current));
const order = (steps: readonly RevisionStep[]) => steps.map((step) => step.revision.id).join(" ");
const rows = (steps: readonly RevisionStep[]) => steps.at(-1)?.headsAfter.join(" ");
const moves = (steps: readonly RevisionStep[]) =>
  steps.map((step) => `${step.revision.id}: ${step.headsAfter.join(" ")}`);

describe("planUpgrade", () => {
  it.each([
    ["a line from nothing", zoo.line(), "cccc", [], "aaaa bbbb cccc", "cccc"],
    ["a line from the middle", zoo.line(), "head", ["cccc"], "dddd eeee", "eeee"],
    ["one branch", zoo.fork(), "d1d1", ["bbbb"], "c1c1 d1d1", "d1d1"],
    ["both branches, one after the other", zoo.fork(), "heads", ["aaaa"], "bbbb c2c2 d2d2 c1c1 d1d1", "d1d1 d2d2"],
    ["both sides of a merge", zoo.merge(), "head", ["bbbb"], "c2c2 d2d2 c1c1 d1d1 eeee ffff", "ffff"],
    ["the missing side of a merge", zoo.merge(), "head", ["d1d1"], "c2c2 d2d2 eeee ffff", "ffff"],
    ["a second branch beside the first", zoo.fork(), "c2branch@+1", ["c1c1"], "c2c2", "c1c1 c2c2"],
    ["both lineages of a forest", zoo.forest(), "heads", [], "a2a2 b2b2 a1a1 b1b1", "b1b1 b2b2"],
    ["a lineage and, first, what it depends on", zoo.dependency(), "c2c2", [], "a1a1 b1b1 c1c1 a2a2 b2b2 c2c2", "c2c2"],
    ["a dependency by label", zoo.dependencyByLabel(), "c2", ["a2"], "a1 b1 c1 b2 c2", "c2"],
    ["one lineage by its label", zoo.labelledForest(), "ebranch@head", [], "d e someothername f", "f"],
    ["a dependency on the own parent", zoo.dependencyOnParent(), "a2", [], "a1 a2", "a2"],
    ["a merge that one side has left", zoo.mergeOfOneSide(), "d1", ["d2", "b1"], "c1 d1", "d1 d2"],
    ["a merge of three", zoo.mergeOfTwoSides(), "d1", ["d3", "b2", "b1"], "c2 c1 d1", "d1 d3"],
  ])("runs %s", (_, of, target, current, expected, after) => {
    const steps = up(of, target, current);
    expect(order(steps)).toBe(expected);
    expect(rows(steps)).toBe(after);
  });

  it.each([
    ["an older revision", "aaaa"],
    ["the current one", "cccc"],
    ["base", "base"],
  ])("has nothing to do for %s", (_, target) => {
    expect(up(zoo.line(), target, ["cccc"])).toEqual([]);
  });

  it("has nothing to do for a revision that another lineage has brought along", () => {
    expect(up(zoo.dependency(), "c1c1", ["c2c2"])).toEqual([]);
  });

  it("gives steps that say where they begin, each where the one before ends", () => {
    const [first, second] = up(zoo.line(), "+2", ["bbbb"]);
    expect(first).toMatchObject({ direction: "upgrade", headsBefore: ["bbbb"], headsAfter: ["cccc"] });
    expect(second).toMatchObject({ headsBefore: ["cccc"], headsAfter: ["dddd"] });
  });

  it("moves the rows over twin merges", () => {
    const of = zoo.twinMerge();
    expect(moves(up(of, "heads", ["a"]))).toEqual([
      "b3: b3",
      "b2: b2 b3",
      "b1: b1 b2 b3",
      "c2: c2",
      "d2: d2",
      "c1: c1 d2",
      "d1: d1 d2",
    ]);
  });

  it("moves the rows over merges that share one side", () => {
    const steps = up(zoo.notQuiteTwinMerge(), "heads", ["a"]);
    expect(rows(steps)).toBe("d1 d2");
    expect(steps.find((step) => step.revision.id === "c2")?.headsBefore).toEqual(["b2", "b3"]);
    expect(steps.find((step) => step.revision.id === "c2")?.headsAfter).toEqual(["c2"]);
  });

  it("takes a dependency's row in when it is one, and leaves it out when it has gone on", () => {
    expect(rows(up(zoo.dependency(), "c2c2", ["c1c1", "b2b2"]))).toBe("c2c2");
    expect(rows(up(zoo.dependency(), "c2c2", ["d1d1", "b2b2"]))).toBe("d1d1 c2c2");
  });

  it("gives a lineage its row again when it goes on above a dependency", () => {
    expect(rows(up(zoo.dependency(), "d1d1", ["c2c2"]))).toBe("d1d1 c2c2");
  });

  it("refuses a database at revisions that no file declares, and names them", () => {
    expect(() => planUpgrade(zoo.line(), ["aaaa", "gone"], ["eeee"])).toThrow(RevisionNotFoundError);
    expect(() => planUpgrade(zoo.line(), ["gone"], ["eeee"])).toThrow(
      "the database is at 'gone', which no revision file declares",
    );
  });

  it("counts a row that is there twice once", () => {
    expect(rows(up(zoo.line(), "dddd", ["cccc", "cccc"]))).toBe("dddd");
  });

  it("goes on from rows of which one lies below the other", () => {
    expect(moves(up(zoo.line(), "eeee", ["aaaa", "cccc"]))).toEqual(["dddd: aaaa dddd", "eeee: aaaa eeee"]);
  });

  it("plans 100,000 steps", () => {
    const line = Array.from({ length: 100_000 }, (_, index) =>
      revision(`n${index}`, { downRevisions: index === 0 ? [] : [`n${index - 1}`] }),
    );
    expect(up(buildRevisionGraph(line), "head")).toHaveLength(100_000);
  });
});

describe("planDowngrade", () => {
  it.each([
    ["a line to a revision", zoo.line(), "cccc", ["eeee"], "eeee dddd", "cccc"],
    ["a line to base", zoo.line(), "base", ["cccc"], "cccc bbbb aaaa", ""],
    ["one step", zoo.line(), "-1", ["cccc"], "cccc", "bbbb"],
    ["one step to base", zoo.line(), "-1", ["aaaa"], "aaaa", ""],
    ["to so many above base", zoo.line(), "aaaa+2", ["dddd"], "dddd", "cccc"],
    ["both branches", zoo.fork(), "aaaa", ["d1d1", "d2d2"], "d1d1 c1c1 d2d2 c2c2 bbbb", "aaaa"],
    ["both branches to the branch point", zoo.fork(), "base+2", ["d1d1", "d2d2"], "d1d1 c1c1 d2d2 c2c2", "bbbb"],
    ["one branch by label", zoo.fork(), "c1branch@bbbb", ["d1d1", "d2d2"], "d1d1 c1c1", "d2d2"],
    ["one branch by label and count", zoo.fork(), "c2branch@base+2", ["d1d1", "d2d2"], "d2d2 c2c2", "d1d1"],
    ["one branch by a revision on it", zoo.fork(), "c2c2@bbbb", ["d1d1", "d2d2"], "d2d2 c2c2", "d1d1"],
    ["one branch by its head", zoo.fork(), "d1d1@bbbb", ["d1d1", "d2d2"], "d1d1 c1c1", "d2d2"],
    ["one step of a branch", zoo.fork(), "c1branch@-1", ["d1d1", "d2d2"], "d1d1", "c1c1 d2d2"],
    ["one step below a branch's head", zoo.fork(), "c1branch@head-1", ["d1d1", "d2d2"], "d1d1", "c1c1 d2d2"],
    ["one step of a branch by its revision", zoo.fork(), "d2d2-1", ["c1c1", "d2d2"], "d2d2", "c1c1 c2c2"],
    ["a merge and both its sides", zoo.merge(), "bbbb", ["ffff"], "ffff eeee d1d1 c1c1 d2d2 c2c2", "bbbb"],
    ["a merge only", zoo.merge(), "d1d1", ["eeee"], "eeee", "d1d1 d2d2"],
    [
      "everything above the shared base",
      zoo.fork(),
      "c1branch@base",
      ["d1d1", "d2d2"],
      "d1d1 c1c1 d2d2 c2c2 bbbb aaaa",
      "",
    ],
    ["one lineage of a forest", zoo.labelledForest(), "ebranch@base", ["c", "f"], "f someothername e d", "c"],
    ["one lineage by a revision", zoo.labelledForest(), "a-1", ["c", "f"], "c somelongername b a", "f"],
    ["what depends on it, too", zoo.dependency(), "b1b1", ["c2c2"], "c2c2 c1c1", "b1b1 b2b2"],
    ["what depends on a lineage, too", zoo.dependency(), "lib1@base", ["c2c2"], "c2c2 c1c1 b1b1 a1a1", "b2b2"],
    ["only the dependent", zoo.dependency(), "lib2@base", ["c2c2"], "c2c2 b2b2 a2a2", "c1c1"],
    ["a step of the lineage that was depended on", zoo.dependency(), "c1c1", ["c2c2", "d1d1"], "d1d1", "c2c2"],
    ["a merge that one side has left", zoo.mergeOfOneSide(), "b1", ["d1", "d2"], "d1 c1", "b1 d2"],
    ["a merge that two sides have left", zoo.mergeOfTwoSides(), "b1", ["d3", "d2", "d1"], "d1 c1", "b1 d2 d3"],
    ["half of what criss-crosses", zoo.crissCrossDependencies(), "b1", ["a3", "b2"], "b2", "a3"],
    ["a repeated dependency", zoo.dependencyRepeated(), "b3", ["b4"], "b4", "b3"],
    ["a dependency on the own parent", zoo.dependencyOnParent(), "a1", ["a2"], "a2", "a1"],
    ["a dependency on an ancestor, beside another row", zoo.dependencyOnAncestor(), "a2", ["a3", "z1"], "a3", "a2 z1"],
    ["a merge with a dependency between its sides", zoo.mergeWithDependency(), "a1", ["bmerge"], "bmerge", "b1"],
    ["the same to its other side", zoo.mergeWithDependency(), "b1", ["bmerge"], "bmerge", "b1"],
    [
      "a merge whose side another lineage needs",
      zoo.manyRoots(),
      "b2",
      ["amerge", "bmerge", "cmerge", "d1"],
      "bmerge",
      "amerge b1 cmerge d1",
    ],
    [
      "a lineage that needs others, whose row comes back",
      zoo.manyRoots(),
      "d1@base",
      ["amerge", "d1", "b1", "cmerge"],
      "d1",
      "amerge b1 b2 cmerge",
    ],
    [
      "a branch that depends on another",
      zoo.branchesWithDependency(),
      "c2branch@bbbb",
      ["d1d1", "d2d2"],
      "d2d2 c2c2",
      "d1d1",
    ],
    [
      "a branch and the dependent of it",
      zoo.branchesWithDependency(),
      "c1branch@bbbb",
      ["d1d1", "d2d2"],
      "d1d1 d2d2 c1c1",
      "c2c2",
    ],
    [
      "a lineage that another one needs",
      zoo.basesDependingOnOne(),
      "b_3@base",
      ["b1a", "b1b", "d2", "b3"],
      "b1b d2 c2 b3 a3 base3",
      "a1b b1a b2",
    ],
    [
      "a lineage that all others need",
      zoo.basesInAChain(),
      "b_1@base",
      ["c1", "d2", "d3"],
      "c1 b1 a1 d2 c2 d3 c3 b2 a2 base2 base1",
      "b3",
    ],
  ])("takes back %s", (_, of, target, current, expected, after) => {
    const steps = down(of, target, current);
    expect(order(steps)).toBe(expected);
    expect(rows(steps)).toBe(after);
  });

  it.each([
    ["the current revision", zoo.line(), "cccc", ["cccc"]],
    ["one row of several", zoo.fork(), "c2c2", ["d1d1", "c2c2"]],
    ["base on an empty database", zoo.line(), "base", []],
    ["a revision that only a dependent keeps", zoo.dependency(), "c1c1", ["c2c2"]],
    ["a branch that is not applied above its branch point", zoo.fork(), "c1branch@bbbb", ["d2d2"]],
  ])("has nothing to do for %s", (_, of, target, current) => {
    expect(down(of, target, current)).toEqual([]);
  });

  it("refuses a target that is not applied", () => {
    expect(() => down(zoo.line(), "bbb", [])).toThrow(NotAncestorError);
    expect(() => down(zoo.line(), "cccc", ["bbbb"])).toThrow(
      "cannot downgrade to 'cccc': it is not applied, the database is at 'bbbb'",
    );
    expect(() => down(zoo.line(), "head-1", [])).toThrow(
      "cannot downgrade to 'head-1': 'dddd' is not applied, the database is at base",
    );
    expect(() => down(zoo.fork(), "c1c1", ["d2d2"])).toThrow(NotAncestorError);
  });

  it("refuses a label that does not tell the branches above the target apart", () => {
    expect(() => down(zoo.labelAtBase(), "trunk@bbbb", ["cccc", "dddd"])).toThrow(AmbiguousTargetError);
    expect(() => down(zoo.labelAtBase(), "trunk@bbbb", ["cccc", "dddd"])).toThrow(
      "'trunk@bbbb' does not say which branch shall go: above 'bbbb' are 'cccc', 'dddd'",
    );
  });

  it("-1 takes back the one row's revision, not its neighbour on the same branch point", () => {
    expect(order(down(zoo.labelAtBase(), "trunk@-1", ["cccc"]))).toBe("cccc");
  });

  it("refuses a database at a revision that no file declares", () => {
    expect(() => planDowngrade(zoo.line(), ["gone"], { given: "base", to: null, branch: null })).toThrow(
      RevisionNotFoundError,
    );
  });

  it("has nothing left to do when it is planned again after the run", () => {
    const of = zoo.fork();
    const target = resolveDowngradeTarget(of, "c1branch@-1", ["d1d1", "d2d2"]);
    const [step] = planDowngrade(of, ["d1d1", "d2d2"], target);
    expect(planDowngrade(of, step!.headsAfter, target)).toEqual([]);
  });
});

describe("versionRowChanges", () => {
  const changes = (steps: readonly RevisionStep[]) => versionRowChanges(steps.at(-1)!);

  it("inserts the row of a lineage's first revision", () => {
    expect(changes(up(zoo.line(), "aaaa"))).toEqual({ deletes: [], updates: [], inserts: ["aaaa"] });
  });

  it("inserts a row for a branch off a revision that is no row", () => {
    expect(changes(up(zoo.fork(), "c2c2", ["d1d1"]))).toEqual({ deletes: [], updates: [], inserts: ["c2c2"] });
  });

  it("updates the parent's row", () => {
    expect(changes(up(zoo.line(), "bbbb", ["aaaa"]))).toEqual({
      deletes: [],
      updates: [["aaaa", "bbbb"]],
      inserts: [],
    });
  });

  it("deletes all parents of a merge but the last, and updates that", () => {
    expect(changes(up(zoo.merge(), "eeee", ["d1d1", "d2d2"]))).toEqual({
      deletes: ["d1d1"],
      updates: [["d2d2", "eeee"]],
      inserts: [],
    });
  });

  it("takes the parents in the order of the file", () => {
    const of = buildRevisionGraph([
      revision("a"),
      revision("b"),
      revision("c"),
      revision("m", { downRevisions: ["c", "b"], dependsOn: ["a"] }),
    ]);
    expect(changes(up(of, "m", ["a", "b", "c"]))).toEqual({
      deletes: ["c", "b"],
      updates: [["a", "m"]],
      inserts: [],
    });
  });

  it("updates the row of a dependency", () => {
    const of = graph("c1c1, z1z1", { dependsOn: { z1z1: ["c1c1"] } });
    expect(changes(up(of, "z1z1", ["c1c1"]))).toEqual({ deletes: [], updates: [["c1c1", "z1z1"]], inserts: [] });
  });

  it("deletes the row of a lineage's first revision, and of a branch whose parent another row implies", () => {
    expect(changes(down(zoo.line(), "base", ["aaaa"]))).toEqual({ deletes: ["aaaa"], updates: [], inserts: [] });
    expect(changes(down(zoo.fork(), "c2branch@-1", ["d1d1", "c2c2"]))).toMatchObject({
      deletes: ["c2c2"],
      updates: [],
    });
  });

  it("splits a merge: inserts all parents but the last, to which the row is updated", () => {
    expect(changes(down(zoo.merge(), "d1d1", ["eeee"]))).toEqual({
      deletes: [],
      updates: [["eeee", "d2d2"]],
      inserts: ["d1d1"],
    });
  });

  it("does not bring back a parent that another row implies", () => {
    expect(changes(down(zoo.mergeOfOneSide(), "c1", ["d1", "d2"]))).toEqual({
      deletes: [],
      updates: [["d1", "c1"]],
      inserts: [],
    });
  });

  it("brings back a parent only, not what that one depends on", () => {
    expect(changes(down(zoo.mergeWithDependency(), "a1", ["bmerge"]))).toEqual({
      deletes: [],
      updates: [["bmerge", "b1"]],
      inserts: [],
    });
  });

  it("is empty when the rows stay", () => {
    expect(versionRowChanges({ revision: revision("a"), headsBefore: ["a"], headsAfter: ["a"] })).toEqual({
      deletes: [],
      updates: [],
      inserts: [],
    });
  });
});
