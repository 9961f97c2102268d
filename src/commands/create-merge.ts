/** A revision that joins branches: several parents, no operations of its own. */
import { RevisionError } from "../errors.js";
import { resolveRevisions } from "../revisions/resolve-target.js";
import { isHead, nodeOf } from "../revisions/revision-graph.js";
import { EMPTY_SCHEMA } from "../schema/schema.js";
import { requireMessage } from "./create-revision.js";
import type { Environment } from "./environment/environment.js";
import { type CreateRevisionResult, writeRevision } from "./files/write-revision.js";
import { currentFor } from "./read-history.js";

export interface CreateMergeOptions {
  /** Revision identifiers, `heads` among them. */
  readonly revisions: readonly string[];
  readonly message: string | undefined;
  readonly branchLabels: readonly string[];
  readonly id: string | undefined;
  /** Allow parents that are no heads. */
  readonly splice: boolean;
}

/** @throws RevisionError when there are fewer than two to join, or one is no head */
export async function createMerge(
  environment: Environment,
  options: CreateMergeOptions,
): Promise<CreateRevisionResult> {
  const message = requireMessage(environment, options.message);
  const graph = await environment.loadGraph();
  const current = await currentFor(environment, options.revisions);
  const parents = [...new Set(options.revisions.flatMap((given) => resolveRevisions(graph, given, { current })))];
  if (parents.length < 2) {
    const found = parents.length === 0 ? "no revision" : `only '${parents[0]}'`;
    throw new RevisionError(
      `nothing to merge: ${options.revisions.map((given) => `'${given}'`).join(", ")} names ${found}`,
      {
        hint: "Run `tsmigrate heads` to see the heads.",
      },
    );
  }
  const inner = parents.find((id) => !isHead(nodeOf(graph, id)));
  if (inner !== undefined && !options.splice) {
    throw new RevisionError(`revision '${inner}' is not a head`, { hint: "Add --splice to merge it all the same." });
  }
  return writeRevision(environment, graph, {
    message,
    downRevisions: parents,
    branchLabels: options.branchLabels,
    dependsOn: [],
    versionPath: undefined,
    id: options.id,
    operations: [],
    before: EMPTY_SCHEMA,
  });
}
