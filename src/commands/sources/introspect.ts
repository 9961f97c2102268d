/** A database as it stands, without our own tables. */
import type { Connection, PrivilegeFilter } from "../../dialects/dialect.js";
import { ledgerName } from "../../runtime/ledger-sql.js";
import type { SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

/** All of the database, whichever schemas are managed: revisions may work on any of them. */
export async function introspectAll(
  environment: Environment,
  connection: Connection,
  privileges = managedPrivileges(environment),
): Promise<SchemaDef> {
  return introspect(environment, connection, (await connection.dialect.listSchemas?.(connection)) ?? [], privileges);
}

/** The default schema, those of the config, and `schemas`. */
export async function introspect(
  environment: Environment,
  connection: Connection,
  schemas: readonly string[] = [],
  privileges = managedPrivileges(environment),
): Promise<SchemaDef> {
  const own = environment.versionTableName(undefined);
  return connection.dialect.introspect(connection, {
    ignoreTables: [own, ledgerName(own)],
    schemas: [...new Set([...environment.config.schemas, ...schemas])].filter(
      (name) => name !== connection.defaultSchema,
    ),
    privileges,
  });
}

/** Grants and owners are read where the config's `manage` names them. */
export function managedPrivileges({ config }: Environment): PrivilegeFilter {
  const kinds: readonly string[] = config.manage ?? [];
  return { grants: kinds.includes("grant"), owners: kinds.includes("owner") };
}
