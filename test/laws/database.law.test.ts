import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectRenamesThereAndBack, expectThereAndBack, schemasOf } from "../support/database-law.js";
import { DIALECTS } from "../support/dialects.js";
import { hinted } from "../support/hinted-schemas.js";
import { holds, howToRepeat, LAW_CASE, LAW_SEED } from "../support/laws.js";

const RUNS: Readonly<Record<string, number>> = { sqlite: 60, "sqlite-worker": 5, postgres: 15, "postgres-extra": 15 };
const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);

/** A long run tells how far it is, goes on after a case that fails, and has the server and us busy at the same time. */
const IS_LONG = FACTOR > 1 && LAW_CASE === undefined;
const AT_ONCE = 3;

describe.each(DIALECTS)("laws on $name", (dialect) => {
  const numRuns = Math.ceil((RUNS[dialect.name] ?? 10) * FACTOR);
  const timeout = Math.max(240_000, numRuns * 30_000);

  const begin = () => {
    const failures: string[] = [];
    const running = new Set<Promise<void>>();
    const tell = (text: string) => process.stderr.write(`${dialect.name} seed ${LAW_SEED}: ${text}\n`);
    let begun = 0;
    const run = async (check: () => Promise<void>) => {
      if (!IS_LONG) return check();
      const at = begun++;
      if (at % 50 === 0) tell(`${at} of ${numRuns}, ${failures.length} wrong`);
      const one = check()
        .catch((error) => {
          failures.push(`case ${at}: ${told(error)}\n${howToRepeat(at)}`);
          tell(failures.at(-1)!);
        })
        .finally(() => running.delete(one));
      running.add(one);
      if (running.size >= AT_ONCE) await Promise.race(running);
    };
    const end = async () => {
      await Promise.all(running);
      expect(failures).toEqual([]);
    };
    return { run, end };
  };

  it("any schema becomes any other and comes back, as seen from inside and outside, and kept rows stay", {
    timeout,
  }, async () => {
    const schemas = await schemasOf(dialect);
    const { run, end } = begin();
    const law = fc.asyncProperty(schemas, schemas, (a, b) => run(() => expectThereAndBack(dialect, a, b)));
    await holds(law, numRuns);
    await end();
  });

  if (dialect.family === "postgres") {
    it("what the models say has another name or place is renamed and moved, and nothing is dropped", {
      timeout,
    }, async () => {
      const schemas = await schemasOf(dialect);
      const { run, end } = begin();
      const law = fc.asyncProperty(hinted(schemas), ({ before, after }) =>
        run(() => expectRenamesThereAndBack(dialect, before, after)),
      );
      await holds(law, numRuns);
      await end();
    });
  }
});

/** The message, and of a comparison what was found. */
function told(error: unknown): string {
  const { message, actual } = error as { message: string; actual?: unknown };
  return `${message} ${actual === undefined ? "" : JSON.stringify(actual)}`.slice(0, 2_000);
}
