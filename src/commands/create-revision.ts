/** A new revision file: empty, or with what autogenerate found. */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { DatabaseBehindError, MultipleHeadsError, RevisionError, UsageError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import { renderRevision } from "../render/render-revision.js";
import { resolveRevisions } from "../revisions/resolve-target.js";
import { writeRevisionFile } from "../revisions/revision-directory.js";
import { newRevisionId, REVISION_ID, revisionFileName, slugOf } from "../revisions/revision-file-name.js";
import { isHead, nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../schema/schema.js";
import { printableLine } from "../util/printable.js";
import { parseRename } from "./decide-renames.js";
import type { Environment } from "./environment.js";
import { templateText } from "./init.js";
import { type OperationSummary, pendingOperations, summarize } from "./pending-operations.js";
import { runPostWriteHooks } from "./post-write-hooks.js";

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

export interface CreateRevisionResult {
  /** Null when there was nothing to write. */
  readonly revision: string | null;
  readonly downRevision: readonly string[];
  readonly path: string | null;
  readonly message: string;
  readonly operations: readonly OperationSummary[];
  readonly warnings: readonly string[];
}

/** @throws DatabaseBehindError when autogenerating against a database that is not at the newest revision. */
export async function createRevision(
  environment: Environment,
  options: CreateRevisionOptions,
): Promise<CreateRevisionResult> {
  const message = requireMessage(environment, options.message);
  const graph = await environment.loadGraph();
  const downRevisions = parentsOf(graph, options);
  const { operations, found } = options.autogenerate
    ? await autogenerate(environment, graph, options)
    : { operations: [] as readonly Operation[], found: EMPTY_SCHEMA };
  if (options.autogenerate && operations.length === 0 && !options.empty) {
    return { revision: null, downRevision: downRevisions, path: null, message, operations: [], warnings: [] };
  }
  return writeRevision(environment, graph, { ...options, message, downRevisions, operations, before: found });
}

export interface RevisionToWrite {
  readonly message: string;
  readonly downRevisions: readonly string[];
  readonly branchLabels: readonly string[];
  readonly dependsOn: readonly string[];
  readonly versionPath: string | undefined;
  readonly id: string | undefined;
  readonly operations: readonly Operation[];
  readonly before: SchemaDef;
}

/** Writes the file of one revision; never over another. */
export async function writeRevision(
  environment: Environment,
  graph: RevisionGraph,
  draft: RevisionToWrite,
): Promise<CreateRevisionResult> {
  const { config } = environment;
  const id = revisionId(environment, graph, draft.id);
  const created = environment.today();
  const rendered = renderRevision(
    {
      id,
      message: draft.message,
      downRevisions: draft.downRevisions,
      branchLabels: draft.branchLabels,
      dependsOn: draft.dependsOn.flatMap((name) => dependencyIds(graph, name)),
      createdAt: created.toISOString(),
      operations: draft.operations,
      before: draft.before,
    },
    revisionTemplate(config.directory),
  );
  const path = await writeRevisionFile({
    directory: versionLocation(environment, graph, draft),
    fileName: revisionFileName({
      template: config.fileTemplate,
      id,
      slug: slugOf(draft.message, config.truncateSlugLength),
      date: created,
      timezone: config.timezone,
      extension: "ts",
    }),
    text: rendered.text,
  });
  const failures = await runPostWriteHooks(config.postWriteHooks, path);
  return {
    revision: id,
    downRevision: draft.downRevisions,
    path,
    message: draft.message,
    operations: summarize(draft.operations, draft.before),
    warnings: [...rendered.warnings, ...failures],
  };
}

async function autogenerate(environment: Environment, graph: RevisionGraph, options: CreateRevisionOptions) {
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    requireUpToDate(graph, await environment.versionTable(connection).read());
    return await pendingOperations(environment, connection, {
      answers: options.renames.map(parseRename),
      undecided: options.noRenames ? "dropAndAdd" : "refuse",
    });
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

function parentsOf(graph: RevisionGraph, options: CreateRevisionOptions): readonly string[] {
  const heads = graph.heads;
  if (options.head === undefined) {
    if (heads.length <= 1) return heads;
    throw new MultipleHeadsError(`revision has ${heads.length} heads: ${heads.map((id) => `'${id}'`).join(", ")}`, {
      heads,
      hint: `Run \`tsmigrate merge heads -m "…"\`, or name one with \`--head ${heads[0]}\`.`,
    });
  }
  const parents = resolveRevisions(graph, options.head);
  const inner = parents.find((id) => !isHead(nodeOf(graph, id)));
  if (inner !== undefined && !options.splice) {
    throw new RevisionError(`revision '${inner}' is not a head`, {
      hint: "Add --splice to begin a new branch from it.",
    });
  }
  return parents;
}

function dependencyIds(graph: RevisionGraph, name: string): readonly string[] {
  // A label stays a label: it means whatever carries it later on.
  return graph.byLabel.has(name) ? [name] : resolveRevisions(graph, name);
}

function revisionId(environment: Environment, graph: RevisionGraph, given: string | undefined): string {
  if (given === undefined) return newRevisionId(environment.randomBytes(6));
  if (!REVISION_ID.test(given)) {
    throw new UsageError(`'${printableLine(given)}' is no revision id`, {
      hint: "Use letters, digits and underscores, 64 at most.",
    });
  }
  if (graph.byId.has(given)) {
    throw new UsageError(`there is a revision '${given}' already`, {
      hint: `Run \`tsmigrate show ${given}\` to see it.`,
    });
  }
  return given;
}

/** Where the file goes: the location that was named, else that of its first parent, else the only one there is. */
function versionLocation(environment: Environment, graph: RevisionGraph, draft: RevisionToWrite): string {
  const { versionLocations } = environment.config;
  const given = draft.versionPath;
  const [parent] = draft.downRevisions;
  if (given === undefined) {
    const path = parent === undefined ? "" : nodeOf(graph, parent).revision.path;
    const beside = versionLocations.find((location) => path.startsWith(join(location, sep)));
    if (beside !== undefined) return beside;
    if (versionLocations.length === 1) return versionLocations[0]!;
    throw new UsageError("there are several version locations", {
      hint: `Name one with \`--version-path ${versionLocations[0]}\`.`,
    });
  }
  const wanted = resolve(environment.options.cwd, given);
  const found = versionLocations.find((location) => location === wanted);
  if (found !== undefined) return found;
  throw new UsageError(`'${given}' is no version location`, { hint: `Use one of: ${versionLocations.join(", ")}.` });
}

/** The project's own template; the package's where the project has none. */
function revisionTemplate(directory: string): { readonly text: string; readonly path: string } {
  const path = join(directory, "revision.ts.tpl");
  return existsSync(path)
    ? { path, text: readFileSync(path, "utf8") }
    : { path: "templates/revision.ts.tpl", text: templateText("generic", "revision.ts.tpl") };
}
