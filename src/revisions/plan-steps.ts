/**
 * Which revisions to run, in which order, to bring a database from the rows of its version table to a target, and how
 * these rows move with each.
 * @see Alembic: https://alembic.sqlalchemy.org/en/latest/branches.html
 */
import { AmbiguousTargetError, NotAncestorError } from "../errors.js";
import { findRows, quoted } from "./find-revision.js";
import { type DowngradeTarget, resolveIdentifier } from "./resolve-target.js";
import type { Direction, RevisionId, RevisionStep } from "./revision.js";
import { inFileOrder, nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { plannedRows } from "./version-rows.js";
import { newestFirst, withAncestors, withAncestorsOnLineage, withDescendants } from "./walk-graph.js";

/**
 * Lists the revisions to apply, oldest first: the targets and everything they need, less what is applied. Empty when
 * nothing is to be done.
 *
 * @throws RevisionNotFoundError if the database is at a revision that no file declares.
 */
export function planUpgrade(
  graph: RevisionGraph,
  currentHeads: readonly RevisionId[],
  targets: readonly RevisionId[],
): readonly RevisionStep[] {
  const rows = findRows(graph, currentHeads);
  const applied = withAncestors(rows);
  const wanted = withAncestors(targets.map((id) => nodeOf(graph, id)));
  const pending = new Set([...wanted].filter((node) => !applied.has(node)));
  return steps(rows, "upgrade", newestFirst(pending).toReversed());
}

/**
 * Lists the revisions to take back, newest first: what is applied above the target, and whatever depends on that, on
 * other lineages too. The target itself stays. Where several branches lead up from the target, only the named one goes.
 * Empty when nothing above the target is applied.
 *
 * @throws RevisionNotFoundError if the database is at a revision that no file declares.
 * @throws NotAncestorError if the target is not applied.
 * @throws AmbiguousTargetError if the branch that is named does not tell which one is meant.
 */
export function planDowngrade(
  graph: RevisionGraph,
  currentHeads: readonly RevisionId[],
  target: DowngradeTarget,
): readonly RevisionStep[] {
  const rows = findRows(graph, currentHeads);
  const applied = withAncestors(rows);
  const stays = target.to === null ? undefined : nodeOf(graph, target.to);
  if (stays !== undefined && !applied.has(stays)) throw notApplied(target, currentHeads);
  const doomed = withDescendants(firstToGo(graph, target, currentHeads));
  const dropped = new Set([...applied].filter((node) => doomed.has(node)));
  return steps(rows, "downgrade", newestFirst(dropped));
}

export interface StampOptions {
  /** The caller deletes all rows first, whatever they hold: the plan begins without any. */
  readonly purge?: boolean;
}

/**
 * Lists the moves, one for each row that changes, in the order of the targets. A target's row replaces the rows of its
 * ancestors and descendants; on a lineage without a row it is added; base deletes all rows, `label@base` those of that
 * lineage. Several targets stand beside each other, even if one is an ancestor of another. Empty when all is so already.
 *
 * @throws RevisionNotFoundError if a row is unknown, unless `purge` is set.
 * @throws RevisionNotFoundError, AmbiguousRevisionError, MultipleHeadsError for a target that cannot be resolved.
 */
export function planStamp(
  graph: RevisionGraph,
  currentHeads: readonly RevisionId[],
  targets: readonly string[],
  options: StampOptions = {},
): readonly RevisionStep[] {
  const start = options.purge === true ? [] : findRows(graph, currentHeads);
  const current = start.map(({ id }) => id);
  const resolved = targets.map((target) => resolveIdentifier(graph, target, { current }));
  const rows = new Set(start);
  const wanted = new Set(resolved.flatMap(({ nodes }) => nodes));
  const steps: RevisionStep[] = [];
  const move = (subject: RevisionNode, direction: RevisionStep["direction"], change: () => void) => {
    const headsBefore = idsOf(rows);
    change();
    steps.push({ revision: subject.revision, direction, headsBefore, headsAfter: idsOf(rows) });
  };
  for (const { nodes, branch } of resolved) {
    for (const node of nodes) {
      if (rows.has(node)) continue;
      const { replaced, above } = relatedRows(rows, node, wanted);
      move(node, above ? "downgrade" : "upgrade", () => {
        for (const row of replaced) rows.delete(row);
        rows.add(node);
      });
    }
    if (nodes.length > 0) continue;
    for (const row of inFileOrder(rowsToDelete(rows, branch, wanted))) move(row, "downgrade", () => rows.delete(row));
  }
  return steps;
}

export interface VersionRowChanges {
  readonly deletes: readonly RevisionId[];
  readonly updates: readonly (readonly [from: RevisionId, to: RevisionId])[];
  readonly inserts: readonly RevisionId[];
}

/** The rows before and after something, and whose doing it is. */
export interface RowMove {
  readonly revision: { readonly downRevisions: readonly RevisionId[] };
  readonly headsBefore: readonly RevisionId[];
  readonly headsAfter: readonly RevisionId[];
}

/**
 * Gives the fewest statements that turn the rows before into the rows after. Where one of several rows is updated it is
 * the last one: parents in the order of the file, then the others in the graph's order.
 */
export function versionRowChanges(move: RowMove): VersionRowChanges {
  const before = new Set(move.headsBefore);
  const after = new Set(move.headsAfter);
  const gone = parentsFirst(
    move,
    [...before].filter((id) => !after.has(id)),
  );
  const come = parentsFirst(
    move,
    [...after].filter((id) => !before.has(id)),
  );
  const [from, to] = [gone.at(-1), come.at(-1)];
  if (from === undefined || to === undefined) return { deletes: gone, updates: [], inserts: come };
  return { deletes: gone.slice(0, -1), updates: [[from, to]], inserts: come.slice(0, -1) };
}

/** The revisions right above the target, on the branch that is named if there is a choice. */
function firstToGo(
  graph: RevisionGraph,
  { to, branch, given }: DowngradeTarget,
  currentHeads: readonly RevisionId[],
): readonly RevisionNode[] {
  const all = to === null ? graph.bases.map((id) => nodeOf(graph, id)) : nodeOf(graph, to).children;
  if (branch === null || all.length < 2) return all;
  const lineage = withAncestorsOnLineage([nodeOf(graph, branch)]);
  const chosen = all.filter((node) => lineage.has(node));
  if (chosen.length > 0) return chosen;
  const ids = all.map(({ id }) => id);
  throw new AmbiguousTargetError(`'${given}' does not say which branch shall go: above '${to}' are ${quoted(ids)}`, {
    current: currentHeads,
    hint: `Name a revision of the branch, for example \`${ids[0]}@${to}\`, or \`${to}\` to take all of them back.`,
  });
}

function steps(
  rows: readonly RevisionNode[],
  direction: Direction,
  order: readonly RevisionNode[],
): readonly RevisionStep[] {
  const planned = plannedRows(rows);
  let headsBefore = planned.ids();
  return order.map((node) => {
    planned[direction === "upgrade" ? "up" : "down"](node);
    const step: RevisionStep = { revision: node.revision, direction, headsBefore, headsAfter: planned.ids() };
    headsBefore = step.headsAfter;
    return step;
  });
}

function notApplied({ given, to }: DowngradeTarget, currentHeads: readonly RevisionId[]): NotAncestorError {
  const where = currentHeads.length === 0 ? "base" : quoted(currentHeads);
  const what = given === to ? "it" : `'${to}'`;
  return new NotAncestorError(`cannot downgrade to '${given}': ${what} is not applied, the database is at ${where}`, {
    lower: to ?? "base",
    upper: currentHeads.join(", "),
    hint: "Run `tsmigrate current` to see where the database is.",
  });
}

/** The rows that a target replaces, and whether one of them lies above it. Rows that are targets themselves stay. */
function relatedRows(
  rows: ReadonlySet<RevisionNode>,
  node: RevisionNode,
  wanted: ReadonlySet<RevisionNode>,
): { readonly replaced: readonly RevisionNode[]; readonly above: boolean } {
  const below = withAncestors([node]);
  const above = withDescendants([node]);
  const replaced = [...rows].filter((row) => !wanted.has(row) && (below.has(row) || above.has(row)));
  return { replaced, above: replaced.some((row) => above.has(row)) };
}

function rowsToDelete(
  rows: ReadonlySet<RevisionNode>,
  branch: RevisionNode | undefined,
  wanted: ReadonlySet<RevisionNode>,
): readonly RevisionNode[] {
  const candidates = [...rows].filter((row) => !wanted.has(row));
  if (branch === undefined) return candidates;
  const below = withAncestors([branch]);
  const above = withDescendants([branch]);
  return candidates.filter((row) => below.has(row) || above.has(row));
}

function idsOf(rows: ReadonlySet<RevisionNode>): readonly RevisionId[] {
  return inFileOrder(rows).map(({ id }) => id);
}

function parentsFirst({ revision }: RowMove, ids: readonly RevisionId[]): readonly RevisionId[] {
  const parents = revision.downRevisions.filter((id) => ids.includes(id));
  return [...parents, ...ids.filter((id) => !parents.includes(id))];
}
