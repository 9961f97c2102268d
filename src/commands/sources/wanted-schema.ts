/**
 * What the config's `models` mean: modules, `.sql` files or the URL of another database. All three give the same
 * structure, so that whatever compares with it need not know which it was.
 */
import { parseDatabaseUrl } from "../../dialects/database-url.js";
import type { Connection, Dialect } from "../../dialects/dialect.js";
import { ConfigInvalidError, ModelInvalidError, UsageError } from "../../errors.js";
import { ledgerName } from "../../runtime/ledger-sql.js";
import { objectKey, type SchemaDef } from "../../schema/schema.js";
import { displayLocation, remapError, userLocation } from "../../util/remap-stack.js";
import { displayPath } from "../../util/user-module-error.js";
import type { Environment } from "../environment/environment.js";
import { importUserModules } from "../environment/user-modules.js";
import { loadDrizzle } from "./drizzle-package.js";
import { introspect, introspectAll } from "./introspect.js";
import { moduleFiles } from "./model-files.js";
import { isSqlFile, runSqlFiles } from "./read-sql-file.js";
import { openScratch, type ScratchWish } from "./scratch.js";

/** A scheme has two letters at least; one is a Windows drive. */
const URL_START = /^[a-z][a-z0-9+.-]+:/i;

/**
 * The schema the models want, as `dialect` will hold it.
 *
 * @throws ModelInvalidError, and DatabaseError where a database that is asked refuses
 */
export async function loadWanted(environment: Environment, dialect: Dialect, wish?: ScratchWish): Promise<SchemaDef> {
  const { models } = environment.config;
  const urls = models.filter((model) => URL_START.test(model));
  const files = models.filter(isSqlFile);
  const modules = models.filter((model) => !urls.includes(model) && !files.includes(model));
  const given = environment.options.models ?? [];
  const kinds = [urls.slice(0, 1), files.slice(0, 1), [...modules, ...given].slice(0, 1)].flat().length;
  if (kinds === 0) {
    throw new ModelInvalidError("no models are configured, so there is nothing to compare the database with", {
      hint: 'Name them in the config: `models: "./models.ts"`.',
    });
  }
  if (kinds > 1 || urls.length > 1) {
    throw new ConfigInvalidError("'models' mixes sources that each say all of the schema", {
      key: "models",
      path: environment.options.configPath,
      hint: "Keep modules, or `.sql` files, or one database URL.",
    });
  }
  if (urls.length === 1) return readDatabase(environment, dialect, urls[0]!);
  if (files.length > 0) return readFiles(environment, dialect, files, wish);
  const loaded = await importUserModules(moduleFiles(modules));
  return schemaOfModules(environment, dialect, [...given, ...loaded]);
}

/** @throws ModelInvalidError */
export async function schemaOfModules(
  environment: Environment,
  dialect: Dialect,
  modules: readonly Readonly<Record<string, unknown>>[],
): Promise<SchemaDef> {
  // The language of the models brings Kysely, which commands that compare nothing need not load.
  const { declaresTables, schemaFromModels } = await import("../../model/collect-models.js");
  const { findDrizzleObjects, hasDrizzleObjects } = await import("../../model/drizzle-objects.js");
  const drizzle = findDrizzleObjects(modules);
  if (hasDrizzleObjects(drizzle)) {
    if (declaresTables(modules, dialect.name)) {
      throw new ModelInvalidError("the models hold tables of Drizzle and tables of tsmigrate", {
        hint: "Keep one of the two languages; each says all of the schema.",
      });
    }
    const { schemaFromDrizzle } = await import("../../model/drizzle-schema.js");
    const { resolveFrom } = environment.connectOptions({ create: false, readOnly: true });
    const api = loadDrizzle(dialect.name, resolveFrom, environment.config.drizzle);
    return dialect.adapt(schemaFromDrizzle(drizzle, { api, dialect: dialect.name }));
  }
  const naming = environment.config.namingConvention;
  const schema = locatedErrors(() => schemaFromModels(modules, { dialect: dialect.name, naming }));
  return dialect.adapt(withoutOwn(environment, schema));
}

/** What is wrong in a function of the models, which runs when all of them are loaded, is told with its place. */
function locatedErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const place = error instanceof ModelInvalidError ? userLocation(error.cause) : null;
    if (place === null) throw error;
    const { message, table, column, hint, cause } = error as ModelInvalidError;
    const shown = displayLocation({ ...place, file: displayPath(place.file) });
    throw new ModelInvalidError(`${message} (${shown})`, { table, column, hint, cause: remapError(cause) });
  }
}

/** @throws ModelInvalidError for a table that is ours: it would be made twice */
function withoutOwn(environment: Environment, schema: SchemaDef): SchemaDef {
  const own = environment.versionTableName(undefined);
  const taken = [own, ledgerName(own)].map(objectKey).find((key) => key in schema.tables);
  if (taken === undefined) return schema;
  throw new ModelInvalidError(`the table '${taken}' of the models has the name of one that tsmigrate keeps itself`, {
    table: taken,
    hint: "Give the table another name, or set `versionTable` in the config.",
  });
}

async function readFiles(
  environment: Environment,
  dialect: Dialect,
  files: readonly string[],
  wish: ScratchWish | undefined,
): Promise<SchemaDef> {
  await using scratch = await openScratch(environment, dialect, wish);
  await runSqlFiles(scratch, files);
  return await introspectAll(environment, scratch);
}

async function readDatabase(environment: Environment, dialect: Dialect, text: string): Promise<SchemaDef> {
  await using connection = await openOther(environment, dialect, text, environment.config.baseDirectory);
  return await introspect(environment, connection);
}

/** Another database than the environment's, for reading. @throws UsageError for one of another kind */
export async function openOther(
  environment: Environment,
  dialect: Dialect,
  text: string,
  baseDirectory: string,
): Promise<Connection> {
  const url = parseDatabaseUrl(text, baseDirectory);
  if (url.dialect !== dialect.name) {
    throw new UsageError(`'${url.display}' is not a database of the same kind as the other one`, {
      hint: "Compare SQLite with SQLite, and PostgreSQL with PostgreSQL.",
    });
  }
  return dialect.connect(url, environment.connectOptions({ create: false, readOnly: true }));
}
