import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UserModuleError } from "../../../src/errors.js";
import { importModule, importModules, packageAliases } from "../../../src/util/import-module.js";
import { remapStack } from "../../../src/util/remap-stack.js";
import {
  buildLoader,
  findNode20,
  type LoaderAnswer,
  type LoaderJob,
  runLoader,
  writeFiles,
} from "../../fixtures/loader/real-node.js";

let loader: string;
let project: string;

beforeAll(async () => {
  loader = await buildLoader();
});
afterAll(() => rm(loader, { recursive: true, force: true }));
beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), "tsmigrate-errors-")));
  await writeFiles(project, { "package.json": `{ "type": "module" }`, "node_modules/.keep": "" });
});
afterEach(() => rm(project, { recursive: true, force: true }));

const at = (name: string) => join(project, name);

async function load(job: LoaderJob, options: Parameters<typeof runLoader>[2] = {}): Promise<LoaderAnswer> {
  return (await runLoader(loader, [job], options))[0]!;
}

interface Mistake {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** The message after the file, and where it is. */
  readonly reason: string;
  readonly place?: string;
  readonly more?: string;
  readonly hint?: string;
  readonly path?: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "a syntax error",
    files: { "models.ts": `const a = 1;\nconst é = "日本" as const; let x y;` },
    reason: `Expected ";" but found "y"`,
    place: "models.ts:2:32",
  },
  {
    name: "a syntax error in the first line of a file that asks where it is",
    files: { "models.ts": `import.meta.url; let x y;` },
    reason: `Expected ";" but found "y"`,
    place: "models.ts:1:24",
  },
  {
    name: "syntax errors in two imported files",
    files: {
      "models.ts": `import "./a.js"; import "./b.js";`,
      "a.ts": "let x y;",
      "b.ts": "let x y;",
    },
    reason: `Expected ";" but found "y"`,
    place: "a.ts:1:7",
    more: ", and 1 more error",
  },
  {
    name: "a missing file",
    files: { "models.ts": `\nimport { a } from "./gone"; export const b = a;` },
    reason: `Could not resolve "./gone"`,
    place: "models.ts:2:19",
  },
  {
    name: "a missing package",
    files: { "models.ts": `\nimport { a } from "@no/package/x"; export const b = a;` },
    reason: `Could not resolve "@no/package/x"`,
    place: "models.ts:2:19",
    hint: "Install it with `npm install @no/package`.",
  },
  {
    name: "an export that a local file does not have",
    files: { "models.ts": `import { a } from "./a"; export const b = a;`, "a.ts": "export {}" },
    reason: `No matching export in "a.ts" for import "a"`,
    place: "models.ts:1:10",
  },
  {
    name: "an export that a package does not have",
    files: {
      "models.ts": `\n\nimport { nope } from "dep"; export const b = nope;`,
      "node_modules/dep/package.json": `{ "name": "dep", "exports": "./index.mjs" }`,
      "node_modules/dep/index.mjs": "export {}",
    },
    reason: "The requested module 'DEP' does not provide an export named 'nope'",
    place: "models.ts:3",
  },
  {
    name: "an exception",
    files: { "models.ts": `interface A {}\nimport.meta.url; export const x: A = null!.a.b;` },
    reason: "Cannot read properties of null (reading 'a')",
    place: "models.ts:2:44",
  },
  {
    name: "an exception in the first line of an imported file",
    files: {
      "models.ts": `export { x } from "./dep";`,
      "dep.ts": `export const x: string = __dirname; throw new TypeError("bad\\nthing");`,
    },
    reason: "bad",
    place: "dep.ts:1:43",
  },
  {
    name: "an exception of a package, called by the user",
    files: {
      "models.ts": `import { fail } from "dep";\n\n  fail();`,
      "node_modules/dep/package.json": `{ "name": "dep", "exports": "./index.mjs" }`,
      "node_modules/dep/index.mjs": `export const fail = () => { throw Object.assign(new Error("no"), { hint: "Do it." }); };`,
    },
    reason: "no",
    place: "models.ts:3:3",
    hint: "Do it.",
  },
  {
    name: "an object that is thrown",
    files: { "models.ts": `throw Object.create(null);` },
    reason: "it failed without a message",
  },
  {
    name: "a text that is thrown",
    files: { "models.ts": `throw "a text";` },
    reason: "a text",
  },
  {
    name: "a syntax error in JavaScript",
    files: { "models.mjs": "\n\nlet x y" },
    reason: `Expected ";" but found "y"`,
    place: "models.mjs:3:7",
  },
  {
    name: "a syntax error in JavaScript that is imported",
    files: { "models.mjs": `import "./a.mjs";`, "a.mjs": "let x y" },
    reason: `Expected ";" but found "y"`,
    place: "a.mjs:1:7",
  },
  {
    name: "a syntax error in CommonJS",
    files: { "models.cjs": "let x y" },
    reason: `Expected ";" but found "y"`,
    place: "models.cjs:1:7",
  },
  {
    name: "an exception in JavaScript",
    files: { "models.mjs": `\nthrow new Error("boom")` },
    reason: "boom",
    place: "models.mjs:2:7",
  },
  {
    name: "an exception in CommonJS",
    files: { "models.cjs": `\nthrow new Error("boom")` },
    reason: "boom",
    place: "models.cjs:2:7",
  },
  {
    name: "a package that JavaScript does not find",
    files: { "models.mjs": `import "not-there";` },
    reason: "Cannot find package 'not-there' imported from MODELS",
    hint: "Install it with `npm install not-there`.",
  },
  {
    name: "a mistake in JSON",
    files: { "models.json": `{ "url": "postgres://u:secret@h/d",\n  "x": 1, }` },
    reason: "JSON does not support trailing commas",
    place: "models.json:2:9",
  },
  {
    name: "a syntax error at a password",
    files: { "models.ts": `export const x = { "url" "postgres://user:top@secret@host/db" };` },
    reason: `Expected ":" but found "\\"postgres://user:***@host/db\\""`,
    place: "models.ts:1:26",
  },
  { name: "no file", files: {}, reason: "no such file" },
  { name: "a file of another kind", files: { "models.txt": "" }, reason: "it is neither TypeScript nor JavaScript" },
];

