/** Laws of histories on real databases: whatever the shape, where a database begins and where it shall go. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RevisionGraph } from "../../src/revisions/revision-graph.js";
import { smallJourneys, topsOf } from "../support/arbitrary-graphs.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { graphProject } from "../support/graph-project.js";
import { holds } from "../support/laws.js";
import { ledgerRows } from "../support/ledger-rows.js";
import { contentOf, livedInBodies, versionRows } from "../support/lived-in-revisions.js";
import { hasShell, runScript } from "../support/run-script.js";
import type { CliResult, TempProject } from "../support/temp-project.js";

const roads = DIALECTS.filter(({ name }) => name !== "sqlite-worker");
const runs = (family: string) => Number(process.env.TSMIGRATE_TEST_RUNS ?? (family === "sqlite" ? 20 : 6));

const modes = fc.constantFrom("per-revision", "all");

/** A revision that is one transaction has one row, whatever the mode. */
const LEDGER = "id, rev, direction, step, generation, completes, state, plan_hash, source_hash";

async function rowsOf(url: string): Promise<readonly string[]> {
  await using connection = await connectTo(url);
  return await versionRows(connection);
}

async function content(url: string): Promise<unknown> {
  const connection = await connectTo(url);
  try {
    return await contentOf(connection);
  } finally {
    await connection.close();
  }
}

async function run(project: TempProject, ...args: readonly string[]): Promise<CliResult> {
  const result = await project.run([...args]);
  expect(result, `${args.join(" ")}: ${result.stderr}`).toMatchObject({ exitCode: 0 });
  return result;
}

function expectOrder(graph: RevisionGraph, steps: readonly { readonly revision: string }[], direction: "up" | "down") {
  const place = new Map(steps.map(({ revision }, at) => [revision, at]));
  for (const [id, at] of place) {
    for (const need of graph.byId.get(id)!.needs) {
      const other = place.get(need.id);
      if (other !== undefined) expect(direction === "up" ? other < at : at < other).toBe(true);
    }
  }
}

describe.each(roads)("any history on $name", ({ open, family }) => {
  it("goes up and down in a topological order, and down again leaves the rows of the version table and all else as it was", async () => {
    await holds(
      fc.asyncProperty(smallJourneys, async ({ graph, rows, target }) => {
        const database = await open();
        try {
          const project = graphProject(graph, { url: database.url, bodies: livedInBodies });
          for (const row of rows) await run(project, "upgrade", row);
          const before = await content(database.url);
          const up = (await run(project, "upgrade", target, "--json")).json();
          expectOrder(graph, up.steps, "up");
          expect([...up.to].sort()).toEqual([...topsOf(graph, [...rows, target])].sort());
          // One after the other, the last first: each names its parent, and itself where several branches lead up from it.
          for (const { revision } of up.steps.toReversed()) {
            const [parent] = graph.byId.get(revision)!.parents.toSorted((a, b) => b.level - a.level);
            const down = (await run(project, "downgrade", `${revision}@${parent?.id ?? "base"}`, "--json")).json();
            expect(down.steps.map((step: { revision: string }) => step.revision)).toEqual([revision]);
          }
          expect(await content(database.url)).toEqual(before);
          const back = (await run(project, "downgrade", "base", "--json")).json();
          expectOrder(graph, back.steps, "down");
          expect(back.to).toEqual([]);
        } finally {
          await database.dispose();
        }
      }),
      runs(family),
    );
  });

  it("is the same by script as by running it, through the driver and through the shell", async () => {
    const ways = hasShell(family) ? (["driver", "shell"] as const) : (["driver"] as const);
    await holds(
      fc.asyncProperty(smallJourneys, fc.constantFrom(...ways), modes, async ({ graph, target }, way, mode) => {
        const [online, offline] = [await open(), await open()];
        try {
          const project = graphProject(graph, { url: online.url, bodies: livedInBodies });
          const heads = graph.realHeads.length === 1 ? graph.realHeads[0]! : "heads";
          for (const [command, to] of [
            ["upgrade", target],
            ["upgrade", heads],
            ["downgrade", target],
            ["downgrade", "base"],
          ] as const) {
            const from = (await rowsOf(online.url)).join(",") || "base";
            const ran = await project.run([command, to]);
            const script = await project.run([command, `${from}:${to}`, "--sql", "--transaction", mode]);
            expect(script.exitCode, script.stderr).toBe(ran.exitCode);
            if (ran.exitCode !== 0) continue;
            await runScript(family, offline.url, script.stdout, way);
            expect(await content(offline.url)).toEqual(await content(online.url));
            expect(await ledgerRows(offline.url, LEDGER)).toEqual(await ledgerRows(online.url, LEDGER));
          }
        } finally {
          await online.dispose();
          await offline.dispose();
        }
      }),
      runs(family),
    );
  });
});
