import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import type { AppliedStep, UserConfig } from "../../../src/config/config.js";
import { CONFIG_KEYS } from "../../../src/config/config-keys.js";
import { loadConfig } from "../../../src/config/load-config.js";
import { resolveConfig } from "../../../src/config/resolve-config.js";
import { defineConfig } from "../../../src/config.js";
import type { RevisionStep } from "../../../src/revisions/revision.js";
import { DEFAULT_NAMING } from "../../../src/schema/naming.js";
import { packageAliases } from "../../../src/util/import-module.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const EXAMPLE = `${ROOT}migrate.config.example.ts`;

describe("the example", () => {
  const aliases = packageAliases(new URL("../../../src/", import.meta.url), ".ts");
  const options = { cwd: ROOT, env: {}, importOptions: { aliases, cacheDirectory: null } };

  it("is valid and shows the defaults", async () => {
    const { config } = await loadConfig({ ...options, configFile: EXAMPLE, url: "x.db" });
    const defaults = resolveConfig({}, { baseDirectory: config.baseDirectory, cwd: ROOT, env: {}, url: "x.db" });
    expect(config).toEqual({
      ...defaults,
      models: [`${ROOT}models.ts`],
      namingConvention: DEFAULT_NAMING,
    });
  });

  it("mentions every key, each with a line that says why", async () => {
    const lines = (await readFile(EXAMPLE, "utf8")).split("\n");
    for (const key of Object.keys(CONFIG_KEYS)) {
      const index = lines.findIndex((line) => new RegExp(`^  (?:// )?${key}: `).test(line));
      expect(index, key).toBeGreaterThan(0);
      const above = lines[index - 1]!;
      // compareType and compareDefault share a line.
      expect(above, key).toMatch(/^ {2}\/\/ .{20,}/);
    }
  });
});

describe("tsmigrate/config", () => {
  it("loads nothing else when it runs", async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [`${ROOT}src/config.ts`],
      bundle: true,
      packages: "external",
      format: "esm",
      platform: "node",
      write: false,
      metafile: true,
    });
    expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([]);
    expect(outputFiles[0]!.text.length).toBeLessThan(400);
  });

  it("gives back what it is given", () => {
    const config: UserConfig = { url: "a.db" };
    const later = Promise.resolve(config);
    const made = () => config;
    expect([defineConfig(config), defineConfig(later), defineConfig(made)]).toEqual([config, later, made]);
  });

  it("is typed", () => {
    defineConfig({ url: process.env.DATABASE_URL, environments: { a: { lockTimeout: 1, retry: false } } });
    defineConfig(async ({ env, args }) => ({ url: `${env}${args.x}`, models: ["a.ts"] as const }));
    // @ts-expect-error a key that does not exist
    defineConfig({ urll: "x" });
    // @ts-expect-error a wrong value
    defineConfig({ transaction: "some" });
    // @ts-expect-error environments are not nested
    defineConfig({ environments: { a: { environments: {} } } });
    const onStep = (step: AppliedStep) => step.revision.id;
    const asRunnerCallsIt: (step: RevisionStep) => unknown = onStep;
    expect(asRunnerCallsIt).toBe(onStep);
  });
});
