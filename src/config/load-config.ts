/** Finding, reading and resolving the config of a project. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ConfigInvalidError, ConfigNotFoundError, TsMigrateError, UserModuleError } from "../errors.js";
import { type ImportOptions, importModule } from "../util/import-module.js";
import { displayPath, evaluationError } from "../util/user-module-error.js";
import { describeValue, isObject } from "./check-value.js";
import type { ConfigContext, ResolvedConfig, UserConfig } from "./config.js";
import { resolveConfig } from "./resolve-config.js";

export interface LoadConfigOptions {
  /** Absolute; the search starts here. */
  readonly cwd: string;
  /** Environment variables: TSMIGRATE_CONFIG, TSMIGRATE_ENV and DATABASE_URL are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`, relative to `cwd`. */
  readonly configFile?: string | undefined;
  /** `--env`. */
  readonly environment?: string | undefined;
  /** `--url`; a relative SQLite path in it starts from `cwd`. */
  readonly url?: string | undefined;
  /** `-x key=value`. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  readonly importOptions?: ImportOptions | undefined;
}

export interface LoadedConfig {
  readonly config: ResolvedConfig;
  /** Absolute. */
  readonly path: string;
  readonly directory: string;
  readonly environment: string | undefined;
}

/**
 * Gives the config that is named, or else the nearest one upward, up to the folder of the first package.json.
 *
 * @throws {@link ConfigNotFoundError}, {@link ConfigInvalidError}, {@link UserModuleError}
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { cwd, env, url, args = {} } = options;
  const named = options.configFile ?? nonEmpty(env.TSMIGRATE_CONFIG);
  const environment = options.environment ?? nonEmpty(env.TSMIGRATE_ENV);
  const path = named === undefined ? findConfig(cwd) : resolve(cwd, named);
  if (path === null) {
    throw new ConfigNotFoundError(`there is no config file in '${cwd}' or above`, {
      searchedFrom: cwd,
      hint: "Run `tsmigrate init`, or name one with --config.",
    });
  }
  const value = await readConfig(path, cwd, options.importOptions);
  const user = await unwrap(value, path, { env: environment, args });
  const directory = dirname(path);
  const config = resolveConfig(user, { baseDirectory: directory, cwd, env, path, environment, url });
  return { config, path, directory, environment };
}

const MODULES = ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `migrate.config.${ending}`);
const DATA = ["json", "yaml", "yml"].map((ending) => `migrate.config.${ending}`);
const RC_FILE = /^\.migraterc(?:\.(?:[cm]?[jt]s|json|ya?ml))?$/;
/** The key of package.json. */
const PROPERTY = "tsmigrate";

/** The first kind of config in the first folder upward that has one. */
function findConfig(cwd: string): string | null {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const names = existsSync(directory) ? readdirSync(directory) : [];
    const found = [...MODULES, ...DATA].find((name) => names.includes(name)) ?? names.filter(isRcFile).sort()[0];
    if (found !== undefined) return join(directory, found);
    const manifest = join(directory, "package.json");
    if (names.includes("package.json")) return hasProperty(manifest) ? manifest : null;
    const parent = dirname(directory);
    if (names.includes("package.yaml") || parent === directory || isSharedFolder(parent)) return null;
  }
}

function isRcFile(name: string): boolean {
  return RC_FILE.test(name);
}

function hasProperty(manifest: string): boolean {
  try {
    const content: unknown = JSON.parse(readFileSync(manifest, "utf8"));
    return isObject(content) && isObject(content[PROPERTY]);
  } catch {
    return false;
  }
}

/** In a folder for temporary files anybody could leave a program for us to run. */
function isSharedFolder(directory: string): boolean {
  return process.platform !== "win32" && (statSync(directory).mode & 0o1002) === 0o1002;
}

async function readConfig(path: string, cwd: string, importOptions: ImportOptions | undefined): Promise<unknown> {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new ConfigNotFoundError(`there is no config file '${displayPath(path)}'`, {
      searchedFrom: cwd,
      hint: "Run `tsmigrate init`, or name another one with --config.",
    });
  }
  if (/^\.[cm]?[jt]s$/.test(extname(path))) return defaultExport(await importModule(path, importOptions), path);
  const config = await readData(path, importOptions);
  if (config !== undefined) return config;
  const reason = basename(path) === "package.json" ? `has no "${PROPERTY}"` : "is empty";
  throw new ConfigInvalidError(`'${displayPath(path)}' ${reason}`, { path, key: "" });
}

/** Loads cosmiconfig for JSON and YAML alone: it takes 15 ms, a quarter of what a whole run may. */
async function readData(path: string, importOptions: ImportOptions | undefined): Promise<unknown> {
  const { cosmiconfig, defaultLoaders } = await import("cosmiconfig");
  const yaml = (file: string, text: string) => readYaml(defaultLoaders[".yaml"], file, text);
  const json = async (file: string) => (await importModule(file, importOptions)).default;
  const loaders = { ".json": json, ".yaml": yaml, ".yml": yaml, noExt: yaml };
  try {
    const result = await cosmiconfig(PROPERTY, { loaders, cache: false }).load(path);
    return result === null || result.isEmpty === true ? undefined : result.config;
  } catch (error) {
    throw error instanceof TsMigrateError ? error : evaluationError(path, error);
  }
}

/** The loader's own message quotes the file, which may hold a password. */
async function readYaml(load: (path: string, text: string) => unknown, path: string, text: string): Promise<unknown> {
  try {
    return await load(path, text);
  } catch (error) {
    const { reason = "it is not valid YAML", mark } = error as {
      readonly reason?: string;
      readonly mark?: { readonly line: number; readonly column: number };
    };
    const place = mark === undefined ? "" : `:${mark.line + 1}:${mark.column + 1}`;
    const name = displayPath(path);
    throw new UserModuleError(`cannot load '${name}': ${reason}${place && ` (${name}${place})`}`, {
      path: path + place,
    });
  }
}

function defaultExport(module: Readonly<Record<string, unknown>>, path: string): unknown {
  const value = module.default;
  // What a compiler makes of `export default` in CommonJS.
  if (isObject(value) && value.__esModule === true && "default" in value) return value.default;
  // A promise is handed on in a function, lest it be awaited before its errors are looked for.
  if (value instanceof Promise) return () => value;
  if (value !== undefined) return value;
  throw new ConfigInvalidError(`'${displayPath(path)}' has no default export`, {
    path,
    key: "default",
    hint: "Write `export default defineConfig({ … })`.",
  });
}

async function unwrap(value: unknown, path: string, context: ConfigContext): Promise<UserConfig> {
  let config: unknown;
  try {
    config = await (typeof value === "function" ? value(context) : value);
  } catch (error) {
    throw evaluationError(path, error);
  }
  if (isObject(config)) return config;
  throw new ConfigInvalidError(
    `'${displayPath(path)}' must hold an object, a promise of one or a function that gives one, but is ${describeValue(config)}`,
    { path, key: "default" },
  );
}

/** An empty environment variable counts as unset. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
