import { describe, expect, it } from "vitest";
import { AmbiguousRevisionError, NotAncestorError, RevisionNotFoundError, UsageError } from "../../../src/errors.js";
import {
  resolveDowngradeScript,
  resolveHistoryRange,
  resolveStampScript,
  resolveUpgradeScript,
} from "../../../src/revisions/resolve-range.js";
import type { RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { graph, zoo } from "../../support/graphs.js";

const range = (of: RevisionGraph, given: string, current?: readonly string[]) =>
  resolveHistoryRange(of, given, { current }).join(" ");

describe("resolveHistoryRange", () => {
  it.each([
    [":", "eeee dddd cccc bbbb aaaa"],
    ["bbbb:dddd", "dddd cccc bbbb"],
    ["cccc:", "eeee dddd cccc"],
    [":bbbb", "bbbb aaaa"],
    ["base:bbbb", "bbbb aaaa"],
    ["cccc:cccc", "cccc"],
    ["cccc:head", "eeee dddd cccc"],
    ["head-1:", "eeee dddd"],
    ["bbbb:+2", "dddd cccc bbbb"],
    ["bbbb:+9", "eeee dddd cccc bbbb"],
    [":+2", "bbbb aaaa"],
    ["-2:dddd", "dddd cccc bbbb"],
    ["-9:bbbb", "bbbb aaaa"],
    ["-1:", "eeee dddd"],
    [" bbbb:cccc ", "cccc bbbb"],
    ["bbbb:head-1", "dddd cccc bbbb"],
    ["base:base", ""],
  ])("%s on a line", (given, expected) => {
    expect(range(zoo.line(), given)).toBe(expected);
  });

  it.each([
    ["current:", ["cccc"], "eeee dddd cccc"],
    [":current", ["bbbb"], "bbbb aaaa"],
    ["-1:current", ["cccc"], "cccc bbbb"],
    ["-2:current", ["cccc"], "cccc bbbb aaaa"],
    ["current:+1", ["cccc"], "dddd cccc"],
    ["current-1:current+1", ["cccc"], "dddd cccc bbbb"],
    ["current:", [], "eeee dddd cccc bbbb aaaa"],
    [":current", [], ""],
  ])("%s with the database at %j", (given, current, expected) => {
    expect(range(zoo.line(), given, current)).toBe(expected);
  });

  it("shows the branches between two points, each to the end", () => {
    expect(range(zoo.merge(), "bbbb:ffff")).toBe("ffff eeee d1d1 c1c1 d2d2 c2c2 bbbb");
    expect(range(zoo.fork(), "bbbb:")).toBe("d1d1 c1c1 d2d2 c2c2 bbbb");
  });

  it("shows only what lies above the start, not the branches that a merge brings in", () => {
    expect(range(zoo.branchTravelling(), "b1:join")).toBe("join e2b1 db1 cb1 b1");
    expect(range(zoo.branchTravelling(), "a2:join")).toBe("join e2b1 db1 cb1 b1 e2b2 db2 cb2 b2 a3 a2");
  });

  it("shows one branch when the start or the end names it", () => {
    const of = zoo.labelledForest();
    expect(range(of, "ebranch@base:heads")).toBe("f someothername e d");
    expect(range(of, "ebranch@d:")).toBe("f someothername e d");
    expect(range(of, "e@base:")).toBe("f someothername e d");
    expect(range(of, "ebranch@head:")).toBe("f");
    expect(range(of, "ebranch@-2:")).toBe("f someothername e");
    expect(range(of, ":abranch@head")).toBe("c somelongername b a");
    expect(range(of, "ebranch@base:+2")).toBe("e d");
    expect(range(of, ":ebranch@+3")).toBe("someothername e d");
  });

  it("shows what a branch depends on, from base", () => {
    expect(range(zoo.basesDependingOnOne(), ":b_2@head")).toBe("d2 c2 b2 a2 base2 a3 base3");
    expect(range(zoo.basesDependingOnOne(), ":b_3@head")).toBe("b3 a3 base3");
    expect(range(zoo.basesDependingOnOne(), ":b1b@head")).toBe("b1b a1b base1 a3 base3");
  });

  it("keeps the order where a dependency leads through another lineage", () => {
    const of = graph("a1 <- a2, b1", { dependsOn: { b1: ["a1"], a2: ["b1"] } });
    expect(range(of, "a1:a2")).toBe("a2 a1");
  });

  it("counts -N from each end when there are several", () => {
    expect(range(zoo.fork(), "-1:")).toBe("d1d1 c1c1 d2d2 c2c2");
  });

  it("refuses a start that does not lie below the end", () => {
    const error = (() => {
      try {
        return range(zoo.line(), "dddd:bbbb");
      } catch (thrown) {
        return thrown as NotAncestorError;
      }
    })();
    expect(error).toBeInstanceOf(NotAncestorError);
    expect(error).toMatchObject({
      message: "'dddd' ('dddd') does not lie below 'bbbb' ('bbbb')",
      lower: "dddd",
      upper: "bbbb",
    });
    expect(() => range(zoo.fork(), "c1c1:d2d2")).toThrow(NotAncestorError);
    expect(() => range(zoo.line(), "bbbb:base")).toThrow(NotAncestorError);
    expect(() => range(zoo.line(), "bbbb:current", [])).toThrow(NotAncestorError);
  });

  it.each(["aaaa", "a:b:c", ""])("'%s' is no range", (given) => {
    expect(() => range(zoo.line(), given)).toThrow(UsageError);
  });

  it("refuses two ends that count from each other", () => {
    expect(() => range(zoo.line(), "-2:+3")).toThrow(UsageError);
  });

  it("refuses unknown ends, and a count over a merge point", () => {
    expect(() => range(zoo.line(), "zzzz:")).toThrow(RevisionNotFoundError);
    expect(() => range(zoo.merge(), "-2:ffff")).toThrow(AmbiguousRevisionError);
  });

  it("is empty without revisions", () => {
    expect(range(zoo.empty(), ":")).toBe("");
  });
});

describe("resolveUpgradeScript", () => {
  it.each([
    ["head", [], ["eeee"]],
    ["bbbb:dddd", ["bbbb"], ["dddd"]],
    ["bbbb:+2", ["bbbb"], ["dddd"]],
    ["bbbb:", ["bbbb"], ["eeee"]],
    [":cccc", [], ["cccc"]],
    ["head:base", ["eeee"], []],
  ])("%s", (given, from, target) => {
    expect(resolveUpgradeScript(zoo.line(), given)).toEqual({ from, target });
  });

  it("begins and ends with several heads where the range says so", () => {
    expect(resolveUpgradeScript(zoo.fork(), "bbbb:heads")).toEqual({ from: ["bbbb"], target: ["d1d1", "d2d2"] });
  });

  it("knows no current database", () => {
    expect(() => resolveUpgradeScript(zoo.line(), "current:head")).toThrow(UsageError);
  });
});

describe("a script that begins at several revisions", () => {
  it("names them with commas between", () => {
    const { from, target } = resolveUpgradeScript(zoo.fork(), "c1c1,c2c2:heads");
    expect({ from, target }).toEqual({ from: ["c1c1", "c2c2"], target: ["d1d1", "d2d2"] });
    expect(resolveDowngradeScript(zoo.fork(), "d1d1, c2c2:bbbb").from).toEqual(["d1d1", "c2c2"]);
    expect(resolveStampScript(zoo.fork(), ["c1c1,d2d2:heads"])).toEqual({ from: ["c1c1", "d2d2"], target: ["heads"] });
  });

  it("begins at the rows that a database at all heads has, and needs none for what another head depends on", () => {
    expect(resolveUpgradeScript(graph("aaaa, bbbb", { dependsOn: { bbbb: ["aaaa"] } }), "heads:heads").from).toEqual([
      "bbbb",
    ]);
  });

  it.each([
    ["bbbb,c1c1:heads", /cannot be at all of 'bbbb', 'c1c1'/],
    ["c1c1,c1c1:heads", /cannot be at all of 'c1c1', 'c1c1'/],
    ["c1c1,:heads", /a comma too many/],
  ])("refuses %s, where no database is", (range, message) => {
    expect(() => resolveUpgradeScript(zoo.fork(), range)).toThrow(message);
  });
});

describe("resolveDowngradeScript", () => {
  it.each([
    ["eeee:bbbb", ["eeee"], { given: "bbbb", to: "bbbb", branch: null }],
    ["head:base", ["eeee"], { given: "base", to: null, branch: null }],
    ["head:-2", ["eeee"], { given: "-2", to: "cccc", branch: "eeee" }],
  ])("%s", (given, from, target) => {
    expect(resolveDowngradeScript(zoo.line(), given)).toEqual({ from, target });
  });

  it.each(["base", "head:", ":base", "a:b:c"])("'%s' does not say both ends", (given) => {
    expect(() => resolveDowngradeScript(zoo.line(), given)).toThrow(UsageError);
  });
});
