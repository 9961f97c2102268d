import { describe, expect, it } from "vitest";
import {
  AmbiguousRevisionError,
  AmbiguousTargetError,
  MultipleHeadsError,
  NotAncestorError,
  RevisionNotFoundError,
  UsageError,
} from "../../../src/errors.js";
import {
  needsCurrent,
  resolveDowngradeTarget,
  resolveRevisions,
  resolveUpgradeTarget,
} from "../../../src/revisions/resolve-target.js";
import { buildRevisionGraph, type RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { graph, revision, zoo } from "../../support/graphs.js";

const show = (of: RevisionGraph, given: string, current?: readonly string[]) =>
  resolveRevisions(of, given, { current }).join(" ");
const up = (of: RevisionGraph, given: string, current: readonly string[]) =>
  resolveUpgradeTarget(of, given, current).join(" ");
const down = (of: RevisionGraph, given: string, current: readonly string[]) => {
  const { to, branch } = resolveDowngradeTarget(of, given, current);
  return { to, branch };
};

function failure(run: () => unknown): Error & { readonly hint?: string } {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

const hex = () => graph("a1b2c3d4 <- a1b2ffff <- 5e00aa11 <- 5e00bb22");

describe("ids and prefixes", () => {
  it("an id means itself", () => {
    expect(show(hex(), "a1b2ffff")).toBe("a1b2ffff");
  });

  it("a prefix of any length means the one id it fits", () => {
    expect(show(hex(), "a1b2c")).toBe("a1b2c3d4");
    expect(show(graph("a1b2c3d4, 5e00aa11"), "5")).toBe("5e00aa11");
  });

  it("a whole id wins over a prefix of a longer one", () => {
    expect(show(graph("abcd <- abcd12 <- abcd34"), "abcd")).toBe("abcd");
  });

  it("a label wins over a prefix", () => {
    expect(show(graph("abcd12, ffff00", { labels: { ffff00: ["abcd"] } }), "abcd")).toBe("ffff00");
  });

  it("a prefix does not stand for ids of three letters or less", () => {
    expect(failure(() => show(graph("ab1"), "ab"))).toBeInstanceOf(RevisionNotFoundError);
  });

  it("a prefix that fits several names them, and a longer one that would do", () => {
    const error = failure(() => show(hex(), "5e00"));
    expect(error).toBeInstanceOf(AmbiguousRevisionError);
    expect(error).toMatchObject({ given: "5e00", matches: ["5e00aa11", "5e00bb22"] });
    expect(error.message).toBe("'5e00' fits 2 revisions: '5e00aa11', '5e00bb22'");
    expect(error.hint).toBe("Give more of the id, for example `5e00a`.");
  });

  it("names ten candidates at most", () => {
    const of = buildRevisionGraph(Array.from({ length: 15 }, (_, index) => revision(`abcd${index + 10}`)));
    expect(failure(() => show(of, "abcd")).message).toMatch(/^'abcd' fits 15 revisions: .*'abcd19' and 5 more$/);
  });

  it("an unknown id names the nearest one and its message", () => {
    const error = failure(() => show(hex(), "a1b2c3e4"));
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error).toMatchObject({ given: "a1b2c3e4", near: ["a1b2c3d4"] });
    expect(error.message).toBe("no revision or branch label matches 'a1b2c3e4'");
    expect(error.hint).toBe("Did you mean 'a1b2c3d4' (add a1b2c3d4)?");
  });

  it("a mistyped prefix names the id whose beginning is nearest", () => {
    expect(failure(() => show(hex(), "a1b2cc"))).toMatchObject({ near: ["a1b2c3d4"] });
  });

  it("a mistyped label names the label", () => {
    expect(failure(() => show(zoo.labelledForest(), "abrnch"))).toMatchObject({ near: ["abranch"] });
  });

  it("an id that resembles nothing says where to look", () => {
    expect(failure(() => show(hex(), "zzzzzzzz")).hint).toBe("Run `tsmigrate history` to see what there is.");
    expect(failure(() => show(hex(), ""))).toBeInstanceOf(RevisionNotFoundError);
  });
});

describe("head, heads, base, current", () => {
  it("head is the single head", () => {
    expect(show(zoo.line(), "head")).toBe("eeee");
  });

  it("head with several heads names them and how to say which", () => {
    const error = failure(() => show(zoo.fork(), "head"));
    expect(error).toBeInstanceOf(MultipleHeadsError);
    expect(error).toMatchObject({ heads: ["d1d1", "d2d2"] });
    expect(error.message).toBe("'head' means one revision, but there are 2 heads: 'd1d1', 'd2d2'");
    expect(error.hint).toBe("Name one of them, for example `c1branch@head`, or all with `heads`.");
  });

  it("head with several heads suggests an id where no label tells them apart", () => {
    expect(failure(() => show(zoo.labelAtBase(), "head")).hint).toContain("`cccc@head`");
  });

  it("heads are all of them, without those that only another lineage keeps", () => {
    expect(show(zoo.fork(), "heads")).toBe("d1d1 d2d2");
    expect(show(zoo.effectiveHead(), "heads")).toBe("mmmm z1z1");
  });

  it("base is nothing, and so are head and heads without revisions", () => {
    expect(show(zoo.line(), "base")).toBe("");
    expect(show(zoo.empty(), "head") + show(zoo.empty(), "heads")).toBe("");
  });

  it("current is where the database is, in file order", () => {
    expect(show(zoo.fork(), "current", ["d2d2", "c1c1"])).toBe("c1c1 d2d2");
    expect(show(zoo.fork(), "c2branch@current", ["d2d2", "c1c1"])).toBe("d2d2");
  });

  it("current is refused by a command that does not ask the database", () => {
    expect(failure(() => show(zoo.line(), "current"))).toBeInstanceOf(UsageError);
    expect(failure(() => show(zoo.line(), "+1"))).toBeInstanceOf(UsageError);
  });

  it("a database at an unknown revision is named", () => {
    const error = failure(() => show(zoo.line(), "current", ["bbbb", "gone1", "gone2"]));
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error.message).toBe("the database is at 'gone1', 'gone2', which no revision file declares");
  });

  it("a range is refused where one revision is wanted", () => {
    expect(failure(() => show(zoo.line(), "aaaa:bbbb"))).toBeInstanceOf(UsageError);
  });
});

