/** Writes revision files: their text, their place, and the heads files beside them. */
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { ConfigInvalidError, UsageError } from "../../errors.js";
import type { Operation } from "../../operations/operation.js";
import { type RevisionDraft, renderRevision } from "../../render/render-revision.js";
import { quoted } from "../../revisions/find-revision.js";
import { writeHeadsFiles } from "../../revisions/heads-file.js";
import { writeRevisionFile } from "../../revisions/revision-directory.js";
import {
  dateInTimezone,
  newRevisionId,
  REVISION_ID,
  revisionFileName,
  slugOf,
} from "../../revisions/revision-file-name.js";
import { buildRevisionGraph, nodeOf, type RevisionGraph } from "../../revisions/revision-graph.js";
import type { SchemaDef } from "../../schema/schema.js";
import { printableLine } from "../../util/printable.js";
import { type OperationSummary, summarize } from "../compare/pending-operations.js";
import type { Environment } from "../environment/environment.js";
import { runPostWriteHooks } from "./post-write-hooks.js";
import { templateText } from "./templates.js";

export interface CreateRevisionResult {
  /** Null when there was nothing to write. */
  readonly revision: string | null;
  readonly downRevision: readonly string[];
  readonly path: string | null;
  readonly message: string;
  readonly operations: readonly OperationSummary[];
  readonly warnings: readonly string[];
}

export interface RevisionToWrite {
  readonly message: string;
  readonly downRevisions: readonly string[];
  readonly branchLabels: readonly string[];
  /** Ids and labels, as they go into the file. */
  readonly dependsOn: readonly string[];
  readonly versionPath: string | undefined;
  readonly id: string | undefined;
  readonly operations: readonly Operation[];
  readonly before: SchemaDef;
  readonly keepsGrants?: boolean;
}

/** Comparing is loaded where there is something to undo. */
async function reversalOf(
  operations: readonly Operation[],
  before: SchemaDef,
): Promise<Pick<RevisionDraft, "reversal">> {
  if (operations.length === 0) return {};
  const { reverseChanges } = await import("../../diff/reverse-changes.js");
  return { reversal: reverseChanges(operations, before) };
}

/**
 * Writes the file of one revision; never over another, and none that the history could not be read with.
 * @throws RevisionError, UsageError, ConfigInvalidError
 */
export async function writeRevision(
  environment: Environment,
  graph: RevisionGraph,
  draft: RevisionToWrite,
): Promise<CreateRevisionResult> {
  const { config } = environment;
  const { message, downRevisions, dependsOn, branchLabels, operations, before, keepsGrants } = draft;
  const id = revisionId(environment, graph, draft.id);
  const created = environment.today();
  const createdAt = dateInTimezone(created, config.timezone);
  const reversal = await reversalOf(operations, before);
  const rendered = renderRevision(
    { id, message, downRevisions, branchLabels, dependsOn, createdAt, operations, before, keepsGrants, ...reversal },
    revisionTemplate(config.directory),
  );
  const directory = versionLocation(environment, graph, draft);
  const fileName = revisionFileName({
    template: config.fileTemplate,
    id,
    slug: slugOf(message, config.truncateSlugLength),
    date: created,
    timezone: config.timezone,
    extension: "ts",
  });
  if (fileName.includes("/") && !config.recursiveVersionLocations) throw notFoundAgain(environment, fileName);
  const revision = {
    ...{ id, downRevisions, dependsOn, branchLabels, message, createdAt },
    description: "",
    path: resolve(directory, fileName),
    transaction: true,
  };
  const after = buildRevisionGraph([...graph.nodes.map((node) => node.revision), revision]);
  const path = await writeRevisionFile({ directory, fileName, text: rendered.text });
  const failures = await runPostWriteHooks(config.postWriteHooks, path);
  return {
    revision: id,
    downRevision: downRevisions,
    path,
    message,
    operations: summarize(operations, before),
    warnings: [
      ...rendered.warnings,
      ...newHead(graph, after),
      ...failures,
      ...(await keepHeads(environment, graph, after)),
    ],
  };
}

/** Writes the heads files after a change of the history; gives a sentence when that fails, since the change is done. */
export async function keepHeads(
  environment: Environment,
  before: RevisionGraph,
  after: RevisionGraph,
): Promise<readonly string[]> {
  const { headsFile, versionLocations } = environment.config;
  if (!headsFile) return [];
  try {
    await writeHeadsFiles(after, versionLocations, before);
    return [];
  } catch (error) {
    return [`the heads file could not be written: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Says that there is one head more than before, where that is so. */
function newHead(before: RevisionGraph, after: RevisionGraph): readonly string[] {
  const { heads } = after;
  if (heads.length < 2 || heads.length <= before.heads.length) return [];
  return [
    `there are ${heads.length} heads now: ${quoted(heads)}; \`upgrade heads\` runs them all, \`tsmigrate merge heads\` joins them`,
  ];
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
  const shown = versionLocations.map((location) => relative(environment.options.cwd, location) || ".");
  const given = draft.versionPath;
  const [parent] = draft.downRevisions;
  if (given === undefined) {
    const path = parent === undefined ? "" : nodeOf(graph, parent).revision.path;
    const around = versionLocations.filter((location) => path.startsWith(join(location, sep)));
    const [beside] = around.toSorted((a, b) => b.length - a.length);
    if (beside !== undefined) return beside;
    if (versionLocations.length === 1) return versionLocations[0]!;
    throw new UsageError("there are several version locations", {
      hint: `Name one with \`--version-path ${shown[0]}\`.`,
    });
  }
  const wanted = resolve(environment.options.cwd, given);
  const found = versionLocations.find((location) => location === wanted);
  if (found !== undefined) return found;
  throw new UsageError(`'${given}' is no version location`, { hint: `Use one of: ${shown.join(", ")}.` });
}

/** The project's own template; the package's where the project has none. */
function revisionTemplate(directory: string): { readonly text: string; readonly path: string } {
  const path = join(directory, "revision.ts.tpl");
  return existsSync(path)
    ? { path, text: readFileSync(path, "utf8") }
    : { path: "templates/revision.ts.tpl", text: templateText("generic", "revision.ts.tpl") };
}

function notFoundAgain(environment: Environment, fileName: string): ConfigInvalidError {
  return new ConfigInvalidError(
    `fileTemplate gives '${fileName}', and folders in a version location are not looked into`,
    {
      key: "recursiveVersionLocations",
      path: environment.options.configPath,
      hint: "Set `recursiveVersionLocations: true` in the config.",
    },
  );
}
