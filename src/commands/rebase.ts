/** rebase: a revision that is not applied gets another parent; what stands on it comes along. */
import { readFileSync } from "node:fs";
import {
  AmbiguousTargetError,
  DatabaseError,
  RevisionAppliedError,
  RevisionCycleError,
  RevisionError,
  RevisionFileError,
  RevisionNotFoundError,
  TsMigrateError,
  UsageError,
} from "../errors.js";
import { findRows, quoted } from "../revisions/find-revision.js";
import { resolveRevisions } from "../revisions/resolve-target.js";
import {
  buildRevisionGraph,
  isMergePoint,
  nodeOf,
  type RevisionGraph,
  type RevisionNode,
} from "../revisions/revision-graph.js";
import { withDownRevision } from "../revisions/rewrite-parents.js";
import { withAncestors, withAncestorsOnLineage, withDescendants } from "../revisions/walk-graph.js";
import { replaceFile } from "../revisions/write-file.js";
import type { Environment } from "./environment/environment.js";
import { keepHeads } from "./files/write-revision.js";
import { runFleet } from "./fleet/fleet.js";
import { readHeads } from "./read-history.js";

export interface RebaseOptions {
  /** Revision identifiers, each of one revision; `base` as the target makes it a first revision. */
  readonly revision: string;
  readonly onto: string;
  /** Do not ask the databases whether it is applied: the caller knows that it is not, in any. */
  readonly offline: boolean;
}

