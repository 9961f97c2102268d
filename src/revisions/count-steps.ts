/** Relative identifiers: so many revisions up or down from somewhere. */
import { AmbiguousRevisionError, RevisionNotFoundError } from "../errors.js";
import { type Branch, quoted } from "./find-revision.js";
import { nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { onLineageOf } from "./walk-graph.js";

/** A place in the history; undefined is base, below every revision. */
export type Place = RevisionNode | undefined;

export interface Walk {
  /** The identifier, for messages. */
  readonly given: string;
  readonly steps: number;
  /** Upward only: the branch to follow. */
  readonly branch?: Branch | undefined;
  /** Stops at the last revision, or at base, instead of failing when there are not that many. */
  readonly pastEnd?: "stop" | undefined;
}

/**
 * Goes up from child to child.
 *
 * @throws RevisionNotFoundError if there are not that many.
 * @throws AmbiguousRevisionError where a branch point leaves a choice.
 */
export function walkUp(graph: RevisionGraph, start: Place, walk: Walk): Place {
  let place = start;
  for (let step = 0; step < walk.steps; step++) {
    const all: readonly RevisionNode[] =
      place === undefined ? graph.bases.map((id) => nodeOf(graph, id)) : place.children;
    const ways = walk.branch === undefined ? all : onLineageOf(all, walk.branch.node);
    const [next, second] = ways;
    if (second !== undefined) throw ambiguousWalk(walk.given, place, "above", ways);
    if (next === undefined) {
      if (walk.pastEnd === "stop") return place;
      throw tooFar(walk.given, start, "above", step);
    }
    place = next;
  }
  return place;
}

/**
 * Goes down from parent to parent; one step below a revision without parents is base.
 *
 * @throws RevisionNotFoundError if base is passed.
 * @throws AmbiguousRevisionError where a merge point leaves a choice.
 */
export function walkDown(start: Place, walk: Walk): Place {
  let place = start;
  for (let step = 0; step < walk.steps; step++) {
    if (place === undefined) {
      if (walk.pastEnd === "stop") return place;
      throw tooFar(walk.given, start, "below", Math.max(step - 1, 0));
    }
    const [next, second]: readonly RevisionNode[] = place.parents;
    if (second !== undefined) throw ambiguousWalk(walk.given, place, "below", place.parents);
    place = next;
  }
  return place;
}

function tooFar(given: string, start: Place, where: "above" | "below", count: number): RevisionNotFoundError {
  const found = count === 0 ? "is no revision" : count === 1 ? "is only 1 revision" : `are only ${count} revisions`;
  return new RevisionNotFoundError(`'${given}' leads too far: ${where} ${nameOf(start)} ${found}`, {
    given,
    hint: "Run `tsmigrate history` to count the revisions.",
  });
}

function nameOf(place: Place): string {
  return place === undefined ? "base" : `'${place.id}'`;
}

function ambiguousWalk(
  given: string,
  place: Place,
  where: "above" | "below",
  ways: readonly RevisionNode[],
): AmbiguousRevisionError {
  const matches = ways.map(({ id }) => id);
  const first = where === "above" ? `${matches[0]}@${given.slice(given.indexOf("@") + 1)}` : matches[0];
  return new AmbiguousRevisionError(`'${given}' is ambiguous: ${where} ${nameOf(place)} are ${quoted(matches)}`, {
    given,
    matches,
    hint: `Say which way, for example \`${first}\`.`,
  });
}
