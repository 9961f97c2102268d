/**
 * Histories in a line of text: `a <- b <- c, b <- d` is a fork above `b`, `c+d <- e` merges it.
 * File order is the order in which ids are written for the first time.
 */
import type { Revision, RevisionId } from "../../src/revisions/revision.js";
import { buildRevisionGraph, type RevisionGraph } from "../../src/revisions/revision-graph.js";

export interface GraphOptions {
  /** Labels by the id of the revision that carries them. */
  readonly labels?: Readonly<Record<RevisionId, readonly string[]>>;
  /** Dependencies, ids or labels, by the id of the revision that has them. */
  readonly dependsOn?: Readonly<Record<RevisionId, readonly string[]>>;
}

export function graph(notation: string, options: GraphOptions = {}): RevisionGraph {
  return buildRevisionGraph(revisionsOf(notation, options));
}

export function revisionsOf(notation: string, options: GraphOptions = {}): readonly Revision[] {
  const parents = new Map<RevisionId, RevisionId[]>();
  for (const chain of notation.split(",").map((text) => text.trim())) {
    let below: readonly string[] = [];
    for (const ids of chain.split("<-").map((link) => link.split("+").map((id) => id.trim()))) {
      for (const id of ids.filter((text) => text !== "")) {
        const known = parents.get(id) ?? [];
        parents.set(id, [...known, ...below.filter((parent) => !known.includes(parent))]);
      }
      below = ids;
    }
  }
  return [...parents].map(([id, downRevisions]) =>
    revision(id, { downRevisions, branchLabels: options.labels?.[id], dependsOn: options.dependsOn?.[id] }),
  );
}

type Declared = { readonly [Key in keyof Revision]?: Revision[Key] | undefined };

export function revision(id: RevisionId, declared: Declared = {}): Revision {
  return {
    id,
    downRevisions: declared.downRevisions ?? [],
    dependsOn: declared.dependsOn ?? [],
    branchLabels: declared.branchLabels ?? [],
    message: declared.message ?? `add ${id}`,
    description: declared.description ?? "",
    createdAt: declared.createdAt ?? null,
    path: declared.path ?? `/versions/${id}.ts`,
    transaction: declared.transaction ?? true,
  };
}

