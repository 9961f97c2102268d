import { describe, expect, it } from "vitest";
import {
  DuplicateRevisionError,
  RevisionCycleError,
  RevisionFileError,
  RevisionNotFoundError,
} from "../../../src/errors.js";
import type { Revision } from "../../../src/revisions/revision.js";
import {
  buildRevisionGraph,
  isBranchPoint,
  isEffectiveHead,
  isHead,
  isMergePoint,
  nodeOf,
  type RevisionGraph,
} from "../../../src/revisions/revision-graph.js";
import { graph, revision, revisionsOf, zoo } from "../../support/graphs.js";

const ids = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id);
const labels = (of: RevisionGraph) => Object.fromEntries(of.nodes.map(({ id, branchLabels }) => [id, branchLabels]));

function failure(revisions: readonly Revision[]): Error {
  try {
    buildRevisionGraph(revisions);
  } catch (error) {
    return error as Error;
  }
  throw new Error("the graph was built");
}

describe("heads and bases", () => {
  it("are empty without revisions", () => {
    const { nodes, heads, realHeads, bases } = zoo.empty();
    expect({ nodes, heads, realHeads, bases }).toEqual({ nodes: [], heads: [], realHeads: [], bases: [] });
  });

  it("are both the one revision there is", () => {
    expect(zoo.single()).toMatchObject({ heads: ["aaaa"], realHeads: ["aaaa"], bases: ["aaaa"] });
  });

  it("are the ends of each branch, in file order", () => {
    expect(graph("b, a, a <- a2, b <- b2")).toMatchObject({ heads: ["a2", "b2"], bases: ["b", "a"] });
    expect(zoo.manyBranches().heads).toEqual(["d1cb1", "d2cb1", "d3cb2", "d1d2cb2"]);
  });

  it("count parents only, so that a revision another one merely depends on stays a head", () => {
    const { heads, realHeads } = zoo.effectiveHead();
    expect(heads).toEqual(["mmmm", "y1y1", "z1z1"]);
    expect(realHeads).toEqual(["mmmm", "z1z1"]);
  });

  it("count a revision with dependencies but no parents as a base", () => {
    expect(zoo.effectiveHead().bases).toEqual(["aaaa", "y1y1", "z1z1"]);
  });

  it("stay heads where only one side of a merge goes on", () => {
    expect(zoo.mergeOfOneSide().heads).toEqual(["d1", "d2"]);
  });
});

describe("kinds of revisions", () => {
  it("tell a branch point by its children and a merge point by its parents", () => {
    const { nodes } = zoo.merge();
    expect(ids(nodes.filter(isBranchPoint))).toEqual(["bbbb"]);
    expect(ids(nodes.filter(isMergePoint))).toEqual(["eeee"]);
    expect(ids(nodes.filter(isHead))).toEqual(["ffff"]);
  });

  it("do not take a dependent for a branch", () => {
    expect(isBranchPoint(nodeOf(zoo.dependency(), "c1c1"))).toBe(false);
  });

  it("call a head that another lineage depends on effective", () => {
    const { nodes } = zoo.effectiveHead();
    expect(ids(nodes.filter(isEffectiveHead))).toEqual(["y1y1"]);
  });
});

describe("what a revision needs", () => {
  const needs = (of: RevisionGraph, id: string) => ids(nodeOf(of, id).needs);

  it("is its parents in the order of its file, then its dependencies", () => {
    const of = buildRevisionGraph([
      revision("a"),
      revision("b"),
      revision("c"),
      revision("d", { downRevisions: ["c", "a"], dependsOn: ["b"] }),
    ]);
    expect(needs(of, "d")).toEqual(["c", "a", "b"]);
  });

  it("leaves out a dependency on the own parent or an ancestor", () => {
    expect(needs(zoo.dependencyOnParent(), "a2")).toEqual(["a1"]);
    expect(needs(zoo.dependencyOnAncestor(), "a3")).toEqual(["a2"]);
  });

  it("leaves out a dependency that an ancestor has already", () => {
    expect(needs(zoo.dependencyRepeated(), "b4")).toEqual(["b3"]);
  });

  it("leaves out a parent that another parent depends on", () => {
    expect(needs(zoo.mergeWithDependency(), "bmerge")).toEqual(["b1"]);
    expect(ids(nodeOf(zoo.mergeWithDependency(), "bmerge").parents)).toEqual(["a1", "b1"]);
  });

  it("resolves a label to the revision that carries it", () => {
    expect(needs(zoo.dependencyByLabel(), "c2")).toEqual(["b2", "c1"]);
  });

  it("names a dependency once, however often the file does", () => {
    const of = graph("a, b", { labels: { a: ["lib"] }, dependsOn: { b: ["a", "lib", "a"] } });
    expect(ids(nodeOf(of, "b").dependencies)).toEqual(["a"]);
    expect(ids(nodeOf(of, "a").neededBy)).toEqual(["b"]);
  });

  it("is known from the other side too: children, dependents, both in file order", () => {
    const node = nodeOf(graph("x, a <- b, a <- c", { dependsOn: { x: ["a"] } }), "a");
    expect([ids(node.children), ids(node.dependents), ids(node.neededBy)]).toEqual([
      ["b", "c"],
      ["x"],
      ["x", "b", "c"],
    ]);
  });
});

