/** Applied revisions whose files do not say any more what was applied. */
import type { Connection } from "../../dialects/dialect.js";
import { RevisionEditedError, RevisionOutOfOrderError } from "../../errors.js";
import { readHeader } from "../../revisions/read-header.js";
import type { Direction, RevisionId } from "../../revisions/revision.js";
import { nodeOf, type RevisionGraph, type RevisionNode } from "../../revisions/revision-graph.js";
import { withAncestors } from "../../revisions/walk-graph.js";
import type { AppliedHashes } from "../../runtime/ledger.js";
import { hashPlan, isComparable } from "../../runtime/plan-hash.js";
import { canonicalJson } from "../../util/canonical-json.js";
import { isSameSource } from "../../util/source-text.js";
import type { Environment } from "../environment/environment.js";
import { sourceHashOf, sourceOf } from "../environment/revision-source.js";
import { firstDifference } from "./first-difference.js";
import { OWN_FILES, type Plan, type PlanContext, planOf } from "./revision-plans.js";

export interface EditedRevision {
  readonly revision: RevisionId;
  /** Where it can be told: the first operation that is another one. */
  readonly change: string | null;
}

/** A revision that counts as applied since an applied one was put above it, and that has never run. */
export interface OutOfOrder {
  readonly revision: RevisionId;
  readonly below: RevisionId;
}

export interface AppliedChanges {
  /** In the order of the files. */
  readonly edited: readonly EditedRevision[];
  readonly outOfOrder: readonly OutOfOrder[];
}

const UNCHANGED: AppliedChanges = { edited: [], outOfOrder: [] };

/**
 * Compares the files of what `rows` say is applied with what the ledger holds of them. Layout, comments, quotes and
 * types make no difference; nor does any other text of a revision that only asks for operations, as long as they are
 * the same. What the ledger does not know, since it was applied before there was one, cannot be told.
 */
export async function findAppliedChanges(
  environment: Environment,
  connection: Connection,
  graph: RevisionGraph,
  rows: readonly string[],
): Promise<AppliedChanges> {
  const ledger = environment.ledger(connection);
  const recorded = await ledger.readApplied();
  if (recorded.size === 0) return UNCHANGED;
  const known = rows.filter((id) => graph.byId.has(id)).map((id) => nodeOf(graph, id));
  const applied = withAncestors(known);
  const context = { dialect: connection.dialect, naming: environment.config.namingConvention };
  const edited: EditedRevision[] = [];
  const outOfOrder = new Map<RevisionId, OutOfOrder>();
  for (const node of graph.nodes) {
    const hashes = recorded.get(node.id);
    if (hashes === undefined || !applied.has(node)) continue;
    const isTouched = sourceHashOf(node.revision) !== hashes.sourceHash;
    const kept = isTouched ? await ledger.readSource(node.id) : null;
    const edit = isTouched ? await compareTexts(node, kept, context) : await compareOwnFiles(node, hashes, context);
    if (edit !== null) edited.push(edit);
    if (edit === null || kept === null) continue;
    for (const id of newAncestors(node, kept, recorded)) outOfOrder.set(id, { revision: id, below: node.id });
  }
  return { edited, outOfOrder: [...outOfOrder.values()] };
}

/** @throws RevisionOutOfOrderError, RevisionEditedError naming them */
export async function refuseChanged(
  environment: Environment,
  connection: Connection,
  graph: RevisionGraph,
  rows: readonly string[],
): Promise<void> {
  const { edited, outOfOrder } = await findAppliedChanges(environment, connection, graph, rows);
  const [stray] = outOfOrder;
  if (stray !== undefined) throw strayError(outOfOrder, stray);
  const [first] = edited;
  if (first === undefined) return;
  const ids = edited.map(({ revision }) => revision);
  const names = ids.map((id) => `'${id}'`).join(", ");
  const change = edited.length === 1 && first.change !== null ? `: ${first.change}` : "";
  throw new RevisionEditedError(
    edited.length === 1
      ? `the revision ${names} was edited after it was applied${change}`
      : `the revisions ${names} were edited after they were applied`,
    {
      revisions: ids,
      hint: `Put ${edited.length === 1 ? "the file" : "the files"} back as applied and write a new revision; or, if the database has what is written there now, run \`tsmigrate accept-edit ${first.revision}\`.`,
    },
  );
}

