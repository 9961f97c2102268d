/** The word somebody probably meant. */

/**
 * Gives the candidate with the fewest typing mistakes (a letter missing, added, replaced, or two swapped), compared
 * without case; the first of equals. Undefined when even that one differs in more than a third of its letters.
 */
export function nearest(given: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = Math.floor(Math.max(given.length, candidate.length) / 3);
    // No distance is below the difference in length, so most of a long list costs nothing.
    if (Math.abs(given.length - candidate.length) > Math.min(limit, bestDistance)) continue;
    const distance = typingDistance(given.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The Damerau-Levenshtein distance, where no piece is edited twice ("optimal string alignment"). */
export function typingDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, beforePrevious[column - 2]! + 1);
      }
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
