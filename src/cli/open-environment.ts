/** The environment of a command line: its config file, its global options, its terminal. */
import { Environment } from "../commands/environment.js";
import { userImportOptions } from "../commands/user-modules.js";
import { loadConfig } from "../config/load-config.js";
import type { DecideRename } from "../diff/rename-questions.js";
import type { ProcessLike } from "./process-like.js";
import type { GlobalOptions } from "./program.js";
import { createRedactor } from "./redact.js";
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
  reporter.setRedactor(
    createRedactor(
      [global.url, host.env.DATABASE_URL, loaded.config.url?.text, loaded.config.directUrl?.text],
      [host.env.PGPASSWORD],
    ),
  );
  return new Environment({
    cwd: host.cwd,
    config: loaded.config,
    configPath: loaded.path,
    environmentName: loaded.environment,
    args,
    emit: (event) => reporter.event(event),
    askRename,
    signal,
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
