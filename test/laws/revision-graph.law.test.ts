/** Laws of the history: they hold for every graph, every place a database can be at, and every target. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { historyLine } from "../../src/revisions/describe-revision.js";
import { drawGraph } from "../../src/revisions/draw-graph.js";
import { planDowngrade, planStamp, planUpgrade, versionRowChanges } from "../../src/revisions/plan-steps.js";
import { readHeader, scanHeader } from "../../src/revisions/read-header.js";
import { resolveHistoryRange } from "../../src/revisions/resolve-range.js";
import { resolveRevisions } from "../../src/revisions/resolve-target.js";
import type { RevisionId, RevisionStep } from "../../src/revisions/revision.js";
import { buildRevisionGraph, nodeOf, type RevisionGraph } from "../../src/revisions/revision-graph.js";
import { currentRevisions, historyOf } from "../../src/revisions/walk-graph.js";
import { appliedAt, graphs, journeys, topsOf } from "../support/arbitrary-graphs.js";
import { holds } from "../support/laws.js";
import { readDrawing } from "../support/read-drawing.js";

const RUNS = Number(process.env.TSMIGRATE_LAW_RUNS ?? 1000);

/** What each revision needs at once, as its file says it. */
function directNeeds(graph: RevisionGraph, id: RevisionId): readonly RevisionId[] {
  const node = nodeOf(graph, id);
  return [...node.parents, ...node.dependencies].map((need) => need.id);
}

/** Does to a set of rows what the statements of a step say, as a database would, insisting on every row. */
function runRows(rows: readonly RevisionId[], steps: readonly RevisionStep[]): readonly RevisionId[] {
  const table = new Set(rows);
  for (const step of steps) {
    expect([...table].sort()).toEqual([...step.headsBefore].sort());
    const { deletes, updates, inserts } = versionRowChanges(step);
    for (const id of [...deletes, ...updates.map(([from]) => from)]) expect(table.delete(id)).toBe(true);
    for (const id of [...inserts, ...updates.map(([, to]) => to)]) {
      expect(table.has(id)).toBe(false);
      table.add(id);
    }
    expect([...table].sort()).toEqual([...step.headsAfter].sort());
  }
  return [...table].sort();
}

const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void) => holds(fc.property(arbitrary, law), RUNS);