export interface RebaseResult {
  readonly revision: string;
  /** Empty at a base. */
  readonly from: readonly string[];
  readonly downRevision: readonly string[];
  readonly path: string;
  /** The heads of the history as it is now. */
  readonly heads: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * @throws RevisionError when the revision or one that needs it is applied, when it is a merge point, or when the target
 * stands on it; DatabaseError when the database cannot be asked
 */
export async function rebase(environment: Environment, options: RebaseOptions): Promise<RebaseResult> {
  const graph = await environment.loadGraph();
  const places = options.offline ? [] : await askDatabases(environment, options.revision);
  const current = places.find(({ target }) => target === null)?.rows;
  const node = single(graph, options.revision, current)!;
  if (node === undefined) {
    throw new UsageError(`'${options.revision}' names no revision to move`, { hint: "Name one by its id." });
  }
  const onto = single(graph, options.onto, current);
  const result = { revision: node.id, from: node.revision.downRevisions, path: node.revision.path };
  requireMovable(node, onto);
  if (node.parents[0] === onto) {
    return { ...result, downRevision: result.from, heads: graph.heads, warnings: [] };
  }
  requireUnapplied(graph, node, places);
  const downRevisions = onto === undefined ? [] : [onto.id];
  const after = buildRevisionGraph(
    graph.nodes.map(({ revision }) => (revision === node.revision ? { ...revision, downRevisions } : revision)),
  );
  await rewrite(node, onto?.id ?? null);
  const warnings = [...idleMerges(graph, after), ...(await keepHeads(environment, graph, after))];
  return { ...result, downRevision: downRevisions, heads: after.heads, warnings };
}

/** A database whose version table was read. */
interface Place {
  /** Null: the one of the config itself. */
  readonly target: string | null;
  readonly rows: readonly string[];
}

/** Where the databases are. A wrong guess would leave one with a history that never was, so there is none. */
async function askDatabases(environment: Environment, given: string): Promise<readonly Place[]> {
  const { targets, url, connect } = environment.config;
  const hasTargets = targets !== undefined && environment.options.target === undefined;
  const own = hasTargets && url === undefined && connect === undefined ? [] : [await askOne(environment, given)];
  return hasTargets ? [...own, ...(await askTargets(environment, given))] : own;
}

async function askOne(environment: Environment, given: string): Promise<Place> {
  try {
    return { target: null, rows: await readHeads(environment) };
  } catch (cause) {
    throw unasked(given, "the database", cause, "Start it, or name it with `--url`.");
  }
}

async function askTargets(environment: Environment, given: string): Promise<readonly Place[]> {
  const { outcomes, interrupted } = await runFleet(environment, {
    select: [],
    concurrency: undefined,
    command: null,
    resume: false,
    work: readHeads,
    onTargets: () => {},
    onDone: () => {},
  });
  if (interrupted !== null) throw interrupted;
  const failed = outcomes.filter((outcome) => outcome.state === "failed");
  const [first, second] = failed;
  if (first !== undefined) {
    const others = second === undefined ? "" : ` (nor can ${failed.length - 1} more)`;
    throw unasked(
      given,
      `the target '${first.target}'${others}`,
      first.error,
      "Start it, or correct it in the config.",
    );
  }
  return outcomes.flatMap((outcome) =>
    outcome.state === "done" ? [{ target: outcome.target, rows: outcome.result }] : [],
  );
}

function unasked(given: string, who: string, cause: unknown, hint: string): unknown {
  if (!(cause instanceof TsMigrateError)) return cause;
  return new DatabaseError(`${who} cannot be asked whether '${given}' is applied: ${cause.message}`, {
    cause,
    hint: `${hint} When you know that the revision is applied nowhere, add \`--offline\`.`,
  });
}

function single(graph: RevisionGraph, given: string, current: readonly string[] | undefined): RevisionNode | undefined {
  const ids = resolveRevisions(graph, given, { current });
  const [id, second] = ids;
  if (second === undefined) return id === undefined ? undefined : nodeOf(graph, id);
  throw new AmbiguousTargetError(`'${given}' means ${ids.length} revisions: ${quoted(ids)}`, {
    current: current ?? [],
    hint: `Name one of them, for example \`${id}\`.`,
  });
}

function requireMovable(node: RevisionNode, onto: RevisionNode | undefined): void {
  if (isMergePoint(node)) {
    throw new RevisionError(`revision '${node.id}' is a merge point of ${quoted(node.revision.downRevisions)}`, {
      hint: "Move a revision of one of its branches instead, or delete the merge.",
    });
  }
  if (onto === node) {
    throw new RevisionCycleError(`revision '${node.id}' cannot stand on itself`, {
      revisions: [node.id],
      hint: "Name another revision with `--onto`.",
    });
  }
  if (onto !== undefined && withDescendants([node]).has(onto)) {
    throw new RevisionCycleError(`'${onto.id}' needs '${node.id}', which therefore cannot stand on it`, {
      revisions: [node.id, onto.id],
      hint: `To put one behind the other, move the upper part: \`tsmigrate rebase <rev> --onto ${node.id}\`.`,
    });
  }
}

function requireUnapplied(graph: RevisionGraph, node: RevisionNode, places: readonly Place[]): void {
  const applied = places.filter((place) => withAncestors(nodesAt(graph, place)).has(node));
  const [first] = applied;
  if (first === undefined) return;
  const targets = applied.flatMap(({ target }) => (target === null ? [] : [target]));
  const above = nodesAt(graph, first).filter((row) => row !== node && withDescendants([node]).has(row));
  const at = above.length === 0 ? "" : ` at ${quoted(above.map(({ id }) => id))}`;
  const where = first.target === null ? "the database is" : `the target '${first.target}' is`;
  const why = at === "" ? "" : `, since ${where}${at}`;
  const below = node.revision.downRevisions[0] ?? "base";
  const [target] = targets;
  const option = first.target === null ? "" : ` --target ${target}`;
  throw new RevisionAppliedError(
    `revision '${node.id}' is applied${inTargets(targets)}${why}: moving it would change what has happened`,
    {
      revision: node.id,
      targets,
      hint: `Take it back first with \`tsmigrate downgrade ${node.id}@${below}${option}\`, or join the branches with \`tsmigrate merge\`.`,
    },
  );
}

function nodesAt(graph: RevisionGraph, { target, rows }: Place): readonly RevisionNode[] {
  try {
    return findRows(graph, rows);
  } catch (cause) {
    if (target === null || !(cause instanceof RevisionNotFoundError)) throw cause;
    const { given, hint } = cause;
    throw new RevisionNotFoundError(`target '${target}': ${cause.message}`, { cause, given, hint });
  }
}

function inTargets(targets: readonly string[]): string {
  if (targets.length === 0) return "";
  return targets.length === 1 ? ` in the target ${quoted(targets)}` : ` in the targets ${quoted(targets)}`;
}

async function rewrite(node: RevisionNode, parent: string | null): Promise<void> {
  const { path } = node.revision;
  const bytes = readFileSync(path);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) {
    throw new RevisionFileError(`'${path}' is not written in UTF-8`, { path, hint: "Save it as UTF-8." });
  }
  const moved = withDownRevision(text, parent, path);
  try {
    await replaceFile(path, moved);
  } catch (cause) {
    throw new RevisionFileError(`'${path}' cannot be written: ${String(cause)}`, { path, cause });
  }
}

/** Merges that have become idle: one of their parents now lies below another. */
function idleMerges(before: RevisionGraph, after: RevisionGraph): readonly string[] {
  const idle = (graph: RevisionGraph) =>
    graph.nodes
      .filter(({ parents }) =>
        parents.some((parent) => withAncestorsOnLineage(parents.filter((other) => other !== parent)).has(parent)),
      )
      .map(({ id }) => id);
  const known = idle(before);
  return idle(after)
    .filter((id) => !known.includes(id))
    .map((id) => `the merge '${id}' has nothing left to join: its parents are on one line now`);
}
