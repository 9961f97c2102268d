import { chmod, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoadConfigOptions, loadConfig } from "../../../src/config/load-config.js";
import { ConfigInvalidError, ConfigNotFoundError, UserModuleError } from "../../../src/errors.js";
import { packageAliases } from "../../../src/util/import-module.js";
import { writeFiles } from "../../fixtures/loader/real-node.js";

let project: string;

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "tsmigrate-config-")));
  await writeFiles(project, { "node_modules/.keep": "" });
});
afterEach(() => rm(project, { recursive: true, force: true }));

const importOptions = { aliases: packageAliases(new URL("../../../src/", import.meta.url), ".ts") };
const load = (options: Partial<LoadConfigOptions> = {}) =>
  loadConfig({ cwd: project, env: {}, importOptions, ...options });
const at = (name: string) => join(project, name);

async function errorOf(options: Partial<LoadConfigOptions> = {}): Promise<any> {
  return load(options).then(
    () => Promise.reject(new Error("it is accepted")),
    (error: unknown) => error,
  );
}

const ts = (directory: string) =>
  `import { defineConfig } from "tsmigrate/config";\nconst directory: string = "${directory}";\nexport default defineConfig({ directory });\n`;

describe("the search", () => {
  it.each([
    ["migrate.config.ts", ts("found")],
    ["migrate.config.mts", ts("found")],
    [
      "migrate.config.cts",
      `import type { UserConfig } from "tsmigrate/config"; const config: UserConfig = { directory: "found" }; module.exports = config;`,
    ],
    ["migrate.config.js", `module.exports = { directory: "found" };`],
    [
      "migrate.config.mjs",
      `import { defineConfig } from "tsmigrate/config"; export default defineConfig({ directory: "found" });`,
    ],
    ["migrate.config.cjs", `module.exports = { directory: "found" };`],
    ["migrate.config.json", `{ "directory": "found" }`],
    ["migrate.config.yaml", "directory: found\n"],
    ["migrate.config.yml", "directory: found\n"],
    [".migraterc", "directory: found\n"],
    [".migraterc.json", `{ "directory": "found" }`],
    [".migraterc.yaml", "directory: found\n"],
    [".migraterc.ts", ts("found")],
    ["package.json", `{ "tsmigrate": { "directory": "found" } }`],
  ])("finds %s", async (name, text) => {
    await writeFiles(project, { "package.json": "{}", [name]: text });
    const loaded = await load();
    expect(loaded).toMatchObject({ path: at(name), directory: project, config: { directory: at("found") } });
  });

  it("goes up to the folder of package.json and never past it", async () => {
    await writeFiles(project, {
      "migrate.config.ts": ts("outer"),
      "app/src/deep/x.ts": "",
      "app/migrate.config.ts": ts("app"),
    });
    expect((await load({ cwd: at("app/src/deep") })).path).toBe(at("app/migrate.config.ts"));
    await rm(at("app/migrate.config.ts"));
    expect((await load({ cwd: at("app/src/deep") })).path).toBe(at("migrate.config.ts"));
    await writeFiles(project, { "app/package.json": "{}" });
    const error = await errorOf({ cwd: at("app/src/deep") });
    expect(error).toBeInstanceOf(ConfigNotFoundError);
    expect(error).toMatchObject({
      message: `there is no config file in '${at("app/src/deep")}' or above`,
      hint: "Run `tsmigrate init`, or name one with --config.",
      searchedFrom: at("app/src/deep"),
    });
  });

  it("prefers the nearest folder, then the order of kinds", async () => {
    await writeFiles(project, { "migrate.config.ts": ts("outer"), "app/.migraterc": "directory: rc\n" });
    expect((await load({ cwd: at("app") })).path).toBe(at("app/.migraterc"));
    await writeFiles(project, { "app/migrate.config.yaml": "{}", "app/package.json": `{ "tsmigrate": {} }` });
    expect((await load({ cwd: at("app") })).path).toBe(at("app/migrate.config.yaml"));
    await writeFiles(project, { "app/migrate.config.mjs": "export default {}" });
    expect((await load({ cwd: at("app") })).path).toBe(at("app/migrate.config.mjs"));
  });

  it.skipIf(process.platform === "win32")("does not climb into a folder where everybody may leave files", async () => {
    await mkdir(at("shared/mine"), { recursive: true });
    await writeFiles(project, { "shared/migrate.config.mjs": "throw new Error('run')" });
    await chmod(at("shared"), 0o1777);
    expect(await errorOf({ cwd: at("shared/mine") })).toBeInstanceOf(ConfigNotFoundError);
  });
});

