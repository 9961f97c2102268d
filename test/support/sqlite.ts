/** SQLite databases for tests: files that go away, connections of ours on them, and plain ones to look from outside. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import type { Connection, ConnectOptions } from "../../src/dialects/dialect.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { Operation, Statement } from "../../src/operations/operation.js";
import type { SchemaDef } from "../../src/schema/schema.js";

export const OPTIONS: ConnectOptions = {
  resolveFrom: [process.cwd()],
  create: true,
  readOnly: false,
  applicationName: "tsmigrate-test",
  statementTimeoutMilliseconds: 0,
  ddlLockTimeoutMilliseconds: 0,
};

/** A folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface SqliteFile {
  readonly file: string;
  readonly connection: Connection;
  /** A second connection, with enforcement of foreign keys off, to prepare and to look. */
  readonly raw: Database.Database;
}

/** A fresh file with this content and a connection of ours on it. */
export async function sqliteFile(sql = "", worker = false): Promise<SqliteFile> {
  const file = join(temporaryFolder(), "test.db");
  const raw = new Database(file);
  raw.pragma("foreign_keys = OFF");
  raw.exec(sql);
  const connection = await openFile(file, {}, worker);
  onTestFinished(async () => {
    await connection.close();
    raw.close();
  });
  return { file, connection, raw };
}

export function openFile(file: string, options: Partial<ConnectOptions> = {}, worker = false): Promise<Connection> {
  return sqlite.connect({ dialect: "sqlite", file, worker, display: file }, { ...OPTIONS, ...options });
}

export async function openMemory(): Promise<Connection> {
  const url = { dialect: "sqlite", file: null, worker: false, display: "sqlite::memory:" } as const;
  const connection = await sqlite.connect(url, OPTIONS);
  onTestFinished(() => connection.close());
  return connection;
}

export function introspect(connection: Connection): Promise<SchemaDef> {
  return sqlite.introspect(connection, { ignoreTables: [], schemas: [] });
}

/** Runs the operations as one rebuild, in one transaction without enforcement, as the runner does. */
export async function rebuild(
  connection: Connection,
  ...operations: readonly Operation[]
): Promise<readonly Statement[]> {
  return inTransaction(connection, async () => {
    const before = await sqlite.refresh!(await introspect(connection), connection);
    const statements = sqlite.compileRebuild(operations, before);
    await runStatements(connection, statements);
    return statements;
  });
}

/** Runs the operations one after the other, each as it compiles by itself. */
export async function run(connection: Connection, ...operations: readonly Operation[]): Promise<readonly string[]> {
  return inTransaction(connection, async () => {
    const sql: string[] = [];
    for (const op of operations) {
      const before = async () => sqlite.refresh!(await introspect(connection), connection);
      const statements = await sqlite.compile(op, before, connection.serverVersion);
      await runStatements(connection, statements);
      sql.push(...statements.map((statement) => statement.sql));
    }
    return sql;
  });
}

export async function inTransaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 5_000 });
  try {
    const result = await work();
    await connection.commit();
    return result;
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}

async function runStatements(connection: Connection, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) {
    const { rows } = await connection.query(statement.sql);
    if (statement.expectNoRow !== undefined && rows.length > 0) throw new Error(statement.expectNoRow);
  }
}
