/** A database as it stands, without our own tables. */
import type { Connection } from "../dialects/dialect.js";
import { ledgerName } from "../runtime/ledger-sql.js";
import type { SchemaDef } from "../schema/schema.js";
import type { Environment } from "./environment.js";

/** All of the database, whichever schemas are managed: revisions may work on any of them. */
export async function introspectAll(environment: Environment, connection: Connection): Promise<SchemaDef> {
  return introspect(environment, connection, (await connection.dialect.listSchemas?.(connection)) ?? []);
}

/** The default schema, those of the config, and `schemas`. */
export async function introspect(
  environment: Environment,
  connection: Connection,
  schemas: readonly string[] = [],
): Promise<SchemaDef> {
  const own = environment.versionTableName(undefined);
  return connection.dialect.introspect(connection, {
    ignoreTables: [own, ledgerName(own)],
    schemas: [...new Set([...environment.config.schemas, ...schemas])].filter(
      (name) => name !== connection.defaultSchema,
    ),
  });
}
