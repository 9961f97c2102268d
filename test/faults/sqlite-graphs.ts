/** Random foreign-key graphs on SQLite, one table of each rebuilt: no row of any table may change. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rebuildInRandomGraph } from "../support/foreign-key-graphs.js";
import { must, type Scenario } from "./support/bench.js";

export const sqliteGraphs: Scenario = {
  name: "sqlite-graphs",
  title: "SQLite: a random table of a random foreign-key graph is rebuilt",
  async run(bench) {
    const folder = bench.folder("graphs");
    await bench.series("graph", bench.count(2_000, 50), async ({ index, random }) => {
      const file = join(folder, `${index}.db`);
      const { rows, differences, description } = await rebuildInRandomGraph(() => random.fraction(), file);
      bench.note("rows", rows);
      must(differences.length === 0, `${differences.join("; ")}\n${description}`);
      rmSync(file);
    });
  },
};
