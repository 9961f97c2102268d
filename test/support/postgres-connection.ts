/** Connections of ours to a test database. */
import pg from "pg";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import type { ConnectOptions } from "../../src/dialects/dialect.js";
import { introspect } from "../../src/dialects/postgres/catalog/introspect.js";
import { compile } from "../../src/dialects/postgres/compile/compile.js";
import { openConnection } from "../../src/dialects/postgres/connection/connect.js";
import type { PostgresConnection } from "../../src/dialects/postgres/connection/connection.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import type { Operation } from "../../src/operations/operation.js";
import { expectOneStatement } from "./one-statement.js";
import type { TestDatabase } from "./postgres-server.js";

export const CONNECT_OPTIONS: ConnectOptions = {
  resolveFrom: [],
  create: false,
  readOnly: false,
  applicationName: "tsmigrate",
  statementTimeoutMilliseconds: 0,
  ddlLockTimeoutMilliseconds: 2_000,
};

export function connectPostgres(url: string, options: Partial<ConnectOptions> = {}): Promise<PostgresConnection> {
  const parsed = parseDatabaseUrl(url, "/");
  if (parsed.dialect !== "postgres") throw new Error(`not PostgreSQL: ${parsed.display}`);
  return openConnection(parsed, { ...CONNECT_OPTIONS, ...options }, postgres);
}

/** A plain client beside ours, as an application would have one. */
export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A test may end its session on purpose.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** A fresh database with a connection of ours, gone afterwards. */
export async function withPostgres<T>(
  open: () => Promise<TestDatabase>,
  use: (connection: PostgresConnection, url: string) => Promise<T>,
): Promise<T> {
  const database = await open();
  try {
    const connection = await connectPostgres(database.url);
    try {
      return await use(connection, database.url);
    } finally {
      await connection.close().catch(() => undefined);
    }
  } finally {
    await database.dispose();
  }
}

/** Runs operations one after the other, each on the schema that the ones before have made. */
export async function runOperations(
  connection: PostgresConnection,
  operations: readonly Operation[],
  schemas: readonly string[] = [],
): Promise<void> {
  for (const operation of operations) {
    const before = () => introspect(connection, { ignoreTables: [], schemas });
    for (const { sql } of await compile(operation, before, connection.serverVersion)) {
      expectOneStatement(sql, [operation]);
      await connection.script(sql);
    }
  }
}
