/** Histories of every shape, and places that databases can be at in them. */
import fc from "fast-check";
import type { RevisionId } from "../../src/revisions/revision.js";
import { buildRevisionGraph, nodeOf, type RevisionGraph } from "../../src/revisions/revision-graph.js";
import { withAncestors } from "../../src/revisions/walk-graph.js";
import { revision } from "./graphs.js";

/** What becomes of a revision is drawn from three numbers: its shape, its relatives, and its id and place. */
const graphsOf = (maxLength: number): fc.Arbitrary<RevisionGraph> =>
  fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength }).map((draws) => {
    const ids = draws.map(([, , draw], index) => idOf(draw, index));
    const revisions = draws.map(([shape, relatives], index) => {
      const older = (count: number, seed: number) =>
        index === 0 ? [] : [...new Set(Array.from({ length: count }, (_, nth) => (seed >>> (nth * 5)) % index))];
      const parents = [0, 1, 1, 1, 1, 1, 2, 2, 3, 1][shape % 10]!;
      const follows = (shape >>> 4) % 2 === 0 && parents === 1;
      const dependencies = older([0, 0, 0, 1, 2][(shape >>> 8) % 5]!, relatives >>> 15);
      return revision(ids[index]!, {
        downRevisions: (follows && index > 0 ? [index - 1] : older(parents, relatives)).map((place) => ids[place]!),
        dependsOn: dependencies.map((place) => (hasLabel(draws[place]![0]) ? `label${place}` : ids[place]!)),
        branchLabels: hasLabel(shape) ? [`label${index}`] : [],
      });
    });
    // Revisions are born in one order and stored in another.
    const place = new Map(draws.map(([, , draw], index) => [ids[index], (draw * 7919) % 1009]));
    return buildRevisionGraph(revisions.toSorted((one, other) => place.get(one.id)! - place.get(other.id)!));
  });

function hasLabel(shape: number): boolean {
  return (shape >>> 12) % 5 === 0;
}

/** Few letters, so that ids begin alike; the last one, of another alphabet, keeps them apart. */
function idOf(draw: number, index: number): RevisionId {
  const letters = Array.from({ length: 3 + (draw % 4) }, (_, nth) => "0a1b"[(draw >>> (nth * 2)) % 4]);
  return `${letters.join("")}${"cdefghijklmnopqrstuvwxyz"[index]}`;
}

/** A graph, a place a database can be at, and a revision to go to. */
const journeysIn = (drawn: fc.Arbitrary<RevisionGraph>) =>
  drawn.chain((graph) => {
    const ids = graph.nodes.map(({ id }) => id);
    return fc.record({
      graph: fc.constant(graph),
      rows: fc.subarray(ids, { maxLength: Math.min(3, ids.length) }).map((picked) => topsOf(graph, picked)),
      target: fc.constantFrom(...ids),
    });
  });

export const graphs = graphsOf(24);
export const journeys = journeysIn(graphs);

/** Few enough revisions to be run on a database. */
export const smallJourneys = journeysIn(graphsOf(7));

/** The rows that a version table holds when these revisions and all they need are applied. */
export function topsOf(graph: RevisionGraph, picked: readonly RevisionId[]): readonly RevisionId[] {
  const applied = appliedAt(graph, picked);
  return graph.nodes
    .filter((node) => applied.has(node.id) && !node.neededBy.some((upper) => applied.has(upper.id)))
    .map(({ id }) => id);
}

export function appliedAt(graph: RevisionGraph, rows: readonly RevisionId[]): Set<RevisionId> {
  return new Set([...withAncestors(rows.map((id) => nodeOf(graph, id)))].map(({ id }) => id));
}