describe("branch labels", () => {
  it("are carried on by every descendant, through merges, and not down past a branch point", () => {
    expect(labels(zoo.merge())).toMatchObject({
      aaaa: [],
      bbbb: [],
      c1c1: [],
      c2c2: ["c2branch"],
      d2d2: ["c2branch"],
      eeee: ["c2branch"],
      ffff: ["c2branch"],
    });
  });

  it("reach every revision of a single line", () => {
    expect(labels(zoo.labelOnLine())).toEqual({ aaaa: ["line"], bbbb: ["line"], cccc: ["line"] });
  });

  it("at a base reach all branches above it", () => {
    expect(labels(zoo.labelAtBase())).toEqual({ aaaa: ["trunk"], bbbb: ["trunk"], cccc: ["trunk"], dddd: ["trunk"] });
  });

  it("stay above their revision when the line above it forks", () => {
    const of = graph("a <- b <- c, c <- d1, c <- d2", { labels: { b: ["lib"] } });
    expect(labels(of)).toEqual({ a: [], b: ["lib"], c: ["lib"], d1: ["lib"], d2: ["lib"] });
  });

  it("stop going down at a merge point", () => {
    const of = graph("a, b, a+b <- m <- n", { labels: { n: ["lib"] } });
    expect(labels(of)).toEqual({ a: [], b: [], m: [], n: ["lib"] });
  });

  it("stop going down where a dependency makes the line fork", () => {
    const of = graph("a <- b <- c, z", { labels: { c: ["lib"] }, dependsOn: { z: ["b"] } });
    expect(labels(of)).toEqual({ a: [], b: [], c: ["lib"], z: [] });
  });

  it("do not follow dependencies", () => {
    expect(labels(zoo.dependency())).toMatchObject({ c1c1: ["lib1"], c2c2: ["lib2"] });
  });

  it("list the own ones before inherited ones", () => {
    const of = graph("a <- b", { labels: { a: ["one", "two"], b: ["three"] } });
    expect(labels(of)).toEqual({ a: ["one", "two", "three"], b: ["three", "one", "two"] });
  });
});