const NODE_20 = findNode20();
const nodes = [process.execPath, ...(NODE_20 === null ? [] : [NODE_20])];
if (NODE_20 === null) console.warn("no Node.js 20 on this machine: errors are tried on this one only");

describe.each(nodes)("the error for a mistake, on %s", (node) => {
  it.each(MISTAKES)("tells of $name and where it is", async ({ files, reason, place, more = "", hint }) => {
    await writeFiles(project, files);
    const name = Object.keys(files).find((file) => file.startsWith("models")) ?? "models.ts";
    const { error } = await load({ path: at(name) }, { node });
    const dep = pathToFileURL(at("node_modules/dep/index.mjs")).href;
    const text = reason.replace("DEP", dep).replace("MODELS", at(name));
    const where = place === undefined ? "" : ` (${at(place)})`;
    expect(error).toMatchObject({
      name: "UserModuleError",
      message: `cannot load '${at(name)}': ${text}${where}${more}`,
      path: place === undefined ? at(name) : at(place),
    });
    expect(error!.hint).toBe(hint);
    expect(JSON.stringify(error)).not.toContain("secret");
  });
});

describe("the path in a message", () => {
  it("starts at the working directory", async () => {
    const path = join(process.cwd(), "test/fixtures/loader/no such.ts");
    await expect(importModule(path)).rejects.toThrow("cannot load 'test/fixtures/loader/no such.ts': no such file");
  });
});

describe("a stack", () => {
  const files = {
    "entry.ts": [
      `import { helper } from "./helper";`,
      `type Op = { readonly x: number };`,
      `export async function upgrade(op?: Op): Promise<void> {`,
      `  await Promise.resolve();`,
      `  helper(op);`,
      `}`,
    ].join("\n"),
    "helper.ts": `export const here: string = __filename; export function helper(_: unknown): never { throw new Error("later"); }`,
  };

  it.each([
    ["from the cache folder", {}],
    ["without one", { cacheDirectory: null }],
  ])("of an error thrown later names the user's files, %s", async (_, options) => {
    await writeFiles(project, files);
    const column = files["helper.ts"].indexOf("new Error") + 1;
    const expected = [
      "Error: later",
      `    at helper (${at("helper.ts")}:1:${column})`,
      `    at upgrade (${at("entry.ts")}:5:3)`,
    ].join("\n");
    for (let run = 0; run < 2; run++) {
      const { stack } = await load({ path: at("entry.ts"), invoke: "upgrade", options });
      expect(stack).toContain(expected);
      expect(stack).not.toMatch(/\.cache|tsmigrate-entry|tsmigrate:/);
    }
  });

  it("of a warm run names the user's files as well, and causes and collected errors do", async () => {
    await writeFiles(project, {
      "entry.ts": `export function run(): void {\n  throw new AggregateError([new Error("one")],\n"all", { cause:\nnew Error("why") });\n}`,
    });
    await load({ path: at("entry.ts") });
    const { stack } = await load({ path: at("entry.ts"), invoke: "run" }, { transpiler: false });
    for (const place of ["2:9", "2:29", "4:1"]) expect(stack).toContain(`at run (${at("entry.ts")}:${place})`);
  });

  it("that has nothing to do with it stays as it is", () => {
    const stack = "Error: x\n    at f (file:///a/b.mjs:1:2)\n    at g (node:internal/x:3:4)";
    expect(remapStack(stack)).toBe(stack);
  });

  it("of the cause is remapped when a module throws while it loads", async () => {
    await writeFiles(project, {
      "entry.ts": `const x: number = 1;\nfunction f(): void {\n  throw new Error("no");\n}\nf();`,
    });
    const { error } = await load({ path: at("entry.ts") });
    expect(error!.stack).toMatch(`Error: no\n    at f (${at("entry.ts")}:3:9)\n    at ${at("entry.ts")}:5:1\n`);
  });
});

