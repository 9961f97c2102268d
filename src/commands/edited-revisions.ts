/** Applied revisions whose files do not say any more what was applied. */
import { RevisionEditedError } from "../errors.js";
import { nodeOf, type RevisionGraph } from "../revisions/revision-graph.js";
import { withAncestors } from "../revisions/walk-graph.js";
import type { Ledger } from "../runtime/ledger.js";
import { isSameSource } from "../util/source-text.js";
import { sourceHashOf, sourceOf } from "./revision-source.js";

/**
 * The ids, in the order of the files. Layout, comments, quotes and types make no difference. What the ledger does not
 * know (applied by a script, or before there was one) cannot be told.
 */
export async function findEdited(
  graph: RevisionGraph,
  rows: readonly string[],
  ledger: Ledger,
): Promise<readonly string[]> {
  const hashes = await ledger.readSourceHashes();
  if (hashes.size === 0) return [];
  const known = rows.filter((id) => graph.byId.has(id)).map((id) => nodeOf(graph, id));
  const applied = withAncestors(known);
  const edited: string[] = [];
  for (const node of graph.nodes) {
    const hash = hashes.get(node.id);
    if (hash === undefined || !applied.has(node)) continue;
    if (sourceHashOf(node.revision) === hash) continue;
    const kept = await ledger.readSource(node.id);
    if (kept === null || !(await isSameSource(kept, sourceOf(node.revision)))) edited.push(node.id);
  }
  return edited;
}

/** @throws RevisionEditedError naming them */
export async function refuseEdited(graph: RevisionGraph, rows: readonly string[], ledger: Ledger): Promise<void> {
  const edited = await findEdited(graph, rows, ledger);
  const [first] = edited;
  if (first === undefined) return;
  const names = edited.map((id) => `'${id}'`).join(", ");
  throw new RevisionEditedError(
    edited.length === 1
      ? `the revision ${names} was edited after it was applied`
      : `the revisions ${names} were edited after they were applied`,
    {
      revisions: edited,
      hint: `Put ${edited.length === 1 ? "the file" : "the files"} back as applied and write a new revision; or, if the database has what is written there now, run \`tsmigrate accept-edit ${first}\`.`,
    },
  );
}
