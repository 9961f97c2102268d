import { existsSync } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  buildLoader,
  type LoaderAnswer,
  type LoaderJob,
  runLoader,
  writeFiles,
} from "../../fixtures/loader/real-node.js";

const LIMIT = 300;

let loader: string;
let project: string;

beforeAll(async () => {
  loader = await buildLoader();
});
afterAll(() => rm(loader, { recursive: true, force: true }));

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "tsmigrate-cache-")));
  await writeFiles(project, {
    "package.json": `{ "type": "module" }`,
    "node_modules/.keep": "",
    "entry.ts": `import { dep } from "./dep"; export const result: unknown = ["entry", dep];`,
    "dep/index.ts": `export const dep: string = "dep";`,
  });
});
afterEach(() => rm(project, { recursive: true, force: true }));

const entry = () => join(project, "entry.ts");
const cache = () => join(project, "node_modules/.cache/tsmigrate");
const RESULT = { exports: { result: ["entry", "dep"] } };

async function load(options: Parameters<typeof runLoader>[2] = {}, job: LoaderJob = {}): Promise<LoaderAnswer> {
  const [answer] = await runLoader(loader, [{ path: entry(), ...job }], options);
  return answer!;
}

const loadWarm = (job: LoaderJob = {}) => load({ transpiler: false }, job);

describe("a second run", () => {
  it("needs no transpiler", async () => {
    expect(await load()).toMatchObject(RESULT);
    expect(await loadWarm()).toMatchObject(RESULT);
  });

  it("needs one when there was no first", async () => {
    expect(await loadWarm()).toMatchObject({
      error: { message: expect.stringContaining("esbuild failed"), hint: expect.stringContaining("npm install") },
    });
  });

  it.each([
    ["the file itself", { "entry.ts": `export const result: string = "edited";` }, "edited"],
    ["a file it imports", { "dep/index.ts": `export const dep: string = "edited";` }, ["entry", "edited"]],
    ["which file an import means", { "dep.ts": `export const dep: string = "nearer";` }, ["entry", "nearer"]],
    ["package.json", { "package.json": `{ "type": "commonjs" }` }, ["entry", "dep"]],
    ["a new tsconfig.json", { "tsconfig.json": `{}` }, ["entry", "dep"]],
    ["a new tsconfig.json nearer to an imported file", { "dep/tsconfig.json": `{}` }, ["entry", "dep"]],
  ])("sees a change of %s", async (_, files, result) => {
    await load();
    await writeFiles(project, files);
    expect(await loadWarm()).toHaveProperty("error");
    expect(await load()).toMatchObject({ exports: { result } });
    expect(await loadWarm()).toMatchObject({ exports: { result } });
  });

  it("sees a change of a tsconfig.json that is extended, also one out of a package", async () => {
    await writeFiles(project, {
      "tsconfig.json": `{ "extends": ["./base", "shared/strict"], }`,
      "base.json": `{ "compilerOptions": { "paths": { "@x": ["./one.ts"] } } }`,
      "node_modules/shared/package.json": `{ "name": "shared" }`,
      "node_modules/shared/strict.json": "{}",
      "one.ts": `export const x: number = 1;`,
      "two.ts": `export const x: number = 2;`,
      "entry.ts": `export { x as result } from "@x";`,
    });
    expect(await load()).toMatchObject({ exports: { result: 1 } });
    await writeFiles(project, { "base.json": `{ "compilerOptions": { "paths": { "@x": ["./two.ts"] } } }` });
    expect(await load()).toMatchObject({ exports: { result: 2 } });
    expect(await loadWarm()).toMatchObject({ exports: { result: 2 } });
    await writeFiles(project, { "node_modules/shared/strict.json": `{ "compilerOptions": {} }` });
    expect(await loadWarm()).toHaveProperty("error");
  });

  it("is not disturbed by files that no import could mean", async () => {
    await load();
    await writeFiles(project, { "app.db": "", "README.md": "", "other/x.ts": "" });
    expect(await loadWarm()).toMatchObject(RESULT);
  });

  it("finds a package again that has moved", async () => {
    await writeFiles(project, {
      "node_modules/dep/package.json": `{ "name": "dep", "main": "./main" }`,
      "node_modules/dep/main.js": `module.exports = "file";`,
      "entry.ts": `import dep from "dep"; export const result: string = dep;`,
    });
    expect(await load()).toMatchObject({ exports: { result: "file" } });
    await rm(join(project, "node_modules/dep/main.js"));
    await writeFiles(project, { "node_modules/dep/main/index.js": `module.exports = "folder";` });
    expect(await load()).toMatchObject({ exports: { result: "folder" } });
    expect(await loadWarm()).toMatchObject({ exports: { result: "folder" } });
  });
});

describe("a damaged cache", () => {
  const files = async (ending: string) => {
    const names = (await readdir(cache())).filter((name) => name.endsWith(ending));
    return names.map((name) => join(cache(), name));
  };
  const damages: readonly (readonly [string, string, (path: string) => Promise<void>])[] = [
    ["an empty entry", ".entry", (path) => writeFile(path, "")],
    ["an entry that is cut off", ".entry", async (path) => writeFile(path, (await readFile(path)).subarray(0, -9))],
    ["an entry that is no JSON", ".entry", (path) => writeFile(path, "{\n")],
    ["an entry of another shape", ".entry", (path) => writeFile(path, "null\n")],
    ["a bundle that is gone", ".mjs", (path) => rm(path)],
    ["a bundle that is cut off", ".mjs", async (path) => writeFile(path, (await readFile(path)).subarray(0, -60))],
    ["a bundle of zeros", ".mjs", async (path) => writeFile(path, Buffer.alloc((await readFile(path)).length))],
  ];

  it.each(damages)("with %s is made anew", async (_, ending, damage) => {
    await load();
    for (const path of await files(ending)) await damage(path);
    expect(await load()).toMatchObject(RESULT);
    expect(await loadWarm()).toMatchObject(RESULT);
  });

  it("without source maps still loads", async () => {
    await load();
    for (const path of await files(".map")) await rm(path);
    expect(await loadWarm()).toMatchObject(RESULT);
  });
});

