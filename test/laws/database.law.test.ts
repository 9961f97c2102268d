import fc from "fast-check";
import { describe, it } from "vitest";
import { expectThereAndBack, schemasOf } from "../support/database-law.js";
import { DIALECTS } from "../support/dialects.js";

const RUNS: Readonly<Record<string, number>> = { sqlite: 60, "sqlite-worker": 5, postgres: 15, "postgres-extra": 15 };
const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);
const SEED = process.env.TSMIGRATE_LAW_SEED;

describe.each(DIALECTS)("laws on $name", (dialect) => {
  const numRuns = Math.ceil((RUNS[dialect.name] ?? 10) * FACTOR);
  const parameters = { numRuns, ...(SEED === undefined ? {} : { seed: Number(SEED) }) };
  const timeout = Math.max(240_000, numRuns * 10_000);

  it("any schema becomes any other and comes back, as seen from inside and outside, and kept rows stay", {
    timeout,
  }, async () => {
    const schemas = await schemasOf(dialect);
    const law = fc.asyncProperty(schemas, schemas, (a, b) => expectThereAndBack(dialect, a, b));
    await fc.assert(law, parameters);
  });
});
