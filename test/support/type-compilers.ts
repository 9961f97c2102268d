/** The two TypeScript compilers that the types are promised for, and our declarations as users get them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const COMPILERS = {
  "TypeScript 7": join(ROOT, "node_modules/typescript/bin/tsc"),
  "TypeScript 5.9": join(ROOT, "node_modules/typescript5/bin/tsc"),
} as const;
export type CompilerName = keyof typeof COMPILERS;
export const COMPILER_NAMES = Object.keys(COMPILERS) as readonly CompilerName[];

export interface Compilation {
  readonly ok: boolean;
  /** Everything the compiler said. */
  readonly output: string;
}

export function compile(compiler: CompilerName, project: string, more: readonly string[] = []): Compilation {
  const run = spawnSync(process.execPath, [COMPILERS[compiler], "-p", project, ...more], { encoding: "utf8" });
  return { ok: run.status === 0, output: `${run.stdout}${run.stderr}` };
}

/**
 * Makes the folder a project that uses `tsmigrate/schema` by its declarations, as users do, with our node_modules.
 * Gives the compiler options of a strict project.
 */
export function prepareProject(folder: string): Readonly<Record<string, unknown>> {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  emitSchemaTypes(folder);
  return { ...strictOptions, paths: { "tsmigrate/schema": ["./types/schema.d.ts"] } };
}

const strictOptions = {
  target: "es2022",
  lib: ["es2023"],
  module: "nodenext",
  moduleResolution: "nodenext",
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  skipLibCheck: true,
  noEmit: true,
} as const;

function emitSchemaTypes(folder: string): void {
  const project = join(folder, "tsconfig.emit.json");
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
    ...{ outDir: join(folder, "types"), rootDir: join(ROOT, "src"), typeRoots: [join(ROOT, "node_modules/@types")] },
  };
  const files = [join(ROOT, "src/schema.ts")];
  writeFileSync(project, JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions, files, include: [] }));
  const { ok, output } = compile("TypeScript 7", project);
  if (!ok) throw new Error(`the declarations of tsmigrate/schema do not compile:\n${output}`);
}
