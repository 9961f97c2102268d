/** Everything a bundle depends on besides our own version: when any of it changes, the bundle is made anew. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { type BundleInputs, sourceNames } from "./module-cache.js";
import { resolvePackage } from "./resolve-package.js";

/**
 * Gives the bundled files themselves, the tsconfig.json and package.json files that say how to read them, those of the
 * packages they use and esbuild's own; and the folders in which a new file could take the place of an imported one.
 * Null when an import holds a pattern (`import("./seeds/" + name + ".ts")`), whose matches nothing here can watch.
 */
export function collectInputs(
  metafile: Metafile,
  workingDirectory: string,
  bundled: ReadonlyMap<string, Uint8Array>,
  manifests: Iterable<string>,
): BundleInputs | null {
  const files = new Map<string, Uint8Array | null>(bundled);
  const directories = new Map<string, string>();
  for (const input of Object.values(metafile.inputs)) {
    for (const imported of input.imports) {
      if (imported.external === true) {
        if (/^\.{1,2}\/.*\*/.test(imported.path)) return null;
        continue;
      }
      const target = resolve(workingDirectory, imported.path);
      if (bundled.has(target)) watchResolution(imported.original ?? "", target, directories);
    }
  }
  for (const directory of new Set([...bundled.keys()].map(dirname))) readSettings(directory, files);
  const esbuild = resolvePackage("esbuild", []);
  for (const path of [...manifests, ...(esbuild === null ? [] : [join(esbuild.directory, "package.json")])]) {
    addFile(path, files);
  }
  return { files, directories };
}

/** An import that does not say the file's whole name could mean another one, once that is there. */
function watchResolution(specifier: string, target: string, directories: Map<string, string>): void {
  if (specifier.endsWith(basename(target))) return;
  const watched = [dirname(target), ...(basename(target).startsWith("index.") ? [dirname(dirname(target))] : [])];
  for (const directory of watched) directories.set(directory, sourceNames(directory));
}

/** The nearest package.json and tsconfig.json upward of a folder, with what the latter extends. */
function readSettings(start: string, files: Map<string, Uint8Array | null>): void {
  readNearest(start, ["package.json"], files);
  // esbuild takes no tsconfig.json into account for what is installed.
  if (/[\\/]node_modules(?:[\\/]|$)/.test(start)) return;
  const tsconfig = readNearest(start, ["tsconfig.json", "jsconfig.json"], files);
  if (tsconfig !== null) readExtended(tsconfig, files);
}

/** Notes the absence of each nearer one as well. */
function readNearest(start: string, names: readonly string[], files: Map<string, Uint8Array | null>): string | null {
  for (let directory = start; ; directory = dirname(directory)) {
    for (const name of names) {
      if (addFile(join(directory, name), files)) return join(directory, name);
    }
    if (dirname(directory) === directory) return null;
  }
}

function addFile(path: string, files: Map<string, Uint8Array | null>): boolean {
  if (!files.has(path)) files.set(path, existsSync(path) ? readFileSync(path) : null);
  return files.get(path) !== null;
}

function readExtended(tsconfig: string, files: Map<string, Uint8Array | null>, seen = new Set<string>()): void {
  if (seen.has(tsconfig)) return;
  seen.add(tsconfig);
  const text = Buffer.from(files.get(tsconfig) ?? "").toString();
  // The file may hold comments and trailing commas, so it is no JSON; the key is easily told by its name.
  for (const match of text.matchAll(/"extends"\s*:\s*(?:"([^"]+)"|\[([^\]]*)\])/g)) {
    const names = match[1] === undefined ? [...match[2]!.matchAll(/"([^"]+)"/g)].map((item) => item[1]!) : [match[1]];
    for (const name of names) {
      const path = findExtended(name, tsconfig);
      if (path !== null && addFile(path, files)) readExtended(path, files, seen);
    }
  }
}

function findExtended(name: string, tsconfig: string): string | null {
  if (/^\.{0,2}\//.test(name) || name === "." || name === "..") {
    const path = resolve(dirname(tsconfig), name);
    return (
      [path, `${path}.json`, join(path, "tsconfig.json")].find((file) => /\.json$/.test(file) && existsSync(file)) ??
      null
    );
  }
  const { resolve: find } = createRequire(tsconfig);
  for (const specifier of [`${name}/tsconfig.json`, `${name}.json`, name]) {
    try {
      return find(specifier);
    } catch {
      // Another spelling of the three, or a missing one, of which esbuild tells.
    }
  }
  return null;
}
