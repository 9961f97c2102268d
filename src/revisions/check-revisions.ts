/** What is wrong with a set of revision files as a whole, found before any database is touched. */
import {
  DuplicateRevisionError,
  RevisionCycleError,
  type RevisionError,
  RevisionFileError,
  RevisionNotFoundError,
} from "../errors.js";
import { nearest } from "../util/nearest.js";
import { printableLine } from "../util/printable.js";
import { topologicalSort } from "../util/topological-sort.js";
import type { Revision, RevisionId } from "./revision.js";

const RESERVED = new Set(["head", "heads", "base", "current"]);

/** What a label may look like, so that `label@head`, `label@-1` and `a:b` stay readable in one way only. */
const LABEL = /^[^\s@:+-][^\s@:+]*$/;

interface Joined<Node> {
  readonly revision: Revision;
  readonly parents: readonly Node[];
}

/** Checks ids, labels and lists, each file by itself and against the names of the others; gives the nodes by their id. */
export function checkDeclarations<Node extends { readonly id: RevisionId; readonly revision: Revision }>(
  nodes: readonly Node[],
): ReadonlyMap<RevisionId, Node> {
  const byId = new Map<RevisionId, Node>();
  for (const node of nodes) {
    const other = byId.get(node.id);
    if (other !== undefined) throw duplicateId(node.id, [other.revision.path, node.revision.path]);
    byId.set(node.id, node);
    checkNames(node.revision);
  }
  const byLabel = new Map<string, Revision>();
  for (const { revision } of nodes) {
    if (revision.branchLabels.length === 0) continue;
    for (const label of revision.branchLabels) {
      const other = byLabel.get(label) ?? byId.get(label)?.revision;
      if (other !== undefined) throw duplicateLabel(label, revision, other);
      byLabel.set(label, revision);
    }
  }
  return byId;
}

export function duplicateId(id: RevisionId, paths: readonly [string, string]): DuplicateRevisionError {
  const stems = paths.map((path) => path.replace(/\.[cm]?[jt]s$/, ""));
  const compiled = paths.find((path) => /\.[cm]?js$/.test(path));
  const isCompiled = stems[0] === stems[1] && compiled !== undefined;
  return new DuplicateRevisionError(`revision '${id}' is declared by '${paths[0]}' and by '${paths[1]}'`, {
    id,
    paths,
    hint: isCompiled
      ? `Delete the compiled file '${compiled}', and let the compiler write outside the revisions' directory.`
      : `Give one of the two files another id, or delete it.`,
  });
}

/** @throws RevisionNotFoundError if no revision has this id. */
export function requireParent<Node>(
  revision: Revision,
  id: RevisionId,
  byId: ReadonlyMap<string, Node>,
  byLabel: ReadonlyMap<string, unknown>,
): Node {
  const parent = byId.get(id);
  if (parent !== undefined) return parent;
  throw missing(revision, "downRevision", id, byLabel.has(id) ? "only a branch label" : "no revision", byId.keys());
}

/** @throws RevisionNotFoundError if no revision has this id or label. */
export function requireDependency<Node>(
  revision: Revision,
  name: string,
  byId: ReadonlyMap<string, Node>,
  byLabel: ReadonlyMap<string, Node>,
): Node {
  const dependency = byId.get(name) ?? byLabel.get(name);
  if (dependency !== undefined) return dependency;
  throw missing(revision, "dependsOn", name, "no revision or branch label", [...byId.keys(), ...byLabel.keys()]);
}

/** The error for revisions that need each other: a circle of parents, if there is one, before one of dependencies. */
export function revisionCycle<Node extends Joined<Node>>(
  nodes: readonly Node[],
  cycle: readonly Node[],
): RevisionCycleError {
  const ofParents = topologicalSort(nodes, (node) => node.parents).cycles[0];
  const key = ofParents === undefined ? "dependsOn" : "downRevision";
  const revisions = (ofParents ?? cycle).map((node) => node.revision);
  const named = revisions.map(({ id, path }) => `'${id}' (${path})`);
  const message =
    revisions.length === 1
      ? `revision ${named[0]} names itself in ${key}`
      : `revisions need each other in a circle: ${[...named, `'${revisions[0]?.id}'`].join(" -> ")}`;
  const hint = `Correct ${key} in ${revisions.length === 1 ? "that file" : "one of these files"}.`;
  return new RevisionCycleError(message, { revisions: revisions.map(({ id }) => id), hint });
}

function checkNames(revision: Revision): void {
  // Nearly all are plain.
  if (!RESERVED.has(revision.id) && revision.branchLabels.length === 0 && revision.downRevisions.length < 2) return;
  const fail = (what: string, hint: string): never => {
    throw new RevisionFileError(`revision '${revision.id}' in '${revision.path}' ${what}`, {
      path: revision.path,
      hint,
    });
  };
  if (RESERVED.has(revision.id)) fail("has a reserved word as its id", "Give the revision another id.");
  for (const label of revision.branchLabels) {
    if (RESERVED.has(label))
      fail(`has the reserved word '${label}' as a branch label`, "Give the branch another name.");
    if (!LABEL.test(label) || /[+-]\d+$/.test(label) || printableLine(label) !== label) {
      fail(`has the branch label '${label}', which cannot be told from other identifiers`, LABEL_HINT);
    }
  }
  const twice = revision.downRevisions.find((id, place) => revision.downRevisions.indexOf(id) < place);
  if (twice !== undefined) fail(`names '${twice}' twice in downRevision`, "Name every parent once.");
}

const LABEL_HINT =
  "Use a label without spaces, invisible characters, '@', ':' and '+', that does not end in '-' and a number.";

function duplicateLabel(label: string, revision: Revision, other: Revision): RevisionError {
  const paths = [other.path, revision.path];
  const message =
    other.id === label
      ? `branch label '${label}' of '${revision.id}' (${revision.path}) is the id of a revision (${other.path})`
      : `branch label '${label}' is used by '${other.id}' (${other.path}) and by '${revision.id}' (${revision.path})`;
  return new DuplicateRevisionError(message, { id: label, paths, hint: "Give one of the two another label." });
}

function missing(
  revision: Revision,
  key: "downRevision" | "dependsOn",
  given: string,
  what: string,
  candidates: Iterable<string>,
): RevisionNotFoundError {
  const near = nearest(given, candidates);
  return new RevisionNotFoundError(
    `${key} of '${revision.id}' (${revision.path}) names '${given}', but ${what} is called that`,
    {
      given,
      near: near === undefined ? [] : [near],
      hint:
        near === undefined
          ? `Restore the file of '${given}', or correct ${key} in '${revision.path}'.`
          : `Did you mean '${near}'? Correct ${key} in '${revision.path}'.`,
    },
  );
}
