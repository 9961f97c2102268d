/** Loads a models file the way users' files are loaded: transpiled, apart from this process's copy of the package. */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ROOT } from "./type-compilers.js";

/** What the file exports. Its `tsmigrate/schema` is a second copy of ours, bundled into it. */
export async function loadModels(file: string): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), "tsmigrate-models-"));
  try {
    const outfile = join(folder, "models.mjs");
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
    await build({
      ...{ entryPoints: [file], outfile, bundle: true, format: "esm", platform: "node", external: ["kysely"] },
      ...{ alias: { "tsmigrate/schema": join(ROOT, "src/schema.ts") }, logLevel: "silent" },
    });
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
