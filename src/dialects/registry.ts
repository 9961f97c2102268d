import type { DialectName } from "../schema/schema.js";
import type { Dialect } from "./dialect.js";

const LOADERS: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  sqlite: async () => (await import("./sqlite/index.js")).sqlite,
  postgres: async () => (await import("./postgres/index.js")).postgres,
};

/** Loads a dialect when it is needed, so that commands on files alone load no driver. */
export function loadDialect(name: DialectName): Promise<Dialect> {
  return LOADERS[name]();
}