describe("many files in one bundle", () => {
  const names = Array.from({ length: 200 }, (_, index) => `versions/r${index}.ts`);
  const write = (broken?: number) =>
    writeFiles(project, {
      "versions/shared.ts": `export const log: string[] = ((globalThis as any).log ??= []);`,
      ...Object.fromEntries(
        names.map((name, index) => [
          name,
          `import { log } from "./shared";\nlog.push("r${index}");\nexport const id: string = "r${index}"${index === broken ? " oops" : ""};\nexport const seen: string[] = [...log];\nexport function upgrade(): void { throw new Error("in r${index}"); }`,
        ]),
      ),
    });

  it("run one by one, when they are called", async () => {
    await write();
    const answer = await load({ paths: names.map(at), call: [3, 199, 3, 0], invoke: "upgrade" });
    expect(answer.exports).toMatchObject({ id: "r0", seen: ["r3", "r199", "r0"] });
    expect(answer.stack).toContain(`at upgrade (${at("versions/r0.ts")}:5:`);
    const again = await load({ paths: names.map(at), call: [7] }, { transpiler: false });
    expect(again.exports).toMatchObject({ id: "r7", seen: ["r7"] });
  });

  it("all stay unrun when one has a syntax error", async () => {
    await write(120);
    const { error } = await load({ paths: names.map(at), call: [0] });
    expect(error).toMatchObject({
      message: `cannot load '${at("versions/r120.ts")}': Expected ";" but found "oops" (${at("versions/r120.ts")}:3:34)`,
      path: `${at("versions/r120.ts")}:3:34`,
    });
  });

  it("name the one whose imports do not fit", async () => {
    await writeFiles(project, {
      "a.ts": "export const a: number = 1;",
      "b.ts": `import { nope } from "node:path"; export const b = nope;`,
    });
    const { error } = await load({ paths: ["a.ts", "b.ts"].map(at), call: [0] });
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^cannot load '.*b\.ts': .* does not provide an export named 'nope' \(.*b\.ts:1\)$/,
      ),
      path: `${at("b.ts")}:1`,
    });
  });

  it("may be of several kinds, and keep their order", async () => {
    await writeFiles(project, {
      "a.ts": `export const id: string = "a";`,
      "b.mjs": `export const id = "b";`,
      "c.cts": `exports.id = "c" as string;`,
      "d.json": `{ "id": "d" }`,
    });
    const paths = ["a.ts", "b.mjs", "c.cts", "d.json", "a.ts"].map(at);
    const loaders = await importModules(paths, { cacheDirectory: null });
    const modules = await Promise.all(loaders.map((run) => run()));
    expect(modules.map((module) => module.id ?? (module.default as { id: string }).id)).toEqual([
      "a",
      "b",
      "c",
      "d",
      "a",
    ]);
  });

  it("fail one by one", async () => {
    await writeFiles(project, { "a.ts": `throw new Error("a" as string);`, "b.ts": `export const id: string = "b";` });
    const [a, b] = await importModules(["a.ts", "b.ts"].map(at), { cacheDirectory: null });
    await expect(a!()).rejects.toThrow(UserModuleError);
    await expect(a!()).rejects.toMatchObject({ path: `${at("a.ts")}:1:7` });
    expect(await b!()).toMatchObject({ id: "b" });
  });
});

describe("our own names in a user's file", () => {
  it.each(["config.ts", "config.mjs"])("mean the running package, though none is installed: %s", async (name) => {
    await writeFiles(project, {
      "own/index.js": `export const own = "index";`,
      "own/schema.js": `export const own = "schema";`,
      "own/config.js": `export const own = "config";`,
      [name]: `import { own as a } from "tsmigrate"; import { own as b } from "tsmigrate/schema"; import { own as c } from "tsmigrate/config"; export const result = [a, b, c];`,
    });
    const aliases = packageAliases(pathToFileURL(`${at("own")}/`), ".js");
    expect(await load({ path: at(name), options: { aliases } })).toMatchObject({
      exports: { result: ["index", "schema", "config"] },
    });
    expect(await load({ path: at(name), options: { aliases } }, { transpiler: false })).toHaveProperty("exports");
    expect(await load({ path: at(name) })).toMatchObject({
      error: { hint: "Install it with `npm install tsmigrate`." },
    });
  });
});
