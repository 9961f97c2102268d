/**
 * Other SQLites than the driver's: older ones, built to WebAssembly, and the one in Node.js itself. Each is opened on a
 * real file and handed over as an application's Kysely, which is how a project with a driver of its own comes to us.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { TestDatabase } from "./postgres-server.js";

const require = createRequire(import.meta.url);

type Row = Readonly<Record<string, unknown>>;

/** What is the same in all of them. */
export interface OpenSqlite {
  all(sql: string, parameters?: readonly unknown[]): readonly Row[];
  /** Of the last statement that wrote. */
  written(): Row;
  close(): void;
}

const WRITTEN = "SELECT changes() AS changes, last_insert_rowid() AS id";
/** What writes nothing; of a PRAGMA only the answer is wanted. */
const READS = /^\s*(?:select|pragma|explain|values)\b/i;

export interface OldSqlite {
  /** The first two parts of its version. */
  readonly name: string;
  /** What it was built with: STRICT is of 3.37. */
  readonly has: { readonly strict: boolean; readonly modules: readonly ("fts4" | "fts5" | "rtree")[] };
  readonly open: (file: string) => Promise<OpenSqlite>;
}

const built = (name: string, strict: boolean, ...modules: OldSqlite["has"]["modules"]) => ({
  name,
  has: { strict, modules },
});

export const OLD_SQLITES: readonly OldSqlite[] = [
  { ...built("3.35", false, "fts4"), open: (file) => openSqlJs("sqlite-3.35", file) },
  { ...built("3.38", true, "fts4"), open: (file) => openSqlJs("sqlite-3.38", file) },
  { ...built("3.40", true), open: async (file) => openWasm("sqlite-3.40", file) },
  { ...built("3.45", true, "fts5"), open: async (file) => openWasm("sqlite-3.45", file) },
  { ...built("of Node.js", true, "fts4", "fts5", "rtree"), open: async (file) => openNode(file) },
];

/** A Kysely with one connection, to this file through this SQLite. */
export async function kyselyOn(old: OldSqlite, file: string): Promise<Kysely<any>> {
  const database = await old.open(file);
  const connection = {
    async executeQuery({ sql, parameters }: CompiledQuery) {
      const rows = [...database.all(sql, parameters)] as any[];
      if (READS.test(sql)) return { rows };
      const { changes, id } = database.written();
      return { rows, numAffectedRows: BigInt(changes as number), insertId: BigInt(id as number) };
    },
    streamQuery(): never {
      throw new Error("nothing is streamed here");
    },
  } satisfies DatabaseConnection;
  const run = (sql: string) => connection.executeQuery({ sql, parameters: [] } as unknown as CompiledQuery);
  const dialect = {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db: Kysely<any>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => connection,
      beginTransaction: async () => void (await run("BEGIN")),
      commitTransaction: async () => void (await run("COMMIT")),
      rollbackTransaction: async () => void (await run("ROLLBACK")),
      releaseConnection: async () => undefined,
      destroy: async () => database.close(),
    }),
  };
  return new Kysely<any>({ dialect });
}

