import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIXED_SEED, seedOf } from "../../support/law-seed.js";
import { holds, LAW_CASE, LAW_SEED } from "../../support/laws.js";

const ROOT = join(import.meta.dirname, "../../..");
const GIVEN = process.env.TSMIGRATE_LAW_SEED ?? "";

describe("laws", () => {
  it("are tried with the same cases each time", () => {
    expect(seedOf(undefined)).toBe(FIXED_SEED);
    expect(LAW_SEED).toBe(GIVEN === "" ? FIXED_SEED : Number(GIVEN));
  });

  it("take another seed, or one that is drawn once for all workers", () => {
    expect(seedOf("-17")).toBe(-17);
    expect(seedOf("random", () => 0.25)).toBe(250_000_000);
    expect(() => seedOf("any")).toThrow("TSMIGRATE_LAW_SEED is 'any', neither a whole number nor 'random'");
  });

  it.skipIf(LAW_CASE !== undefined)("say how to repeat a case (that fails)", async () => {
    const wrong = (value: number) => expect(value).toBeLessThan(10);
    const told = new RegExp(
      `^Property failed [^]*Repeat with: TSMIGRATE_LAW_SEED=${LAW_SEED} TSMIGRATE_LAW_CASE=\\d+(?::\\d+)* ` +
        'npx vitest run test/unit/support/laws.test.ts -t "laws say how to repeat a case .that fails."$',
    );
    expect(() => holds(fc.property(fc.nat(), wrong), 50)).toThrow(told);
    await expect(
      holds(
        fc.asyncProperty(fc.nat(), async (value) => wrong(value)),
        50,
      ),
    ).rejects.toThrow(told);
    expect(() =>
      holds(
        fc.property(fc.nat(), () => undefined),
        50,
      ),
    ).not.toThrow();
  });

  it("are all tried in this one way", () => {
    const others = globSync("test/**/*.ts", { cwd: ROOT }).filter((file) =>
      /\bfc\.(?:assert|check)\(/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    expect(others.map((file) => file.replaceAll("\\", "/"))).toEqual(["test/support/laws.ts"]);
  });
});
