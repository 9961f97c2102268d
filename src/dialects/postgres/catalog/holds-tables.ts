import { quoteText } from "../../../util/quote.js";
import type { PostgresConnection } from "../connection/connection.js";

/** In the default schema or one of `schemas`; partitions and foreign tables are tables. */
export async function holdsTables(connection: PostgresConnection, schemas: readonly string[]): Promise<boolean> {
  const names = [connection.defaultSchema, ...schemas].map(quoteText).join(", ");
  const { rows } = await connection.query(
    `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN (${names}) AND c.relkind IN ('r', 'p', 'f') LIMIT 1`,
  );
  return rows.length > 0;
}