describe("a named config", () => {
  it("may have any name, relative to the working directory, and comes before TSMIGRATE_CONFIG", async () => {
    await writeFiles(project, {
      "migrate.config.ts": ts("default"),
      "config/other.ts": ts("other"),
      "config/second.json": `{ "directory": "second" }`,
      "config/third": "directory: third\n",
    });
    const env = { TSMIGRATE_CONFIG: "config/other.ts" };
    expect(await load({ env })).toMatchObject({
      path: at("config/other.ts"),
      config: { directory: at("config/other") },
    });
    expect((await load({ env, configFile: "config/second.json" })).config.directory).toBe(at("config/second"));
    expect((await load({ env, configFile: at("config/third") })).config.directory).toBe(at("config/third"));
    expect((await load({ env: { TSMIGRATE_CONFIG: "" } })).config.directory).toBe(at("default"));
  });

  it("that is not there, or is a folder, is an error", async () => {
    const path = at("gone.ts");
    expect(await errorOf({ configFile: "gone.ts" })).toMatchObject({
      code: "TSM_CONFIG_NOT_FOUND",
      message: `there is no config file '${path}'`,
    });
    expect(await errorOf({ configFile: "node_modules" })).toBeInstanceOf(ConfigNotFoundError);
  });

  it("that holds nothing is an error", async () => {
    await writeFiles(project, { "package.json": "{}", "empty.json": "", "empty.yaml": "\n", "empty.ts": "export {}" });
    expect((await errorOf({ configFile: "package.json" })).message).toBe(`'${at("package.json")}' has no "tsmigrate"`);
    expect((await errorOf({ configFile: "empty.yaml" })).message).toBe(`'${at("empty.yaml")}' is empty`);
    expect((await errorOf({ configFile: "empty.ts" })).message).toBe(`'${at("empty.ts")}' has no default export`);
  });
});

