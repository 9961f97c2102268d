/**
 * The only place that imports a user's file: config, models, revisions.
 *
 * TypeScript is bundled by esbuild, with packages left outside, and the bundle kept in node_modules/.cache, so that the
 * next run imports plain JavaScript and starts no transpiler. JavaScript is imported as it is.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { UserModuleError } from "../errors.js";
import { cacheDirectoryFor, readCachedBundle, writeCachedBundle } from "./module-cache.js";
import { registerBundle, registerFile, userLocation } from "./remap-stack.js";
import { displayPath, evaluationError, problemError } from "./user-module-error.js";

/** What a module exports. */
export type UserModule = Readonly<Record<string, unknown>>;

/** Runs the module when it is first called, and gives the same result, or throws the same error, ever after. */
export type ModuleLoader = () => Promise<UserModule>;

export interface ImportOptions {
  /**
   * Specifier → file URL: what our own package's names mean wherever the user's file is, so that a global or linked
   * installation uses one copy. See {@link packageAliases}.
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Absolute. Default: `.cache/tsmigrate` in the nearest node_modules upward of the file; null: nothing is kept. */
  readonly cacheDirectory?: string | null;
}

/** Gives the aliases of our own names for the folder that holds index, schema and config. */
export function packageAliases(folder: URL, extension: ".js" | ".ts"): Readonly<Record<string, string>> {
  const url = (name: string) => new URL(`./${name}${extension}`, folder).href;
  return { tsmigrate: url("index"), "tsmigrate/schema": url("schema"), "tsmigrate/config": url("config") };
}

/**
 * Gives the exports of a `.ts`, `.mts`, `.cts`, `.tsx`, `.js`, `.mjs`, `.cjs` or `.json` file. A file that has changed
 * since, or imports one that has, runs again; an unchanged one never does.
 *
 * @throws {@link UserModuleError} whose `path` is `file:line:column` where that is known.
 */
export async function importModule(path: string, options: ImportOptions = {}): Promise<UserModule> {
  const [load] = await importModules([path], options);
  return load!();
}

/**
 * Gives one loader a file, in order. All TypeScript files become one bundle, so that a syntax error in any of them
 * throws here, before the first one runs.
 *
 * @throws {@link UserModuleError}
 */
