/** Texts that are compared with files; `UPDATE_GOLDENS=1` writes them anew, and the change is read like code. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";

/** `name`: a path below `test/golden`. */
export function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, "../golden", name);
  if (process.env.UPDATE_GOLDENS === "1" && (!existsSync(path) || readFileSync(path, "utf8") !== text)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(existsSync(path) ? readFileSync(path, "utf8") : `a file at ${name}: run with UPDATE_GOLDENS=1`);
}
