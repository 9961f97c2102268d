import { quoteText } from "../../../util/quote.js";
import type { PostgresConnection } from "../connection/connection.js";

/**
 * In the default schema or one of `schemas`; partitions and foreign tables are tables. What a schema holds is found by what
 * depends on it, since the catalog of relations has no index by schema, and is read whole where there are a thousand schemas.
 */
export async function holdsTables(connection: PostgresConnection, schemas: readonly string[]): Promise<boolean> {
  const names = [connection.defaultSchema, ...schemas].map(quoteText).join(", ");
  const { rows } = await connection.query(
    `SELECT 1 FROM pg_catalog.pg_namespace n
     JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
       AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
     JOIN pg_catalog.pg_class c ON c.oid = d.objid
     WHERE n.nspname IN (${names}) AND c.relkind IN ('r', 'p', 'f') LIMIT 1`,
  );
  return rows.length > 0;
}
