/**
 * Which part of a database is compared with the models. PostgreSQL's default schema is read in any case, and is somebody
 * else's where the config names other schemas and the models declare nothing in it.
 */
import type { Connection } from "../../dialects/dialect.js";
import { filterObjectDefs } from "../../schema/edit-objects.js";
import { type SchemaObjectDef, tableOf } from "../../schema/objects.js";
import type { SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

/** What was read, without the default schema where that is not managed. */
export function managedPart(
  environment: Environment,
  connection: Connection,
  found: SchemaDef,
  declared?: SchemaDef,
): SchemaDef {
  if (managesDefaultSchema(environment, connection, declared)) return found;
  const elsewhere = <T extends { readonly schema?: string }>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, one]) => one.schema !== undefined));
  return {
    ...filterObjectDefs(found, (object) => !isInDefaultSchema(object)),
    tables: elsewhere(found.tables),
    enums: elsewhere(found.enums),
    views: elsewhere(found.views),
  };
}

export function managesDefaultSchema(environment: Environment, connection: Connection, declared?: SchemaDef): boolean {
  const { schemas } = environment.config;
  const { defaultSchema } = connection;
  const isNamed = schemas.length === 0 || defaultSchema === undefined || schemas.includes(defaultSchema);
  return isNamed || (declared !== undefined && usesDefaultSchema(declared));
}

function usesDefaultSchema({ tables, enums, views, objects }: SchemaDef): boolean {
  const named = [tables, enums, views].flatMap((all) => Object.values<{ readonly schema?: string }>(all));
  return named.some((one) => one.schema === undefined) || Object.values(objects).some(isInDefaultSchema);
}

/** Extensions and what has a kind of its own belong to the whole database, wherever they keep their things. */
function isInDefaultSchema(object: SchemaObjectDef): boolean {
  if (object.kind === "extension" || object.kind === "definition") return false;
  return (object.schema ?? tableOf(object)?.schema) === undefined;
}
