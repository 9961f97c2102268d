/**
 * Builds `dist`: few files, since each one that a command loads costs as much as reading a hundred revisions; the type
 * declarations; and the licences of what is inside.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { rolldown } from "rolldown";
import { escapeLetters, inlineHelpers, readBuiltins } from "./start-fast.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const require = createRequire(import.meta.url);
const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** What is installed beside us. All other packages are taken in, and stand among the development dependencies. */
const INSTALLED = ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) =>
  Object.keys(manifest[kind]),
);

/**
 * What goes into one file, with all that it needs and no group above has. `history` loads `core`, `current` a dialect
 * and `engine` too.
 */
const GROUPS = {
  core: /src[\\/](?:cli[\\/](?:open-environment|command|error-text|fleet-options)|commands[\\/]read-history|revisions[\\/]describe-revision)\.ts$/,
  engine: /src[\\/](?:commands[\\/]migrate|operations[\\/]registry)\.ts$/,
  sqlite: /src[\\/]dialects[\\/]sqlite[\\/]index\.ts$/,
  postgres: /src[\\/]dialects[\\/]postgres[\\/]index\.ts$/,
  models: /src[\\/](?:schema\.ts$|model[\\/])/,
  authoring: /src[\\/](?:diff|render)[\\/]/,
};

rmSync("dist", { recursive: true, force: true });
const bundle = await rolldown({
  input: { bin: "src/cli/bin.ts", index: "src/index.ts", schema: "src/schema.ts", config: "src/config.ts" },
  platform: "node",
  external: (id) => INSTALLED.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [
    {
      name: "typescript",
      transform: {
        filter: { id: /\.ts$/ },
        // Of the two it is esbuild that writes `using` for Node.js 20 without a package of its own.
        handler: async (code) => ({
          code: (await transform(code, { loader: "ts", target: "node20.19" })).code,
          moduleType: "js",
          map: null,
        }),
      },
    },
  ],
});
const { output } = await bundle.generate({
  format: "es",
  chunkFileNames: "chunks/[name].js",
  comments: false,
  minifyInternalExports: false,
  codeSplitting: {
    groups: Object.entries(GROUPS).map(([name, test], at, all) => ({ name, test, priority: all.length - at })),
  },
});
await bundle.close();
const helpers = output.find(({ name }) => name === "rolldown-runtime");
mkdirSync("dist/chunks", { recursive: true });
for (const { fileName, code } of output.filter((file) => file !== helpers)) {
  writeFileSync(join("dist", fileName), escapeLetters(readBuiltins(inlineHelpers(code, helpers?.code))));
}
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", licences(output));

const typescript = join(root, "node_modules/typescript/package.json");
const { bin } = require(typescript);
execFileSync(process.execPath, [join(dirname(typescript), bin.tsc), "-p", "tsconfig.build.json"], { stdio: "inherit" });

/** The licence of each package that a chunk has something of, as the package itself has it. */
function licences(chunks) {
  const folders = new Set();
  for (const id of chunks.flatMap(({ moduleIds }) => moduleIds)) {
    const found = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id);
    if (found !== null) folders.add(found[0]);
  }
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no file with its licence`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return `The files of this folder have code of these packages in them.\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}
