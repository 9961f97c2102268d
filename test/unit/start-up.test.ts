/** What is loaded when a command starts: modules are most of the time that a command with nothing to do takes. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "../../src");
const IMPORT = /^(?:import|export) (?!type\b)([^;]*?)from "([^"]+)"/gm;

/** The packages that a file brings by its imports and theirs; what is imported when it is needed does not count. */
function packagesOf(file: string): ReadonlySet<string> {
  const packages = new Set<string>();
  const files = new Set([file]);
  for (const path of files) {
    for (const [, names, target] of readFileSync(join(SOURCE, path), "utf8").matchAll(IMPORT)) {
      if (/^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(names!)) continue;
      if (target!.startsWith(".")) files.add(join(dirname(path), target!.replace(/\.js$/, ".ts")));
      else packages.add(target!);
    }
  }
  return new Set([...packages].filter((name) => !name.startsWith("node:")));
}

describe("start-up", () => {
  it.each([
    "commands/read-history.ts",
    "commands/migrate.ts",
    "commands/stamp.ts",
    "commands/rebase.ts",
    "commands/write-script.ts",
  ])("loads no package for %s until it is needed", (file) => {
    expect([...packagesOf(file)]).toEqual([]);
  });

  it("loads no package for the command line until a flag is to be read", () => {
    expect([...packagesOf("cli/bin.ts")]).toEqual([]);
    expect([...packagesOf("cli/program.ts")]).toEqual(["commander"]);
  });
});
