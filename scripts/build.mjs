/** Builds `dist`: one bundle with shared chunks (few files start faster than many), and the type declarations. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { bin: "src/cli/bin.ts", index: "src/index.ts", schema: "src/schema.ts", config: "src/config.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  packages: "external",
  chunkNames: "chunks/[name]-[hash]",
  charset: "utf8",
  logLevel: "warning",
});

const typescript = join(root, "node_modules/typescript/package.json");
const { bin } = createRequire(import.meta.url)(typescript);
execFileSync(process.execPath, [join(dirname(typescript), bin.tsc), "-p", "tsconfig.build.json"], { stdio: "inherit" });
