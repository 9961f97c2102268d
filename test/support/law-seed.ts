/** Which cases laws are tried with. */

/** All laws, unless somebody says otherwise. */
export const FIXED_SEED = 1;

export const LAW_SEED_NAME = "TSMIGRATE_LAW_SEED";

/** `random` is drawn before there are workers. */
export function seedOf(text: string | undefined, draw?: () => number): number {
  if (text === undefined || text === "") return FIXED_SEED;
  if (text === "random" && draw !== undefined) return Math.floor(draw() * 1e9);
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Error(`${LAW_SEED_NAME} is '${text}', neither a whole number nor 'random'`);
}
