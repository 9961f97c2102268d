/** Scaffolding: the config, the folder of revisions with their template, and a first models file. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { parseDatabaseUrl, redactUrl } from "../dialects/database-url.js";
import { UsageError } from "../errors.js";
import { stringLiteral } from "../render/source.js";
import { requireTemplate, templateText } from "./files/templates.js";

export interface InitOptions {
  readonly cwd: string;
  readonly directory: string;
  readonly template: string;
  readonly url: string | undefined;
  /** As it is to stand in the config, relative to `cwd`. */
  readonly models: string | undefined;
  readonly force: boolean;
  /** The library brings its own configuration: no config and no models file are written. */
  readonly withConfig: boolean;
}

/** Paths are relative to `cwd` where they lie in it, with `/` on every system. */
export interface InitResult {
  readonly directory: string;
  readonly created: readonly string[];
  readonly kept: readonly string[];
}

const CONFIG_NAMES = ["ts", "mts", "cts", "js", "mjs", "cjs", "json", "yaml", "yml"].map(
  (ending) => `migrate.config.${ending}`,
);
const DEFAULT_URL = "sqlite:///./app.db";

/**
 * Writes what is missing and never overwrites.
 *
 * @throws UsageError for an unknown template, or a directory that holds something else (without `force`).
 */
export function initProject(options: InitOptions): InitResult {
  const { cwd } = options;
  requireTemplate(options.template);
  if (options.url !== undefined) parseDatabaseUrl(options.url, cwd);
  const directory = resolve(cwd, options.directory);
  refuseUsedDirectory(directory, options);
  const created: string[] = [];
  const kept: string[] = [];
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(path, text, { flag: "wx" });
      created.push(shown(path, cwd));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotWrite(path, error);
      kept.push(shown(path, cwd));
    }
  };
  if (options.withConfig) {
    const existing = CONFIG_NAMES.map((name) => join(cwd, name)).find((path) => existsSync(path));
    if (existing === undefined) write(join(cwd, "migrate.config.ts"), configText(options));
    else kept.push(shown(existing, cwd));
  }
  const versions = join(directory, "versions");
  try {
    mkdirSync(versions, { recursive: true });
  } catch (error) {
    throw cannotWrite(versions, error);
  }
  if (readdirSync(versions).length === 0) write(join(versions, ".gitkeep"), "");
  write(join(directory, "revision.ts.tpl"), templateText(options.template, "revision.ts.tpl"));
  if (options.withConfig) write(resolve(cwd, modelsPath(options)), templateText(options.template, "models.ts.tpl"));
  return { directory: shown(directory, cwd), created, kept };
}

function refuseUsedDirectory(directory: string, options: InitOptions): void {
  if (!existsSync(directory)) return;
  const name = shown(directory, options.cwd);
  if (!statSync(directory).isDirectory()) {
    throw new UsageError(`'${name}' is a file, not a directory`, { hint: "Run `tsmigrate init <another directory>`." });
  }
  if (!options.force && readdirSync(directory).length > 0) {
    throw new UsageError(`the directory '${name}' exists already and is not empty`, {
      hint: `Run \`tsmigrate init ${name} --force\` to add what is missing; nothing is overwritten.`,
    });
  }
}

function configText(options: InitOptions): string {
  const values: Readonly<Record<string, string>> = {
    directory: stringLiteral(relativeImport(options.directory).replace(/^\.\//, "")),
    url: urlExpression(options.url),
    models: stringLiteral(modelsPath(options)),
  };
  return templateText(options.template, "config.ts.tpl").replace(
    /\{\{ (\w+) \}\}/g,
    (_place, name: string) => values[name]!,
  );
}

/** A URL that holds a password is not written down: it has to come from the environment. */
function urlExpression(url: string | undefined): string {
  if (url !== undefined && redactUrl(url) !== url) return "process.env.DATABASE_URL";
  return `process.env.DATABASE_URL ?? ${stringLiteral(url ?? DEFAULT_URL)}`;
}

function modelsPath(options: InitOptions): string {
  return options.models === undefined ? "./models.ts" : relativeImport(options.models);
}

function relativeImport(path: string): string {
  const slashed = path.split(sep).join("/");
  return isAbsolute(path) || slashed.startsWith("./") || slashed.startsWith("../") ? slashed : `./${slashed}`;
}

function shown(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" ? "." : inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
}

function cannotWrite(path: string, cause: unknown): UsageError {
  return new UsageError(`cannot write '${path}': ${(cause as Error).message}`, { cause });
}