describe("branches", () => {
  const of = zoo.labelledForest();

  it("a label means the revision that carries it", () => {
    expect([show(of, "abranch"), show(of, "ebranch")]).toEqual(["a", "e"]);
  });

  it("label@head, label@heads and rev@head mean the ends of that lineage", () => {
    expect([show(of, "abranch@head"), show(of, "ebranch@heads"), show(of, "e@head")]).toEqual(["c", "f", "f"]);
  });

  it("label@head with several heads on the branch names these only", () => {
    const both = graph("a <- b, a <- c, x", { labels: { a: ["lib"] } });
    const error = failure(() => show(both, "lib@head"));
    expect(error).toMatchObject({ constructor: MultipleHeadsError, heads: ["b", "c"] });
    expect(error.message).toContain("on branch 'lib'");
    expect(show(both, "lib@heads")).toBe("b c");
  });

  it("label@heads counts a head that another lineage depends on", () => {
    expect(show(graph("a, z", { labels: { a: ["lib"] }, dependsOn: { z: ["a"] } }), "lib@heads")).toBe("a");
  });

  it("label@base is nothing to show", () => {
    expect(show(of, "abranch@base")).toBe("");
  });

  it("label@rev means the revision, above or below the label", () => {
    expect(show(zoo.fork(), "c1branch@aaaa")).toBe("aaaa");
    expect(show(zoo.fork(), "c1branch@d1d1")).toBe("d1d1");
    expect(show(of, "ebranch@d")).toBe("d");
    expect(show(of, "ebranch@ebranch")).toBe("e");
  });

  it("rev@rev works with ids and prefixes in the place of the label", () => {
    expect([show(of, "e@d"), show(of, "someoth@d")]).toEqual(["d", "d"]);
  });

  it("a prefix needs to be unique on the branch only", () => {
    expect([show(of, "ebranch@some"), show(of, "abranch@some")]).toEqual(["someothername", "somelongername"]);
    expect(failure(() => show(of, "some"))).toBeInstanceOf(AmbiguousRevisionError);
  });

  it("a revision of another branch is refused by name", () => {
    const error = failure(() => show(of, "ebranch@b"));
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error.message).toBe("revision 'b' is not on branch 'ebranch'");
    expect(failure(() => show(of, "abranch@someoth")).message).toBe(
      "revision 'someothername' is not on branch 'abranch'",
    );
  });

  it("an unknown branch is called one", () => {
    const error = failure(() => show(of, "ebrnch@head"));
    expect(error.message).toBe("no branch is called 'ebrnch'");
    expect(error).toMatchObject({ near: ["ebranch"] });
    expect(failure(() => show(of, "@head")).message).toBe("no branch is called ''");
  });
});

