import { describe, expect, it } from "vitest";
import {
  branchPointLines,
  currentLine,
  describeStamp,
  describeStep,
  headLine,
  historyLine,
  revisionEntry,
} from "../../../src/revisions/describe-revision.js";
import { planDowngrade, planStamp, planUpgrade } from "../../../src/revisions/plan-steps.js";
import { buildRevisionGraph, type RevisionGraph } from "../../../src/revisions/revision-graph.js";
import { historyOf } from "../../../src/revisions/walk-graph.js";
import { graph, revision, zoo } from "../../support/graphs.js";

const history = (of: RevisionGraph, current?: readonly string[]) =>
  historyOf(of).map(({ id }) => historyLine(of, id, current));

describe("historyLine", () => {
  it("shows parents, dependencies, labels, heads and points", () => {
    expect(history(zoo.effectiveHead())).toEqual([
      "c1c1, c2c2 -> mmmm (lib1) (head) (mergepoint), add mmmm",
      "bbbb -> c1c1 (lib1), add c1c1",
      "bbbb -> c2c2, add c2c2",
      "<base> (y1y1) -> z1z1 (head), add z1z1",
      "<base> -> y1y1 (effective head), add y1y1",
      "aaaa -> bbbb (branchpoint), add bbbb",
      "<base> -> aaaa, add aaaa",
    ]);
  });

  it("marks where the database is", () => {
    expect(history(zoo.forest(), ["a1a1", "b2b2"])).toEqual([
      "a1a1 -> b1b1 (head), add b1b1",
      "<base> -> a1a1 (current), add a1a1",
      "a2a2 -> b2b2 (head) (current), add b2b2",
      "<base> -> a2a2, add a2a2",
    ]);
  });

  it("marks a point behind head and current", () => {
    const of = graph("a, b, a+b <- m <- x, m <- y");
    expect(historyLine(of, "m", ["m"])).toBe("a, b -> m (current) (branchpoint) (mergepoint), add m");
  });

  it("shows several labels and dependencies as they are written", () => {
    const of = graph("a, b, c", { labels: { a: ["one", "two"] }, dependsOn: { c: ["one", "b"] } });
    expect(historyLine(of, "a")).toBe("<base> -> a (one, two) (effective head), add a");
    expect(historyLine(of, "c")).toBe("<base> (one, b) -> c (head), add c");
  });

  it("ends without a comma when there is no message", () => {
    expect(historyLine(buildRevisionGraph([revision("a", { message: "" })]), "a")).toBe("<base> -> a (head)");
  });
});

describe("headLine and currentLine", () => {
  it("show the id with labels and head, or with head and points", () => {
    const of = zoo.effectiveHead();
    expect(of.heads.map((id) => headLine(of, id))).toEqual([
      "mmmm (lib1) (head)",
      "y1y1 (effective head)",
      "z1z1 (head)",
    ]);
    expect(currentLine(of, "mmmm")).toBe("mmmm (head) (mergepoint)");
    expect(currentLine(of, "c1c1")).toBe("c1c1");
    expect(currentLine(of, "bbbb")).toBe("bbbb (branchpoint)");
  });
});

describe("branchPointLines", () => {
  it("shows a branch point and, indented, its children", () => {
    expect(branchPointLines(zoo.fork(), "bbbb")).toEqual([
      "bbbb (branchpoint)",
      "     -> c1c1 (c1branch)",
      "     -> c2c2 (c2branch)",
    ]);
    expect(branchPointLines(zoo.longAndShort(), "c1")).toEqual([
      "c1 (branchpoint)",
      "   -> d11 (head)",
      "   -> d12 (head)",
    ]);
  });
});

describe("revisionEntry", () => {
  it("shows all there is to know", () => {
    const of = buildRevisionGraph([
      revision("aaaa"),
      revision("bbbb", { branchLabels: ["lib"] }),
      revision("mmmm", {
        downRevisions: ["aaaa", "bbbb"],
        message: "join",
        description: "Two lines\n\nof text.",
        createdAt: "2026-11-22T19:00:00.000Z",
      }),
      revision("xxxx", { downRevisions: ["mmmm"] }),
      revision("yyyy", { downRevisions: ["mmmm"], dependsOn: ["lib"] }),
    ]);
    expect(revisionEntry(of, "mmmm", ["mmmm"]).split("\n")).toEqual([
      "Rev: mmmm (branchpoint) (mergepoint) (current)",
      "Merges: aaaa, bbbb",
      "Branches into: xxxx, yyyy",
      "Branch names: lib",
      "Path: /versions/mmmm.ts",
      "",
      "    join",
      "",
      "    Two lines",
      "",
      "    of text.",
      "",
      "    Revision ID: mmmm",
      "    Revises: aaaa, bbbb",
      "    Create Date: 2026-11-22T19:00:00.000Z",
    ]);
    expect(revisionEntry(of, "yyyy").split("\n").slice(0, 5)).toEqual([
      "Rev: yyyy (head)",
      "Parent: mmmm",
      "Also depends on: lib",
      "Branch names: lib",
      "Path: /versions/yyyy.ts",
    ]);
  });

  it("calls an effective head a head", () => {
    expect(revisionEntry(zoo.effectiveHead(), "y1y1")).toBe(
      "Rev: y1y1 (head)\nParent: <base>\nPath: /versions/y1y1.ts\n\n    add y1y1\n\n    Revision ID: y1y1\n    Revises: <base>",
    );
  });
});

describe("describeStep", () => {
  it("shows from and to in the direction of the step", () => {
    const [first, second] = planUpgrade(zoo.line(), [], ["bbbb"]);
    expect(describeStep(first!, { message: true })).toBe("upgrade <base> -> aaaa, add aaaa");
    expect(describeStep(second!, { message: false })).toBe("upgrade aaaa -> bbbb");
    const [merge] = planDowngrade(zoo.merge(), ["eeee"], { given: "d1d1", to: "d1d1", branch: null });
    expect(describeStep(merge!, { message: true })).toBe("downgrade eeee -> d1d1, d2d2, add eeee");
  });
});

describe("describeStamp", () => {
  it("shows the rows that go and come", () => {
    const stamp = (current: readonly string[], target: string) =>
      planStamp(zoo.fork(), current, [target]).map(describeStamp);
    expect(stamp([], "bbbb")).toEqual(["stamp <base> -> bbbb"]);
    expect(stamp(["d1d1", "c2c2"], "bbbb")).toEqual(["stamp d1d1, c2c2 -> bbbb"]);
    expect(stamp(["d1d1"], "base")).toEqual(["stamp d1d1 -> <base>"]);
  });
});
