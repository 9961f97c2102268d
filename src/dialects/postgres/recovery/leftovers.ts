/** What work leaves in a database that was stopped outside a transaction: ours, or anybody's. */
import type { ObjectName } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import type { Leftover } from "../../dialect.js";
import type { PostgresConnection } from "../connection/connection.js";
import { forgottenScratch } from "../scratch/scratch-name.js";
import { ddl } from "../text/ddl.js";

/** What REINDEX CONCURRENTLY calls the index it makes, and the one it replaces. */
const OF_REINDEX = /_cc(?:new|old)\d*$/;

/** Everything that is half done in these schemas, and the scratch databases of processes that were killed. */
export async function findLeftovers(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly Leftover[]> {
  return [
    ...(await invalidIndexes(connection, schemas)).map(describeIndex),
    ...(await pendingDetachments(connection, schemas)).map(({ partition, parent }) => ({
      text: `the partition '${shown(partition)}' is detached from '${shown(parent)}' in part only`,
      command: `ALTER TABLE ${ddl.name(parent)} DETACH PARTITION ${ddl.name(partition)} FINALIZE`,
    })),
    ...(await unvalidated(connection, schemas)),
    ...(await forgottenScratch(connection)).map((name) => ({
      text: `the scratch database '${name}' was left behind by a process that was killed`,
      command: `DROP DATABASE ${ddl.id(name)}`,
    })),
  ];
}

export interface InvalidIndex {
  readonly index: ObjectName;
  readonly table: ObjectName;
  /** Of a partitioned table, which waits for indexes of its partitions. */
  readonly isPartitioned: boolean;
  /** Part of an index of a partitioned table, without which it cannot be dropped. */
  readonly isAttached: boolean;
}

/** Those that nobody is building at the moment. */
export async function invalidIndexes(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly InvalidIndex[]> {
  const { rows } = await connection.query<
    Record<"schema" | "name" | "tableSchema" | "table" | "kind" | "attached", string>
  >(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, tn.nspname::text AS "tableSchema", t.relname::text AS "table",
       c.relkind::text AS kind,
       EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid)::text AS attached
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE NOT i.indisvalid AND tn.nspname IN (${listOf(schemas)})
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
     ORDER BY 1, 2`,
  );
  return rows.map((row) => ({
    index: { name: row.name, schema: row.schema },
    table: { name: row.table, schema: row.tableSchema },
    isPartitioned: row.kind === "I",
    isAttached: row.attached === "true",
  }));
}

/** Is it one that REINDEX CONCURRENTLY has left? */
export function isOfReindex({ index }: InvalidIndex): boolean {
  return OF_REINDEX.test(index.name);
}

function describeIndex(invalid: InvalidIndex): Leftover {
  const { index, table, isPartitioned, isAttached } = invalid;
  const name = ddl.name(index);
  const text = `the index '${shown(index)}' on '${shown(table)}' is invalid`;
  if (isPartitioned) {
    return {
      text: `${text} until every partition has one of its own attached to it`,
      command: `ALTER INDEX ${name} ATTACH PARTITION …`,
    };
  }
  if (isOfReindex(invalid)) {
    return { text: `${text}: REINDEX CONCURRENTLY was stopped`, command: `DROP INDEX CONCURRENTLY ${name}` };
  }
  if (isAttached) return { text, command: `REINDEX INDEX CONCURRENTLY ${name}` };
  return { text: `${text}: its build did not end`, command: `DROP INDEX CONCURRENTLY ${name}` };
}

interface Detachment {
  readonly partition: ObjectName;
  readonly parent: ObjectName;
}

async function pendingDetachments(
  connection: PostgresConnection,
  schemas: readonly string[],
): Promise<readonly Detachment[]> {
  if (connection.facts.versionNumber < 140_000) return [];
  const { rows } = await connection.query<Record<"schema" | "name" | "parentSchema" | "parent", string>>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name, pn.nspname::text AS "parentSchema", p.relname::text AS parent
     FROM pg_catalog.pg_inherits h
     JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE h.inhdetachpending AND pn.nspname IN (${listOf(schemas)}) ORDER BY 1, 2`,
  );
  return rows.map((row) => ({
    partition: { name: row.name, schema: row.schema },
    parent: { name: row.parent, schema: row.parentSchema },
  }));
}

async function unvalidated(connection: PostgresConnection, schemas: readonly string[]): Promise<readonly Leftover[]> {
  // One that is not enforced has nothing to be validated for.
  const enforced = connection.facts.versionNumber >= 180_000 ? "AND k.conenforced" : "";
  const { rows } = await connection.query<Record<"name" | "schema" | "table", string>>(
    `SELECT k.conname::text AS name, n.nspname::text AS schema, t.relname::text AS "table"
     FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
     WHERE NOT k.convalidated ${enforced} AND k.contype IN ('c', 'f', 'n') AND n.nspname IN (${listOf(schemas)}) ORDER BY 2, 3, 1`,
  );
  return rows.map(({ name, schema, table }) => ({
    text: `the constraint '${name}' of '${shown({ name: table, schema })}' was never validated for the rows that were there`,
    command: `ALTER TABLE ${ddl.name({ name: table, schema })} VALIDATE CONSTRAINT ${ddl.id(name)}`,
  }));
}

function listOf(schemas: readonly string[]): string {
  return schemas.map((schema) => quoteText(schema)).join(", ");
}

function shown({ name, schema }: ObjectName): string {
  return `${schema}.${name}`;
}