describe("steps from a revision that is named", () => {
  it.each([
    ["cccc+2", "eeee"],
    ["cccc-1", "bbbb"],
    ["head-1", "dddd"],
    ["heads-1", "dddd"],
    ["base+2", "bbbb"],
    ["aaaa-1", ""],
    ["cccc-0", "cccc"],
  ])("%s", (given, expected) => {
    expect(show(zoo.line(), given)).toBe(expected);
  });

  it.each([
    ["c2branch@head-1", "c2c2"],
    ["c2branch@base+3", "c2c2"],
    ["c1branch@bbbb+1", "c1c1"],
    ["d1d1@bbbb+1", "c1c1"],
    ["my-lib-1", ""],
  ])("%s", (given, expected) => {
    const of = graph("aaaa <- bbbb <- c1c1 <- d1d1, bbbb <- c2c2 <- d2d2, xxxx", {
      labels: { c1c1: ["c1branch"], c2c2: ["c2branch"], xxxx: ["my-lib"] },
    });
    expect(show(of, given)).toBe(expected);
  });

  it.each([
    ["eeee+1", "'eeee+1' leads too far: above 'eeee' is no revision"],
    ["head+1", "'head+1' leads too far: above 'eeee' is no revision"],
    ["dddd+5", "'dddd+5' leads too far: above 'dddd' is only 1 revision"],
    ["base+9", "'base+9' leads too far: above base are only 5 revisions"],
    ["cccc-4", "'cccc-4' leads too far: below 'cccc' are only 2 revisions"],
    ["base-1", "'base-1' leads too far: below base is no revision"],
  ])("%s says how many there are", (given, message) => {
    const error = failure(() => show(zoo.line(), given));
    expect(error).toBeInstanceOf(RevisionNotFoundError);
    expect(error.message).toBe(message);
  });

  it("up from a branch point names the ways", () => {
    const error = failure(() => show(zoo.fork(), "bbbb+1"));
    expect(error).toBeInstanceOf(AmbiguousRevisionError);
    expect(error.message).toBe("'bbbb+1' is ambiguous: above 'bbbb' are 'c1c1', 'c2c2'");
    expect(error.hint).toBe("Say which way, for example `c1c1@bbbb+1`.");
  });

  it("down from a merge point names the ways", () => {
    const error = failure(() => show(zoo.merge(), "ffff-2"));
    expect(error).toMatchObject({ constructor: AmbiguousRevisionError, matches: ["d1d1", "d2d2"] });
  });

  it("up from base in a forest names the bases", () => {
    expect(failure(() => show(zoo.forest(), "base+1"))).toMatchObject({ matches: ["a1a1", "a2a2"] });
  });
});

describe("-N without a place", () => {
  it("counts down from every head when revisions are shown", () => {
    expect(show(zoo.line(), "-1")).toBe("dddd");
    expect(show(zoo.fork(), "-1")).toBe("c1c1 c2c2");
    expect(show(zoo.fork(), "-2")).toBe("bbbb");
    expect(show(zoo.fork(), "c2branch@-1")).toBe("c2c2");
  });
});

