/**
 * The history as a graph: revisions joined by `downRevision` (parents) and `dependsOn` (what must be applied first).
 *
 * "File order" is the order in which revisions are given: directories as configured, names sorted. It breaks every tie.
 * @see Alembic's rules: https://alembic.sqlalchemy.org/en/latest/branches.html
 */
import { InternalError } from "../errors.js";
import { topologicalSort } from "../util/topological-sort.js";
import { spreadBranchLabels } from "./branch-labels.js";
import { checkDeclarations, requireDependency, requireParent, revisionCycle } from "./check-revisions.js";
import type { Revision, RevisionId } from "./revision.js";

export interface RevisionNode {
  readonly id: RevisionId;
  readonly revision: Revision;
  /** Place in file order. */
  readonly index: number;
  /** 0 where nothing is needed, otherwise one more than the highest level among what it needs. */
  readonly level: number;
  /** Its downRevisions, in the order of the file. */
  readonly parents: readonly RevisionNode[];
  /** What its dependsOn names, labels resolved, without its parents, in the order of the file. */
  readonly dependencies: readonly RevisionNode[];
  /** Parents, then dependencies, without those that another of them already needs. */
  readonly needs: readonly RevisionNode[];
  /** Revisions that have it as a parent, in file order. */
  readonly children: readonly RevisionNode[];
  /** Revisions that depend on it, in file order. */
  readonly dependents: readonly RevisionNode[];
  /** Children and dependents together, in file order. */
  readonly neededBy: readonly RevisionNode[];
  /** Its own labels, then those it inherits from its branch. */
  readonly branchLabels: readonly string[];
}

export interface RevisionGraph {
  /** In file order, as everything below. */
  readonly nodes: readonly RevisionNode[];
  readonly byId: ReadonlyMap<RevisionId, RevisionNode>;
  /** Each label with the revision whose file carries it. */
  readonly byLabel: ReadonlyMap<string, RevisionNode>;
  /** Revisions without children: what `head` means. */
  readonly heads: readonly RevisionId[];
  /** Heads that nothing depends on either: what `heads` means, and what the version table holds at the very top. */
  readonly realHeads: readonly RevisionId[];
  /** Revisions without parents. */
  readonly bases: readonly RevisionId[];
}

/**
 * Joins revisions, given in file order.
 *
 * @throws DuplicateRevisionError when an id or label is taken twice.
 * @throws RevisionNotFoundError when a parent or dependency is missing.
 * @throws RevisionCycleError naming the circle.
 * @throws RevisionFileError when a file contradicts itself.
 */
export function buildRevisionGraph(revisions: readonly Revision[]): RevisionGraph {
  const nodes = revisions.map(emptyNode);
  const byId = checkDeclarations(nodes);
  const byLabel = new Map(nodes.flatMap((node) => node.revision.branchLabels.map((label) => [label, node] as const)));
  for (const node of nodes) join(node, byId, byLabel);
  const seen = new Int32Array(nodes.length).fill(-1);
  for (const node of needsFirst(nodes)) {
    node.neededBy = node.dependents.length > 0 ? inFileOrder([...node.children, ...node.dependents]) : node.children;
    if (node.dependencies.length === 0 && node.parents.length < 2) {
      const parent = node.parents[0];
      node.needs = node.parents;
      if (parent !== undefined) node.level = parent.level + 1;
      continue;
    }
    const direct = directNeeds(node);
    for (const need of direct) node.level = Math.max(node.level, need.level + 1);
    node.needs = withoutImplied(direct, { seen, round: node.index });
  }
  spreadBranchLabels(nodes);
  const idsWhere = (matches: (node: RevisionNode) => boolean) =>
    Object.freeze(nodes.filter(matches).map((node) => node.id));
  return Object.freeze({
    nodes: Object.freeze(nodes),
    byId,
    byLabel,
    heads: idsWhere(isHead),
    realHeads: idsWhere((node) => node.neededBy.length === 0),
    bases: idsWhere((node) => node.parents.length === 0),
  });
}

export function isHead(node: RevisionNode): boolean {
  return node.children.length === 0;
}

/** A head that another lineage depends on: not a row of the version table once that one is applied. */
export function isEffectiveHead(node: RevisionNode): boolean {
  return isHead(node) && node.neededBy.length > 0;
}