/** An empty database that `connectTo` opens with this SQLite. */
export async function openOldDatabase(old: OldSqlite): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-sqlite-"));
  const url = `sqlite:///${join(folder, "test.db")}`;
  handled.set(url, old);
  return {
    url,
    async dispose() {
      handled.delete(url);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const handled = new Map<string, OldSqlite>();

/** A connection of ours to a database that {@link openOldDatabase} gave; null for all others. */
export async function connectToOld(url: string, options: Parameters<typeof sqlite.adopt>[1]) {
  const old = handled.get(url);
  const parsed = parseDatabaseUrl(url, process.cwd());
  if (old === undefined || parsed.dialect !== "sqlite" || parsed.file === null) return null;
  const db = await kyselyOn(old, parsed.file);
  const connection = await sqlite.adopt(db, options);
  const close = connection.close.bind(connection);
  connection.close = async () => {
    await close();
    await db.destroy();
  };
  return connection;
}

/** What no driver takes as it is. */
const asBytes = (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value) : value);

interface WasmDatabase {
  all(sql: string, parameters: readonly unknown[]): Row[];
  close(): void;
}

function openWasm(module: string, file: string): OpenSqlite {
  const { Database } = require(module) as { Database: new (file: string) => WasmDatabase };
  const database = new Database(file);
  return {
    all: (sql, parameters = []) => database.all(sql, parameters.map(asBytes)),
    written: () => database.all(WRITTEN, [])[0]!,
    close: () => database.close(),
  };
}

function openNode(file: string): OpenSqlite {
  const { DatabaseSync } = require("node:sqlite") as typeof import("node:sqlite");
  const database = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: false });
  return {
    all: (sql, parameters = []) => database.prepare(sql).all(...(parameters as null[])) as Row[],
    written: () => database.prepare(WRITTEN).get() as Row,
    close: () => database.close(),
  };
}

interface SqlJsStatement {
  bind(parameters: readonly unknown[]): void;
  step(): boolean;
  getAsObject(): Row;
  free(): void;
}

interface SqlJsDatabase {
  prepare(sql: string): SqlJsStatement;
  export(): Uint8Array;
  close(): void;
}

type SqlJs = { readonly Database: new (bytes?: Uint8Array) => SqlJsDatabase };

const loaded = new Map<string, Promise<SqlJs>>();

function loadSqlJs(module: string): Promise<SqlJs> {
  const wasmBinary = readFileSync(require.resolve(`${module}/dist/sql-wasm.wasm`));
  const loading = loaded.get(module) ?? (require(module) as (options: object) => Promise<SqlJs>)({ wasmBinary });
  loaded.set(module, loading);
  return loading;
}

/** What a database forgets when it is written out, since that closes it for a moment. */
const SETTINGS = [
  ...["foreign_keys", "legacy_alter_table", "recursive_triggers", "ignore_check_constraints", "cache_size"],
  ...["busy_timeout", "query_only", "trusted_schema"],
];

/** It knows no files: what is there is read first, and what is committed is written. */
async function openSqlJs(module: string, file: string): Promise<OpenSqlite> {
  const { Database } = await loadSqlJs(module);
  const read = () => (existsSync(file) ? new Database(readFileSync(file)) : new Database());
  const stamp = () => (existsSync(file) ? `${statSync(file).mtimeMs} ${statSync(file).size}` : "");
  let database = read();
  let seen = stamp();
  let inTransaction = false;
  let written: Row = {};
  const run = (sql: string, parameters: readonly unknown[]): Row[] => {
    const statement = database.prepare(sql);
    try {
      statement.bind(parameters.map((value) => (typeof value === "bigint" ? Number(value) : asBytes(value))));
      const rows: Row[] = [];
      while (statement.step()) rows.push(statement.getAsObject());
      return rows;
    } finally {
      statement.free();
    }
  };
  const keepingSettings = (reopen: () => void) => {
    const settings = SETTINGS.map((name) => [name, Object.values(run(`PRAGMA ${name}`, [])[0] ?? {})[0]] as const);
    reopen();
    for (const [name, value] of settings) if (value !== undefined) run(`PRAGMA ${name} = ${value}`, []);
  };
  return {
    all(sql, parameters = []) {
      if (!inTransaction && stamp() !== seen) {
        keepingSettings(() => {
          database.close();
          database = read();
        });
        seen = stamp();
      }
      const rows = run(sql, parameters);
      if (/^\s*begin\b/i.test(sql)) inTransaction = true;
      if (/^\s*(?:commit|end|rollback(?!\s+to))\b/i.test(sql)) inTransaction = false;
      if (READS.test(sql)) return rows;
      written = run(WRITTEN, [])[0]!;
      if (inTransaction) return rows;
      keepingSettings(() => writeFileSync(file, database.export()));
      seen = stamp();
      return rows;
    },
    written: () => written,
    close: () => database.close(),
  };
}
