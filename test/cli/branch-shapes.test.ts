/**
 * What upgrade, downgrade, stamp, current and heads do on histories of every shape, on both databases. The expected places
 * and orders are Alembic's, where Alembic has one.
 */
import { describe, expect, it } from "vitest";
import type { RevisionGraph } from "../../src/revisions/revision-graph.js";
import { currentRevisions } from "../../src/revisions/walk-graph.js";
import { DIALECTS } from "../support/dialects.js";
import { graphProject } from "../support/graph-project.js";
import { graph, zoo } from "../support/graphs.js";

const databases = DIALECTS.filter(({ name }) => name !== "sqlite-worker");

/** Each line is a command and what it leads to: `upgrade head => the steps it runs > the rows it leaves`. */
interface Journey {
  readonly name: string;
  readonly shape: () => RevisionGraph;
  readonly lines: readonly string[];
}

const journeys: readonly Journey[] = [
  {
    name: "a line",
    shape: zoo.line,
    lines: [
      "upgrade +2 => aaaa bbbb > bbbb",
      "upgrade bbbb+1 => cccc > cccc",
      "upgrade head => dddd eeee > eeee",
      "upgrade bbbb => > eeee",
      "downgrade -2 => eeee dddd > cccc",
      "downgrade bbbb => cccc > bbbb",
      "stamp head => > eeee",
      "stamp bbbb => > bbbb",
      "downgrade base => bbbb aaaa >",
    ],
  },
  {
    name: "a fork",
    shape: zoo.fork,
    lines: [
      "upgrade c1branch@head => aaaa bbbb c1c1 d1d1 > d1d1",
      "upgrade c2branch@+1 => c2c2 > c2c2 d1d1",
      "upgrade heads => d2d2 > d1d1 d2d2",
      "downgrade -1 => !ambiguous",
      "downgrade c1branch@-1 => d1d1 > c1c1 d2d2",
      "downgrade c1branch@bbbb => c1c1 > d2d2",
      "downgrade bbbb => d2d2 c2c2 > bbbb",
      "upgrade head => !heads",
    ],
  },
  {
    name: "a fork, whose base is shared",
    shape: zoo.fork,
    lines: [
      "upgrade heads => aaaa bbbb c2c2 d2d2 c1c1 d1d1 > d1d1 d2d2",
      "downgrade c1branch@base => d1d1 c1c1 d2d2 c2c2 bbbb aaaa >",
    ],
  },
  {
    name: "a merge",
    shape: zoo.merge,
    lines: [
      "upgrade bbbb => aaaa bbbb > bbbb",
      "upgrade head => c2c2 d2d2 c1c1 d1d1 eeee ffff > ffff",
      "downgrade eeee => ffff > eeee",
      "downgrade -1 => !ambiguous",
      "downgrade d1d1 => eeee > d1d1 d2d2",
      "upgrade head => eeee ffff > ffff",
      "downgrade c2c2 => ffff eeee d2d2 > c2c2 d1d1",
      "stamp ffff => > ffff",
      "stamp c2c2 => > c2c2",
    ],
  },
  {
    name: "a merge, of which one side is applied",
    shape: zoo.merge,
    lines: ["upgrade d1d1 => aaaa bbbb c1c1 d1d1 > d1d1", "upgrade head => c2c2 d2d2 eeee ffff > ffff"],
  },
  {
    name: "a merge of three",
    shape: zoo.threeWayMerge,
    lines: ["upgrade head => a b3 b2 b1 c > c", "downgrade b2 => c > b1 b2 b3", "downgrade a => b1 b2 b3 > a"],
  },
  {
    name: "twin merges",
    shape: zoo.twinMerge,
    lines: [
      "upgrade c1 => a b3 b2 b1 c1 > c1",
      "upgrade heads => c2 d2 d1 > d1 d2",
      "downgrade c2@b1 => d2 c2 > d1",
      "downgrade b3 => d1 c1 > b1 b2 b3",
    ],
  },
  {
    name: "merges that cross",
    shape: zoo.crissCrossMerge,
    lines: ["upgrade head => a b2 b1 c2 c1 d > d", "downgrade base => d c1 c2 b1 b2 a >"],
  },
  {
    name: "merges that are not quite twins",
    shape: zoo.notQuiteTwinMerge,
    lines: ["upgrade d2 => a b3 b2 c2 d2 > d2", "upgrade d1 => b1 c1 d1 > d1 d2"],
  },
  {
    name: "a diamond",
    shape: zoo.diamond,
    lines: ["upgrade bbb2 => aaaa bbb2 > bbb2", "upgrade head => bbb1 cccc dddd > dddd"],
  },
  {
    name: "a merge that one side leaves",
    shape: zoo.mergeOfOneSide,
    lines: ["upgrade d1 => a2 b2 c2 a1 b1 c1 d1 > d1", "upgrade d2 => d2 > d1 d2", "downgrade d1@c2 => d1 > c1 d2"],
  },
  {
    name: "a forest",
    shape: zoo.forest,
    lines: [
      "upgrade a1a1 => a1a1 > a1a1",
      "upgrade heads => a2a2 b2b2 b1b1 > b1b1 b2b2",
      "downgrade b1b1@base => b1b1 a1a1 > b2b2",
      "stamp b1b1 => > b1b1 b2b2",
      "stamp b2b2@base => > b1b1",
      "downgrade base => b1b1 a1a1 >",
    ],
  },
  {
    name: "a labelled forest",
    shape: zoo.labelledForest,
    lines: [
      "upgrade abranch@head => a b somelongername c > c",
      "upgrade ebranch@+2 => d e > c e",
      "downgrade abranch@-1 => c > e somelongername",
      "downgrade ebranch@base => e d > somelongername",
    ],
  },
  {
    name: "a label at the base of a fork",
    shape: zoo.labelAtBase,
    lines: ["upgrade trunk@heads => aaaa bbbb dddd cccc > cccc dddd", "downgrade trunk => cccc dddd bbbb > aaaa"],
  },
  {
    name: "branches of different lengths",
    shape: zoo.longAndShort,
    lines: ["upgrade b2 => a b2 > b2", "upgrade d11 => b1 c1 d11 > b2 d11", "downgrade a => b2 d11 c1 b1 > a"],
  },
  {
    name: "a dependency across lineages",
    shape: zoo.dependency,
    lines: [
      "upgrade c2c2 => a1a1 b1b1 c1c1 a2a2 b2b2 c2c2 > c2c2",
      "upgrade heads => d1d1 > c2c2 d1d1",
      "downgrade lib1@b1b1 => d1d1 c2c2 c1c1 > b1b1 b2b2",
      "upgrade lib2@head => c1c1 c2c2 > c2c2",
      "downgrade lib2@-1 => c2c2 > b2b2 c1c1",
    ],
  },
  {
    name: "a dependency by label",
    shape: zoo.dependencyByLabel,
    lines: ["upgrade c2 => a1 b1 c1 a2 b2 c2 > c2", "downgrade base => c2 b2 a2 c1 b1 a1 >"],
  },
  {
    name: "an effective head",
    shape: zoo.effectiveHead,
    lines: [
      "upgrade z1z1 => y1y1 z1z1 > z1z1",
      "upgrade heads => aaaa bbbb c2c2 c1c1 mmmm > mmmm z1z1",
      "downgrade z1z1@base => z1z1 > mmmm y1y1",
    ],
  },
  {
    name: "a dependency on an ancestor",
    shape: zoo.dependencyOnAncestor,
    lines: ["upgrade a3 => a1 a2 a3 > a3", "downgrade a1 => a3 a2 > a1"],
  },
  {
    name: "dependencies that cross",
    shape: zoo.crissCrossDependencies,
    lines: ["upgrade b2 => a1 a2 b1 b2 > b2", "upgrade heads => b3 a3 > a3 b3", "downgrade a1 => a3 b3 b2 a2 > a1 b1"],
  },
  {
    name: "a merge of revisions of which one depends on the other",
    shape: zoo.mergeWithDependency,
    lines: [
      "upgrade head => a1 b1 bmerge > bmerge",
      "downgrade b1 => bmerge > b1",
      "downgrade a1 => > b1",
      "downgrade b1@base => b1 > a1",
    ],
  },
  {
    name: "a branch that depends on its sibling",
    shape: zoo.branchesWithDependency,
    lines: ["upgrade d2d2 => aaaa bbbb c1c1 c2c2 d2d2 > d2d2", "downgrade c1branch@bbbb => d2d2 c1c1 > c2c2"],
  },
  {
    name: "many roots under one dependent",
    shape: zoo.manyRoots,
    lines: [
      "upgrade d1 => c1 b2 a3 d1 > d1",
      "upgrade amerge => a2 a1 amerge > amerge d1",
      "downgrade base => amerge a1 d1 b2 a2 a3 c1 >",
    ],
  },
  {
    name: "three bases",
    shape: zoo.threeBases,
    lines: [
      "upgrade mergeb3d2 => base2 a2 b2 c2 d2 base3 a3 b3 mergeb3d2 > mergeb3d2",
      "upgrade b1b => base1 a1b b1b > b1b mergeb3d2",
    ],
  },
  {
    name: "bases in a chain of dependencies",
    shape: zoo.basesInAChain,
    lines: ["upgrade b_3@head => base1 base2 a2 b2 base3 a3 b3 c3 d3 > d3", "downgrade base1 => > d3"],
  },
  {
    name: "a branch spliced into the middle of a line",
    shape: () => graph("aaaa <- bbbb <- cccc, aaaa <- spl1 <- spl2", { labels: { spl1: ["splice"] } }),
    lines: [
      "upgrade cccc => aaaa bbbb cccc > cccc",
      "upgrade splice@head => spl1 spl2 > cccc spl2",
      "downgrade splice@aaaa => spl2 spl1 > cccc",
    ],
  },
];

