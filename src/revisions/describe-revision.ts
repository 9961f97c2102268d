/** Revisions and steps as lines of text, without colour, in the words of Alembic's output. */
import type { RevisionId, RevisionStep } from "./revision.js";
import {
  isBranchPoint,
  isEffectiveHead,
  isHead,
  isMergePoint,
  nodeOf,
  type RevisionGraph,
  type RevisionNode,
} from "./revision-graph.js";

export interface LineParts {
  /** `a1b2 -> ` in front, with what it depends on in brackets. */
  readonly parents?: boolean;
  /** `(label)`. */
  readonly labels?: boolean;
  /** `(branchpoint)` and `(mergepoint)`. */
  readonly points?: boolean;
  /** The first line of the file's comment. */
  readonly message?: boolean;
  /** Revisions to mark with `(current)`. */
  readonly current?: readonly RevisionId[] | undefined;
}

/** Gives `a1b2 -> c3d4 (label) (head) (current) (branchpoint) (mergepoint), message`, less the parts not asked for. */
export function describeRevision(graph: RevisionGraph, id: RevisionId, parts: LineParts): string {
  const node = nodeOf(graph, id);
  const { dependsOn, message } = node.revision;
  const depends = dependsOn.length === 0 ? "" : ` (${dependsOn.join(", ")})`;
  const before = parts.parents === true ? `${parentsOf(node.revision.downRevisions)}${depends} -> ` : "";
  const marks = [
    parts.labels === true && node.branchLabels.length > 0 && node.branchLabels.join(", "),
    headMark(node),
    parts.current?.includes(id) === true && "current",
    parts.points === true && isBranchPoint(node) && "branchpoint",
    parts.points === true && isMergePoint(node) && "mergepoint",
  ].filter((mark) => mark !== false);
  const after = parts.message === true && message !== "" ? `, ${message}` : "";
  return `${before}${[id, ...marks.map((mark) => `(${mark})`)].join(" ")}${after}`;
}

/** A line of `history`. */
export function historyLine(graph: RevisionGraph, id: RevisionId, current?: readonly RevisionId[]): string {
  return describeRevision(graph, id, { parents: true, labels: true, points: true, message: true, current });
}

/** The text of a revision in a drawing, which shows its parents itself. */
export function graphLine(graph: RevisionGraph, id: RevisionId, current?: readonly RevisionId[]): string {
  return describeRevision(graph, id, { labels: true, points: true, message: true, current });
}

/** A line of `heads`. */
export function headLine(graph: RevisionGraph, id: RevisionId): string {
  return describeRevision(graph, id, { labels: true });
}

/** A line of `current`. */
export function currentLine(graph: RevisionGraph, id: RevisionId): string {
  return describeRevision(graph, id, { points: true });
}

/** A branch point and, indented below it, its children: a paragraph of `branches`. */
export function branchPointLines(graph: RevisionGraph, id: RevisionId): readonly string[] {
  const indent = " ".repeat(id.length);
  const children = nodeOf(graph, id).children.map(
    (child) => `${indent} -> ${describeRevision(graph, child.id, { labels: true, points: true })}`,
  );
  return [describeRevision(graph, id, { labels: true, points: true }), ...children];
}

/** The full entry of `show` and of the verbose forms: several lines, without an empty one at the end. */
export function revisionEntry(graph: RevisionGraph, id: RevisionId, current: readonly RevisionId[] = []): string {
  const node = nodeOf(graph, id);
  const { downRevisions, dependsOn, path } = node.revision;
  const marks = [
    isHead(node) && " (head)",
    isBranchPoint(node) && " (branchpoint)",
    isMergePoint(node) && " (mergepoint)",
    current.includes(id) && " (current)",
  ].filter((mark) => mark !== false);
  const lines = [
    `Rev: ${id}${marks.join("")}`,
    `${isMergePoint(node) ? "Merges" : "Parent"}: ${parentsOf(downRevisions)}`,
    dependsOn.length > 0 && `Also depends on: ${dependsOn.join(", ")}`,
    isBranchPoint(node) && `Branches into: ${node.children.map((child) => child.id).join(", ")}`,
    node.branchLabels.length > 0 && `Branch names: ${node.branchLabels.join(", ")}`,
    `Path: ${path}`,
    "",
    ...commentOf(node).map((line) => (line === "" ? "" : `    ${line}`)),
  ].filter((line) => line !== false);
  return lines.join("\n");
}

/** Gives `upgrade a1b2 -> c3d4, message`; without the message it is the comment of a script. */
export function describeStep(step: RevisionStep, parts: { readonly message: boolean }): string {
  const { id, downRevisions, message } = step.revision;
  const below = parentsOf(downRevisions);
  const [from, to] = step.direction === "upgrade" ? [below, id] : [id, below];
  return `${step.direction} ${from} -> ${to}${parts.message && message !== "" ? `, ${message}` : ""}`;
}

/** Gives `stamp a1b2 -> c3d4`: the rows that go and the rows that come. */
export function describeStamp({ headsBefore, headsAfter }: RevisionStep): string {
  const gone = headsBefore.filter((id) => !headsAfter.includes(id));
  const come = headsAfter.filter((id) => !headsBefore.includes(id));
  return `stamp ${parentsOf(gone)} -> ${parentsOf(come)}`;
}

function headMark(node: RevisionNode): string | false {
  if (isEffectiveHead(node)) return "effective head";
  return isHead(node) && "head";
}

function parentsOf(ids: readonly RevisionId[]): string {
  return ids.length === 0 ? "<base>" : ids.join(", ");
}

/** The comment as the file's template writes it. */
function commentOf(node: RevisionNode): readonly string[] {
  const { id, downRevisions, message, description, createdAt } = node.revision;
  return [
    ...(message === "" ? [] : [message, ""]),
    ...(description === "" ? [] : [...description.split("\n"), ""]),
    `Revision ID: ${id}`,
    `Revises: ${parentsOf(downRevisions)}`,
    ...(createdAt === null ? [] : [`Create Date: ${createdAt}`]),
  ];
}
