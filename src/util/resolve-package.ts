/** Finding an installed package from the user's folders first, then from our own location. Nothing of it is loaded. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

export interface ResolvedPackage {
  /** Absolute; holds package.json. */
  readonly directory: string;
  readonly version: string;
  /** `engines.node` of the package, a semver range. */
  readonly engines: string | undefined;
  /** Loads it as seen from where it was found: `found.require(name)`. */
  readonly require: NodeJS.Require;
}

/**
 * Gives the package that a module in the first of the folders `resolveFrom` would get, our own copy when none of them
 * has it, and null when it is not installed at all. Works for packages whose `exports` hide package.json, for npm
 * aliases and under Yarn's plug'n'play.
 */
export function resolvePackage(name: string, resolveFrom: readonly string[]): ResolvedPackage | null {
  for (const parent of [...resolveFrom.map(moduleIn), import.meta.url]) {
    const require = createRequire(parent);
    const directory = packageDirectory(name, require);
    if (directory === null) continue;
    const manifest = readManifest(directory);
    return {
      directory,
      version: typeof manifest.version === "string" ? manifest.version : "0.0.0",
      engines: typeof manifest.engines?.node === "string" ? manifest.engines.node : undefined,
      require,
    };
  }
  return null;
}

/** A file name in the folder to resolve from. Node.js resolves from where a file really is, not from a link to it. */
function moduleIn(directory: string): string {
  const absolute = resolve(directory);
  return join(existsSync(absolute) ? realpathSync(absolute) : absolute, "index.js");
}

function packageDirectory(name: string, require: NodeJS.Require): string | null {
  for (const folder of require.resolve.paths(name) ?? []) {
    const directory = join(folder, name);
    if (existsSync(join(directory, "package.json"))) return realpathSync(directory);
  }
  // Plug'n'play has no node_modules to look into; its patched resolver answers instead. Any other looks where we have.
  if (process.versions.pnp === undefined) return null;
  const entry = tryResolve(`${name}/package.json`, require) ?? tryResolve(name, require);
  for (let directory = entry && dirname(entry); directory; directory = parentOf(directory)) {
    if (existsSync(join(directory, "package.json")) && readManifest(directory).name === name) return directory;
  }
  return null;
}

/** Null for what cannot be resolved and for Node.js's own modules. */
function tryResolve(specifier: string, require: NodeJS.Require): string | null {
  try {
    const found = require.resolve(specifier);
    return found === specifier || found.startsWith("node:") ? null : found;
  } catch {
    return null;
  }
}

function parentOf(directory: string): string | null {
  const parent = dirname(directory);
  return parent === directory ? null : parent;
}

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly engines?: { readonly node?: unknown };
}

function readManifest(directory: string): Manifest {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
