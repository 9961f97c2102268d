/** Ranges `a:b`: of the history, both ends included, and of scripts, from one place to another. */
import { NotAncestorError, UsageError } from "../errors.js";
import { walkDown } from "./count-steps.js";
import { findBranch, parseIdentifier, quoted } from "./find-revision.js";
import {
  type DowngradeTarget,
  type ResolveOptions,
  resolveDowngradeTarget,
  resolveIdentifier,
  resolveRevisions,
  resolveUpgradeTarget,
  walkUpFromRows,
} from "./resolve-target.js";
import type { RevisionId } from "./revision.js";
import { nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { newestFirst, onLineageOf, withAncestors, withDescendantsOnLineage } from "./walk-graph.js";

/**
 * Lists the revisions of `start:end`, newest first, both ends included. `start` alone (`a:`) goes to all heads, `end`
 * alone (`:b`) begins at base. `-N:b` begins N below b, or at base; `a:+N` ends N above a.
 *
 * @throws UsageError if it is no range.
 * @throws NotAncestorError if the start does not lie below the end.
 */
export function resolveHistoryRange(
  graph: RevisionGraph,
  range: string,
  options: ResolveOptions = {},
): readonly RevisionId[] {
  const [start, end] = splitRange(range);
  const ends = resolveEnd(graph, start, end, options);
  const { starts, targets } = resolveStart(graph, start, ends, options);
  const wanted = withAncestors(targets);
  if (starts.some((node) => !wanted.has(node))) {
    throw new NotAncestorError(`'${start}' (${describe(starts)}) does not lie below '${end}' (${describe(ends)})`, {
      lower: start,
      upper: end,
      hint: "Give the older revision first, and both of the same branch.",
    });
  }
  const below = withAncestors(starts);
  const above = withDescendantsOnLineage(starts);
  const listed = new Set([...wanted].filter((node) => !below.has(node) || starts.includes(node)));
  return newestFirst(listed)
    .filter((node) => starts.length === 0 || above.has(node))
    .map(({ id }) => id);
}

/** Where a script begins and what it leads to. */
export interface ScriptRange<Target> {
  /** As rows of a version table. */
  readonly from: readonly RevisionId[];
  readonly target: Target;
}

/** Resolves what `upgrade --sql` is given: `a:b`, `a,b:c` from several rows, or `b`, which begins at base. */
export function resolveUpgradeScript(graph: RevisionGraph, given: string): ScriptRange<readonly RevisionId[]> {
  const [start, end] = given.includes(":") ? splitRange(given) : ["base", given];
  const from = resolveStartingRows(graph, start);
  return { from, target: resolveUpgradeTarget(graph, end, from) };
}

/**
 * Resolves what `downgrade --sql` is given: `from:to`.
 * @throws UsageError if one of the two is missing.
 */
export function resolveDowngradeScript(graph: RevisionGraph, given: string): ScriptRange<DowngradeTarget> {
  const match = /^([^:]+):([^:]+)$/.exec(given);
  if (match === null) {
    throw new UsageError(`downgrade with --sql needs <from>:<to>, not '${given}'`, {
      hint: "Say where the script begins, for example `tsmigrate downgrade head:base --sql`.",
    });
  }
  const from = resolveStartingRows(graph, match[1]!);
  return { from, target: resolveDowngradeTarget(graph, match[2]!, from) };
}

/**
 * Resolves what `stamp --sql` is given: targets, of which one may be `a:b`, which says where the database is.
 * @throws UsageError if several of them do.
 */
export function resolveStampScript(graph: RevisionGraph, given: readonly string[]): ScriptRange<readonly string[]> {
  const ranges = given.filter((target) => target.includes(":"));
  if (ranges.length > 1) {
    throw new UsageError(`a script begins at one place, and ${quoted(ranges)} name several`, {
      hint: "Say it once, for example `tsmigrate stamp a1b2:head --sql`.",
    });
  }
  const [range] = ranges;
  if (range === undefined) return { from: [], target: given };
  const [start, end] = splitRange(range);
  return {
    from: resolveStartingRows(graph, start),
    target: given.map((target) => (target === range ? end : target)),
  };
}

/**
 * The rows of a version table where a script begins: of one identifier, or of several with commas between.
 * @throws UsageError if a database cannot be at all of them.
 */
function resolveStartingRows(graph: RevisionGraph, start: string): readonly RevisionId[] {
  const parts = start.split(",").map((part) => part.trim());
  if (parts.length > 1 && parts.includes("")) {
    throw new UsageError(`'${start}' has a comma too many`, { hint: "Write for example `a1b2,c3d4:heads`." });
  }
  const rows = parts.map((part) => withoutImplied(resolveRevisions(graph, part).map((id) => nodeOf(graph, id))));
  const all = rows.flat();
  const implied = all.find((node, at) => withAncestors(all.filter((_, other) => other !== at)).has(node));
  if (implied === undefined) return all.map(({ id }) => id);
  throw new UsageError(`a database cannot be at all of ${quoted(all.map(({ id }) => id))}`, {
    hint: `Leave \`${implied.id}\` out: another one says that it is applied.`,
  });
}

/** Without those that need no row, since another one stands on or depends on them. */
function withoutImplied(nodes: readonly RevisionNode[]): readonly RevisionNode[] {
  return nodes.filter((node) => !withAncestors(nodes.filter((other) => other !== node)).has(node));
}

function splitRange(range: string): readonly [string, string] {
  const match = /^([^:]*):([^:]*)$/.exec(range.trim());
  if (match === null) {
    throw new UsageError(`'${range}' is not a range`, { hint: "Write `start:end`, `start:` or `:end`." });
  }
  return [match[1] || "base", match[2] || "heads"];
}

function resolveEnd(
  graph: RevisionGraph,
  start: string,
  end: string,
  options: ResolveOptions,
): readonly RevisionNode[] {
  const { symbol, steps = 0, branch } = parseIdentifier(end);
  if (symbol !== undefined || steps <= 0) return resolveIdentifier(graph, end, options).nodes;
  if (countsFromEnd(start)) {
    throw new UsageError(`both ends of '${start}:${end}' count from the other one`, {
      hint: "Name one of them, for example `-2:head`.",
    });
  }
  const from = resolveIdentifier(graph, start, options);
  const way = branch === undefined ? from.branch : findBranch(graph, branch).node;
  const last = walkUpFromRows(graph, from.nodes, {
    given: end,
    steps,
    branch: way === undefined ? undefined : { name: way.id, node: way },
    pastEnd: "stop",
  });
  return last === undefined ? [] : [last];
}

function resolveStart(
  graph: RevisionGraph,
  start: string,
  ends: readonly RevisionNode[],
  options: ResolveOptions,
): { readonly starts: readonly RevisionNode[]; readonly targets: readonly RevisionNode[] } {
  if (!countsFromEnd(start)) {
    const { nodes, branch } = resolveIdentifier(graph, start, options);
    return { starts: nodes, targets: branch === undefined ? ends : onLineageOf(ends, branch) };
  }
  const { steps = 0, branch } = parseIdentifier(start);
  const node = branch === undefined ? undefined : resolveIdentifier(graph, branch, options).nodes[0];
  const targets = node === undefined ? ends : onLineageOf(ends, node);
  const starts = targets.map((target) => walkDown(target, { given: start, steps: -steps, pastEnd: "stop" }));
  return { starts: starts.includes(undefined) ? [] : starts.filter((place) => place !== undefined), targets };
}

function countsFromEnd(start: string): boolean {
  const { symbol, steps = 0 } = parseIdentifier(start);
  return symbol === undefined && steps < 0;
}

function describe(nodes: readonly RevisionNode[]): string {
  return nodes.length === 0 ? "base" : quoted(nodes.map(({ id }) => id));
}
