/**
 * Turns user files into one JavaScript module with esbuild. Loaded only when the cache has no answer.
 *
 * The module's default export is a list of functions, one a file: `() => import(path)`. Without code
 * splitting each file is wrapped and runs when its function is called, so importing the bundle runs nothing of the
 * user's, while every syntax error of any file comes to light at once.
 */
import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, BuildResult, Loader, Message, Plugin } from "esbuild";
import { collectInputs } from "./bundle-inputs.js";
import { externalPackages } from "./external-packages.js";
import type { BundleInputs, BundleOutput } from "./module-cache.js";
import { bannerFor, DEFINITIONS, leanBanner, type Patch, patchSource, preludeFor } from "./module-prelude.js";
import { ENTRY_SOURCE, type StoredSourceMap } from "./remap-stack.js";

export interface BundleRequest {
  /** Absolute. */
  readonly files: readonly string[];
  /** Specifier → URL of the file it means wherever the importing file is. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Makes a package that cannot be found an error, which tells where it is imported. */
  readonly strict: boolean;
  /** Absolute path → text to be taken instead of the file's own. */
  readonly texts?: ReadonlyMap<string, string>;
}

export interface Bundle {
  readonly output: BundleOutput;
  /** Null when the bundle must not be kept, since what it holds depends on which files match a pattern. */
  readonly inputs: BundleInputs | null;
}

/** Where and why a file cannot be bundled. Lines and columns start at 1; columns count UTF-16 units. */
export interface Problem {
  readonly text: string;
  /** Absolute; undefined when it is no particular place. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** The files hold mistakes: `problems` has at least one. */
export class BundleError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems[0]?.text);
    this.problems = problems;
  }
}

/** A file as esbuild got it. */
interface LoadedFile {
  readonly content: Buffer;
  readonly prelude: string;
}

/** @throws {@link BundleError} */
export async function bundleModules(request: BundleRequest): Promise<Bundle> {
  const loaded = new Map<string, LoadedFile>();
  const manifests = new Set<string>();
  const directory = dirname(request.files[0]!);
  let result = await build(request, directory, loaded, manifests, new Map());
  const patches = findPatches(result.warnings, directory, loaded);
  if (patches.size > 0) result = await build(request, directory, loaded, manifests, patches);
  const files = [...loaded].map(([path, file]) => [path, file.content] as const);
  return {
    output: toOutput(result, directory, loaded),
    inputs: collectInputs(result.metafile, directory, new Map(files), manifests),
  };
}

type Result = BuildResult<{ write: false; metafile: true }>;