describe("every history", () => {
  it("lists each revision once, before everything it needs", () => {
    check(graphs, (graph) => {
      const order = historyOf(graph).map(({ id }) => id);
      expect([...order].sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
      const place = new Map(order.map((id, index) => [id, index]));
      for (const id of order)
        for (const need of directNeeds(graph, id)) expect(place.get(id)).toBeLessThan(place.get(need)!);
    });
  });

  it("follows a branch as long as nothing else leads to it", () => {
    check(graphs, (graph) => {
      const order = historyOf(graph);
      order.forEach((node, index) => {
        const [only, second] = node.needs;
        if (only !== undefined && second === undefined && only.neededBy.length === 1)
          expect(order[index + 1]).toBe(only);
      });
    });
  });

  it("is the range from base to heads, and each end cuts it", () => {
    check(journeys, ({ graph, target }) => {
      const all = resolveHistoryRange(graph, ":");
      expect(all).toEqual(historyOf(graph).map(({ id }) => id));
      const below = resolveHistoryRange(graph, `:${target}`);
      expect(new Set(below)).toEqual(appliedAt(graph, [target]));
      expect(below[0]).toBe(target);
      expect(resolveHistoryRange(graph, `${target}:`).at(-1)).toBe(target);
    });
  });

  it("reads the same twice", () => {
    check(graphs, (graph) => {
      const again = buildRevisionGraph(graph.nodes.map((node) => node.revision));
      const lines = (of: RevisionGraph) => historyOf(of).map(({ id }) => historyLine(of, id));
      expect(lines(again)).toEqual(lines(graph));
    });
  });

  it("is drawn so that its lines, followed, lead to every parent and dependency and to nothing else", () => {
    check(graphs, (graph) => {
      const rows = drawGraph(
        graph,
        graph.nodes.map(({ id }) => id),
      );
      const read = readDrawing(
        rows.map(({ pieces, id }) => `${pieces.map(({ text }) => text).join("")}${id === null ? "" : ` ${id}`}`),
      );
      for (const { id, parents, dependencies } of read) {
        const node = nodeOf(graph, id);
        expect([...parents].sort()).toEqual(node.parents.map((parent) => parent.id).sort());
        expect([...dependencies].sort()).toEqual(node.dependencies.map((need) => need.id).sort());
      }
      const order = rows.flatMap(({ id }) => id ?? []);
      expect([...order].sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
      expect(read.map(({ id }) => id)).toEqual(order);
    });
  });

  it("has heads that reach everything, and bases that everything reaches", () => {
    check(graphs, (graph) => {
      expect(appliedAt(graph, graph.realHeads).size).toBe(graph.nodes.length);
      expect(graph.realHeads.filter((id) => !graph.heads.includes(id))).toEqual([]);
    });
  });
});

describe("every upgrade", () => {
  it("runs what is missing, each after all it needs, and nothing else", () => {
    check(journeys, ({ graph, rows, target }) => {
      const before = appliedAt(graph, rows);
      const applied = new Set(before);
      for (const {
        revision: { id },
      } of planUpgrade(graph, rows, [target])) {
        expect(applied.has(id)).toBe(false);
        for (const need of directNeeds(graph, id)) expect(applied.has(need)).toBe(true);
        applied.add(id);
      }
      expect(applied).toEqual(new Set([...before, ...appliedAt(graph, [target])]));
    });
  });

  it("leaves the rows of what is applied then", () => {
    check(journeys, ({ graph, rows, target }) => {
      const after = runRows(rows, planUpgrade(graph, rows, [target]));
      expect(after).toEqual([...topsOf(graph, [...rows, target])].sort());
    });
  });

  it("has nothing to do when it is run again", () => {
    check(journeys, ({ graph, rows, target }) => {
      const after = planUpgrade(graph, rows, [target]).at(-1)?.headsAfter ?? rows;
      expect(planUpgrade(graph, after, [target])).toEqual([]);
    });
  });
});

describe("every downgrade", () => {
  const to = (id: RevisionId | null) => ({ given: id ?? "base", to: id, branch: null });

  it("takes back only what is applied, each before all it needs, and leaves the target", () => {
    check(journeys, ({ graph, rows, target }) => {
      const applied = appliedAt(graph, rows);
      if (!applied.has(target)) {
        expect(() => planDowngrade(graph, rows, to(target))).toThrow("is not applied");
        return;
      }
      const steps = planDowngrade(graph, rows, to(target));
      for (const {
        revision: { id },
      } of steps) {
        expect(applied.delete(id)).toBe(true);
        for (const upper of nodeOf(graph, id).neededBy) expect(applied.has(upper.id)).toBe(false);
      }
      expect(applied.has(target)).toBe(true);
      expect(nodeOf(graph, target).children.filter((child) => applied.has(child.id))).toEqual([]);
      expect(runRows(rows, steps)).toEqual([...topsOf(graph, [...applied])].sort());
    });
  });

  it("to base takes back everything", () => {
    check(journeys, ({ graph, rows }) => {
      const steps = planDowngrade(graph, rows, to(null));
      expect(new Set(steps.map((step) => step.revision.id))).toEqual(appliedAt(graph, rows));
      expect(runRows(rows, steps)).toEqual([]);
    });
  });

  it("of everything is the reverse of an upgrade in what it does to the rows", () => {
    check(journeys, ({ graph, rows, target }) => {
      const up = planUpgrade(graph, rows, [target]);
      const after = up.at(-1)?.headsAfter ?? rows;
      const down = planDowngrade(graph, after, to(null));
      const back = planUpgrade(graph, [], rows);
      expect(runRows(runRows(rows, [...up, ...down]), back)).toEqual([...rows].sort());
    });
  });

  it("step by step, undoes the steps of an upgrade and restores the rows", () => {
    check(journeys, ({ graph, rows, target }) => {
      const up = planUpgrade(graph, rows, [target]);
      const undone = up.toReversed().map((step) => ({
        ...step,
        direction: "downgrade" as const,
        headsBefore: step.headsAfter,
        headsAfter: step.headsBefore,
      }));
      const after = up.at(-1)?.headsAfter ?? rows;
      expect(runRows(after, undone)).toEqual([...rows].sort());
      // Taking back one revision alone is what a step of a plan does to the rows.
      for (const {
        revision: { id },
        headsBefore,
        headsAfter,
      } of undone) {
        const parent = nodeOf(graph, id).parents[0]?.id ?? null;
        const plan = planDowngrade(graph, headsBefore, { given: "-1", to: parent, branch: id });
        if (plan.length === 1 && plan[0]?.revision.id === id) expect(plan[0].headsAfter).toEqual(headsAfter);
      }
    });
  });
});

describe("every stamp", () => {
  it("of one revision leaves it as a row, with rows on other lineages only", () => {
    check(journeys, ({ graph, rows, target }) => {
      const after = runRows(rows, planStamp(graph, rows, [target]));
      const related = appliedAt(graph, [target]);
      expect(after).toContain(target);
      for (const row of after.filter((id) => id !== target)) {
        expect(rows).toContain(row);
        expect(related.has(row) || appliedAt(graph, [row]).has(target)).toBe(false);
      }
    });
  });

  it("of heads is where an upgrade to heads leads, and of base is nothing", () => {
    check(journeys, ({ graph, rows }) => {
      expect(runRows(rows, planStamp(graph, rows, ["heads"]))).toEqual([...graph.realHeads].sort());
      expect(runRows(rows, planStamp(graph, rows, ["base"]))).toEqual([]);
    });
  });
});

describe("every identifier", () => {
  it("that is a unique prefix means its revision", () => {
    check(journeys, ({ graph, target }) => {
      for (let length = 1; length <= target.length; length++) {
        const prefix = target.slice(0, length);
        const fitting = graph.nodes.filter(({ id }) => id.startsWith(prefix));
        if (fitting.length === 1 || length === target.length) expect(resolveRevisions(graph, prefix)).toEqual([target]);
        else if (!graph.byId.has(prefix)) expect(() => resolveRevisions(graph, prefix)).toThrow("fits");
      }
    });
  });

  it("counts up and down the same way where there is one way", () => {
    check(journeys, ({ graph, target }) => {
      const [parent, second] = nodeOf(graph, target).parents;
      if (parent === undefined || second !== undefined) return;
      expect(resolveRevisions(graph, `${target}-1`)).toEqual([parent.id]);
      if (parent.children.length === 1) expect(resolveRevisions(graph, `${parent.id}+1`)).toEqual([target]);
    });
  });

  it("of a label finds the revision, and rows are where the database is", () => {
    check(journeys, ({ graph, rows }) => {
      for (const [label, node] of graph.byLabel) expect(resolveRevisions(graph, label)).toEqual([node.id]);
      const current = currentRevisions(graph, rows);
      expect(current.filter((id) => rows.includes(id))).toEqual(rows.filter((id) => current.includes(id)));
      expect(new Set(rows).size === 0 || rows.every((id) => current.includes(id))).toBe(true);
    });
  });
});

describe("every header", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "export const revision",
      "export const downRevision",
      "export const transaction",
      ": string",
      " = ",
      '"ab"',
      "'cd'",
      "`ef`",
      "null",
      "false",
      '["a", "b"]',
      ";",
      "\n",
      " as const",
      "/* x */",
      "// y\n",
      'import x from "x";\n',
      "export { a };\n",
      "${",
      "{",
      "}",
      "/",
      "(",
      ")",
      "`",
      '"',
      "'",
      "\\",
    ),
    fc.string({ maxLength: 3, unit: "binary" }),
  );

  it("gives an answer for any text, the same by patterns and by tokens", () => {
    holds(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        expect(readHeader(text)).toEqual(scanHeader(text));
      }),
      RUNS * 3,
    );
  });
});