describe("resolveUpgradeTarget", () => {
  it.each([
    ["+2", ["aaaa"], "cccc"],
    ["+1", [], "aaaa"],
    ["base+1", [], "aaaa"],
    ["current+1", ["bbbb"], "cccc"],
    ["bbbb+2", ["aaaa"], "dddd"],
    ["dddd-2", ["aaaa"], "bbbb"],
    ["head", ["aaaa"], "eeee"],
    ["base", ["aaaa"], ""],
    ["current", ["cccc"], "cccc"],
  ])("%s from %j", (given, current, expected) => {
    expect(up(zoo.line(), given, current)).toBe(expected);
  });

  it.each([
    ["c2branch@head-1", ["bbbb"], "c2c2"],
    ["c2branch@+1", ["c1c1"], "c2c2"],
    ["c2branch@+1", ["c1c1", "c2c2"], "d2d2"],
    ["c2branch@+2", ["bbbb"], "d2d2"],
    ["c2branch@+1", [], "aaaa"],
    ["heads", [], "d1d1 d2d2"],
  ])("%s on a fork from %j", (given, current, expected) => {
    expect(up(zoo.fork(), given, current)).toBe(expected);
  });

  it("label@+N on an empty database counts from the base of the lineage", () => {
    expect(up(zoo.labelledForest(), "ebranch@+2", [])).toBe("e");
    expect(up(zoo.labelledForest(), "ebranch@+3", ["c"])).toBe("someothername");
  });

  it("label@+N counts on where a dependency has brought the branch", () => {
    expect(up(zoo.dependency(), "lib1@+1", ["c2c2"])).toBe("d1d1");
  });

  it("+N from several places is ambiguous", () => {
    const error = failure(() => up(zoo.fork(), "+1", ["c1c1", "c2c2"]));
    expect(error).toMatchObject({ constructor: AmbiguousTargetError, current: ["c1c1", "c2c2"] });
    expect(error.message).toBe("'+1' is ambiguous: the database is at 'c1c1', 'c2c2'");
    expect(error.hint).toBe("Say from which, for example `c1c1+1`.");
  });

  it("+N over a branch point is ambiguous", () => {
    expect(failure(() => up(zoo.fork(), "+1", ["bbbb"]))).toBeInstanceOf(AmbiguousRevisionError);
  });

  it("+N beyond the end says how many there are", () => {
    expect(failure(() => up(zoo.line(), "+5", ["bbbb"])).message).toBe(
      "'+5' leads too far: above 'bbbb' are only 3 revisions",
    );
  });

  it("-N leads nowhere upward", () => {
    const error = failure(() => up(zoo.line(), "-2", ["bbbb"]));
    expect(error.message).toBe("'-2' leads nowhere: an upgrade counts upward");
    expect(error.hint).toBe("Did you mean '+2'?");
    expect(failure(() => up(zoo.line(), "+0", ["bbbb"])).hint).toBe("Did you mean '+1'?");
  });

  it("a range needs --sql", () => {
    expect(failure(() => up(zoo.line(), "aaaa:head", []))).toBeInstanceOf(UsageError);
  });
});

