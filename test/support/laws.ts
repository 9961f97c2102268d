/**
 * How laws are tried: `holds(property, runs)`, the same cases each time, so that what fails is what was changed.
 *
 * `TSMIGRATE_LAW_SEED` tries others, those of a number or, as `random`, of one that is drawn and printed; with it
 * `TSMIGRATE_LAW_CASE` begins at one case and makes it smaller. A law that fails says both.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { LAW_SEED_NAME, seedOf } from "./law-seed.js";

/** Of this run, the same in all of its workers. */
export const LAW_SEED = seedOf(process.env[LAW_SEED_NAME]);

export const LAW_CASE = process.env.TSMIGRATE_LAW_CASE;

/** As `fc.assert`. */
export function holds<Ts>(property: fc.IAsyncProperty<Ts>, numRuns: number): Promise<void>;
export function holds<Ts>(property: fc.IProperty<Ts>, numRuns: number): void;
export function holds<Ts>(property: fc.IRawProperty<Ts>, numRuns: number): Promise<void> | void {
  const reporter = (found: fc.RunDetails<Ts>) => {
    if (!found.failed) return;
    const more = found.counterexamplePath === null ? "" : `\n\n${howToRepeat(found.counterexamplePath)}`;
    throw new Error(`${fc.defaultReportMessage(found)}${more}`, { cause: found.errorInstance });
  };
  return fc.assert(property as fc.IProperty<Ts>, {
    numRuns,
    seed: LAW_SEED,
    reporter,
    ...(LAW_CASE === undefined ? {} : { path: LAW_CASE }),
  });
}

/** The command that runs one case of the running law again. */
export function howToRepeat(path: string | number): string {
  const { currentTestName = "", testPath = "" } = expect.getState();
  const file = testPath.replace(/^.*\/(?=test\/)/, "");
  // A pattern, in which what a shell or an expression would read stands for any character.
  const name = currentTestName.replaceAll(" > ", " ").replace(/[^\w ,:;-]/g, ".");
  return `Repeat with: ${LAW_SEED_NAME}=${LAW_SEED} TSMIGRATE_LAW_CASE=${path} npx vitest run ${file} -t "${name}"`;
}
