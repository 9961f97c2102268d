import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SchemaDef } from "../../src/schema/schema.js";
import { expectThereAndBack, schemasOf } from "../support/database-law.js";
import { DIALECTS } from "../support/dialects.js";

const RUNS: Readonly<Record<string, number>> = { sqlite: 60, "sqlite-worker": 5, postgres: 15, "postgres-extra": 15 };
const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);
const { TSMIGRATE_LAW_SEED: SEED, TSMIGRATE_LAW_CASE: CASE } = process.env;

/** A long run tells how far it is, goes on after a case that fails, and has the server and us busy at the same time. */
const IS_LONG = FACTOR > 1 && CASE === undefined;
const AT_ONCE = 3;

describe.each(DIALECTS)("laws on $name", (dialect) => {
  const numRuns = Math.ceil((RUNS[dialect.name] ?? 10) * FACTOR);
  const parameters = {
    numRuns,
    seed: SEED === undefined ? Math.floor(Math.random() * 1e9) : Number(SEED),
    ...(CASE === undefined ? {} : { path: CASE }),
  };
  const timeout = Math.max(240_000, numRuns * 30_000);

  it("any schema becomes any other and comes back, as seen from inside and outside, and kept rows stay", {
    timeout,
  }, async () => {
    const schemas = await schemasOf(dialect);
    const failures: string[] = [];
    const running = new Set<Promise<void>>();
    const tell = (text: string) => process.stderr.write(`${dialect.name} seed ${parameters.seed}: ${text}\n`);
    let begun = 0;
    const inLongRun = async (a: SchemaDef, b: SchemaDef) => {
      const at = begun++;
      if (at % 50 === 0) tell(`${at} of ${numRuns}, ${failures.length} wrong`);
      const one = expectThereAndBack(dialect, a, b)
        .catch((error) => {
          failures.push(`case ${at}: ${told(error)}`);
          tell(failures.at(-1)!);
        })
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= AT_ONCE) await Promise.race(running);
    };
    const law = fc.asyncProperty(schemas, schemas, (a, b) =>
      IS_LONG ? inLongRun(a, b) : expectThereAndBack(dialect, a, b),
    );
    await fc.assert(law, parameters);
    await Promise.all(running);
    expect(failures).toEqual([]);
  });
});

/** The message, and of a comparison what was found. */
function told(error: unknown): string {
  const { message, actual } = error as { message: string; actual?: unknown };
  return `${message} ${actual === undefined ? "" : JSON.stringify(actual)}`.slice(0, 2_000);
}
