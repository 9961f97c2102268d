/** drizzle-orm, loaded from the user's project: its own functions say what its tables hold. */
import { DriverMissingError } from "../../errors.js";
import type { DrizzleApi } from "../../model/drizzle-api.js";
import type { DialectName } from "../../schema/schema.js";
import { resolvePackage } from "../../util/resolve-package.js";

const NAME = "drizzle-orm";
const OLDEST = [0, 36] as const;

/** @throws DriverMissingError when it is not there, or too old */
export function loadDrizzle(dialect: DialectName, resolveFrom: readonly string[]): DrizzleApi {
  const found = resolvePackage(NAME, resolveFrom);
  if (found === null) {
    throw new DriverMissingError(`the models are Drizzle's, and the package '${NAME}' is not installed`, {
      driver: NAME,
      hint: `Run \`npm install ${NAME}\`.`,
    });
  }
  const [major = 0, minor = 0] = found.version.split(".").map(Number);
  if (major === OLDEST[0] && minor < OLDEST[1]) {
    throw new DriverMissingError(`${NAME} ${found.version} is too old: ${OLDEST.join(".")} or newer is needed`, {
      driver: NAME,
      hint: `Run \`npm install ${NAME}@latest\`.`,
    });
  }
  const core = found.require(`${NAME}/${dialect === "postgres" ? "pg-core" : "sqlite-core"}`);
  const Dialect = dialect === "postgres" ? core.PgDialect : core.SQLiteSyncDialect;
  const { getTableConfig, getViewConfig, getMaterializedViewConfig } = core;
  return { getTableConfig, getViewConfig, getMaterializedViewConfig, dialect: new Dialect() };
}
