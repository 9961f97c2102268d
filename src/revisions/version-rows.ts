/** The rows of a version table while steps are planned. A row stands for its revision and everything that one needs. */
import type { RevisionId } from "./revision.js";
import { inFileOrder, type RevisionNode } from "./revision-graph.js";
import { countNeededBy, release, withAncestors } from "./walk-graph.js";

export interface PlannedRows {
  /** The rows now, in file order. */
  readonly ids: () => readonly RevisionId[];
  /** Applies a revision: its row replaces the rows of what it needs. */
  readonly up: (node: RevisionNode) => void;
  /** Takes back a revision that nothing applied needs: the rows of its needs come back, unless another row implies them. */
  readonly down: (node: RevisionNode) => void;
}

export function plannedRows(start: readonly RevisionNode[]): PlannedRows {
  let rows = inFileOrder(start);
  const neededBy = countNeededBy(withAncestors(start));
  return {
    ids: () => rows.map(({ id }) => id),
    up: (node) => {
      neededBy.set(node, 0);
      for (const need of node.needs) neededBy.set(need, (neededBy.get(need) ?? 0) + 1);
      const absorbed = new Set(node.needs);
      rows = inFileOrder([...rows.filter((row) => !absorbed.has(row)), node]);
    },
    down: (node) => {
      const freed = release(node, neededBy);
      neededBy.delete(node);
      rows = inFileOrder(new Set([...rows.filter((row) => row !== node), ...freed]));
    },
  };
}