describe("the cache folder", () => {
  it("lies in the nearest node_modules and is for the user only", async () => {
    await load();
    const paths = [cache(), ...(await readdir(cache())).map((name) => join(cache(), name))];
    const modes = await Promise.all(paths.map(async (path) => (await stat(path)).mode));
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(["700", "600", "600", "600"]);
  });

  it("is not needed: without node_modules, with null, and where it cannot be made", async () => {
    await rename(join(project, "node_modules"), join(project, "elsewhere"));
    expect(await load()).toMatchObject(RESULT);
    expect(await load({}, { options: { cacheDirectory: null } })).toMatchObject(RESULT);
    await writeFiles(project, { occupied: "a file" });
    expect(await load({}, { options: { cacheDirectory: join(project, "occupied/cache") } })).toMatchObject(RESULT);
    expect(existsSync(join(project, "node_modules"))).toBe(false);
  });

  it("may be another one", async () => {
    const options = { cacheDirectory: join(project, "own cache") };
    expect(await load({}, { options })).toMatchObject(RESULT);
    expect(await loadWarm({ options })).toMatchObject(RESULT);
    expect(existsSync(cache())).toBe(false);
  });

  it.skipIf(process.platform === "win32")("is not trusted when everybody may write to it", async () => {
    const options = { cacheDirectory: join(project, "shared") };
    await mkdir(options.cacheDirectory);
    await chmod(options.cacheDirectory, 0o777);
    expect(await load({}, { options })).toMatchObject(RESULT);
    expect(await readdir(options.cacheDirectory)).toEqual([]);
  });

  it("is used where it can be read but not be written to", async () => {
    await load();
    await chmod(cache(), 0o500);
    expect(await loadWarm()).toMatchObject(RESULT);
    await chmod(cache(), 0o700);
  });

  it("keeps the newest files when there are too many", async () => {
    await mkdir(cache(), { recursive: true });
    for (let index = 0; index < LIMIT; index++) {
      const path = join(cache(), `${index}.mjs`);
      await writeFile(path, "");
      await utimes(path, index, index);
    }
    await load();
    const names = await readdir(cache());
    expect(names).toHaveLength(LIMIT / 2);
    expect(names).toContain(`${LIMIT - 1}.mjs`);
    expect(names).not.toContain("0.mjs");
    expect(await loadWarm()).toMatchObject(RESULT);
  });

  it("is filled by several processes at once", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => load()));
    for (const answer of answers) expect(answer).toMatchObject(RESULT);
    expect((await readdir(cache())).filter((name) => name.startsWith("tmp-"))).toEqual([]);
    expect(await loadWarm()).toMatchObject(RESULT);
  });

  it("keeps equal files of two folders apart", async () => {
    const text = `export const result: string = "same"; export const boom = () => { throw new Error("boom"); };`;
    await writeFiles(project, { "a/x.ts": text, "b/x.ts": text });
    const jobs = ["a/x.ts", "b/x.ts"].map((name) => ({ path: join(project, name), invoke: "boom" }));
    const [a, b] = await runLoader(loader, jobs);
    expect(a!.stack).toContain(join(project, "a/x.ts:1"));
    expect(b!.stack).toContain(join(project, "b/x.ts:1"));
  });
});

describe("one process", () => {
  it.each([
    ["entry.ts", "export const result: number = N;"],
    ["plain.mjs", "export const result = N;"],
    ["common.cjs", "exports.result = N;"],
    ["data.json", `{ "result": N }`],
  ])("sees an edit of %s, and runs it once a version", async (name, text) => {
    const path = join(project, name);
    const counted = name.endsWith("json") ? text : `globalThis.runs = (globalThis.runs ?? 0) + 1; ${text}`;
    const write = (n: number) => ({
      [path]: counted.replace("N", String(n)).replaceAll("globalThis", "(globalThis as any)"),
    });
    const plain = (n: number) => ({ [path]: counted.replace("N", String(n)) });
    const version = name.endsWith(".ts") ? write : plain;
    const probe = join(project, "probe.mjs");
    await writeFiles(project, { "probe.mjs": "export const result = globalThis.runs;" });
    const answers = await runLoader(loader, [
      { path, write: version(1) },
      { path },
      { path, write: version(2) },
      { path },
      { path: probe },
    ]);
    const results = answers
      .slice(0, 4)
      .map(({ exports }) => exports?.result ?? (exports?.default as { result: number })?.result);
    expect(results).toEqual([1, 1, 2, 2]);
    if (!name.endsWith("json")) expect(answers[4]!.exports!.result).toBe(2);
  });

  it("runs a module that throws once, however often it is asked for, with and without a cache", async () => {
    const log = join(project, "log.txt");
    const text = `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(log)}, "x"); throw new Error("boom");`;
    await writeFiles(project, { "entry.ts": text });
    const error = { message: `cannot load '${entry()}': boom (${entry()}:1:${text.indexOf("new Error") + 1})` };
    for (const [runs, transpiler] of [
      [1, true],
      [2, false],
    ] as const) {
      const answers = await runLoader(loader, [{ path: entry() }, { path: entry() }], { transpiler });
      for (const answer of answers) expect(answer).toMatchObject({ error });
      expect(await readFile(log, "utf8")).toBe("x".repeat(runs));
    }
  });
});
