import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeLargeSchema } from "../../support/large-schema.js";
import { COMPILER_NAMES, compile, prepareProject, ROOT } from "../../support/type-compilers.js";

let folder: string;
let compilerOptions: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tsmigrate-types-"));
  compilerOptions = prepareProject(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// A compiler on a busy machine takes many times its usual seconds.
describe.each(COMPILER_NAMES)("%s", { timeout: 300_000 }, (compiler) => {
  it("accepts the type tests, and rejects in them what must not compile", () => {
    expect(compile(compiler, join(ROOT, "test/types")).output).toBe("");
  });

  it("emits declarations of models that give the same types", async () => {
    const name = compiler.replace(/\W+/g, "-");
    const models = await readFile(join(ROOT, "examples/models.ts"), "utf8");
    await writeFile(join(folder, `models-${name}.ts`), models);
    await writeFile(join(folder, `use-${name}.ts`), useOf(`./out-${name}/models-${name}.js`));
    const emit = { ...compilerOptions, noEmit: false, declaration: true, emitDeclarationOnly: true };
    const project = async (file: string, options: object) => {
      const path = join(folder, `tsconfig.${file}.json`);
      await writeFile(path, JSON.stringify({ compilerOptions: options, files: [`${file}.ts`] }));
      return compile(compiler, path).output;
    };
    expect(await project(`models-${name}`, { ...emit, outDir: join(folder, `out-${name}`) })).toBe("");
    expect(existsSync(join(folder, `out-${name}/models-${name}.d.ts`))).toBe(true);
    expect(await project(`use-${name}`, compilerOptions)).toBe("");
  });

  it("checks 200 tables of 20 columns and 100 queries over them", () => {
    const large = join(folder, compiler.replace(/\W+/g, "-"));
    writeLargeSchema(large, prepareProject(large), { tables: 200, columns: 20, queries: 50 });
    expect(compile(compiler, join(large, "tsconfig.models.json")).output).toBe("");
  });
});

function useOf(module: string): string {
  return `import type { Selectable } from "kysely";
import type { InferDatabase } from "tsmigrate/schema";
import type * as models from "${module}";
interface DB extends InferDatabase<typeof models, "postgres"> {}
export const balance: string = null! as Selectable<DB["users"]>["balance"];
// @ts-expect-error it is a string
export const wrong: number = null! as Selectable<DB["users"]>["balance"];
`;
}
