import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../faults/support/random.js";
import { rebuildInRandomGraph } from "../support/foreign-key-graphs.js";
import { holds } from "../support/laws.js";
import { temporaryFolder } from "../support/sqlite.js";

const RUNS = Number(process.env.TSMIGRATE_GRAPH_LAW_RUNS ?? 80);

describe("a table that is rebuilt among others", () => {
  it("takes no row of any of them along, whatever their foreign keys do", async () => {
    const folder = temporaryFolder();
    let rows = 0;
    let at = 0;
    await holds(
      fc.asyncProperty(fc.string({ minLength: 4, maxLength: 12 }), async (seed) => {
        const { fraction } = createRandom(seed);
        const result = await rebuildInRandomGraph(fraction, join(folder, `${at++}.db`));
        expect(result.differences, result.description).toEqual([]);
        rows += result.rows;
      }),
      RUNS,
    );
    expect(rows).toBeGreaterThan(RUNS * 5);
  }, 240_000);
});
