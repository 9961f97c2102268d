/** The environment of a command line: its config file, its global options, its terminal. */
import { Environment } from "../commands/environment/environment.js";
import { userImportOptions } from "../commands/environment/user-modules.js";
import { loadConfig } from "../config/load-config.js";
import type { DecideRename } from "../diff/rename-questions.js";
import type { GlobalOptions } from "./arguments.js";
import type { ProcessLike } from "./process-like.js";
import type { Reporter } from "./reporter.js";

export async function openCliEnvironment(
  global: GlobalOptions,
  host: ProcessLike,
  signal: AbortSignal,
  reporter: Reporter,
  askRename: DecideRename | undefined,
): Promise<Environment> {
  const args = parseArgs(global.arg);
  const loaded = await loadConfig({
    cwd: host.cwd,
    env: host.env,
    configFile: global.config,
    environment: global.env,
    url: global.url,
    args,
    importOptions: userImportOptions(),
  });
  const { url, directUrl, scratch, models } = loaded.config;
  reporter.hide([url?.text, directUrl?.text, scratch?.text, ...models]);
  return new Environment({
    cwd: host.cwd,
    config: global.role === undefined ? loaded.config : { ...loaded.config, role: global.role },
    configPath: loaded.path,
    environmentName: loaded.environment,
    args,
    emit: (event) => reporter.event(event),
    askRename,
    signal,
    hide: (place) => reporter.hide([place]),
    redact: (text) => reporter.redact(text),
    keepConnection: true,
  });
}

/** `-x key=value -x flag` → `{ key: "value", flag: "" }`. */
function parseArgs(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((word) => {
      const at = word.indexOf("=");
      return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}
