/** Chance that can be repeated: the same seed text gives the same numbers on every machine. */
export interface Random {
  /** 0 ≤ x < 1 */
  fraction(): number;
  /** A whole number from `from` to `to`, both included. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
}

/** @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md (mulberry32, xmur3) */
export function createRandom(seed: string): Random {
  let state = 1779033703 ^ seed.length;
  for (let at = 0; at < seed.length; at++) {
    state = Math.imul(state ^ seed.charCodeAt(at), 3432918353);
    state = (state << 13) | (state >>> 19);
  }
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (from: number, to: number) => from + Math.floor(fraction() * (to - from + 1));
  return {
    fraction,
    integer,
    pick: (items) => items[integer(0, items.length - 1)]!,
    chance: (probability) => fraction() < probability,
  };
}
