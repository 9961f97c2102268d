/**
 * A Kysely that speaks through a {@link Connection} of ours, and so takes part in its transaction.
 *
 * Works with Kysely 0.28 and later; the package is loaded by the first call only.
 */
import type { DatabaseConnection, Driver, Kysely, Dialect as KyselyDialect, TransactionSettings } from "kysely";
import { UsageError } from "../errors.js";
import type { DialectName } from "../schema/schema.js";
import { loadKysely } from "../util/load-kysely.js";
import { quoteName } from "../util/quote.js";
import type { Connection } from "./dialect.js";

/**
 * Gives a Kysely bound to the connection. Its transactions are savepoints when the connection is in a transaction
 * already. Destroying it leaves the connection open.
 */
export function openKyselyOn(connection: Connection, kind: DialectName): Kysely<any> {
  const kysely = loadKysely();
  const parts = known[kind] ?? (kind === "sqlite" ? sqliteParts(kysely) : postgresParts(kysely));
  known[kind] = parts;
  return new kysely.Kysely<any>({ dialect: { ...parts, createDriver: () => createDriver(connection) } });
}

/** A run may open one for each step. */
const known: Partial<Record<DialectName, Parts>> = {};

type KyselyModule = typeof import("kysely");
type Parts = Omit<KyselyDialect, "createDriver">;

function sqliteParts(kysely: KyselyModule): Parts {
  // Where an adapter says that there is one connection only, Kysely queues every query behind an open transaction, and
  // a query on `op.db` inside a transaction callback would wait for itself.
  class Adapter extends kysely.SqliteAdapter {
    override get supportsMultipleConnections(): boolean {
      return true;
    }
  }
  return {
    createAdapter: () => new Adapter(),
    createIntrospector: (db) => new kysely.SqliteIntrospector(db),
    createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
  };
}

function postgresParts(kysely: KyselyModule): Parts {
  return {
    createAdapter: () => new kysely.PostgresAdapter(),
    createIntrospector: (db) => new kysely.PostgresIntrospector(db),
    createQueryCompiler: () => new kysely.PostgresQueryCompiler(),
  };
}

function createDriver(connection: Connection): Driver {
  const only = databaseConnection(connection);
  const run = (sql: string) => connection.query(sql).then(() => undefined);
  /** How the open transaction ends: null while there is none. */
  let open: "savepoint" | "transaction" | null = null;
  const end = async (finish: (kind: "savepoint" | "transaction" | null) => Promise<void>) => {
    const kind = open;
    open = null;
    await finish(kind);
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => only,
    async beginTransaction(_connection, settings) {
      if (open !== null) throw severalTransactions();
      open = connection.inTransaction ? "savepoint" : "transaction";
      try {
        if (open === "savepoint") {
          refuseSettings(settings);
          await run(`SAVEPOINT ${SAVEPOINT}`);
        } else await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: LOCK_TIMEOUT_MILLISECONDS });
      } catch (error) {
        open = null;
        throw error;
      }
    },
    commitTransaction: () =>
      end((kind) => (kind === "savepoint" ? run(`RELEASE SAVEPOINT ${SAVEPOINT}`) : connection.commit())),
    rollbackTransaction: () =>
      end(async (kind) => {
        if (kind !== "savepoint") return connection.rollback();
        await run(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
        await run(`RELEASE SAVEPOINT ${SAVEPOINT}`);
      }),
    savepoint: (_connection, name) => run(`SAVEPOINT ${quoted(name)}`),
    rollbackToSavepoint: (_connection, name) => run(`ROLLBACK TO SAVEPOINT ${quoted(name)}`),
    releaseSavepoint: (_connection, name) => run(`RELEASE SAVEPOINT ${quoted(name)}`),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

const SAVEPOINT = "tsmigrate_kysely";
const LOCK_TIMEOUT_MILLISECONDS = 60_000;

function databaseConnection(connection: Connection): DatabaseConnection {
  const executeQuery: DatabaseConnection["executeQuery"] = async <R>({
    sql,
    parameters,
  }: {
    sql: string;
    parameters: readonly unknown[];
  }) => {
    const { rows, affectedRows, insertId } = await connection.query<R>(sql, parameters);
    return {
      rows: rows as R[],
      numAffectedRows: BigInt(affectedRows),
      ...(insertId === undefined ? {} : { insertId: BigInt(insertId) }),
    };
  };
  return {
    executeQuery,
    async *streamQuery(query) {
      yield await executeQuery(query);
    },
  };
}

function refuseSettings(settings: TransactionSettings): void {
  if (settings.isolationLevel === undefined && settings.accessMode === undefined) return;
  throw new UsageError(
    "a transaction inside a revision is a savepoint and has no isolation level or access mode of its own",
    {
      hint: "Leave out setIsolationLevel() and setAccessMode().",
    },
  );
}

function severalTransactions(): UsageError {
  return new UsageError("a transaction is open already on the one connection of this revision", {
    hint: "Use the transaction object inside its callback, and await one transaction before beginning the next.",
  });
}

function quoted(name: string): string {
  return quoteName(name);
}