async function build(
  request: BundleRequest,
  directory: string,
  loaded: Map<string, LoadedFile>,
  manifests: Set<string>,
  patches: ReadonlyMap<string, readonly Patch[]>,
): Promise<Result> {
  const esbuild = await import("esbuild");
  const loaders = request.files.map((file) => `() => import(${JSON.stringify(file)})`);
  try {
    return await esbuild.build({
      stdin: { contents: `export default [${loaders.join(",\n")}]`, resolveDir: directory, sourcefile: ENTRY_SOURCE },
      absWorkingDir: directory,
      outdir: directory,
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      // Node.js knows neither the "module" field nor the "module" condition, which are esbuild's defaults.
      mainFields: ["main"],
      conditions: nodeConditions(),
      resolveExtensions: [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"],
      sourcemap: "external",
      sourcesContent: false,
      keepNames: true,
      ignoreAnnotations: true,
      legalComments: "none",
      charset: "utf8",
      logLevel: "silent",
      logOverride: { "unsupported-require-call": "warning", "unsupported-dynamic-import": "warning" },
      banner: { js: bannerFor(pathToFileURL(request.files[0]!).href) },
      define: DEFINITIONS,
      plugins: [externalPackages(request, manifests), sourceFiles(loaded, patches, realPaths(request.texts))],
    });
  } catch (error) {
    const messages = (error as Partial<BuildFailure>).errors;
    if (messages === undefined || messages.length === 0) throw error;
    throw new BundleError(messages.map((message) => toProblem(message, directory, loaded)));
  }
}

/** What Node.js itself adds to `import` or `require`, `node` and `default`. https://nodejs.org/api/packages.html */
export function nodeConditions(): string[] {
  const features = process.features as { readonly require_module?: boolean };
  return features.require_module === true ? ["node-addons", "module-sync"] : ["node-addons"];
}

/** Reads every bundled file, keeps the bytes for the cache, and gives it what it needs to know where it is. */
function sourceFiles(
  loaded: Map<string, LoadedFile>,
  patches: ReadonlyMap<string, readonly Patch[]>,
  texts: ReadonlyMap<string, string>,
): Plugin {
  return {
    name: "tsmigrate-source-files",
    setup({ onLoad }) {
      onLoad({ filter: /\.(?:[cm]?[jt]sx?|json)$/, namespace: "file" }, ({ path }) => {
        const given = texts.get(path);
        const content = given === undefined ? readFileSync(path) : Buffer.from(given);
        const loader = loaderOf(path);
        const prelude = loader === "json" ? "" : preludeFor(content, path, patches.get(path) ?? []);
        loaded.set(path, { content, prelude });
        return { contents: patchSource(content, prelude, patches.get(path) ?? []), loader, resolveDir: dirname(path) };
      });
    },
  };
}

/** esbuild speaks of files behind links by where they are. */
function realPaths(texts: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  return new Map([...texts].map(([path, text]) => [realpathSync(path), text]));
}

function loaderOf(path: string): Loader {
  const extension = extname(path);
  if (extension === ".json" || extension === ".tsx" || extension === ".jsx") return extension.slice(1) as Loader;
  return /^\.[cm]?ts$/.test(extension) ? "ts" : "js";
}

/** Where `require(x)` and `import(x)` are computed, and so must be told which file they stand in. */
function findPatches(
  warnings: readonly Message[],
  directory: string,
  loaded: ReadonlyMap<string, LoadedFile>,
): ReadonlyMap<string, readonly Patch[]> {
  const patches = new Map<string, Patch[]>();
  for (const { id, location } of warnings) {
    if (location === null || !id.startsWith("unsupported-")) continue;
    const path = resolve(directory, location.file);
    const file = loaded.get(path);
    if (file === undefined) continue;
    const inserted = location.line === 1 ? Buffer.byteLength(file.prelude) : 0;
    const patch = { line: location.line, column: location.column - inserted };
    patches.set(path, [...(patches.get(path) ?? []), { ...patch, word: id.endsWith("call") ? "require" : "import" }]);
  }
  return patches;
}

function toOutput(result: Result, directory: string, loaded: ReadonlyMap<string, LoadedFile>): BundleOutput {
  const text = (ending: string) => result.outputFiles.find((file) => file.path.endsWith(ending))!.text;
  const code = leanBanner(text(".js"));
  const map = JSON.parse(text(".map")) as StoredSourceMap;
  // Relative to the folder and percent-encoded, as URLs are.
  const base = `${pathToFileURL(directory).href}/`;
  const sources = map.sources.map((source) => (source === ENTRY_SOURCE ? source : new URL(source, base).href));
  const preludes = new Map([...loaded].map(([path, file]) => [pathToFileURL(path).href, file.prelude.length]));
  const stored = { ...map, sources, preludeLengths: sources.map((source) => preludes.get(source) ?? 0) };
  const fileName = `${createHash("sha256").update(code).digest("hex").slice(0, 32)}.mjs`;
  return { fileName, code: `${code}//# sourceMappingURL=${fileName}.map\n`, map: JSON.stringify(stored) };
}

function toProblem(message: Message, directory: string, loaded: ReadonlyMap<string, LoadedFile>): Problem {
  const text = message.text.replace(/\.$/, "");
  const location = message.location;
  if (location === null || location.file === ENTRY_SOURCE) return { text, file: undefined, line: 0, column: 0 };
  const file = isAbsolute(location.file) ? location.file : resolve(directory, location.file);
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString();
  const inserted = location.line === 1 ? (loaded.get(file)?.prelude.length ?? 0) : 0;
  return { text, file, line: location.line, column: Math.max(0, before.length - inserted) + 1 };
}