describe("a graph that cannot be", () => {
  it("names both files of an id that is taken twice", () => {
    const error = failure([revision("aaaa", { path: "/v/1.ts" }), revision("aaaa", { path: "/v/2.ts" })]);
    expect(error).toBeInstanceOf(DuplicateRevisionError);
    expect(error).toMatchObject({ id: "aaaa", paths: ["/v/1.ts", "/v/2.ts"] });
    expect(error.message).toBe("revision 'aaaa' is declared by '/v/1.ts' and by '/v/2.ts'");
  });

  it("names the missing parent, the file that wants it, and the nearest id", () => {
    const error = failure([revision("aaaa11"), revision("bbbb22", { downRevisions: ["aaaa12"] })]);
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error).toMatchObject({ given: "aaaa12", near: ["aaaa11"] });
    expect(error.message).toBe(
      "downRevision of 'bbbb22' (/versions/bbbb22.ts) names 'aaaa12', but no revision is called that",
    );
  });

  it("says how to go on when no id comes near a missing parent", () => {
    expect(failure([revision("b", { downRevisions: ["zzzzzz"] })])).toMatchObject({
      near: [],
      hint: "Restore the file of 'zzzzzz', or correct downRevision in '/versions/b.ts'.",
    });
  });

  it("does not take a label for a parent", () => {
    const error = failure([revision("aaaa", { branchLabels: ["lib"] }), revision("bbbb", { downRevisions: ["lib"] })]);
    expect(error.message).toBe(
      "downRevision of 'bbbb' (/versions/bbbb.ts) names 'lib', but only a branch label is called that",
    );
  });

  it("names a missing dependency", () => {
    const error = failure([revision("aaaa", { dependsOn: ["nothing"] })]);
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error.message).toContain("dependsOn of 'aaaa'");
  });

  it("names a revision that is its own parent, or depends on itself", () => {
    expect(failure([revision("a", { downRevisions: ["a"] })])).toMatchObject({
      constructor: RevisionCycleError,
      message: "revision 'a' (/versions/a.ts) names itself in downRevision",
      revisions: ["a"],
    });
    expect(failure([revision("a", { branchLabels: ["lib"], dependsOn: ["lib"] })])).toMatchObject({
      message: "revision 'a' (/versions/a.ts) names itself in dependsOn",
    });
  });

  it("names the circle only, not the innocent revisions around it", () => {
    const error = failure(revisionsOf("c <- a <- b <- c, b <- d <- e"));
    expect(error).toBeInstanceOf(RevisionCycleError);
    expect([...(error as RevisionCycleError).revisions].sort()).toEqual(["a", "b", "c"]);
    expect(error.message).toMatch(/^revisions need each other in a circle: '(.)' \(.*\) -> .* -> '\1'$/);
  });

  it("finds a circle below a proper base and above proper heads", () => {
    const error = failure(revisionsOf("a <- b, e <- b, b <- c <- e, c <- d"));
    expect([...(error as RevisionCycleError).revisions].sort()).toEqual(["b", "c", "e"]);
  });

  it("finds a circle of dependencies and says that dependsOn makes it", () => {
    const error = failure(revisionsOf("a1 <- a2, b1 <- b2", { dependsOn: { a1: ["b2"], b1: ["a2"] } }));
    expect(error).toBeInstanceOf(RevisionCycleError);
    expect([...(error as RevisionCycleError).revisions].sort()).toEqual(["a1", "a2", "b1", "b2"]);
    expect(error).toMatchObject({ hint: "Correct dependsOn in one of these files." });
  });

  it("finds a revision that depends on its own descendant", () => {
    expect(failure(revisionsOf("a <- b", { dependsOn: { a: ["b"] } }))).toBeInstanceOf(RevisionCycleError);
  });

  it("names both revisions of a label that is taken twice", () => {
    const error = failure(revisionsOf("c, e", { labels: { c: ["xy1"], e: ["xy1"] } }));
    expect(error).toBeInstanceOf(DuplicateRevisionError);
    expect(error.message).toBe("branch label 'xy1' is used by 'c' (/versions/c.ts) and by 'e' (/versions/e.ts)");
  });

  it("refuses a label that is an id", () => {
    const error = failure(revisionsOf("aaaa <- bbbb", { labels: { bbbb: ["aaaa"] } }));
    expect(error).toMatchObject({ constructor: DuplicateRevisionError, id: "aaaa" });
  });

  it.each(["head", "heads", "base", "current"])("refuses '%s' as an id and as a label", (word) => {
    expect(failure([revision(word)])).toBeInstanceOf(RevisionFileError);
    expect(failure([revision("a", { branchLabels: [word] })])).toBeInstanceOf(RevisionFileError);
  });

  it.each(["a@b", "a:b", "a+b", "-a", "+1", "v-1", "two words", ""])("refuses the label '%s'", (label) => {
    expect(failure([revision("a", { branchLabels: [label] })])).toBeInstanceOf(RevisionFileError);
  });

  it("accepts labels with dashes, dots and letters of any alphabet", () => {
    expect([...graph("a", { labels: { a: ["my-lib", "v2.x", "größe"] } }).byLabel.keys()]).toEqual([
      "my-lib",
      "v2.x",
      "größe",
    ]);
  });

  it("refuses a parent that is named twice", () => {
    expect(failure([revision("a"), revision("b", { downRevisions: ["a", "a"] })])).toMatchObject({
      constructor: RevisionFileError,
      message: "revision 'b' in '/versions/b.ts' names 'a' twice in downRevision",
    });
  });
});

describe("size", () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, index) =>
      revision(`n${index}`, { downRevisions: index === 0 ? [] : [`n${index - 1}`] }),
    );

  it("100,000 revisions in a line need no call stack, in either file order", () => {
    expect(buildRevisionGraph(chain(100_000)).heads).toEqual(["n99999"]);
    expect(buildRevisionGraph(chain(100_000).reverse()).heads).toEqual(["n99999"]);
  });

  it("a revision may have 200,000 children", () => {
    const star = Array.from({ length: 200_000 }, (_, index) => revision(`n${index}`, { downRevisions: ["root"] }));
    expect(buildRevisionGraph([revision("root", { branchLabels: ["all"] }), ...star]).heads).toHaveLength(200_000);
  });

  it("a circle of 100,000 is found", () => {
    const [first, ...rest] = chain(100_000);
    expect(failure([{ ...first!, downRevisions: ["n99999"] }, ...rest])).toBeInstanceOf(RevisionCycleError);
  });
});
