/** node-postgres, loaded when the first connection is opened, from the user's project before our own. */
import type pg from "pg";
import { DriverMissingError } from "../../../errors.js";
import { resolvePackage } from "../../../util/resolve-package.js";

/** @throws {@link DriverMissingError} when it is not installed or cannot be loaded. */
export function loadDriver(resolveFrom: readonly string[]): typeof pg {
  const found = resolvePackage("pg", resolveFrom);
  if (found === null) {
    throw new DriverMissingError("the package 'pg', which PostgreSQL needs, is not installed", {
      driver: "pg",
      hint: "Run `npm install pg`.",
    });
  }
  try {
    return found.require("pg") as typeof pg;
  } catch (cause) {
    throw new DriverMissingError(`the package 'pg' in '${found.directory}' cannot be loaded`, {
      driver: "pg",
      cause,
      hint: "Run `npm install pg` again.",
    });
  }
}
