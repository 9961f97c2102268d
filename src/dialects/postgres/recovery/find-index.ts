import type { ObjectName } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import type { Connection } from "../../dialect.js";
import { ddl } from "../text/ddl.js";

/**
 * What there is under the name of an index. An INVALID one enforces nothing and serves no query, and is what a concurrent
 * build leaves that failed or was stopped; while somebody still builds it, it is invalid as well.
 *
 * @see https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
 */
export async function findIndex(
  connection: Connection,
  index: ObjectName,
): Promise<"absent" | "valid" | "invalid" | "building"> {
  const { rows } = await connection.query<{ valid: unknown; building: unknown }>(
    `SELECT i.indisvalid::text AS valid, EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)::text AS building FROM pg_catalog.pg_index i WHERE i.indexrelid = pg_catalog.to_regclass(${quoteText(ddl.name(index))})`,
  );
  const [row] = rows;
  if (row === undefined) return "absent";
  if (row.valid === "true") return "valid";
  return row.building === "true" ? "building" : "invalid";
}
