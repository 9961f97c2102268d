/** current, history, heads, branches, show: what there is and where the database is. None of them writes. */
import { RevisionNotFoundError, UsageError } from "../errors.js";
import { writeHeadsFiles } from "../revisions/heads-file.js";
import { resolveHistoryRange } from "../revisions/resolve-range.js";
import { needsCurrent, resolveRevisions } from "../revisions/resolve-target.js";
import type { Revision } from "../revisions/revision.js";
import { isBranchPoint, isHead, isMergePoint, nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { currentRevisions } from "../revisions/walk-graph.js";
import type { Environment } from "./environment/environment.js";

/** One revision as history shows it. Ids are full. */
export interface HistoryEntry {
  readonly revision: string;
  readonly downRevision: readonly string[];
  readonly dependsOn: readonly string[];
  readonly branchLabels: readonly string[];
  readonly message: string;
  readonly description: string;
  readonly createdAt: string | null;
  /** Absolute. */
  readonly path: string;
  readonly isHead: boolean;
  readonly isBranchPoint: boolean;
  readonly isMergePoint: boolean;
  /** Only where the database was asked. */
  readonly isCurrent?: boolean;
  readonly children: readonly string[];
}

/** Revisions of a graph, in the order in which they are shown; `current` where the database was asked. */
export interface HistoryResult {
  readonly graph: RevisionGraph;
  readonly entries: readonly HistoryEntry[];
  readonly current?: readonly string[];
}

export interface CurrentResult {
  readonly graph: RevisionGraph;
  /** Rows of the version table, and the heads that are applied because another row depends on them. */
  readonly current: readonly string[];
  readonly heads: readonly string[];
  readonly isAtHead: boolean;
  /** Ids in the database that no file declares. */
  readonly missing: readonly string[];
}

export async function readCurrent(environment: Environment): Promise<CurrentResult> {
  const graph = await environment.loadGraph();
  const rows = await readHeads(environment);
  const missing = rows.filter((id) => !graph.byId.has(id));
  const known = rows.filter((id) => graph.byId.has(id));
  const heads = graph.realHeads;
  return {
    graph,
    current: [...currentRevisions(graph, known), ...missing],
    heads,
    isAtHead: rows.length === heads.length && heads.every((id) => rows.includes(id)),
    missing,
  };
}

/** `range`: `a:b` as in the reference; only `-i`, or a range that names the database's own place, opens a connection. */
export async function readHistory(
  environment: Environment,
  options: { readonly range: string | undefined; readonly indicateCurrent: boolean },
): Promise<HistoryResult> {
  const graph = await environment.loadGraph();
  const range = options.range ?? ":";
  const current = options.indicateCurrent || needsCurrent(range) ? await readHeads(environment) : undefined;
  const ids = resolveHistoryRange(graph, range, current === undefined ? {} : { current });
  return historyResult(graph, ids, options.indicateCurrent ? current : undefined);
}

export async function readGraphHeads(environment: Environment, resolveDependencies: boolean): Promise<HistoryResult> {
  const graph = await environment.loadGraph();
  return historyResult(graph, resolveDependencies ? graph.realHeads : graph.heads);
}

/** Makes the heads files say what the heads are. @throws UsageError when the config does without them */
export async function renewHeadsFiles(environment: Environment): Promise<void> {
  const { headsFile, versionLocations } = environment.config;
  if (!headsFile) {
    throw new UsageError("the config says that there is no heads file", { hint: "Set `headsFile: true` in it." });
  }
  await writeHeadsFiles(await environment.loadGraph(), versionLocations);
}

export async function readBranches(environment: Environment): Promise<HistoryResult> {
  const graph = await environment.loadGraph();
  return historyResult(
    graph,
    graph.nodes.filter(isBranchPoint).map((node) => node.id),
  );
}

export async function showRevisions(environment: Environment, given: readonly string[]): Promise<HistoryResult> {
  const graph = await environment.loadGraph();
  const current = await currentFor(environment, given);
  const ids = given.flatMap((name) => resolveRevisions(graph, name, { current }));
  return historyResult(graph, [...new Set(ids)], current);
}

/** The paths of the revisions named, for an editor. @throws RevisionNotFoundError when nothing is named by it */
export async function revisionPaths(environment: Environment, given: string): Promise<readonly string[]> {
  const { entries } = await showRevisions(environment, [given]);
  if (entries.length === 0) {
    throw new RevisionNotFoundError(`'${given}' names no revision file`, {
      given,
      hint: "Run `tsmigrate history` to see them.",
    });
  }
  return entries.map((entry) => entry.path);
}

/** Where the database is, if one of these identifiers says something about it; otherwise nobody is asked. */
export async function currentFor(
  environment: Environment,
  given: readonly string[],
): Promise<readonly string[] | undefined> {
  return given.some(needsCurrent) ? readHeads(environment) : undefined;
}

export async function readHeads(environment: Environment): Promise<readonly string[]> {
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    return await environment.versionTable(connection).read();
  } finally {
    await environment.release();
  }
}

function historyResult(graph: RevisionGraph, ids: readonly string[], current?: readonly string[]): HistoryResult {
  const entries = ids.map((id) => historyEntry(graph, id, current));
  return current === undefined ? { graph, entries } : { graph, entries, current };
}

function historyEntry(graph: RevisionGraph, id: string, current?: readonly string[]): HistoryEntry {
  const node = nodeOf(graph, id);
  const revision: Revision = node.revision;
  return {
    revision: revision.id,
    downRevision: revision.downRevisions,
    dependsOn: revision.dependsOn,
    branchLabels: node.branchLabels,
    message: revision.message,
    description: revision.description,
    createdAt: revision.createdAt,
    path: revision.path,
    isHead: isHead(node),
    isBranchPoint: isBranchPoint(node),
    isMergePoint: isMergePoint(node),
    ...(current === undefined ? {} : { isCurrent: current.includes(id) }),
    children: node.children.map((child) => child.id),
  };
}
