/** The pages that list every word: nothing is left out of them, and what they show runs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as schema from "../../src/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { tempProject } from "../support/temp-project.js";
import { compile, prepareProject } from "../support/type-compilers.js";

const ROOT = join(import.meta.dirname, "../..");
const page = (name: string) => readFileSync(join(ROOT, "docs", name), "utf8");
const blocks = (text: string) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);

/** The names of methods that an interface of a source file declares. */
function methodsOf(file: string, names: RegExp): readonly string[] {
  const text = readFileSync(join(ROOT, "src", file), "utf8");
  return [...text.matchAll(/^export interface (\w+)[\s\S]*?^\}/gm)]
    .filter(([, name]) => names.test(name!))
    .flatMap(([body]) => [...body.matchAll(/^ {2}(?:readonly )?(\$?\w+)[<(:]/gm)].map(([, method]) => method!));
}

const HEADER = `/** all
 *
 * Revision ID: aaaaaaaaaaaa
 * Revises: <base>
 */
export const revision = "aaaaaaaaaaaa";
export const downRevision = null;
export async function downgrade() {}
`;

describe("docs/models.md", () => {
  const text = page("models.md");

  it("names everything that models can be written with", () => {
    const functions = Object.keys(schema);
    expect(functions.length).toBeGreaterThan(60);
    expect(functions.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
    const methods = [
      ...methodsOf("model/column.ts", /^Column$/),
      ...methodsOf("model/table-items.ts", /Item$/),
      ...methodsOf("model/column-ref.ts", /^ColumnRef$/).filter((name) => name !== "toOperationNode"),
    ];
    expect(methods.length).toBeGreaterThan(30);
    expect(methods.filter((name) => !text.includes(`.${name}`))).toEqual([]);
  });

  it("shows what compiles", () => {
    const project = tempProject({});
    const folder = project.path("typed");
    const compilerOptions = prepareProject(folder);
    project.write("typed/models.ts", blocks(text).join("\n"));
    project.write("typed/tsconfig.json", JSON.stringify({ compilerOptions, files: ["models.ts"] }));
    expect(compile("TypeScript 7", folder)).toEqual({ ok: true, output: "" });
  }, 120_000);

  it.each(POSTGRES_DIALECTS)("shows one module that makes a database and takes it down on $name", async ({ open }) => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("models.ts", blocks(text).join("\n"));
      for (const args of [
        ["revision", "--autogenerate", "-m", "all"],
        ["upgrade"],
        ["downgrade", "base"],
        ["upgrade"],
      ]) {
        const result = await project.run(args);
        expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
      }
      expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true, operations: [] });
    } finally {
      await database.dispose();
    }
  });
});

describe("docs/revisions.md", () => {
  const text = page("revisions.md");
  const source = blocks(text).join("\n");

  it("names every operation", () => {
    const methods = [
      ...methodsOf("runtime/operations.ts", /^Operations$/),
      ...methodsOf("runtime/object-operations.ts", /^ObjectOperations$/),
    ];
    expect(methods.length).toBeGreaterThan(80);
    expect(methods.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  it.each(POSTGRES_DIALECTS)("shows one upgrade that runs on $name", async ({ open }) => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const [head, body] = source.split(/(?=^export async function upgrade)/m);
      project.write("migrations/versions/aaaaaaaaaaaa_all.ts", `${head}${HEADER}${body}`);
      const result = await project.run(["upgrade", "head"]);
      expect([result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([0, ""]);
      expect(await query(database.url, "SELECT name, age FROM users ORDER BY id")).toEqual([
        { name: "ADA", age: 31 },
        { name: "BOB", age: 30 },
      ]);
    } finally {
      await database.dispose();
    }
  });
});
