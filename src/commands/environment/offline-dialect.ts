/** Which kind of database is meant, without connecting to one. */
import { parseDatabaseUrl } from "../../dialects/database-url.js";
import type { Dialect } from "../../dialects/dialect.js";
import { loadDialect } from "../../dialects/registry.js";
import { ConfigInvalidError } from "../../errors.js";
import type { Environment } from "./environment.js";

/** From `dialect` of the config or from the URL, which is only looked at. @throws ConfigInvalidError without either */
export function offlineDialect(environment: Environment): Promise<Dialect> {
  const { config, configPath } = environment.options;
  if (typeof config.dialect === "string") return loadDialect(config.dialect);
  if (typeof config.dialect === "object") return loadDialect(config.dialect.family);
  const url = config.url ?? config.directUrl;
  if (url === undefined) {
    throw new ConfigInvalidError("neither 'dialect' nor 'url' says which kind of database is meant", {
      key: "dialect",
      path: configPath,
      hint: 'Set `dialect: "postgres"` or `"sqlite"` in the config, or pass --url.',
    });
  }
  return loadDialect(parseDatabaseUrl(url.text, url.baseDirectory).dialect);
}
