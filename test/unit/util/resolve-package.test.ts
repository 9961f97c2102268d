import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolvePackage } from "../../../src/util/resolve-package.js";
import { writeFiles } from "../../fixtures/loader/real-node.js";

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tsmigrate-resolve-")));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const at = (name: string) => join(root, name);

describe("a package", () => {
  it("is found from the user's folder upward, before our own copy", async () => {
    await writeFiles(root, {
      "node_modules/pg/package.json": `{ "name": "pg", "version": "1.2.3", "engines": { "node": ">= 99" }, "main": "main.js" }`,
      "node_modules/pg/main.js": `module.exports = "the user's";`,
    });
    const found = resolvePackage("pg", [at("src/deep")])!;
    expect(found).toMatchObject({ directory: at("node_modules/pg"), version: "1.2.3", engines: ">= 99" });
    expect(found.require("pg")).toBe("the user's");
  });

  it("is found from the first folder that has it", async () => {
    await writeFiles(root, {
      "a/node_modules/.keep": "",
      "b/node_modules/dep/package.json": `{ "version": "1.0.0" }`,
      "c/node_modules/dep/package.json": `{ "version": "2.0.0" }`,
    });
    expect(resolvePackage("dep", [at("a"), at("b"), at("c")])!.version).toBe("1.0.0");
    expect(resolvePackage("dep", [at("c"), at("b")])!.version).toBe("2.0.0");
  });

  it("is ours when the user has none", () => {
    const found = resolvePackage("pg", [root])!;
    expect(found.directory).toMatch(/node_modules.pg$/);
    expect(found.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(found.require("pg").Client).toBeTypeOf("function");
  });

  it("may hide its package.json, have a scope, be an alias or lack a version", async () => {
    await writeFiles(root, {
      "node_modules/hidden/package.json": `{ "name": "hidden", "version": "3.0.0", "exports": { "import": "./index.mjs" } }`,
      "node_modules/@a/b/package.json": `{ "name": "other-name", "version": "4.0.0" }`,
      "node_modules/bare/package.json": `{}`,
      "node_modules/broken/package.json": "{",
    });
    expect(resolvePackage("hidden", [root])).toMatchObject({ directory: at("node_modules/hidden"), version: "3.0.0" });
    expect(resolvePackage("@a/b", [root])).toMatchObject({ directory: at("node_modules/@a/b"), version: "4.0.0" });
    expect(resolvePackage("bare", [root])).toMatchObject({ version: "0.0.0", engines: undefined });
    expect(resolvePackage("broken", [root])).toMatchObject({ version: "0.0.0" });
  });

  it("is found through links, from where the folder really is", async () => {
    await writeFiles(root, {
      "store/dep/package.json": `{ "name": "dep", "version": "5.0.0" }`,
      "project/node_modules/.keep": "",
      "project/src/.keep": "",
      "->project/node_modules/dep": "../../store/dep",
      "->elsewhere": "project/src",
    });
    expect(resolvePackage("dep", [at("project")])!.directory).toBe(at("store/dep"));
    expect(resolvePackage("dep", [at("elsewhere")])!.directory).toBe(at("store/dep"));
  });

  it("that is not installed, or is part of Node.js, is null", () => {
    expect(resolvePackage("no-such-package-anywhere", [root, dirname(root)])).toBeNull();
    expect(resolvePackage("node:fs", [root])).toBeNull();
    expect(resolvePackage("fs", [root])).toBeNull();
  });
});
