import { describe, expect, it } from "vitest";
import type { RevisionGraph } from "../../src/revisions/revision-graph.js";
import { expectGolden } from "../support/golden.js";
import { graphProject } from "../support/graph-project.js";
import { graph, zoo } from "../support/graphs.js";
import { readDrawing } from "../support/read-drawing.js";

/** Several hundred revisions of a team: branches of a few revisions that begin and end all the time. */
function longHistory(): RevisionGraph {
  const chains: string[] = [];
  let trunk = "t0";
  for (let at = 1; at <= 100; at += 1) {
    chains.push(`${trunk} <- t${at}`);
    chains.push(`${trunk} <- b${at}x <- b${at}y <- b${at}z`);
    chains.push(`t${at}+b${at}z <- m${at}`);
    trunk = `m${at}`;
  }
  return graph(chains.join(", "));
}

describe("history --graph", () => {
  it.each(Object.entries(zoo))("draws the history: %s", async (name, shape) => {
    const { exitCode, stdout } = await graphProject(shape()).run(["history", "--graph"]);
    expect(exitCode).toBe(0);
    expectGolden(`history/${name}.txt`, stdout);
  });

  it("marks where the database is, what is applied and what is not", async () => {
    const project = graphProject(zoo.dependency());
    await project.run(["upgrade", "b1b1"]);
    await project.run(["upgrade", "a2a2"]);
    const { stdout } = await project.run(["history", "--graph", "-i"]);
    expectGolden("history/with-current.txt", stdout);
    expect(stdout.match(/^[^a-z]*@ .*$/gm)).toEqual([
      "@ | b1b1 (lib1) (current), add b1b1",
      "  @ a2a2 (lib2) (current), add a2a2",
    ]);
  });

  it("draws a range of it, without ways that lead out of the range", async () => {
    const { stdout } = await graphProject(zoo.merge()).run(["history", "--graph", "-r", "c1c1:eeee"]);
    expect(stdout).toBe("* eeee (c2branch) (mergepoint), add eeee\n* d1d1, add d1d1\n* c1c1, add c1c1\n");
  });

  it("opens no connection unless the current revision is asked for", async () => {
    const project = graphProject(zoo.fork(), { url: "postgres://nowhere.invalid/x" });
    expect((await project.run(["history", "--graph"])).exitCode).toBe(0);
    expect((await project.run(["history", "--graph", "-i"])).exitCode).toBe(4);
  });

  it("is plain ASCII without colour, and the same signs in the colours of the lineages with it", async () => {
    const project = graphProject(zoo.branchTravelling());
    const plain = await project.run(["history", "--graph"]);
    expect(plain.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    const coloured = await project.run(["history", "--graph"], { env: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("\u001b[");
    expect(coloured.stdout.replace(/\u001b\[\d+m/g, "")).toBe(plain.stdout);
  });

  it("gives the document of history with --json", async () => {
    const project = graphProject(zoo.merge());
    expect((await project.run(["history", "--graph", "--json"])).json()).toEqual(
      (await project.run(["history", "--json"])).json(),
    );
  });

  it("stays narrow and true at 500 revisions", async () => {
    const history = longHistory();
    expect(history.nodes.length).toBeGreaterThan(500);
    const { stdout } = await graphProject(history).run(["history", "--graph"]);
    const lines = stdout.trimEnd().split("\n");
    const signs = lines.map((line) => line.replace(/ ?\w{2,}.*$/, ""));
    expect(Math.max(...signs.map((line) => line.length))).toBeLessThanOrEqual(9);
    expect(readDrawing(lines).length).toBe(history.nodes.length);
  });
});