export function isBranchPoint(node: RevisionNode): boolean {
  return node.children.length > 1;
}

export function isMergePoint(node: RevisionNode): boolean {
  return node.parents.length > 1;
}

/** Gives the node of an id that is known to be in the graph. */
export function nodeOf(graph: RevisionGraph, id: RevisionId): RevisionNode {
  const node = graph.byId.get(id);
  if (node === undefined) throw new InternalError(`revision '${id}' was not resolved against this graph`);
  return node;
}

export function inFileOrder<Node extends RevisionNode>(nodes: Iterable<Node>): Node[] {
  return [...nodes].sort((a, b) => a.index - b.index);
}

/** A node while it is being joined. */
interface OpenNode extends RevisionNode {
  level: number;
  parents: readonly OpenNode[];
  dependencies: readonly OpenNode[];
  needs: readonly OpenNode[];
  children: readonly OpenNode[];
  dependents: readonly OpenNode[];
  neededBy: readonly OpenNode[];
  branchLabels: readonly string[];
}

/** Most lists hold nothing or one revision: made to measure, they cost a tenth of the memory of lists that grow. */
const NONE: readonly never[] = Object.freeze([]);

function emptyNode(revision: Revision, index: number): OpenNode {
  return {
    id: revision.id,
    revision,
    index,
    level: 0,
    parents: NONE,
    dependencies: NONE,
    needs: NONE,
    children: NONE,
    dependents: NONE,
    neededBy: NONE,
    branchLabels: revision.branchLabels,
  };
}

function append<T>(list: readonly T[], item: T): readonly T[] {
  if (list.length === 0) return [item];
  (list as T[]).push(item);
  return list;
}

function join(node: OpenNode, byId: ReadonlyMap<string, OpenNode>, byLabel: ReadonlyMap<string, OpenNode>): void {
  for (const id of node.revision.downRevisions) {
    const parent = byId.get(id) ?? requireParent(node.revision, id, byId, byLabel);
    node.parents = append(node.parents, parent);
    parent.children = append(parent.children, node);
  }
  for (const name of node.revision.dependsOn) {
    const dependency = requireDependency(node.revision, name, byId, byLabel);
    if (node.parents.includes(dependency) || node.dependencies.includes(dependency)) continue;
    node.dependencies = append(node.dependencies, dependency);
    dependency.dependents = append(dependency.dependents, node);
  }
}

/** Each node behind all it needs. @throws RevisionCycleError */
function needsFirst(nodes: readonly OpenNode[]): readonly OpenNode[] {
  const missing = new Int32Array(nodes.length);
  const order: OpenNode[] = [];
  for (const node of nodes) {
    missing[node.index] = node.parents.length + node.dependencies.length;
    if (missing[node.index] === 0) order.push(node);
  }
  // What is added on the way is walked too.
  for (const node of order) {
    for (const child of node.children) if (--missing[child.index]! === 0) order.push(child);
    for (const dependent of node.dependents) if (--missing[dependent.index]! === 0) order.push(dependent);
  }
  if (order.length === nodes.length) return order;
  throw revisionCycle(nodes, topologicalSort(nodes, directNeeds).cycles[0]!);
}

function directNeeds(node: OpenNode): readonly OpenNode[] {
  return node.dependencies.length === 0 ? node.parents : [...node.parents, ...node.dependencies];
}

/** Drops the nodes that others of the list need; levels and needs of everything below are known. */
function withoutImplied(
  nodes: readonly OpenNode[],
  { seen, round }: { readonly seen: Int32Array; readonly round: number },
): readonly OpenNode[] {
  if (nodes.length < 2) return nodes;
  const lowest = nodes.reduce((level, node) => Math.min(level, node.level), Number.POSITIVE_INFINITY);
  const candidates = new Set(nodes);
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined && candidates.size > 1; node = waiting.pop()) {
    for (const need of node.needs) {
      if (need.level < lowest || seen[need.index] === round) continue;
      seen[need.index] = round;
      candidates.delete(need);
      waiting.push(need);
    }
  }
  return candidates.size === nodes.length ? nodes : nodes.filter((node) => candidates.has(node));
}
