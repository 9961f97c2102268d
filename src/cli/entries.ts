/** Revisions as lines and as JSON. */
import type { HistoryEntry } from "../commands/read-history.js";
import { printable } from "../util/printable.js";
import type { Style } from "./style.js";

/** `<base> -> a1b2 (label) (head), create users table`, with the marks of Alembic and in its order. */
export function historyLine(entry: HistoryEntry, style: Style): string {
  const below = entry.downRevision.length === 0 ? "<base>" : entry.downRevision.join(", ");
  const needs = entry.dependsOn.length === 0 ? "" : ` (${entry.dependsOn.join(", ")})`;
  return `${style.faint(below)}${needs} -> ${headLine(entry, style)}, ${printable(entry.message)}`;
}

/** The same without what it comes from and without its message. */
export function headLine(entry: HistoryEntry, style: Style): string {
  return `${style.id(entry.revision)}${style.mark(marks(entry))}`;
}

function marks(entry: HistoryEntry): string {
  const words = [
    entry.branchLabels.length > 0 ? entry.branchLabels.join(", ") : null,
    entry.isHead ? (entry.isEffectiveHead ? "effective head" : "head") : null,
    entry.isCurrent ? "current" : null,
    entry.isBranchPoint ? "branchpoint" : null,
    entry.isMergePoint ? "mergepoint" : null,
  ];
  return words.map((word) => (word === null ? "" : ` (${word})`)).join("");
}

/** The long form of `show` and `--verbose`. */
export function longEntry(entry: HistoryEntry, style: Style): readonly string[] {
  const list = (label: string, ids: readonly string[]) => (ids.length === 0 ? [] : [`${label}: ${ids.join(", ")}`]);
  const parents =
    entry.downRevision.length > 1
      ? list("Merges", entry.downRevision)
      : [`Parent: ${entry.downRevision[0] ?? "<base>"}`];
  return [
    `Rev: ${headLine({ ...entry, branchLabels: [] }, style)}`,
    ...parents,
    ...list("Also depends on", entry.dependsOn),
    ...(entry.isBranchPoint ? list("Branches into", entry.children) : []),
    ...list("Branch names", entry.branchLabels),
    `Path: ${printable(entry.path)}`,
    "",
    ...[entry.message, ...(entry.description === "" ? [] : ["", ...entry.description.split("\n")])].map((line) =>
      printable(`    ${line}`).trimEnd(),
    ),
    ...(entry.createdAt === null ? [] : ["", `    Create Date: ${entry.createdAt}`]),
    "",
  ];
}

export function entryDocument(entry: HistoryEntry): Record<string, unknown> {
  const {
    revision,
    downRevision,
    dependsOn,
    branchLabels,
    message,
    createdAt,
    path,
    isHead,
    isBranchPoint,
    isMergePoint,
  } = entry;
  return {
    revision,
    downRevision,
    dependsOn,
    branchLabels,
    message,
    createdAt,
    path,
    isHead,
    isBranchPoint,
    isMergePoint,
    ...(entry.isCurrent === undefined ? {} : { isCurrent: entry.isCurrent }),
  };
}
