/** The targets of a config: many databases or schemas, each with a version table of its own. */
import type { LocatedUrl, ResolvedConfig, Target, TargetConfig } from "../../config/config.js";
import { checkTargets } from "../../config/config-keys.js";
import { parseDatabaseUrl } from "../../dialects/database-url.js";
import { ConfigInvalidError, UsageError } from "../../errors.js";
import { nearest } from "../../util/nearest.js";
import { evaluationError } from "../../util/user-module-error.js";
import { Environment, type TargetOptions } from "./environment.js";
import type { GraphUse } from "./revision-files.js";
import { loadStepModules } from "./user-modules.js";

export interface FleetTarget extends Omit<TargetConfig, "name"> {
  readonly name: string;
}

/** All targets, in the order of the config. @throws ConfigInvalidError when there are none, or two of one name */
export async function findTargets(environment: Environment): Promise<readonly FleetTarget[]> {
  const { config, configPath: path } = environment.options;
  const given = await listTargets(environment);
  const problem = checkTargets(given, "targets");
  if (problem !== null) {
    throw new ConfigInvalidError(`'${problem.key}' ${problem.message}`, { key: problem.key, path, hint: problem.hint });
  }
  if (given.length === 0) {
    throw new ConfigInvalidError("the config has no targets", {
      key: "targets",
      path,
      hint: 'List them in the config: `targets: ["sqlite:///./one.db", { schema: "tenant_1" }]`. --url names one database and leaves them out.',
    });
  }
  const targets = given.map((target, at) => named(target, at, config, path));
  const seen = new Set<string>();
  for (const [at, { name }] of targets.entries()) {
    if (seen.has(name)) {
      const key = `targets[${at}].name`;
      throw new ConfigInvalidError(`two targets are called '${name}'`, {
        key,
        path,
        hint: "Give each a `name` of its own.",
      });
    }
    seen.add(name);
  }
  return targets;
}

/** Those of the names, in the order of the config; all for no name. @throws UsageError for a name that there is not */
export function selectTargets(targets: readonly FleetTarget[], names: readonly string[]): readonly FleetTarget[] {
  const known = targets.map((target) => target.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new UsageError(`there is no target '${name}'`, {
      hint: near === undefined ? `The config has ${listed(known)}.` : `Did you mean \`--target ${near}\`?`,
    });
  }
  return names.length === 0 ? targets : targets.filter((target) => names.includes(target.name));
}

/** The environment of one target; what it prints is up to `emit`. */
export function openTarget(
  environment: Environment,
  target: FleetTarget,
  { emit, ...shared }: Pick<TargetOptions, "files" | "warnOnce" | "sessions"> & { readonly emit: Environment["emit"] },
): Environment {
  const { options, config } = environment;
  const { schema, searchPath = [] } = target;
  return new Environment({
    ...options,
    config: configOf(target, config),
    args: { ...options.args, ...target.args },
    emit,
    target: { name: target.name, schema, searchPath: schema === undefined ? [] : [schema, ...searchPath], ...shared },
  });
}

/**
 * The environment of the one target of this name. Its files are read again whenever they are asked for, since the command
 * may write some. `hide` is told of what the target's URLs hold.
 */
export async function openNamedTarget(
  environment: Environment,
  name: string,
  hide: (urls: readonly (string | undefined)[]) => void,
): Promise<Environment> {
  const [target] = selectTargets(await findTargets(environment), [name]);
  hide([target!.url, target!.directUrl]);
  const files = { graph: (use?: GraphUse) => environment.loadGraph(use), steps: loadStepModules };
  const { emit } = environment;
  return openTarget(environment, target!, { files, emit, warnOnce: (text) => emit({ type: "warning", text }) });
}

function configOf(target: FleetTarget, config: ResolvedConfig): ResolvedConfig {
  const located = (text: string): LocatedUrl => ({ text, baseDirectory: config.baseDirectory });
  const directUrl = target.directUrl === undefined ? undefined : located(target.directUrl);
  if (target.url === undefined) return { ...config, targets: undefined, directUrl: directUrl ?? config.directUrl };
  return { ...config, targets: undefined, connect: undefined, url: located(target.url), directUrl };
}

async function listTargets({ options, config }: Environment): Promise<readonly Target[]> {
  if (typeof config.targets !== "function") return config.targets ?? [];
  const { args, environmentName: env, configPath } = options;
  try {
    return await config.targets({ url: config.url?.text, args, env });
  } catch (error) {
    throw evaluationError(configPath ?? "targets", error);
  }
}

function named(target: Target, at: number, config: ResolvedConfig, path: string | undefined): FleetTarget {
  const given = typeof target === "string" ? { url: target } : target;
  const refuse = (key: string, message: string, hint: string): never => {
    throw new ConfigInvalidError(`'targets[${at}]' ${message}`, { key: `targets[${at}].${key}`, path, hint });
  };
  const url = given.url === undefined ? null : parseDatabaseUrl(given.url, config.baseDirectory);
  if (given.url === undefined && given.schema === undefined) {
    refuse("url", "names neither a url nor a schema", "Give it one of them.");
  }
  if (given.schema !== undefined && url?.dialect === "sqlite") {
    refuse("schema", "names a schema, and SQLite has none", "Give each target a file of its own.");
  }
  if (given.searchPath !== undefined && given.schema === undefined) {
    refuse("searchPath", "has a searchPath and no schema", "Name the schema that its revisions run in.");
  }
  if (given.schema !== undefined && config.versionTableSchema !== undefined) {
    refuse(
      "schema",
      "is a schema, which keeps its own version table, and `versionTableSchema` puts all of them into one",
      "Leave `versionTableSchema` out of the config.",
    );
  }
  return { ...given, name: given.name ?? given.schema ?? url!.display };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `'${name}'`);
  return `${shown.join(", ")}${names.length > shown.length ? `, and ${names.length - shown.length} more` : ""}`;
}
