/** A project whose revisions have the shape of a graph, each with something to do. */
import type { Revision } from "../../src/revisions/revision.js";
import type { RevisionGraph } from "../../src/revisions/revision-graph.js";
import { type TempProject, tempProject } from "./temp-project.js";

export interface GraphProjectOptions {
  readonly url?: string;
  /** The bodies of `upgrade` and `downgrade`; nothing by default. */
  readonly bodies?: (revision: Revision) => { readonly upgrade: string; readonly downgrade: string };
  /** Keys of the config besides `url`, as source text. */
  readonly config?: string;
}

/** Files are named so that their order is that of the graph. */
export function graphProject(graph: RevisionGraph, options: GraphProjectOptions = {}): TempProject {
  const url = JSON.stringify(options.url ?? "sqlite:///./app.db");
  const project = tempProject({ config: `export default { url: ${url}, ${options.config ?? ""} };\n` });
  for (const { revision, index } of graph.nodes) {
    project.write(
      `migrations/versions/${String(index).padStart(6, "0")}_${revision.id}.ts`,
      revisionSource(revision, options.bodies?.(revision)),
    );
  }
  return project;
}

export function revisionSource(
  revision: Revision,
  bodies: { readonly upgrade: string; readonly downgrade: string } = { upgrade: "", downgrade: "" },
): string {
  const list = (names: readonly string[]) =>
    names.length === 0 ? "null" : names.length === 1 ? JSON.stringify(names[0]) : JSON.stringify(names);
  return `/**
 * ${revision.message}
 *
 * Revision ID: ${revision.id}
 * Revises: ${revision.downRevisions.join(", ") || "<base>"}
 * Create Date: 2026-01-02T03:04:05.000Z
 */
import { type Operations, type RevisionId, integer, text } from "tsmigrate";

export const revision: RevisionId = "${revision.id}";
export const downRevision: RevisionId | readonly RevisionId[] | null = ${list(revision.downRevisions)};
export const branchLabels: readonly string[] | null = ${revision.branchLabels.length === 0 ? "null" : JSON.stringify(revision.branchLabels)};
export const dependsOn: RevisionId | readonly RevisionId[] | null = ${list(revision.dependsOn)};

export async function upgrade(op: Operations): Promise<void> {
${bodies.upgrade}
}

export async function downgrade(op: Operations): Promise<void> {
${bodies.downgrade}
}
`;
}
