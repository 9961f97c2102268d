/** Running operations on a real database without revision files, and reading it back. */

import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import type { Connection, ConnectOptions } from "../../src/dialects/dialect.js";
import { loadDialect } from "../../src/dialects/registry.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import type { Operation } from "../../src/operations/operation.js";
import { createExecutingSink } from "../../src/runtime/operation-sink.js";
import { createSchemaState } from "../../src/runtime/schema-state.js";
import type { SchemaDef } from "../../src/schema/schema.js";
import { connectToOld } from "./old-sqlite.js";
import { expectOneStatement } from "./one-statement.js";

export const CONNECT_OPTIONS: ConnectOptions = {
  resolveFrom: [process.cwd()],
  create: true,
  readOnly: false,
  applicationName: "tsmigrate-test",
  statementTimeoutMilliseconds: 0,
  ddlLockTimeoutMilliseconds: 5_000,
};

export async function connectTo(url: string): Promise<Connection> {
  const old = await connectToOld(url, CONNECT_OPTIONS);
  if (old !== null) return old;
  const parsed = parseDatabaseUrl(url, process.cwd());
  const dialect = await loadDialect(parsed.dialect);
  return dialect.connect(parsed, CONNECT_OPTIONS);
}

/** The rows of one query on a connection of its own. */
export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await connectTo(url);
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

/** The default schema, and those that are named. */
export function introspect(connection: Connection, schemas: readonly string[] = []): Promise<SchemaDef> {
  return connection.dialect.introspect(connection, {
    ignoreTables: [{ name: "tsmigrate_version" }, { name: "tsmigrate_log" }],
    schemas,
  });
}

/** All in one transaction, as a step of the runner would. */
export async function runOperations(
  connection: Connection,
  operations: readonly Operation[],
  /** The schema that they meet, where somebody knows it. */
  start?: SchemaDef,
): Promise<readonly string[]> {
  const sql: string[] = [];
  let running: Operation | undefined;
  await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 5_000 });
  try {
    let known = start;
    const state = createSchemaState(async () => {
      const schema = known ?? (await introspect(connection, start?.schemas));
      known = undefined;
      return schema;
    });
    if (start !== undefined) await state.current();
    const sink = createExecutingSink({
      connection,
      state,
      emit: (event) => {
        if (event.type !== "statement") return;
        sql.push(event.sql);
        if (connection.dialect.name === "postgres") expectOneStatement(event.sql, operations);
      },
      now: () => 0,
      lockTimeoutMilliseconds: 5_000,
    });
    for (const op of operations) {
      running = op;
      await sink.take(op);
    }
    await sink.flush();
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    if (error instanceof Error) error.message += `\nin ${JSON.stringify(running)}`;
    throw error;
  }
  return sql;
}

/** What autogenerate would write to come from the database to `wanted`. */
export async function difference(connection: Connection, wanted: SchemaDef): Promise<readonly Operation[]> {
  return differenceFrom(connection, await introspect(connection), wanted);
}

/** The same from what was read of the database. */
export async function differenceFrom(
  connection: Connection,
  found: SchemaDef,
  wanted: SchemaDef,
): Promise<readonly Operation[]> {
  const to = await connection.dialect.reconcile(connection.dialect.adapt(wanted), found, connection);
  return diffSchemas(found, to);
}
