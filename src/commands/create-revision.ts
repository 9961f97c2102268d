/** A new revision file: empty, or with what autogenerate found. */
import { DatabaseBehindError, MultipleHeadsError, RevisionError, UsageError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import { resolveRevisions } from "../revisions/resolve-target.js";
import { isHead, nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { EMPTY_SCHEMA } from "../schema/schema.js";
import { printableLine } from "../util/printable.js";
import { parseRename } from "./compare/decide-renames.js";
import { pendingOperations } from "./compare/pending-operations.js";
import type { Environment } from "./environment/environment.js";
import { type CreateRevisionResult, writeRevision } from "./files/write-revision.js";
import { currentFor } from "./read-history.js";

export interface CreateRevisionOptions {
  readonly message: string | undefined;
  readonly autogenerate: boolean;
  /** Write a file even if autogenerate finds nothing. */
  readonly empty: boolean;
  /** `users.fullname:full_name`, `people:users`. */
  readonly renames: readonly string[];
  readonly noRenames: boolean;
  /** Revision to stand on; the single head where absent. */
  readonly head: string | undefined;
  readonly splice: boolean;
  readonly branchLabels: readonly string[];
  readonly dependsOn: readonly string[];
  readonly versionPath: string | undefined;
  readonly id: string | undefined;
}

/** @throws DatabaseBehindError when autogenerating against a database that is not at the newest revision. */
export async function createRevision(
  environment: Environment,
  options: CreateRevisionOptions,
): Promise<CreateRevisionResult> {
  const message = requireMessage(environment, options.message);
  const graph = await environment.loadGraph({ writes: true });
  const { head, dependsOn: needed } = options;
  const current = await currentFor(environment, [...(head === undefined ? [] : [head]), ...needed]);
  const downRevisions = parentsOf(graph, options, current);
  const dependsOn = [...new Set(needed.flatMap((name) => dependencyIds(graph, name, current)))];
  const { operations, found, keepsGrants } = options.autogenerate
    ? await autogenerate(environment, graph, options)
    : { operations: [] as readonly Operation[], found: EMPTY_SCHEMA, keepsGrants: false };
  if (options.autogenerate && operations.length === 0 && !options.empty) {
    return { revision: null, downRevision: downRevisions, path: null, message, operations: [], warnings: [] };
  }
  return writeRevision(environment, graph, {
    ...options,
    ...{ message, downRevisions, dependsOn, operations, keepsGrants },
    before: found,
  });
}

async function autogenerate(environment: Environment, graph: RevisionGraph, options: CreateRevisionOptions) {
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    requireUpToDate(graph, await environment.versionTable(connection).read());
    const pending = await pendingOperations(environment, connection, {
      answers: options.renames.map(parseRename),
      undecided: options.noRenames ? "dropAndAdd" : "refuse",
    });
    return { ...pending, keepsGrants: connection.dialect.keeping !== undefined };
  } finally {
    await environment.release();
  }
}

/** @throws DatabaseBehindError when the database is at a revision that no file declares */
export function requireKnown(graph: RevisionGraph, current: readonly string[]): void {
  if (current.some((id) => !graph.byId.has(id))) throw notAtHeads(graph, current);
}

/** Comparing makes sense only with a database that has every revision; anything else would write them twice. */
export function requireUpToDate(graph: RevisionGraph, current: readonly string[]): void {
  const heads = graph.realHeads;
  if (current.length === heads.length && heads.every((id) => current.includes(id))) return;
  throw notAtHeads(graph, current);
}

function notAtHeads(graph: RevisionGraph, current: readonly string[]): DatabaseBehindError {
  const heads = graph.realHeads;
  const unknown = current.filter((id) => !graph.byId.has(id));
  const at = current.length === 0 ? "at base" : `at ${current.map((id) => `'${id}'`).join(", ")}`;
  const newest =
    heads.length === 0 ? "there is no revision" : `the newest revision is ${heads.map((id) => `'${id}'`).join(", ")}`;
  return new DatabaseBehindError(`the database is ${at}, ${newest}`, {
    current,
    heads,
    hint:
      unknown.length > 0
        ? `No file declares ${unknown.map((id) => `'${id}'`).join(", ")}: get the code that has it, or run \`tsmigrate stamp\`.`
        : "Run `tsmigrate upgrade head` first.",
  });
}

/** @throws UsageError when the config wants a message and there is none */
export function requireMessage(environment: Environment, message: string | undefined): string {
  const text = printableLine(message ?? "");
  if (text !== "" || !environment.config.requireMessage) return text === "" ? "empty message" : text;
  throw new UsageError("a revision needs a message", { hint: 'Add one: `tsmigrate revision -m "add users"`.' });
}

function parentsOf(
  graph: RevisionGraph,
  options: CreateRevisionOptions,
  current: readonly string[] | undefined,
): readonly string[] {
  const heads = graph.heads;
  if (options.head === undefined) {
    if (heads.length <= 1) return heads;
    throw new MultipleHeadsError(`revision has ${heads.length} heads: ${heads.map((id) => `'${id}'`).join(", ")}`, {
      heads,
      hint: `Run \`tsmigrate merge heads -m "…"\`, or name one with \`--head ${heads[0]}\`.`,
    });
  }
  const parents = resolveRevisions(graph, options.head, { current });
  const inner = parents.find((id) => !isHead(nodeOf(graph, id)));
  if (inner !== undefined && !options.splice) {
    throw new RevisionError(`revision '${inner}' is not a head`, {
      hint: "Add --splice to begin a new branch from it.",
    });
  }
  return parents;
}

function dependencyIds(graph: RevisionGraph, name: string, current: readonly string[] | undefined): readonly string[] {
  // A label stays a label: it means whatever carries it later on.
  return graph.byLabel.has(name) ? [name] : resolveRevisions(graph, name, { current });
}
