import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigInvalidError, DuplicateRevisionError, RevisionFileError } from "../../../src/errors.js";
import { loadRevisions, writeRevisionFile } from "../../../src/revisions/revision-directory.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tsmigrate-revisions-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const source = (id: string, down = "null", more = "") =>
  `/** add ${id} */\nexport const revision = "${id}";\nexport const downRevision = ${down};\n${more}`;

/** Writes files below the temporary directory; names may hold directories. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

interface LoadOptions {
  readonly locations?: readonly string[];
  readonly recursive?: boolean;
  readonly mayBeMissing?: boolean;
  readonly modules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function load({ locations = ["v"], recursive = false, mayBeMissing = false, modules = {} }: LoadOptions = {}) {
  return loadRevisions({
    locations: locations.map((location) => join(root, location)),
    recursive,
    mayBeMissing,
    importRevision: async (path) => modules[path.slice(root.length + 1)] ?? {},
  });
}

const ids = async (options?: LoadOptions) => (await load(options)).map(({ id }) => id);

async function failure(options?: LoadOptions): Promise<Error & { readonly hint?: string }> {
  return load(options).then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error) => error,
  );
}

describe("loadRevisions", () => {
  it("gives what a file says", async () => {
    write({
      "v/ab_x.ts": source(
        "ab",
        '["cd", "ef"]',
        'export const dependsOn = "lib";\nexport const branchLabels = ["x"];\nexport const transaction = false;\n',
      ),
    });
    expect(await load()).toEqual([
      {
        id: "ab",
        downRevisions: ["cd", "ef"],
        dependsOn: ["lib"],
        branchLabels: ["x"],
        message: "add ab",
        description: "",
        createdAt: null,
        path: join(root, "v/ab_x.ts"),
        source: readFileSync(join(root, "v/ab_x.ts"), "utf8"),
        transaction: false,
      },
    ]);
  });

  it("sorts names by code unit, and keeps the order of the locations", async () => {
    write({
      "w/a.ts": source("w1"),
      "v/b.ts": source("v4"),
      "v/a.ts": source("v3"),
      "v/C.ts": source("v2"),
      "v/10.ts": source("v1"),
    });
    expect(await ids({ locations: ["w", "v"] })).toEqual(["w1", "v1", "v2", "v3", "v4"]);
  });

  it.each(["a.ts", "a.mts", "a.cts", "a.js", "a.mjs", "a.cjs", "0_a-b.c.ts", "_a.ts"])("takes %s", async (name) => {
    write({ [`v/${name}`]: source("ab") });
    expect(await ids()).toEqual(["ab"]);
  });

  it.each([
    "a.d.ts",
    "a.d.mts",
    "a.ts.tmp",
    ".a.ts",
    ".#a.ts",
    "a.ts~",
    "__init__.ts",
    "__init__x.js",
    "a.json",
    "a.js.map",
    "heads",
    "README.md",
    "a b.ts",
    "a.tsx",
  ])("ignores %s", async (name) => {
    write({ "v/ab.ts": source("ab"), [`v/${name}`]: "nonsense" });
    expect(await ids()).toEqual(["ab"]);
  });

  it("ignores directories, whatever they are called", async () => {
    write({ "v/ab.ts": source("ab"), "v/dir.ts/cd.ts": source("cd"), "v/sub/ef.ts": source("ef") });
    expect(await ids()).toEqual(["ab"]);
  });

  it("looks into directories when it is recursive: files first, hidden ones and node_modules not", async () => {
    write({
      "v/z.ts": source("z1"),
      "v/b/a.ts": source("b1"),
      "v/a/a.ts": source("a1"),
      "v/a/c/a.ts": source("ac1"),
      "v/.git/a.ts": source("hidden"),
      "v/node_modules/a.ts": source("modules"),
    });
    expect(await ids({ recursive: true })).toEqual(["z1", "a1", "ac1", "b1"]);
  });

  it("is empty for an empty directory", async () => {
    mkdirSync(join(root, "v"));
    expect(await load()).toEqual([]);
  });

  it("refuses a directory that does not exist, and says how to make it", async () => {
    const error = await failure();
    expect(error).toBeInstanceOf(ConfigInvalidError);
    expect(error.message).toBe(`there is no directory of revisions at '${join(root, "v")}'`);
    expect(error.hint).toBe('Run `tsmigrate revision -m "…"` to make it with a first revision, or correct the config.');
  });

  it("takes no directory for an empty history where the first revision is about to be written", async () => {
    expect(await load({ mayBeMissing: true })).toEqual([]);
  });

  it("refuses a file in the place of the directory", async () => {
    write({ v: "" });
    expect(await failure()).toBeInstanceOf(ConfigInvalidError);
  });

  it("leaves out one of several locations that is still to come", async () => {
    write({ "v/ab.ts": source("ab") });
    expect(await ids({ locations: ["w", "v"] })).toEqual(["ab"]);
  });

  it("refuses a file that two locations reach", async () => {
    write({ "v/sub/ab.ts": source("ab") });
    expect(await failure({ locations: ["v", "v/sub"], recursive: true })).toBeInstanceOf(ConfigInvalidError);
    expect(await failure({ locations: ["v/sub", "v/sub"] })).toMatchObject({ key: "versionLocations" });
  });

  it("names both files of an id that is there twice", async () => {
    write({ "v/a.ts": source("ab"), "w/b.ts": source("ab") });
    const error = await failure({ locations: ["v", "w"] });
    expect(error).toBeInstanceOf(DuplicateRevisionError);
    expect(error).toMatchObject({ id: "ab", paths: [join(root, "v/a.ts"), join(root, "w/b.ts")] });
  });

  it("tells a compiled file beside its source", async () => {
    write({
      "v/a.ts": source("ab"),
      "v/a.js": '"use strict";\nexports.revision = "ab";\nexports.downRevision = null;\n',
    });
    const error = await failure();
    expect(error).toBeInstanceOf(DuplicateRevisionError);
    expect(error.hint).toBe(
      `Delete the compiled file '${join(root, "v/a.js")}', and let the compiler write outside the revisions' directory.`,
    );
  });

  it("refuses names that differ in case only", async () => {
    write({ "v/a.ts": source("ab"), "v/A.ts": source("cd") });
    if (readdirSync(join(root, "v")).length < 2) return;
    expect(await failure()).toBeInstanceOf(RevisionFileError);
  });

  it("follows a link inside the location, and refuses one that leads out", async () => {
    write({ "v/sub/ab.ts": source("ab"), "out/cd.ts": source("cd") });
    symlinkSync(join(root, "v/sub/ab.ts"), join(root, "v/link.ts"));
    expect(await ids()).toEqual(["ab"]);
    symlinkSync(join(root, "out/cd.ts"), join(root, "v/out.ts"));
    const error = await failure();
    expect(error).toBeInstanceOf(RevisionFileError);
    expect(error.message).toBe(`'${join(root, "v/out.ts")}' leads out of '${join(root, "v")}'`);
  });

  it("refuses a link that leads nowhere", async () => {
    mkdirSync(join(root, "v"));
    symlinkSync(join(root, "gone.ts"), join(root, "v/a.ts"));
    expect((await failure()).message).toBe(`'${join(root, "v/a.ts")}' cannot be read: ENOENT`);
  });

  it("takes a location that is a link itself", async () => {
    write({ "real/ab.ts": source("ab") });
    symlinkSync(join(root, "real"), join(root, "v"));
    expect(await ids()).toEqual(["ab"]);
  });

  describe("a file that does not say what it is", () => {
    it.each([
      ["no revision", "export const downRevision = null;", "does not export 'revision'"],
      ["no downRevision", 'export const revision = "ab";', "does not export 'downRevision'"],
      ["nothing", "", "does not export 'downRevision'"],
      ["an id with a dash", source("a-b"), "exports 'a-b' as its 'revision', which is no revision id"],
      ["an id that is too long", source("a".repeat(65)), "which is no revision id"],
      ["an empty id", source(""), "exports '' as its 'revision'"],
      ["no id", source("x").replace('"x"', "null"), "exports null as its 'revision'"],
      ["an empty parent", source("ab", '""'), "exports a 'downRevision' that holds ''"],
      ["a parent that is no string", source("ab", "true"), "exports a 'downRevision' that holds true"],
      [
        "a transaction that is no boolean",
        source("ab", "null", 'export const transaction = "no";'),
        "exports 'no' as 'transaction'",
      ],
    ])("%s", async (_, text, message) => {
      write({ "v/a.ts": text });
      const error = await failure();
      expect(error).toBeInstanceOf(RevisionFileError);
      expect(error).toMatchObject({ path: join(root, "v/a.ts") });
      expect(error.message).toContain(message);
      expect(error.hint).toBeDefined();
    });
  });

  describe("a file that must be run", () => {
    it("is imported for what its text does not tell", async () => {
      write({ "v/a.ts": 'const id = "ab";\nexport const revision = id;\nexport const downRevision = "cd";\n' });
      const [revision] = await load({ modules: { "v/a.ts": { revision: "ab", downRevision: "not asked" } } });
      expect(revision).toMatchObject({ id: "ab", downRevisions: ["cd"] });
    });

    it("is not imported otherwise", async () => {
      write({ "v/a.ts": source("ab", "null", "throw new Error();\n") });
      expect(await ids()).toEqual(["ab"]);
    });

    it.each([
      [{}, "does not export 'revision'"],
      [{ revision: 12 }, "exports 12 as its 'revision'"],
      [{ revision: { id: "ab" } }, "exports an object as its 'revision'"],
    ])("and exports %j is refused", async (module, message) => {
      write({ "v/a.ts": "export const revision = id();\nexport const downRevision = null;\n" });
      expect((await failure({ modules: { "v/a.ts": module } })).message).toContain(message);
    });

    it("passes on why it could not be imported", async () => {
      write({ "v/a.ts": "export const revision = id();\nexport const downRevision = null;\n" });
      const options = { locations: [join(root, "v")], recursive: false };
      const importRevision = () => Promise.reject(new Error("no such function"));
      await expect(loadRevisions({ ...options, importRevision })).rejects.toThrow("no such function");
    });
  });
});

describe("writeRevisionFile", () => {
  const directory = () => join(root, "v");

  it("writes the text, makes directories, and leaves nothing else behind", async () => {
    const path = await writeRevisionFile({ directory: directory(), fileName: "2026/ab_x.ts", text: "// ü\n" });
    expect(path).toBe(join(root, "v/2026/ab_x.ts"));
    expect(readFileSync(path, "utf8")).toBe("// ü\n");
    expect(readdirSync(join(root, "v/2026"))).toEqual(["ab_x.ts"]);
  });

  it("never replaces a file", async () => {
    write({ "v/a.ts": "mine" });
    await expect(writeRevisionFile({ directory: directory(), fileName: "a.ts", text: "yours" })).rejects.toThrow(
      `'${join(root, "v/a.ts")}' exists already`,
    );
    expect(readFileSync(join(root, "v/a.ts"), "utf8")).toBe("mine");
    expect(readdirSync(directory())).toEqual(["a.ts"]);
  });

  it("lets one of several writers win, with its whole text", async () => {
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000));
    const results = await Promise.allSettled(
      texts.map((text) => writeRevisionFile({ directory: directory(), fileName: "a.ts", text })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(texts).toContain(readFileSync(join(directory(), "a.ts"), "utf8"));
    expect(readdirSync(directory())).toEqual(["a.ts"]);
  });

  it.each(["../a.ts", "/etc/a.ts", "a/../../b.ts", "."])("refuses %s, which leads out", async (fileName) => {
    await expect(writeRevisionFile({ directory: directory(), fileName, text: "" })).rejects.toThrow(RevisionFileError);
  });

  it("refuses a directory that is a link leading out", async () => {
    write({ "v/ab.ts": "", "out/x": "" });
    symlinkSync(join(root, "out"), join(root, "v/2026"));
    const file = { directory: directory(), fileName: "2026/a.ts", text: "" };
    await expect(writeRevisionFile(file)).rejects.toThrow("leads out of");
    expect(readdirSync(join(root, "out"))).toEqual(["x"]);
  });

  it("says why a file cannot be written", async () => {
    write({ v: "a file" });
    await expect(writeRevisionFile({ directory: directory(), fileName: "a.ts", text: "" })).rejects.toThrow(
      /cannot be written: (EEXIST|ENOTDIR)/,
    );
  });
});