export async function importModules(
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<readonly ModuleLoader[]> {
  const files = paths.map((path) => {
    const file = isAbsolute(path) ? path : resolve(path);
    return { file, bundled: isBundled(file, options) };
  });
  const typescript = files.flatMap(({ file, bundled }) => (bundled ? [file] : []));
  const loaders = typescript.length === 0 ? [] : await loadBundle(typescript, options);
  let next = 0;
  return files.map(({ file, bundled }) => (bundled ? loaders[next++]! : plainLoader(file)));
}

/**
 * Gives the exports that the file would have with another text. Nothing is kept for a next time.
 *
 * @throws {@link UserModuleError}
 */
export async function importText(path: string, text: string, options: ImportOptions = {}): Promise<UserModule> {
  const { bundleModules } = await import("./bundle-modules.js");
  const request = { files: [path], aliases: options.aliases ?? {}, strict: true, texts: new Map([[path, text]]) };
  const { output } = await describeFailure([path], bundleModules(request));
  const { fileName, code, map } = output;
  const [load] = await importBundle(dataUrl(code, fileName), [path], {}, () => map, scriptName(fileName));
  return load!();
}

/** Changes whenever the same input would give another bundle, so that what earlier versions kept is not used. */
const FORMAT = 1;

/** The functions of each bundle that was imported, by its URL. */
const bundles = new Map<string, Promise<readonly ModuleLoader[]>>();

function isBundled(file: string, { aliases = {} }: ImportOptions): boolean {
  const extension = extname(file);
  // Of a thousand revisions that are cached, each would be looked for once more.
  if (TYPESCRIPT.test(extension)) return true;
  if (extension !== ".json" && !/^\.[cm]?js$/.test(extension)) {
    throw unreadable(file, existsSync(file) ? "it is neither TypeScript nor JavaScript" : "no such file");
  }
  if (!existsSync(file)) throw unreadable(file, "no such file");
  return extension !== ".json" && usesMissingAlias(file, Object.keys(aliases));
}

const TYPESCRIPT = /^\.(?:[cm]?ts|tsx)$/;

function unreadable(file: string, reason: string): UserModuleError {
  return new UserModuleError(`cannot load '${displayPath(file)}': ${reason}`, { path: file });
}

/** JavaScript that imports us where we are not installed, as with a global installation, needs the aliases as well. */
function usesMissingAlias(file: string, aliases: readonly string[]): boolean {
  const text = readFileSync(file, "utf8");
  const used = aliases.find((name) => text.includes(`"${name}"`) || text.includes(`'${name}'`));
  if (used === undefined) return false;
  const packageName = used.split("/", 1)[0]!;
  const folders = createRequire(file).resolve.paths(used) ?? [];
  return !folders.some((folder) => existsSync(join(folder, packageName)));
}

async function loadBundle(files: readonly string[], options: ImportOptions): Promise<readonly ModuleLoader[]> {
  const aliases = options.aliases ?? {};
  const directory = cacheDirectoryFor(files[0]!, options.cacheDirectory);
  const [major] = process.versions.node.split(".");
  const key = JSON.stringify([FORMAT, major, aliases, files]);
  const cached = directory === null ? null : readCachedBundle(directory, key);
  if (cached !== null) {
    try {
      return await importBundle(pathToFileURL(cached).href, files, aliases, () =>
        readFileSync(`${cached}.map`, "utf8"),
      );
    } catch {
      // Nothing of the user's has run: a package that the bundle names has moved, which making it anew finds out.
    }
  }
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw unreadable(missing, "no such file");
  const { bundleModules } = await import("./bundle-modules.js");
  const { output, inputs } = await describeFailure(files, bundleModules({ files, aliases, strict: false }));
  const { fileName, code, map } = output;
  const written = directory === null || inputs === null ? null : writeCachedBundle(directory, key, inputs, output);
  const url = written === null ? dataUrl(code, fileName) : pathToFileURL(written).href;
  try {
    return await importBundle(url, files, aliases, () => map, written === null ? scriptName(fileName) : undefined);
  } catch (error) {
    // An unknown package is an error only where Node.js cannot find it either; now esbuild says where it is imported.
    await describeFailure(files, bundleModules({ files, aliases, strict: true }));
    const place = userLocation(error);
    throw evaluationError(files.find((file) => file === place?.file) ?? files[0]!, error);
  }
}

async function describeFailure<T>(files: readonly string[], bundling: Promise<T>): Promise<T> {
  try {
    return await bundling;
  } catch (error) {
    const { BundleError } = await import("./bundle-modules.js");
    if (error instanceof BundleError) throw problemError(files, error.problems, undefined);
    const text = (error as Error).message.split("\n", 1)[0]!;
    throw new UserModuleError(`cannot load '${displayPath(files[0]!)}': esbuild failed: ${text}`, {
      path: files[0]!,
      cause: error,
      hint: "Install tsmigrate's own packages again with `npm install`.",
    });
  }
}

function importBundle(
  url: string,
  files: readonly string[],
  aliases: Readonly<Record<string, string>>,
  readMap: () => string,
  name?: string,
): Promise<readonly ModuleLoader[]> {
  const known = bundles.get(url);
  if (known !== undefined) return known;
  // Node.js speaks of a script by its sourceURL, programs that print stacks in a way of their own by its URL.
  registerBundle(name === undefined ? [url] : [name, url], readMap);
  const loaded = files.length < MANY ? import(url) : importWhole(url, aliases);
  const loaders = loaded.then((module: { readonly default: readonly ModuleLoader[] }) =>
    module.default.map((load, index) => onlyOnce(load, files[index]!)),
  );
  bundles.set(url, loaders);
  // A package that is missing now may be there the next time.
  loaders.catch(() => bundles.delete(url));
  return loaders;
}

/** Files from which on compiling all of a bundle at once is worth more than it costs. */
const MANY = 50;

/**
 * What Node.js keeps compiled from run to run is what V8 compiles when it reads a module; functions that it would leave
 * for their first call, it would compile in each run anew. Of thousands of revisions each is called once.
 */
async function importWhole(url: string, aliases: Readonly<Record<string, string>>): Promise<any> {
  // What is compiled under another flag is not taken by the commands that have none.
  await Promise.all(Object.values(aliases).map((alias) => import(alias)));
  setFlagsFromString("--no-lazy");
  try {
    return await import(url);
  } finally {
    setFlagsFromString("--lazy");
  }
}

function onlyOnce(load: () => Promise<unknown>, file: string): ModuleLoader {
  let result: Promise<UserModule> | undefined;
  return () => {
    result ??= Promise.resolve()
      .then(load)
      .then(
        (module) => module as UserModule,
        (error: unknown) => {
          throw evaluationError(file, error);
        },
      );
    return result;
  };
}

/** Named in stacks by its last line, and not by all of its text. */
function dataUrl(code: string, fileName: string): string {
  const text = `${code.replace(/\n\/\/# sourceMappingURL=.*\n$/, "\n")}//# sourceURL=${scriptName(fileName)}\n`;
  return `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;
}

function scriptName(fileName: string): string {
  return `tsmigrate:${fileName}`;
}

interface PlainVersion {
  readonly content: Buffer;
  readonly number: number;
  readonly load: ModuleLoader;
}

/** The content each JavaScript file had when it was last imported. */
const plainVersions = new Map<string, PlainVersion>();

function plainLoader(file: string): ModuleLoader {
  const content = readFileSync(file);
  const last = plainVersions.get(file);
  if (last?.content.equals(content)) return last.load;
  const number = (last?.number ?? 0) + 1;
  let result: Promise<UserModule> | undefined;
  const load = () => {
    result ??= extname(file) === ".json" ? parseJson(file, content) : importPlain(file, number);
    return result;
  };
  plainVersions.set(file, { content, number, load });
  return load;
}

async function importPlain(file: string, version: number): Promise<UserModule> {
  // The query makes Node.js read an edited file anew; CommonJS has a cache of its own, by path.
  const url = `${pathToFileURL(file).href}?v=${version}`;
  if (version > 1) delete createRequire(file).cache[realpathSync(file)];
  registerFile(url, file);
  try {
    return (await import(url)) as UserModule;
  } catch (error) {
    throw (await syntaxError(file, error)) ?? evaluationError(file, error);
  }
}

async function parseJson(file: string, content: Buffer): Promise<UserModule> {
  try {
    return { default: JSON.parse(content.toString("utf8").replace(/^\uFEFF/, "")) };
  } catch (error) {
    throw (await syntaxError(file, error)) ?? evaluationError(file, new SyntaxError("it is not valid JSON"));
  }
}

/** Node.js does not say in any field of its error where the mistake is, nor in which file; esbuild does. */
async function syntaxError(file: string, error: unknown): Promise<UserModuleError | null> {
  if (!(error instanceof SyntaxError)) return null;
  const { BundleError, bundleModules } = await import("./bundle-modules.js");
  try {
    await bundleModules({ files: [file], aliases: {}, strict: false });
    return null;
  } catch (failure) {
    if (!(failure instanceof BundleError)) return null;
    // The message of JSON.parse quotes the file, which may hold a password.
    return problemError([file], failure.problems, extname(file) === ".json" ? undefined : error);
  }
}
