/** From what the user wrote to what the engine needs: one environment, defaults filled in, paths absolute. */
import { resolve } from "node:path";
import { ConfigInvalidError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { displayPath } from "../util/user-module-error.js";
import type { ValueProblem } from "./check-value.js";
import type { EnvironmentConfig, LocatedUrl, PostWriteHook, ResolvedConfig, UserConfig } from "./config.js";
import { checkConfig, knownTimezone } from "./config-keys.js";

export interface ResolveOptions {
  /** Absolute; paths of the config start here. */
  readonly baseDirectory: string;
  /** Absolute; a relative SQLite path in `url` or DATABASE_URL starts here. */
  readonly cwd: string;
  /** Environment variables; only DATABASE_URL is looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The config file, for messages. */
  readonly path?: string | undefined;
  readonly environment?: string | undefined;
  /** A database that overrides whatever the config says. */
  readonly url?: string | undefined;
}

/**
 * Checks every key and gives the config of one environment.
 *
 * @throws {@link ConfigInvalidError} with the dotted path of the wrong key.
 */
export function resolveConfig(config: UserConfig, options: ResolveOptions): ResolvedConfig {
  const problem = checkConfig(config, "");
  if (problem !== null) throw invalid(problem, options);
  const keys = selectEnvironment(config, options);
  const { baseDirectory } = options;
  const path = (given: string) => resolve(baseDirectory, given);
  const located = (text: string | undefined): LocatedUrl | undefined =>
    text === undefined ? undefined : { text, baseDirectory };
  const directory = path(keys.directory ?? "migrations");
  const models = keys.models ?? [];
  return {
    baseDirectory,
    directory,
    url: selectUrl(keys.url, options),
    models: (typeof models === "string" ? [models] : models).map((model) => (isUrl(model) ? model : path(model))),
    dialect: keys.dialect,
    directUrl: located(keys.directUrl),
    role: keys.role,
    schemas: keys.schemas ?? [],
    connect: keys.connect,
    versionTable: keys.versionTable ?? "tsmigrate_version",
    versionTableSchema: keys.versionTableSchema,
    versionLocations: keys.versionLocations?.map(path) ?? [resolve(directory, "versions")],
    recursiveVersionLocations: keys.recursiveVersionLocations ?? false,
    fileTemplate: keys.fileTemplate ?? "{rev}_{slug}",
    truncateSlugLength: keys.truncateSlugLength ?? 40,
    timezone: knownTimezone(keys.timezone ?? "UTC")!,
    headsFile: keys.headsFile ?? true,
    requireMessage: keys.requireMessage ?? true,
    postWriteHooks: (keys.postWriteHooks ?? []).map((hook) => locateHook(hook, baseDirectory)),
    transaction: keys.transaction ?? "per-revision",
    lockTimeoutMilliseconds: keys.lockTimeout ?? 60_000,
    statementTimeoutMilliseconds: keys.statementTimeout ?? 0,
    ddlLockTimeoutMilliseconds: keys.ddlLockTimeout ?? 2_000,
    maxReplicationLagMilliseconds: keys.maxReplicationLag ?? 10_000,
    retry:
      keys.retry === false
        ? null
        : { attempts: keys.retry?.attempts ?? 30, budgetMilliseconds: keys.retry?.budget ?? 300_000 },
    namingConvention: keys.namingConvention ?? {},
    includeObject: keys.includeObject,
    manage: keys.manage,
    drizzle: keys.drizzle ?? {},
    onOperations: keys.onOperations,
    onStep: keys.onStep,
    compareType: keys.compareType,
    compareDefault: keys.compareDefault,
    online: keys.online ?? true,
    lint: { rules: keys.lint?.rules ?? {}, strict: keys.lint?.strict ?? false },
    scratch: located(keys.scratch),
    targets: keys.targets,
    concurrency: keys.concurrency ?? 4,
  };
}

/** The keys that say where the database is. A mixture of two places could run the revisions of one on the other. */
const PLACE_KEYS = ["url", "directUrl", "connect", "targets"] as const;

function selectEnvironment(config: UserConfig, options: ResolveOptions): EnvironmentConfig {
  const { environments = {}, ...base } = config;
  const chosen = options.environment === undefined ? {} : findEnvironment(environments, options.environment, options);
  const overridden = PLACE_KEYS.some((key) => chosen[key] !== undefined);
  const merged = { ...withoutPlace(base, overridden), ...present(chosen) };
  if (options.url !== undefined) return withoutPlace(merged, true);
  if ("url" in chosen && chosen.url === undefined && !overridden) {
    const key = `environments.${options.environment}.url`;
    throw new ConfigInvalidError(`'${key}' is undefined, so it is not known which database is meant`, {
      key,
      path: options.path,
      hint: "Set the environment variable that it reads, or pass --url.",
    });
  }
  return merged;
}

function findEnvironment(
  environments: Readonly<Record<string, EnvironmentConfig>>,
  name: string,
  options: ResolveOptions,
): EnvironmentConfig {
  const names = Object.keys(environments).filter((known) => environments[known] !== undefined);
  if (names.includes(name)) return environments[name]!;
  const near = nearest(name, names);
  const known =
    names.length === 0 ? "The config has no `environments`." : `It has ${names.map((each) => `'${each}'`).join(", ")}.`;
  throw new ConfigInvalidError(`the config has no environment '${name}'`, {
    key: `environments.${name}`,
    path: options.path,
    hint: near === undefined ? known : `Did you mean '${near}'? ${known}`,
  });
}

function withoutPlace(config: EnvironmentConfig, drop: boolean): EnvironmentConfig {
  if (!drop) return config;
  return Object.fromEntries(Object.entries(config).filter(([key]) => !(PLACE_KEYS as readonly string[]).includes(key)));
}

function present(config: EnvironmentConfig): EnvironmentConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function selectUrl(fromConfig: string | undefined, options: ResolveOptions): LocatedUrl | undefined {
  if (options.url !== undefined) {
    if (options.url.trim() === "") {
      throw new ConfigInvalidError("the given database URL is empty", {
        key: "url",
        hint: "Leave --url out, or give it a value.",
      });
    }
    return { text: options.url, baseDirectory: options.cwd };
  }
  if (fromConfig !== undefined) return { text: fromConfig, baseDirectory: options.baseDirectory };
  const variable = options.env.DATABASE_URL;
  return variable === undefined || variable.trim() === "" ? undefined : { text: variable, baseDirectory: options.cwd };
}

function locateHook(hook: PostWriteHook, baseDirectory: string): PostWriteHook {
  return typeof hook === "function" ? hook : { ...hook, cwd: resolve(baseDirectory, hook.cwd ?? ".") };
}

/** A scheme has two letters at least; one is a Windows drive. */
function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

function invalid({ key, message, hint }: ValueProblem, options: ResolveOptions): ConfigInvalidError {
  const subject = key === "" ? "the config" : `'${key}'`;
  const where = options.path === undefined ? "" : ` in '${displayPath(options.path)}'`;
  return new ConfigInvalidError(`${subject}${where} ${message}`, { key, path: options.path, hint });
}
