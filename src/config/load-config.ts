/** Finding, reading and resolving the config of a project. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ConfigInvalidError, ConfigNotFoundError, UserModuleError } from "../errors.js";
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
  const path = named === undefined ? await findConfig(cwd) : resolve(cwd, named);
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
const PROPERTY = "tsmigrate";

/**
 * Looks for a module by name first, folder by folder. cosmiconfig, which takes three times as long to load as a whole run
 * may, reads the folders that hold another kind of config.
 */
async function findConfig(cwd: string): Promise<string | null> {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const module = MODULES.find((name) => existsSync(join(directory, name)));
    if (module !== undefined) return join(directory, module);
    const names = existsSync(directory) ? readdirSync(directory) : [];
    const found = await findData(directory, names);
    if (found !== null) return found;
    const isProject = names.includes("package.json") || names.includes("package.yaml");
    if (isProject || dirname(directory) === directory || isSharedFolder(dirname(directory))) return null;
  }
}

async function findData(directory: string, names: readonly string[]): Promise<string | null> {
  const places = [...DATA.filter((name) => names.includes(name)), ...names.filter((name) => RC_FILE.test(name)).sort()];
  if (names.includes("package.json") && mentionsUs(join(directory, "package.json"))) places.push("package.json");
  if (places.length === 0) return null;
  const result = await (await explorer(places)).search(directory);
  return result?.filepath ?? null;
}

/** In a folder for temporary files anybody could leave a program for us to run. */
function isSharedFolder(directory: string): boolean {
  return process.platform !== "win32" && (statSync(directory).mode & 0o1002) === 0o1002;
}

function mentionsUs(file: string): boolean {
  return readFileSync(file, "utf8").includes(`"${PROPERTY}"`);
}

async function explorer(searchPlaces: readonly string[], importOptions: ImportOptions = {}) {
  const { cosmiconfig, defaultLoaders } = await import("cosmiconfig");
  const module = async (path: string) => defaultExport(await importModule(path, importOptions), path);
  const json = async (path: string) => (await importModule(path, importOptions)).default;
  const yaml = async (path: string, text: string) => readYaml(defaultLoaders[".yaml"], path, text);
  return cosmiconfig(PROPERTY, {
    searchPlaces: [...searchPlaces],
    searchStrategy: "none",
    ignoreEmptySearchPlaces: false,
    mergeSearchPlaces: false,
    cache: false,
    loaders: {
      ...Object.fromEntries(MODULES.map((name) => [extname(name), module])),
      ".json": json,
      ".yaml": yaml,
      ".yml": yaml,
      noExt: yaml,
    },
  });
}

async function readConfig(path: string, cwd: string, importOptions: ImportOptions | undefined): Promise<unknown> {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new ConfigNotFoundError(`there is no config file '${displayPath(path)}'`, {
      searchedFrom: cwd,
      hint: "Run `tsmigrate init`, or name another one with --config.",
    });
  }
  // What imports nothing but JavaScript needs no reader of YAML.
  if (/^\.[cm]?[jt]s$/.test(extname(path))) return defaultExport(await importModule(path, importOptions), path);
  const result = await (await explorer([], importOptions)).load(path);
  if (result !== null && result.isEmpty !== true) return result.config;
  const reason = basename(path) === "package.json" ? `has no "${PROPERTY}"` : "is empty";
  throw new ConfigInvalidError(`'${displayPath(path)}' ${reason}`, { path, key: "" });
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
