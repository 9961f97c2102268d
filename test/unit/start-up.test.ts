/** What is loaded when a command starts: modules are most of the time that a command with nothing to do takes. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
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

  it("loads no Kysely for models whose templates hold text and names", async () => {
    const contents = `import { check, index, integer, sql, table, view } from "./schema.js";
      import { schemaFromModels } from "./model/collect-models.js";
      export const found = schemaFromModels([{
        a: table("a", { id: integer().default(sql\`1 + 1\`) }, (t) => [
          index("i").on(sql\`abs(\${t.id})\`).where(sql\`id > 0\`), check("c", sql\`\${t.id} < 9\`),
        ]),
        v: view("v", sql\`select id from a\`),
      }], { dialect: "sqlite" });`;
    // Beside it there is no Kysely that could be loaded.
    const folder = mkdtempSync(join(tmpdir(), "tsmigrate-models-"));
    try {
      const outfile = join(folder, "models.mjs");
      await build({
        ...{ stdin: { contents, resolveDir: SOURCE }, outfile, bundle: true },
        ...{ format: "esm", platform: "node", external: ["kysely", "esbuild"], logLevel: "silent" },
      });
      const { found } = await import(pathToFileURL(outfile).href);
      expect(found.tables.a).toMatchObject({
        checks: [{ name: "c", expression: '"id" < 9' }],
        indexes: [{ elements: [{ expression: 'abs("id")' }], where: "id > 0" }],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
