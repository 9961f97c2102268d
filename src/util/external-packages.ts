/**
 * The esbuild plugin that keeps packages out of the bundle. What a bare name means is found at bundle time, from the
 * importing file, and written as a file URL, so that the bundle works wherever it is kept.
 */
import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ImportKind, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";

export interface ExternalRequest {
  readonly aliases: Readonly<Record<string, string>>;
  readonly strict: boolean;
}

/** `manifests` gets the package.json of every package that was used: an update may move what a name means. */
export function externalPackages(request: ExternalRequest, manifests: Set<string>): Plugin {
  return {
    name: "tsmigrate-external-packages",
    setup(build) {
      const answers = new Map<string, Promise<OnResolveResult | undefined>>();
      // Everything but ./x, ../x and /x.
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.pluginData === RESOLVING) return undefined;
        const question = JSON.stringify([args.path, args.kind, args.resolveDir]);
        const answer = answers.get(question) ?? resolveBare(args, build, request, manifests);
        answers.set(question, answer);
        return answer;
      });
    },
  };
}

/** Marks our own questions to esbuild's resolver, which come back to this plugin. */
const RESOLVING = Symbol("resolving");

/** Undefined leaves it to esbuild, which bundles it. */
async function resolveBare(
  args: OnResolveArgs,
  build: PluginBuild,
  request: ExternalRequest,
  manifests: Set<string>,
): Promise<OnResolveResult | undefined> {
  const { path: specifier, kind, resolveDir } = args;
  if (isAbsolute(specifier)) return undefined;
  if (isBuiltin(specifier) || /^(?:node|data|https?):/.test(specifier)) return { path: specifier, external: true };
  const target = specifier.startsWith("file:") ? specifier : request.aliases[specifier];
  if (target !== undefined) {
    const path = fileURLToPath(target);
    return mustBeBundled(path) ? { path } : external(path, kind);
  }
  const found = await build.resolve(specifier, { kind, resolveDir, importer: args.importer, pluginData: RESOLVING });
  if (found.errors.length > 0) {
    return request.strict && isStatic(kind) ? undefined : { path: specifier, external: true };
  }
  const manifest = installedManifest(specifier, resolveDir);
  if (manifest !== null) manifests.add(manifest);
  const isPackage = isInNodeModules(found.path) || (manifest !== null && !specifier.startsWith("#"));
  return mustBeBundled(found.path) || !isPackage ? undefined : external(found.path, kind);
}

function external(path: string, kind: ImportKind): OnResolveResult {
  return { path: kind === "require-call" ? path : pathToFileURL(path).href, external: true };
}

/** Node.js runs no TypeScript out of node_modules, some versions none at all, and JSON only with an attribute. */
function mustBeBundled(path: string): boolean {
  return /\.(?:[cm]?ts|tsx|jsx|json)$/.test(path);
}

/** A `require` or a computed moment may be meant to fail; an import statement may not. */
function isStatic(kind: ImportKind): boolean {
  return kind === "import-statement";
}

function isInNodeModules(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path);
}

/** The package.json through which Node.js finds the package from a folder; a link to it counts, as of a workspace. */
function installedManifest(specifier: string, from: string): string | null {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0];
  for (let directory = from; ; directory = dirname(directory)) {
    const manifest = join(directory, "node_modules", name, "package.json");
    if (existsSync(manifest)) return manifest;
    if (dirname(directory) === directory) return null;
  }
}