describe("the default export", () => {
  const write = (text: string) => writeFiles(project, { "migrate.config.ts": text });

  it("may be a promise", async () => {
    await write(`export default Promise.resolve({ directory: "later" as string });`);
    expect((await load()).config.directory).toBe(at("later"));
  });

  it("may be a function, which gets the environment and the arguments", async () => {
    await write(
      `import { defineConfig } from "tsmigrate/config"; export default defineConfig(async ({ env, args }) => ({ directory: env + "-" + args.tenant, environments: { blue: {} } }));`,
    );
    const args = { tenant: "acme" };
    expect(await load({ environment: "blue", args })).toMatchObject({
      environment: "blue",
      config: { directory: at("blue-acme") },
    });
    expect((await load({ env: { TSMIGRATE_ENV: "blue" }, args })).config.directory).toBe(at("blue-acme"));
  });

  it("chooses the environment by --env, then TSMIGRATE_ENV", async () => {
    await write(`export default { environments: { a: { directory: "A" }, b: { directory: "B" } } };`);
    const env = { TSMIGRATE_ENV: "a" };
    expect((await load({ env })).config.directory).toBe(at("A"));
    expect((await load({ env, environment: "b" })).config.directory).toBe(at("B"));
    expect(await errorOf({ environment: "c" })).toMatchObject({ key: "environments.c", path: at("migrate.config.ts") });
  });

  it("comes after --url, and before DATABASE_URL", async () => {
    await write(`export default { url: "sqlite:///./own.db" };`);
    const env = { DATABASE_URL: "sqlite:///./env.db" };
    const cwd = at("sub");
    await mkdir(cwd);
    expect((await load({ env, cwd })).config.url).toEqual({ text: "sqlite:///./own.db", baseDirectory: project });
    expect((await load({ env, cwd, url: "x.db" })).config.url).toEqual({ text: "x.db", baseDirectory: cwd });
    await write("export default {};");
    expect((await load({ env, cwd })).config.url).toEqual({ text: "sqlite:///./env.db", baseDirectory: cwd });
  });

  it.each([
    ["a text", `"x" as any`],
    ["null", "null"],
    ["a list", "[]"],
    ["the number 1", "1"],
    ["undefined", "() => undefined"],
  ])("must not be %s", async (kind, code) => {
    await write(`const config: any = ${code}; export default config;`);
    const error = await errorOf();
    expect(error).toBeInstanceOf(ConfigInvalidError);
    expect(error.message).toBe(
      `'${at("migrate.config.ts")}' must hold an object, a promise of one or a function that gives one, but is ${kind}`,
    );
  });

  it("may come from a compiler that writes CommonJS", async () => {
    await writeFiles(project, {
      "migrate.config.cjs": `exports.__esModule = true; exports.default = { directory: "x" };`,
    });
    expect((await load()).config.directory).toBe(at("x"));
  });

  it.each([
    ["a function that throws", `export default () => {\n  throw new Error("boom");\n};`],
    ["a promise that is rejected", `export default (async () => {\n  throw new Error("boom");\n})();`],
    ["a module that throws", `export default {};\n  throw new Error("boom");`],
  ])("by %s is an error with its place", async (_, code) => {
    await write(code);
    const error = await errorOf();
    expect(error).toBeInstanceOf(UserModuleError);
    expect(error.message).toBe(`cannot load '${at("migrate.config.ts")}': boom (${at("migrate.config.ts")}:2:9)`);
    expect(error.cause).toMatchObject({ message: "boom" });
  });

  it("with a wrong key is an error that names the file and the key", async () => {
    await write(`export default { environments: { production: { lockTimout: 5 } } };`);
    expect(await errorOf()).toMatchObject({
      message: `'environments.production.lockTimout' in '${at("migrate.config.ts")}' is not a known key`,
      path: at("migrate.config.ts"),
      key: "environments.production.lockTimout",
      hint: "Did you mean 'lockTimeout'?",
    });
  });
});

describe("a mistake in the file", () => {
  const secret = "postgres://user:secret@host/db";

  it.each([
    ["migrate.config.ts", `export default { "url" "${secret}" };`, ":1:24"],
    ["migrate.config.json", `{ "url": "${secret}" "x": 1 }`, ":1:43"],
    [".migraterc.yaml", `url: "${secret}" x\n`, ":1:39"],
    ["migrate.config.yml", `a: b\nurl: ${secret}: [\n`, ":2:36"],
    ["package.json", `{ "tsmigrate": { "lockTimeout": "${secret}" } }`, ""],
  ])("in %s is told without what stands there", async (name, text, place) => {
    await writeFiles(project, { [name]: text });
    const error = await errorOf();
    expect(error.code).toMatch(/TSM_USER_MODULE|TSM_CONFIG_INVALID/);
    expect(error.path).toBe(at(name) + place);
    expect(error.message).toContain(at(name));
    const shown = [error.message, error.hint, error.stack, error.cause?.message, error.cause?.stack].join("\n");
    expect(shown).not.toContain("secret");
  });
});

describe("the data of a file", () => {
  it("may come in part from other files", async () => {
    await writeFiles(project, {
      "base.json": `{ "role": "owner" }`,
      ".migraterc": "$import: base.json\ndirectory: x\n",
    });
    expect((await load()).config).toMatchObject({ role: "owner", directory: at("x") });
    await rm(at("base.json"));
    expect(await errorOf()).toMatchObject({ code: "TSM_USER_MODULE", path: at(".migraterc") });
  });
});

describe("our own package", () => {
  it("is the running one for a config, wherever that is", async () => {
    await writeFiles(project, {
      "own/config.js": `export const defineConfig = (config) => ({ ...config, directory: "own" });`,
      "migrate.config.ts": ts("x"),
    });
    const aliases = packageAliases(pathToFileURL(`${at("own")}/`), ".js");
    expect((await load({ importOptions: { aliases } })).config.directory).toBe(at("own"));
  });
});
