/** drizzle-orm, loaded from the user's project: its own functions say what its tables hold. */
import type { DrizzleConfig } from "../../config/config.js";
import { DriverMissingError } from "../../errors.js";
import type { DrizzleApi, DrizzleNamed } from "../../model/drizzle-api.js";
import type { DialectName } from "../../schema/schema.js";
import { resolvePackage } from "../../util/resolve-package.js";

const NAME = "drizzle-orm";
const OLDEST = [0, 36] as const;

/** @throws DriverMissingError when it is not there, or too old */
export function loadDrizzle(
  dialect: DialectName,
  resolveFrom: readonly string[],
  { casing }: DrizzleConfig = {},
): DrizzleApi {
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
  const { toSnakeCase, toCamelCase } = casing === undefined ? {} : found.require(`${NAME}/casing`);
  const convert: (name: string) => string = casing === "snake_case" ? toSnakeCase : toCamelCase;
  const columnName = ({ name, keyAsName }: DrizzleNamed) =>
    casing === undefined || keyAsName !== true ? name : convert(name);
  return { getTableConfig, getViewConfig, getMaterializedViewConfig, columnName, dialect: new Dialect({ casing }) };
}
