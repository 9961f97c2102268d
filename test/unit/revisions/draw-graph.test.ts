import { describe, expect, it } from "vitest";
import { drawGraph } from "../../../src/revisions/draw-graph.js";
import { buildRevisionGraph } from "../../../src/revisions/revision-graph.js";
import { revision } from "../../support/graphs.js";

describe("drawGraph", () => {
  it("draws 100,000 revisions in a line, and 2,000 on 200 branches in two columns", () => {
    const ids = Array.from({ length: 100_000 }, (_, at) => `r${at}`);
    const line = buildRevisionGraph(
      ids.map((id, at) => revision(id, { downRevisions: at === 0 ? [] : [ids[at - 1]!] })),
    );
    expect(drawGraph(line, ids).length).toBe(100_000);
    const branches = buildRevisionGraph(
      ids.slice(0, 2_000).map((id, at) => {
        const below = at < 200 || (at - 200) % 9 !== 0 ? at - 1 : (at - 200) / 9;
        return revision(id, { downRevisions: at === 0 ? [] : [ids[below]!] });
      }),
    );
    const rows = drawGraph(branches, ids.slice(0, 2_000));
    expect(Math.max(...rows.map(({ pieces }) => pieces.map(({ text }) => text).join("").length))).toBe(3);
  });
});
