/**
 * What identifiers mean to each command. A result without revisions is base.
 *
 * Forms: an id, a unique prefix, a label, `head`, `heads`, `base`, `current`, each with `+N` or `-N` behind it and
 * `branch@` before it; `+N` and `-N` alone count from where the database is; ranges are `a:b`.
 */
import { AmbiguousTargetError, NotAncestorError, RevisionNotFoundError, UsageError } from "../errors.js";
import { type Place, type Walk, walkDown, walkUp } from "./count-steps.js";
import {
  type Branch,
  distinctName,
  findBranch,
  findHead,
  findRevision,
  findRows,
  headsOf,
  type Identifier,
  parseIdentifier,
  quoted,
} from "./find-revision.js";
import type { RevisionId } from "./revision.js";
import { nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { currentRevisions, onLineageOf, withAncestors } from "./walk-graph.js";

export interface ResolveOptions {
  /** The rows of the version table, where they are known: what `current` and `+N` need. */
  readonly current?: readonly RevisionId[] | undefined;
}

/** Revisions an identifier means, and the branch it narrows a command to. */
export interface Resolved {
  /** Empty means base. In file order. */
  readonly nodes: readonly RevisionNode[];
  /** What stands before `@`; for a walk down to base, the revision it started from. */
  readonly branch: RevisionNode | undefined;
}

export interface DowngradeTarget {
  readonly given: string;
  /** The revision that stays; null is base. */
  readonly to: RevisionId | null;
  /** Only what lies on the way to this revision goes, where several branches lead up from the target. */
  readonly branch: RevisionId | null;
}

/** Does this identifier or range say something about where the database is, so that it must be asked? */
export function needsCurrent(given: string): boolean {
  return given.split(":").some((part) => {
    const { symbol, steps = 0 } = parseIdentifier(part);
    return symbol === "current" || (symbol === undefined && steps > 0);
  });
}

/**
 * Resolves an identifier for commands that look at revisions or name them: show, edit, stamp, merge, revision.
 * `-N` counts down from every head. `base` gives an empty list.
 *
 * @throws RevisionNotFoundError, AmbiguousRevisionError, MultipleHeadsError
 * @throws UsageError if it counts from where the database is, and that is not known.
 */
export function resolveRevisions(
  graph: RevisionGraph,
  given: string,
  options: ResolveOptions = {},
): readonly RevisionId[] {
  return resolveIdentifier(graph, given, options).nodes.map(({ id }) => id);
}

/** As {@link resolveRevisions}, with the branch that was named. */
export function resolveIdentifier(graph: RevisionGraph, given: string, options: ResolveOptions): Resolved {
  if (given.includes(":")) throw new UsageError(`a range is not possible here: '${given}'`);
  const identifier = parseIdentifier(given);
  const branch = branchOf(graph, identifier);
  const { symbol, steps } = identifier;
  if (steps === undefined) return { nodes: findSymbol(graph, identifier, branch, options), branch: branch?.node };
  if (symbol !== undefined && symbol !== "current") return place(walkFromSymbol(graph, identifier, branch), branch);
  if (symbol === undefined && steps < 0) {
    const tops = branch === undefined ? graph.realHeads.map((id) => nodeOf(graph, id)) : headsOf(graph, branch);
    const places = tops.map((top) => walkDown(top, { given, steps: -steps }));
    return { nodes: [...new Set(places.filter((node) => node !== undefined))], branch: branch?.node };
  }
  const rows = findRows(graph, requireCurrent(given, options));
  if (steps > 0) return place({ end: walkUpFromRows(graph, rows, { given, steps, branch }), start: undefined }, branch);
  const start = rowToWalkDownFrom(graph, rows, identifier, branch);
  return place({ end: walkDown(start, { given, steps: -steps }), start }, branch);
}

/**
 * Resolves where `upgrade` shall lead; an empty list, base, leads nowhere.
 *
 * @throws RevisionNotFoundError, AmbiguousRevisionError, MultipleHeadsError, AmbiguousTargetError
 */
export function resolveUpgradeTarget(
  graph: RevisionGraph,
  given: string,
  currentHeads: readonly RevisionId[],
): readonly RevisionId[] {
  if (given.includes(":")) throw rangeWithoutSql(given);
  const { symbol, steps = 0 } = parseIdentifier(given);
  if (symbol === undefined && steps <= 0) {
    throw wrongDirection(given, "an upgrade counts upward", `+${-steps || 1}`);
  }
  return resolveRevisions(graph, given, { current: currentHeads });
}

/**
 * Resolves where `downgrade` shall lead.
 *
 * @throws RevisionNotFoundError, AmbiguousRevisionError, MultipleHeadsError, AmbiguousTargetError
 * @throws NotAncestorError if nothing of the branch that is named is applied.
 */
export function resolveDowngradeTarget(
  graph: RevisionGraph,
  given: string,
  currentHeads: readonly RevisionId[],
): DowngradeTarget {
  if (given.includes(":")) throw rangeWithoutSql(given);
  const identifier = parseIdentifier(given);
  const { symbol, steps } = identifier;
  if (steps !== undefined && (symbol === undefined || symbol === "current")) {
    if (steps >= 0) throw wrongDirection(given, "a downgrade counts downward", `-${steps || 1}`);
    const start = rowToWalkDownFrom(graph, findRows(graph, currentHeads), identifier, branchOf(graph, identifier));
    const end = walkDown(start, { given, steps: -steps });
    return { given, to: end?.id ?? null, branch: start.id };
  }
  const { nodes, branch } = resolveIdentifier(graph, given, { current: currentHeads });
  const [node, second] = nodes;
  if (second !== undefined) {
    throw new AmbiguousTargetError(`'${given}' means ${nodes.length} revisions: ${quoted(nodes.map(({ id }) => id))}`, {
      current: currentHeads,
      hint: `Name the one that shall stay, for example \`${nodes[0]!.id}\`.`,
    });
  }
  return { given, to: node?.id ?? null, branch: branch?.id ?? null };
}

function branchOf(graph: RevisionGraph, { branch }: Identifier): Branch | undefined {
  return branch === undefined ? undefined : findBranch(graph, branch);
}

function findSymbol(
  graph: RevisionGraph,
  { given, symbol = "" }: Identifier,
  branch: Branch | undefined,
  options: ResolveOptions,
): readonly RevisionNode[] {
  switch (symbol) {
    case "base":
      return [];
    case "head": {
      const head = findHead(graph, given, branch);
      return head === undefined ? [] : [head];
    }
    case "heads":
      return branch === undefined ? graph.realHeads.map((id) => nodeOf(graph, id)) : headsOf(graph, branch);
    case "current": {
      const rows = findRows(graph, requireCurrent(given, options));
      return branch === undefined ? rows : onLineageOf(rows, branch.node);
    }
    default:
      return [findRevision(graph, symbol, branch)];
  }
}

/** `ae10+2`, `head-1`, `label@base+2`: counted from a revision that is named. */
function walkFromSymbol(graph: RevisionGraph, identifier: Identifier, branch: Branch | undefined): Ends {
  const { given, symbol = "", steps = 0 } = identifier;
  const start = startOf(graph, given, symbol, branch);
  const end = steps > 0 ? walkUp(graph, start, { given, steps, branch }) : walkDown(start, { given, steps: -steps });
  return { end, start };
}

function startOf(graph: RevisionGraph, given: string, symbol: string, branch: Branch | undefined): Place {
  if (symbol === "base") return undefined;
  if (symbol === "head" || symbol === "heads") return findHead(graph, given, branch);
  return findRevision(graph, symbol, branch);
}

interface Ends {
  readonly start: Place;
  readonly end: Place;
}

function place({ start, end }: Ends, branch: Branch | undefined): Resolved {
  if (end !== undefined) return { nodes: [end], branch: branch?.node };
  return { nodes: [], branch: branch?.node ?? start };
}

/** `+2`, `label@+2`: up from the row of the branch, or from where its line leaves what is applied. */
export function walkUpFromRows(graph: RevisionGraph, rows: readonly RevisionNode[], walk: Walk): Place {
  const starts = walk.branch === undefined ? rows : rowsOnBranch(rows, walk.branch);
  if (starts.length > 1) {
    const ids = starts.map(({ id }) => id);
    throw new AmbiguousTargetError(`'${walk.given}' is ambiguous: the database is at ${quoted(ids)}`, {
      current: ids,
      hint: `Say from which, for example \`${ids[0]}+${walk.steps}\`.`,
    });
  }
  return walkUp(graph, starts[0], walk);
}

function rowsOnBranch(rows: readonly RevisionNode[], branch: Branch): readonly RevisionNode[] {
  const direct = onLineageOf(rows, branch.node);
  if (direct.length > 0) return direct;
  const applied = onLineageOf([...withAncestors(rows)], branch.node);
  const below = new Set(applied.flatMap((node) => node.needs));
  return applied.filter((node) => !below.has(node));
}

/** `-1`, `label@-1`: the one row that it can mean, or the top of the branch where a row of another lineage needs it. */
function rowToWalkDownFrom(
  graph: RevisionGraph,
  rows: readonly RevisionNode[],
  { given, branch: name }: Identifier,
  branch: Branch | undefined,
): RevisionNode {
  const ids = rows.map(({ id }) => id);
  let starts = rows;
  if (branch !== undefined) {
    starts = onLineageOf(rows, branch.node);
    if (starts.length === 0) {
      const tops = currentRevisions(graph, ids).map((id) => nodeOf(graph, id));
      starts = onLineageOf(tops, branch.node);
    }
  }
  const [start, second] = starts;
  if (start === undefined) {
    const what = name === undefined ? "no revision is applied" : `no revision of branch '${name}' is applied`;
    throw new NotAncestorError(`'${given}' leads too far: ${what}`, { lower: given, upper: ids.join(", ") });
  }
  if (second !== undefined) {
    const several = starts.map(({ id }) => id);
    throw new AmbiguousTargetError(`'${given}' is ambiguous: the database is at ${quoted(several)}`, {
      current: several,
      hint: `Say from which, for example \`${distinctName(start, starts)}@${given.slice(given.lastIndexOf("-"))}\`.`,
    });
  }
  return start;
}

function requireCurrent(given: string, { current }: ResolveOptions): readonly RevisionId[] {
  if (current !== undefined) return current;
  throw new UsageError(`'${given}' counts from where the database is, which this command does not ask`, {
    hint: "Name a revision instead, for example `head`.",
  });
}

function rangeWithoutSql(given: string): UsageError {
  return new UsageError(`a range is only possible with --sql: '${given}'`, {
    hint: `Give one revision, or add \`--sql\` to print the script of the range.`,
  });
}

function wrongDirection(given: string, rule: string, instead: string): RevisionNotFoundError {
  return new RevisionNotFoundError(`'${given}' leads nowhere: ${rule}`, { given, hint: `Did you mean '${instead}'?` });
}