describe("resolveDowngradeTarget", () => {
  it.each([
    ["-1", ["cccc"], "bbbb", "cccc"],
    ["-3", ["eeee"], "bbbb", "eeee"],
    ["-1", ["aaaa"], null, "aaaa"],
    ["current-1", ["cccc"], "bbbb", "cccc"],
    ["aaaa+2", ["dddd"], "cccc", null],
    ["cccc-2", ["dddd"], "aaaa", null],
    ["base", ["dddd"], null, null],
    ["aaaa-1", ["dddd"], null, "aaaa"],
    ["bbbb", ["dddd"], "bbbb", null],
    ["head", ["eeee"], "eeee", null],
    ["current", ["cccc"], "cccc", null],
  ])("%s from %j", (given, current, to, branch) => {
    expect(down(zoo.line(), given, current)).toEqual({ to, branch });
  });

  it.each([
    ["c1branch@-1", ["d1d1", "d2d2"], "c1c1", "d1d1"],
    ["c1branch@head-1", ["d1d1", "d2d2"], "c1c1", "c1c1"],
    ["c2branch@base+2", ["d2d2", "d1d1"], "bbbb", "c2c2"],
    ["base+2", ["d2d2", "d1d1"], "bbbb", null],
    ["d2d2-1", ["d2d2", "c1c1"], "c2c2", null],
    ["c1branch@base", ["d1d1"], null, "c1c1"],
    ["d1d1@bbbb", ["d1d1"], "bbbb", "d1d1"],
  ])("%s on a fork from %j", (given, current, to, branch) => {
    expect(down(zoo.fork(), given, current)).toEqual({ to, branch });
  });

  it("-N from several places is ambiguous, and the hint is a form that is not", () => {
    const error = failure(() => down(zoo.fork(), "-1", ["d1d1", "d2d2"]));
    expect(error).toMatchObject({ constructor: AmbiguousTargetError, current: ["d1d1", "d2d2"] });
    expect(error.hint).toBe("Say from which, for example `c1branch@-1`.");
  });

  it("label@-N finds the branch below a row of another lineage that depends on it", () => {
    expect(down(zoo.dependency(), "lib1@-1", ["c2c2"])).toEqual({ to: "b1b1", branch: "c1c1" });
  });

  it("label@-N with several rows on the branch is ambiguous", () => {
    expect(failure(() => down(zoo.labelAtBase(), "trunk@-1", ["cccc", "dddd"]))).toBeInstanceOf(AmbiguousTargetError);
  });

  it("the hint of an ambiguous label@-N names a branch that is not", () => {
    expect(failure(() => down(zoo.labelAtBase(), "trunk@-1", ["cccc", "dddd"])).hint).toBe(
      "Say from which, for example `cccc@-1`.",
    );
  });

  it("label@-N is refused when nothing of the branch is applied", () => {
    const error = failure(() => down(zoo.labelledForest(), "ebranch@-1", ["b"]));
    expect(error).toBeInstanceOf(NotAncestorError);
    expect(error.message).toBe("'ebranch@-1' leads too far: no revision of branch 'ebranch' is applied");
  });

  it("-N is refused on an empty database", () => {
    expect(failure(() => down(zoo.line(), "-1", [])).message).toBe("'-1' leads too far: no revision is applied");
  });

  it("-N from a merge point names the ways", () => {
    expect(failure(() => down(zoo.merge(), "-1", ["eeee"]))).toBeInstanceOf(AmbiguousRevisionError);
  });

  it("-N below base says how many there are", () => {
    expect(failure(() => down(zoo.line(), "-5", ["bbbb"])).message).toBe(
      "'-5' leads too far: below 'bbbb' is only 1 revision",
    );
  });

  it("+N leads nowhere downward", () => {
    expect(failure(() => down(zoo.line(), "+2", ["bbbb"])).hint).toBe("Did you mean '-2'?");
  });

  it("label@rev must name a revision of that branch", () => {
    expect(failure(() => down(zoo.labelledForest(), "ebranch@b", ["c"]))).toBeInstanceOf(RevisionNotFoundError);
  });

  it("several revisions cannot be the target", () => {
    expect(failure(() => down(zoo.fork(), "heads", ["d1d1", "d2d2"]))).toBeInstanceOf(AmbiguousTargetError);
    expect(failure(() => down(zoo.fork(), "head", ["d1d1", "d2d2"]))).toBeInstanceOf(MultipleHeadsError);
  });

  it("a range needs --sql", () => {
    expect(failure(() => down(zoo.line(), "head:base", []))).toBeInstanceOf(UsageError);
  });
});

describe("needsCurrent", () => {
  it.each(["current", "current-1", "lib@current", "+2", "lib@+2", "aaaa:current", ":current", "current:"])(
    "%s does",
    (given) => expect(needsCurrent(given)).toBe(true),
  );

  it.each(["head", "aaaa", "-1", "aaaa+1", "lib@head-1", "aaaa:bbbb", ":", "-2:head"])("%s does not", (given) =>
    expect(needsCurrent(given)).toBe(false),
  );
});
