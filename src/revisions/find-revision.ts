/** Identifiers of revisions: their parts, and what ids, prefixes and labels mean in a graph. */
import { AmbiguousRevisionError, MultipleHeadsError, type RevisionError, RevisionNotFoundError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import type { RevisionId } from "./revision.js";
import { inFileOrder, nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { onLineageOf, sharesLineage } from "./walk-graph.js";

/** `label@symbol`, `symbol+2`, `label@-1` … in their parts. */
export interface Identifier {
  readonly given: string;
  /** What stands before `@`. */
  readonly branch: string | undefined;
  /** An id, prefix or label, or `head`, `heads`, `base`, `current`; undefined for `+N` and `-N` alone. */
  readonly symbol: string | undefined;
  /** The signed number at the end. */
  readonly steps: number | undefined;
}

/** A lineage, by the label or revision that stands before `@`. */
export interface Branch {
  readonly name: string;
  readonly node: RevisionNode;
}

/** Prefixes stand for ids longer than this only. */
const SHORT_ID = 3;

export function parseIdentifier(given: string): Identifier {
  const at = given.indexOf("@");
  const branch = at < 0 ? undefined : given.slice(0, at);
  const rest = given.slice(at + 1);
  const relative = /^(.*?)([+-]\d+)$/s.exec(rest);
  if (relative === null) return { given, branch, symbol: rest, steps: undefined };
  return { given, branch, symbol: relative[1] || undefined, steps: Number(relative[2]) };
}

/**
 * Finds the revision of an id, a label, or a prefix of an id that is unique (on the branch, if one is given).
 *
 * @throws RevisionNotFoundError if there is none, or it is not on the branch.
 * @throws AmbiguousRevisionError if the prefix fits several.
 */
export function findRevision(graph: RevisionGraph, given: string, branch?: Branch): RevisionNode {
  const exact = graph.byId.get(given) ?? graph.byLabel.get(given);
  if (exact !== undefined) {
    if (branch !== undefined && !sharesLineage(exact, branch.node)) throw notOnBranch(graph, exact, branch);
    return exact;
  }
  const matches = given === "" ? [] : graph.nodes.filter(({ id }) => id.length > SHORT_ID && id.startsWith(given));
  const candidates = branch === undefined ? matches : onLineageOf(matches, branch.node);
  const [only, second] = candidates;
  if (only === undefined) {
    if (branch !== undefined && matches[0] !== undefined) throw notOnBranch(graph, matches[0], branch);
    throw notFound(graph, given, `no revision or branch label matches '${given}'`);
  }
  if (second !== undefined) throw ambiguousPrefix(given, candidates);
  return only;
}

/** @throws RevisionNotFoundError if nothing is called that. */
export function findBranch(graph: RevisionGraph, name: string): Branch {
  try {
    return { name, node: findRevision(graph, name) };
  } catch (error) {
    if (error instanceof RevisionNotFoundError) throw notFound(graph, name, `no branch is called '${name}'`);
    throw error;
  }
}

/**
 * Finds the one head, of the branch if one is given; undefined when there are no revisions.
 * @throws MultipleHeadsError if there are several.
 */
export function findHead(graph: RevisionGraph, given: string, branch?: Branch): RevisionNode | undefined {
  const heads = headsOf(graph, branch);
  const [head, second] = heads;
  if (second === undefined) return head;
  const ids = heads.map(({ id }) => id);
  const where = branch === undefined ? "" : ` on branch '${branch.name}'`;
  const message = `'${given}' means one revision, but there are ${ids.length} heads${where}: ${quoted(ids)}`;
  const all = branch === undefined ? "heads" : `${branch.name}@heads`;
  const hint = `Name one of them, for example \`${distinctName(head!, heads)}@head\`, or all with \`${all}\`.`;
  throw new MultipleHeadsError(message, { heads: ids, hint });
}

/** The revisions without children, on the branch if one is given. */
export function headsOf(graph: RevisionGraph, branch?: Branch): readonly RevisionNode[] {
  const heads = graph.heads.map((id) => nodeOf(graph, id));
  return branch === undefined ? heads : onLineageOf(heads, branch.node);
}

/**
 * Finds the revisions of the rows of a version table, in file order; a row that is there twice counts once.
 * @throws RevisionNotFoundError listing the rows that no file declares.
 */
export function findRows(graph: RevisionGraph, rows: readonly RevisionId[]): readonly RevisionNode[] {
  const ids = [...new Set(rows)];
  const unknown = ids.filter((id) => !graph.byId.has(id));
  if (unknown.length > 0) {
    throw new RevisionNotFoundError(`the database is at ${quoted(unknown)}, which no revision file declares`, {
      given: unknown.join(", "),
      hint: `Run this with the code that has ${unknown.length === 1 ? "that revision" : "those revisions"}.`,
    });
  }
  return inFileOrder(ids.map((id) => nodeOf(graph, id)));
}

/** `'a', 'b', 'c'`, cut after ten. */
export function quoted(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map((id) => `'${id}'`);
  return ids.length > shown.length ? `${shown.join(", ")} and ${ids.length - shown.length} more` : shown.join(", ");
}

/** A label that the revision has and none of the others has; without one, its id. */
export function distinctName(node: RevisionNode, among: readonly RevisionNode[]): string {
  const others = among.filter((other) => other !== node);
  return node.branchLabels.find((label) => !others.some((other) => other.branchLabels.includes(label))) ?? node.id;
}

function ambiguousPrefix(given: string, candidates: readonly RevisionNode[]): AmbiguousRevisionError {
  const matches = candidates.map(({ id }) => id);
  return new AmbiguousRevisionError(`'${given}' fits ${matches.length} revisions: ${quoted(matches)}`, {
    given,
    matches,
    hint: `Give more of the id, for example \`${distinguishing(candidates[0]!.id, matches)}\`.`,
  });
}

/** The shortest prefix of `id` that none of the others begins with. */
function distinguishing(id: string, others: readonly string[]): string {
  for (let length = 1; length < id.length; length++) {
    const prefix = id.slice(0, length);
    if (others.filter((other) => other.startsWith(prefix)).length === 1) return prefix;
  }
  return id;
}

function notOnBranch(graph: RevisionGraph, node: RevisionNode, branch: Branch): RevisionError {
  return new RevisionNotFoundError(`revision '${node.id}' is not on branch '${branch.name}'`, {
    given: node.id,
    near: headsOf(graph, branch).map(({ id }) => id),
    hint: `Leave out \`${branch.name}@\`, or list the branch with \`tsmigrate history -r ${branch.name}@base:${branch.name}@heads\`.`,
  });
}

function notFound(graph: RevisionGraph, given: string, message: string): RevisionNotFoundError {
  const node = nearestRevision(graph, given);
  const label = nearest(given, graph.byLabel.keys());
  const near = node?.id ?? label;
  if (near === undefined) {
    return new RevisionNotFoundError(message, { given, hint: "Run `tsmigrate history` to see what there is." });
  }
  const text = node === undefined || node.revision.message === "" ? "" : ` (${node.revision.message})`;
  return new RevisionNotFoundError(message, { given, near: [near], hint: `Did you mean '${near}'${text}?` });
}

/** Compares with whole ids first, then with their beginnings, since a prefix may be mistyped too. */
function nearestRevision(graph: RevisionGraph, given: string): RevisionNode | undefined {
  const whole = nearest(given, graph.byId.keys());
  if (whole !== undefined) return graph.byId.get(whole);
  const beginning = nearest(
    given,
    graph.nodes.map(({ id }) => id.slice(0, given.length)),
  );
  return beginning === undefined ? undefined : graph.nodes.find(({ id }) => id.startsWith(beginning));
}