/** The shapes that histories take; each test of a rule names the one it needs. */
export const zoo = {
  empty: () => buildRevisionGraph([]),
  single: () => graph("aaaa"),
  line: () => graph("aaaa <- bbbb <- cccc <- dddd <- eeee"),
  fork: () =>
    graph("aaaa <- bbbb <- c1c1 <- d1d1, bbbb <- c2c2 <- d2d2", {
      labels: { c1c1: ["c1branch"], c2c2: ["c2branch"] },
    }),
  merge: () =>
    graph("aaaa <- bbbb <- c1c1 <- d1d1, bbbb <- c2c2 <- d2d2, d1d1+d2d2 <- eeee <- ffff", {
      labels: { c2c2: ["c2branch"] },
    }),
  diamond: () => graph("aaaa <- bbb1, aaaa <- bbb2, bbb1+bbb2 <- cccc <- dddd"),
  threeWayMerge: () => graph("a <- b1, a <- b2, a <- b3, b1+b2+b3 <- c"),
  twinMerge: () => graph("a <- b1, a <- b2, a <- b3, b1+b2+b3 <- c1, b1+b2+b3 <- c2, c1 <- d1, c2 <- d2"),
  notQuiteTwinMerge: () => graph("a <- b1, a <- b2, a <- b3, b1+b2 <- c1 <- d1, b2+b3 <- c2 <- d2"),
  crissCrossMerge: () => graph("a <- b1, a <- b2, b1+b2 <- c1, b1+b2 <- c2, c1+c2 <- d"),
  /** One side of the merge goes on by itself. */
  mergeOfOneSide: () => graph("a1 <- b1 <- c1, a2 <- b2 <- c2, c1+c2 <- d1, c2 <- d2"),
  mergeOfTwoSides: () => graph("a1 <- b1 <- c1, a2 <- b2 <- c2, a3 <- b3 <- c3, c1+c2+c3 <- d1, c2 <- d2, c3 <- d3"),
  forest: () => graph("a1a1 <- b1b1, a2a2 <- b2b2"),
  labelledForest: () =>
    graph("a <- b <- somelongername <- c, d <- e <- someothername <- f", {
      labels: { a: ["abranch"], e: ["ebranch"] },
    }),
  labelAtBase: () => graph("aaaa <- bbbb <- cccc, bbbb <- dddd", { labels: { aaaa: ["trunk"] } }),
  labelOnLine: () => graph("aaaa <- bbbb <- cccc", { labels: { bbbb: ["line"] } }),
  longAndShort: () => graph("a <- b1, a <- b2, b1 <- c1, c1 <- d11, c1 <- d12"),
  /** Two lineages; a revision of the second needs one of the first. */
  dependency: () =>
    graph("a1a1 <- b1b1 <- c1c1 <- d1d1, a2a2 <- b2b2 <- c2c2", {
      labels: { a1a1: ["lib1"], a2a2: ["lib2"] },
      dependsOn: { c2c2: ["c1c1"] },
    }),
  dependencyByLabel: () =>
    graph("a1 <- b1 <- c1, a2 <- b2 <- c2", { labels: { c1: ["c1lib"] }, dependsOn: { c2: ["c1lib"] } }),
  /** A base depends on a head, which is an effective head then. */
  effectiveHead: () =>
    graph("aaaa <- bbbb <- c1c1, bbbb <- c2c2, c1c1+c2c2 <- mmmm, y1y1, z1z1", {
      labels: { c1c1: ["lib1"] },
      dependsOn: { z1z1: ["y1y1"] },
    }),
  dependencyOnParent: () => graph("a1 <- a2", { dependsOn: { a2: ["a1"] } }),
  dependencyOnAncestor: () => graph("a1 <- a2 <- a3, z1", { dependsOn: { a3: ["a1"] } }),
  dependencyRepeated: () => graph("a1 <- a2 <- a3, b1 <- b2 <- b3 <- b4", { dependsOn: { b2: ["a3"], b4: ["a3"] } }),
  crissCrossDependencies: () => graph("a1 <- a2 <- a3, b1 <- b2 <- b3", { dependsOn: { b2: ["a2"], a3: ["b1"] } }),
  /** A merge of two revisions of which one depends on the other. */
  mergeWithDependency: () => graph("a1, b1, a1+b1 <- bmerge", { dependsOn: { b1: ["a1"] } }),
  branchesWithDependency: () =>
    graph("aaaa <- bbbb <- c1c1 <- d1d1, bbbb <- c2c2 <- d2d2", {
      labels: { c1c1: ["c1branch"], c2c2: ["c2branch"] },
      dependsOn: { d2d2: ["c1c1"] },
    }),
  manyRoots: () =>
    graph("a1, a2, a3, a1+a2+a3 <- amerge, b1, b2, b1+b2 <- bmerge, c1, c2, c3, c1+c2+c3 <- cmerge, d1", {
      dependsOn: { d1: ["a3", "b2", "c1"] },
    }),
  manyBranches: () =>
    graph(
      "a, a <- b1, a <- b2, b1 <- cb1, b2 <- cb2, cb1 <- d1cb1, cb1 <- d2cb1, cb2 <- d1cb2, cb2 <- d2cb2, cb2 <- d3cb2, d1cb2+d2cb2 <- d1d2cb2",
    ),
  branchTravelling: () =>
    graph(
      "a1 <- a2 <- a3, a3 <- b1, a3 <- b2, b1 <- cb1, b2 <- cb2, cb1 <- db1, cb2 <- db2, db1 <- e1b1 <- fe1b1, db1 <- e2b1, db2 <- e2b2, e2b1+e2b2 <- join",
    ),
  threeBases: () =>
    graph(
      "base1, base2, base3, base1 <- a1a, base1 <- a1b, base2 <- a2, base3 <- a3, a1a <- b1a, a1b <- b1b, a2 <- b2, a3 <- b3, b2 <- c2 <- d2, b3+d2 <- mergeb3d2",
    ),
  basesDependingOnOne: () =>
    graph("base1 <- a1a, base1 <- a1b, a1a <- b1a, a1b <- b1b, base2 <- a2 <- b2 <- c2 <- d2, base3 <- a3 <- b3", {
      labels: { base1: ["b_1"], base2: ["b_2"], base3: ["b_3"] },
      dependsOn: { b1b: ["a3"], c2: ["a3"] },
    }),
  basesInAChain: () =>
    graph("base1 <- a1 <- b1 <- c1, base2 <- a2 <- b2 <- c2 <- d2, base3 <- a3 <- b3 <- c3 <- d3", {
      labels: { base1: ["b_1"], base2: ["b_2"], base3: ["b_3"] },
      dependsOn: { base2: ["base1"], c3: ["b2"] },
    }),
} satisfies Record<string, () => RevisionGraph>;
