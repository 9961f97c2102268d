/** The rows of a version table while steps are planned. A row stands for its revision and everything that one needs. */
import type { RevisionId } from "./revision.js";
import { inFileOrder, type RevisionNode } from "./revision-graph.js";
import { withAncestors } from "./walk-graph.js";

export interface PlannedRows {
  /** The rows now, in file order. */
  readonly ids: () => readonly RevisionId[];
  /** Applies a revision: its row replaces the rows of what it needs. */
  readonly up: (node: RevisionNode) => void;
  /** Takes back a revision that nothing applied needs: the rows of its needs come back, unless another row implies them. */
  readonly down: (node: RevisionNode) => void;
}

export function plannedRows(start: readonly RevisionNode[]): PlannedRows {
  let rows: readonly RevisionNode[] = inFileOrder(start);
  /** How many applied revisions need each one at once. */
  const neededBy = new Map<RevisionNode, number>();
  const count = (node: RevisionNode, change: number) => {
    const total = (neededBy.get(node) ?? 0) + change;
    neededBy.set(node, total);
    return total;
  };
  for (const node of withAncestors(start)) for (const need of node.needs) count(need, 1);
  return {
    ids: () => rows.map(({ id }) => id),
    up: (node) => {
      for (const need of node.needs) count(need, 1);
      rows = withRow(
        rows.filter((row) => !node.needs.includes(row)),
        node,
      );
    },
    down: (node) => {
      rows = rows.filter((row) => row !== node);
      for (const need of node.needs) if (count(need, -1) === 0) rows = withRow(rows, need);
    },
  };
}

function withRow(rows: readonly RevisionNode[], row: RevisionNode): readonly RevisionNode[] {
  const place = rows.findIndex((other) => other.index >= row.index);
  if (place < 0) return [...rows, row];
  return rows[place] === row ? rows : rows.toSpliced(place, 0, row);
}

/** Are these the same ids, in whatever order? */
export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
