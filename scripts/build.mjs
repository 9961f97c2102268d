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

/** Every command loads what these import, and the file of the program itself. */
const PROGRAM = join(root, "src/cli/bin.ts");
const started = new Set([
  PROGRAM,
  join(root, "src/cli/open-environment.ts"),
  join(root, "src/commands/read-history.ts"),
]);

/** What both dialects use, and what compares schemas of either. */
const SHARED =
  /src[\\/](?:dialects[\\/](?:constraint-text|sql-words|standard-ddl)|schema[\\/](?:replaced-functions|unique-keys)|util[\\/](?:line-at|resolve-package))\.ts$/;

/**
 * What goes into one file, with all that it needs and no group above has. `history` loads `core`, `current` a dialect
 * and `engine` too.
 */
const GROUPS = {
  core: (id) => started.has(id) && id !== PROGRAM,
  engine: (id) => /src[\\/](?:commands[\\/]migrate|operations[\\/]registry)\.ts$/.test(id) || SHARED.test(id),
  sqlite: /src[\\/]dialects[\\/]sqlite[\\/]index\.ts$/,
  postgres: /src[\\/]dialects[\\/]postgres[\\/]index\.ts$/,
  models: /src[\\/](?:schema\.ts$|model[\\/])/,
  authoring: /src[\\/](?:diff|render)[\\/]/,
};

rmSync("dist", { recursive: true, force: true });
const bundle = await rolldown({
  input: { bin: "src/cli/bin.ts", index: "src/index.ts", schema: "src/schema.ts", config: "src/config.ts" },
  platform: "node",
  // That a command is loaded late keeps it out of `bin`, whether or not it stands in a file that is there already.
  checks: { ineffectiveDynamicImport: false },
  external: (id) => INSTALLED.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [
    {
      name: "started",
      buildEnd() {
        // What is added on the way is walked too.
        for (const id of started)
          for (const imported of this.getModuleInfo(id)?.importedIds ?? []) started.add(imported);
      },
    },
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
refuseMore(["bin.js", "chunks/core.js", helpers.fileName]);
refuseDialects(["chunks/sqlite.js", "chunks/postgres.js"]);
mkdirSync("dist/chunks", { recursive: true });
for (const { fileName, code } of output.filter((file) => file !== helpers)) {
  writeFileSync(join("dist", fileName), escapeLetters(readBuiltins(inlineHelpers(code, helpers?.code))));
}
writeFileSync("dist/THIRD-PARTY-LICENSES.txt", licences(output));

const typescript = join(root, "node_modules/typescript/package.json");
const { bin } = require(typescript);
execFileSync(process.execPath, [join(dirname(typescript), bin.tsc), "-p", "tsconfig.build.json"], { stdio: "inherit" });

/** Whatever is imported where a function could load it would be loaded by every command. */
function refuseMore(allowed) {
  const loaded = new Set(["bin.js"]);
  for (const file of loaded)
    for (const name of output.find(({ fileName }) => fileName === file)?.imports ?? []) loaded.add(name);
  const more = [...loaded].filter((name) => !allowed.includes(name) && !name.startsWith("node:"));
  if (more.length > 0) throw new Error(`every command would load ${more.join(", ")}`);
}

/** One is loaded for the URL that asks for it: whoever imported it would load it for the other as well. */
function refuseDialects(files) {
  const importing = output.filter(({ imports = [] }) => imports.some((name) => files.includes(name)));
  if (importing.length === 0) return;
  throw new Error(`a dialect is imported, and not loaded when needed, by ${importing.map(({ fileName }) => fileName)}`);
}

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