function strayError(all: readonly OutOfOrder[], { revision, below }: OutOfOrder): RevisionOutOfOrderError {
  const rest = all.length === 1 ? "" : ` (and ${all.length - 1} more like it)`;
  return new RevisionOutOfOrderError(
    `the revision '${revision}' was put below '${below}', which is applied already, so that nothing would ever run it${rest}`,
    {
      revisions: all.map((item) => item.revision),
      hint: `Give '${below}' the \`downRevision\` and \`dependsOn\` back that it was applied with, then put '${revision}' on top with \`tsmigrate rebase ${revision} --onto ${below}\`.`,
    },
  );
}

async function compareTexts(
  { id, revision }: RevisionNode,
  kept: string | null,
  context: PlanContext,
): Promise<EditedRevision | null> {
  const now = sourceOf(revision);
  if (kept === null) return { revision: id, change: null };
  if (await isSameSource(kept, now)) return null;
  if (!isSameHeader(kept, now)) return { revision: id, change: null };
  for (const direction of ["upgrade", "downgrade"] as const) {
    const before = await planOf(revision, direction, context, kept);
    const after = await planOf(revision, direction, context);
    if (before === null || after === null) return { revision: id, change: null };
    const change = firstChange(direction, before, after);
    if (change !== null) return { revision: id, change };
  }
  return null;
}

/** The file is as it was; the files of the user's own that it imports may not be. */
async function compareOwnFiles(
  { id, revision }: RevisionNode,
  { planHash }: AppliedHashes,
  context: PlanContext,
): Promise<EditedRevision | null> {
  if (planHash === null || !isComparable(planHash) || !OWN_FILES.test(sourceOf(revision))) return null;
  const plan = await planOf(revision, "upgrade", context);
  if (plan === null || hashPlan(plan.map(({ text }) => text)) === planHash) return null;
  return { revision: id, change: "a file that it imports makes it do something else" };
}

function isSameHeader(one: string, other: string): boolean {
  const [a, b] = [readHeader(one), readHeader(other)];
  // A constant that is not there says the same as an empty one.
  const said = (header: typeof a) =>
    canonicalJson(Object.fromEntries(Object.entries(header.values).filter(([, value]) => value != null)));
  return a.computed.length === 0 && b.computed.length === 0 && said(a) === said(b);
}

function firstChange(direction: Direction, before: Plan, after: Plan): string | null {
  const at = before.findIndex(({ text }, index) => text !== after[index]?.text);
  const place = at === -1 ? before.length : at;
  if (at === -1 && after.length === before.length) return null;
  const [was, is] = [before[place]?.words, after[place]?.words];
  const number = `operation ${place + 1} of ${direction}`;
  if (was === undefined) return `${number} is new (${is})`;
  if (is === undefined) return `${number} is gone (${was})`;
  if (was !== is) return `${number} was "${was}" and is "${is}"`;
  const difference = firstDifference(before[place]!.text, after[place]!.text);
  return `in ${number} (${is}) ${difference ?? "something is another one"}`;
}

/** Those that came in by another parent or dependency than the node was applied with, and that nothing has ever run. */
function newAncestors(
  node: RevisionNode,
  kept: string,
  recorded: ReadonlyMap<string, AppliedHashes>,
): readonly RevisionId[] {
  const { downRevision, dependsOn } = readHeader(kept).values;
  const before = new Set([downRevision, dependsOn].flat());
  const come = [...node.parents, ...node.dependencies].filter(({ id }) => !before.has(id));
  return [...withAncestors(come)].map(({ id }) => id).filter((id) => !recorded.has(id));
}
