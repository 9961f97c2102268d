/** Walks over the graph: what lies below and above, and the order in which revisions are listed and run. */

import type { RevisionId } from "./revision.js";
import { inFileOrder, nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";

/** Lists every revision, newest first: the history. */
export function historyOf(graph: RevisionGraph): readonly RevisionNode[] {
  return newestFirst(new Set(graph.nodes));
}

/** The given revisions and everything they need, dependencies included. */
export function withAncestors(nodes: Iterable<RevisionNode>): Set<RevisionNode> {
  return closure(nodes, (node) => node.needs);
}

/** The given revisions and everything that needs them, through dependencies too. */
export function withDescendants(nodes: Iterable<RevisionNode>): Set<RevisionNode> {
  return closure(nodes, (node) => node.neededBy);
}

/** The given revisions and what lies below them on their lineages, through parents only. */
export function withAncestorsOnLineage(nodes: Iterable<RevisionNode>): Set<RevisionNode> {
  return closure(nodes, (node) => node.parents);
}

/** The given revisions and what lies above them on their lineages, through children only. */
export function withDescendantsOnLineage(nodes: Iterable<RevisionNode>): Set<RevisionNode> {
  return closure(nodes, (node) => node.children);
}

/** Is one of the two an ancestor of the other, or both the same? Through parents only. */
export function sharesLineage(a: RevisionNode, b: RevisionNode): boolean {
  const [lower, upper] = a.level <= b.level ? [a, b] : [b, a];
  return closure([upper], (node) => node.parents.filter((parent) => parent.level >= lower.level)).has(lower);
}

/** The revisions of the list that lie on the lineage of `member`: its ancestors, itself, its descendants. */
export function onLineageOf(nodes: readonly RevisionNode[], member: RevisionNode): readonly RevisionNode[] {
  const below = withAncestorsOnLineage([member]);
  const above = withDescendantsOnLineage([member]);
  return nodes.filter((node) => below.has(node) || above.has(node));
}

/**
 * What a database is at, given the rows of its version table: these, and the tops of other lineages that are there
 * because a row depends on them. In file order.
 */
export function currentRevisions(graph: RevisionGraph, rows: readonly RevisionId[]): readonly RevisionId[] {
  const applied = withAncestors(rows.map((id) => nodeOf(graph, id)));
  const tops = [...applied].filter((node) => !node.children.some((child) => applied.has(child)));
  return inFileOrder(tops).map((node) => node.id);
}

/**
 * Orders revisions so that each comes before everything it needs. A branch is followed down until the point where
 * another one, not yet listed, joins it; that one comes next, and the common part last. File order breaks ties.
 *
 * Nothing may be left out between two listed revisions of which one needs the other.
 *
 * @see Alembic's order: https://alembic.sqlalchemy.org/en/latest/branches.html
 */
export function newestFirst(listed: ReadonlySet<RevisionNode>): readonly RevisionNode[] {
  const order: RevisionNode[] = [];
  const blockers = countBlockers(listed);
  const branches = branchFinder(blockers);
  /** One for each branch being followed: the next revision to list on it. */
  const front = inFileOrder(listed).filter((node) => blockers[node.index] === 0);
  const entered = new Set(front);
  let at = 0;
  for (let node = front[at]; node !== undefined; node = front[at]) {
    if (blockers[node.index] !== 0) {
      at = branches.leadingTo(node, front);
      continue;
    }
    order.push(node);
    blockers[node.index] = DONE;
    for (const need of node.needs) blockers[need.index]!--;
    const next = node.needs.filter((need) => blockers[need.index]! >= 0 && !entered.has(need));
    if (next.length === 0) {
      front.splice(at, 1);
      at = Math.max(at - 1, 0);
    } else {
      front[at] = next[0]!;
      for (const need of next) entered.add(need);
      for (const need of next.slice(1)) front.push(need);
    }
  }
  return order;
}

const DONE = -1;

/** How many listed revisions need each of them at once, by their index. Below zero: not to be listed, or listed already. */
function countBlockers(listed: ReadonlySet<RevisionNode>): Int32Array {
  let size = 0;
  for (const node of listed) size = Math.max(size, node.index + 1);
  const blockers = new Int32Array(size).fill(DONE);
  for (const node of listed) blockers[node.index] = 0;
  for (const node of listed) for (const need of node.needs) if (blockers[need.index]! >= 0) blockers[need.index]!++;
  return blockers;
}

/** Finds which branch to follow first where several lead down to one revision. */
function branchFinder(blockers: Int32Array) {
  /** By index: the last question whose revision was found not to lie below it, and the last search that came by. */
  const apart = new Int32Array(blockers.length);
  const seen = new Int32Array(blockers.length);
  let question = 0;
  let search = 0;
  let last: RevisionNode | undefined;
  const leadsTo = (start: RevisionNode, target: RevisionNode): boolean => {
    search++;
    const way = [start];
    for (let at = 0; at < way.length; at++) {
      for (const need of way[at]!.needs) {
        if (need === target) return true;
        if (need.level <= target.level || seen[need.index] === search || apart[need.index] === question) continue;
        seen[need.index] = search;
        way.push(need);
      }
    }
    for (const node of way) apart[node.index] = question;
    return false;
  };
  return {
    /** The place of the first branch that leads down to the revision. */
    leadingTo(node: RevisionNode, front: readonly RevisionNode[]): number {
      // A branch point is asked about once for each of its branches; what does not lead to it will not do so later.
      if (node !== last) question++;
      last = node;
      return front.findIndex(
        (other) => other.level > node.level && apart[other.index] !== question && leadsTo(other, node),
      );
    },
  };
}

function closure(
  starts: Iterable<RevisionNode>,
  next: (node: RevisionNode) => readonly RevisionNode[],
): Set<RevisionNode> {
  const found = new Set(starts);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const node of found) for (const other of next(node)) found.add(other);
  return found;
}
