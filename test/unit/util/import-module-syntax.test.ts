import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "../../fixtures/loader/cases.js";
import { buildLoader, findNode20, type LoaderAnswer, runLoader, writeFiles } from "../../fixtures/loader/real-node.js";

const KINDS = ["module", "commonjs"] as const;
const TABLE = CASES.flatMap((one) =>
  KINDS.filter((kind) => (one.only ?? kind) === kind).map((kind) => ({ ...one, kind })),
);
const NODE_20 = findNode20();
const NODES = [
  { version: `Node.js ${process.versions.node}`, node: process.execPath },
  ...(NODE_20 === null ? [] : [{ version: "Node.js 20", node: NODE_20 }]),
];
if (NODE_20 === null) console.warn("no Node.js 20 on this machine: the loader is tried on this one only");

describe.each(NODES)("user TypeScript on $version", ({ node }) => {
  let projects: string;
  let loader: string;
  let cold: readonly LoaderAnswer[];
  let warm: readonly LoaderAnswer[];

  beforeAll(async () => {
    loader = await buildLoader();
    projects = await mkdtemp(join(tmpdir(), "tsmigrate-syntax-"));
    for (const [index, { files, kind, manifest }] of TABLE.entries()) {
      const settings = JSON.stringify({ name: "app", type: kind, ...manifest });
      await writeFiles(join(projects, String(index)), { ...files, "package.json": settings, "node_modules/.keep": "" });
    }
    const jobs = TABLE.map(({ entry = "entry.ts" }, index) => ({ path: join(projects, String(index), entry) }));
    cold = await runLoader(loader, jobs, { node });
    warm = await runLoader(loader, jobs, { node, transpiler: false });
  });
  afterAll(() => Promise.all([loader, projects].map((path) => rm(path, { recursive: true, force: true }))));

  const indexed = TABLE.map((one, index) => ({ ...one, index }));

  it.each(indexed)("loads $name in a $kind package", ({ index, expected }) => {
    expect(cold[index]).toMatchObject({ exports: { result: expected } });
  });

  it("needs no transpiler the second time, but for an import with a pattern", () => {
    for (const { name, index, expected } of indexed) {
      const again = name.includes("pattern")
        ? { error: { name: "UserModuleError", message: expect.stringContaining("esbuild failed") } }
        : { exports: { result: expected } };
      expect(warm[index], name).toMatchObject(again);
    }
  });
});