describe.each(databases)("branches on $name", ({ open }) => {
  it.each(journeys)("$name: every command leads where it should", async ({ shape, lines }) => {
    const database = await open();
    try {
      const history = shape();
      const project = graphProject(history, { url: database.url });
      for (const line of lines) {
        const [command = "", expected = ""] = line.split(" =>");
        const { exitCode, stdout, stderr } = await project.run([...command.split(" "), "--json"]);
        if (expected.startsWith(" !")) {
          expect(exitCode, command).toBe(3);
          expect(stdout).toContain(expected.slice(2));
          continue;
        }
        expect(exitCode, `${command}: ${stdout}${stderr}`).toBe(0);
        const document = JSON.parse(stdout);
        const [steps = "", rows = ""] = expected.split(">").map((part) => part.trim());
        const ran = (document.steps ?? []).map((step: { revision: string }) => step.revision).join(" ");
        expect(`${command} => ${ran}`).toBe(`${command} => ${steps}`);
        expect(`${command} > ${[...document.to].sort().join(" ")}`).toBe(`${command} > ${rows}`);
        const current = (await project.run(["current", "--json"])).json().current;
        expect([...current].sort()).toEqual([...currentRevisions(history, document.to)].sort());
      }
    } finally {
      await database.dispose();
    }
  });

  it("current shows the heads that are there because another lineage depends on them", async () => {
    const database = await open();
    try {
      const project = graphProject(zoo.effectiveHead(), { url: database.url });
      await project.run(["upgrade", "heads"]);
      expect((await project.run(["current"])).stdout).toBe(
        "mmmm (head) (mergepoint)\ny1y1 (effective head)\nz1z1 (head)\n",
      );
      expect((await project.run(["current", "--check-heads"])).exitCode).toBe(0);
      await project.run(["downgrade", "z1z1@base"]);
      expect((await project.run(["current", "--check-heads"])).exitCode).toBe(1);
    } finally {
      await database.dispose();
    }
  });

  it("stamp sets several rows, purges what nobody knows, and refuses what it cannot resolve", async () => {
    const database = await open();
    try {
      const project = graphProject(zoo.labelledForest(), { url: database.url });
      expect((await project.run(["stamp", "abranch@head", "e", "--json"])).json()).toEqual({
        from: [],
        to: ["c", "e"],
      });
      const other = graphProject(zoo.line(), { url: database.url });
      const unknown = await other.run(["stamp", "head"]);
      expect(unknown).toMatchObject({ exitCode: 3 });
      expect(unknown.stderr).toContain("which no revision file declares");
      expect((await other.run(["stamp", "--purge", "cccc", "--json"])).json()).toEqual({
        from: ["c", "e"],
        to: ["cccc"],
      });
      expect((await other.run(["stamp", "base", "--json"])).json().to).toEqual([]);
    } finally {
      await database.dispose();
    }
  });
});
