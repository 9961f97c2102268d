/** Rights that make a mistake, or somebody else, more dangerous than they need be. */
import { quoteText } from "../../util/quote.js";
import type { PostgresConnection } from "./connection/connection.js";
import { ddl } from "./text/ddl.js";

/** @see https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS */
export async function tooManyRights(connection: PostgresConnection): Promise<readonly string[]> {
  const { defaultSchema, role } = connection;
  const name = role === undefined ? "CURRENT_USER" : quoteText(role);
  const { rows } = await connection.query<{ role: string; super: string; open: string }>(
    `SELECT r.rolname::text AS role, r.rolsuper::text AS super,
       EXISTS (SELECT FROM pg_catalog.pg_namespace n,
         LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) a
         WHERE n.nspname = ${quoteText(defaultSchema)} AND a.grantee = 0 AND a.privilege_type = 'CREATE')::text AS open
     FROM pg_catalog.pg_roles r WHERE r.rolname = ${name}`,
  );
  const [found] = rows;
  if (found === undefined) return [];
  const schema = defaultSchema;
  return [
    ...(found.super === "true"
      ? [
          `revisions run as '${found.role}', a superuser: set \`role\` in the config to one that owns the tables and no more`,
        ]
      : []),
    ...(found.open === "true"
      ? [
          `everybody may create objects in the schema '${schema}', and so put theirs in the place of others: run \`REVOKE CREATE ON SCHEMA ${ddl.id(schema)} FROM PUBLIC\``,
        ]
      : []),
  ];
}
