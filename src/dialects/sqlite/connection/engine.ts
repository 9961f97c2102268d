/** The few lines that touch better-sqlite3, and what they and the worker thread answer. */

/** What is used of better-sqlite3's `Database`. */
export type DatabaseConstructor = new (file: string, options: EngineOptions) => DriverDatabase;

export interface EngineOptions {
  readonly readonly: boolean;
  readonly fileMustExist: boolean;
  /** Milliseconds that one statement waits for a lock, blocking its thread. */
  readonly timeout: number;
}

interface DriverDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): DriverStatement;
  exec(sql: string): unknown;
  backup(file: string, options: { progress(state: BackupPages): number }): Promise<unknown>;
  close(): unknown;
}

interface DriverStatement {
  readonly reader: boolean;
  readonly readonly: boolean;
  all(...parameters: readonly unknown[]): readonly unknown[];
  run(...parameters: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
}

export interface EngineResult {
  readonly rows: readonly unknown[];
  readonly affectedRows: number;
  readonly insertId?: number | bigint;
}

export interface EngineFailure {
  readonly message: string;
  /** `SQLITE_…`, or undefined for what the driver itself refuses. */
  readonly code: string | undefined;
}

/** Either a result or a failure, and whether a transaction is open afterwards. */
export interface EngineAnswer {
  readonly result: EngineResult | null;
  readonly failure: EngineFailure | null;
  readonly inTransaction: boolean;
}

export interface BackupPages {
  readonly totalPages: number;
  readonly remainingPages: number;
}

export interface Engine {
  query(sql: string, parameters: readonly unknown[]): EngineAnswer;
  script(sql: string): EngineAnswer;
  backup(file: string, onProgress: (state: BackupPages) => void): Promise<EngineAnswer>;
  close(): void;
}

/**
 * Between two portions of pages other work gets its turn. What others write makes the copy begin again: when that has
 * happened `patience` times, it takes all there is in one go.
 */
export const BACKUP_PACE = { pages: 1_000, patience: 3, allPages: 0x7fff_ffff };

/**
 * What gives neither rows nor a number of them, and is one statement since there is no semicolon in it. A prepared one
 * stays until it is collected as garbage, and each change of the schema goes through all that there are.
 */
export const GIVES_NOTHING = /^(?:alter|begin|commit|create|drop|release|rollback|savepoint)\b[^;]*$/i;

/** Statements that are kept prepared. */
export const MOST_PREPARED = 20;

/**
 * Keeps statements that write and have values, since those are what comes again. SQLite itself prepares them anew where
 * the schema has changed.
 */
function keepPrepared(prepare: (sql: string) => DriverStatement) {
  const kept = new Map<string, DriverStatement>();
  return (sql: string, parameters: readonly unknown[]): DriverStatement => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = prepare(sql);
    if (parameters.length === 0 || statement.reader) return statement;
    if (kept.size === MOST_PREPARED) kept.clear();
    kept.set(sql, statement);
    return statement;
  };
}

/** Opens a database; throws what the driver throws. */
export function createEngine(Database: DatabaseConstructor, file: string, options: EngineOptions): Engine {
  const database = new Database(file, options);
  const answer = (run: () => EngineResult): EngineAnswer => {
    try {
      return { result: run(), failure: null, inTransaction: database.inTransaction };
    } catch (error) {
      const { message, code } = error as { message: string; code?: string };
      return { result: null, failure: { message, code }, inTransaction: database.inTransaction };
    }
  };
  const prepare = keepPrepared((sql) => database.prepare(sql));
  return {
    query: (sql, parameters) =>
      answer(() => {
        if (GIVES_NOTHING.test(sql) && parameters.length === 0) {
          database.exec(sql);
          return { rows: [], affectedRows: 0 };
        }
        const statement = prepare(sql, parameters);
        if (statement.reader) {
          const rows = statement.all(...parameters);
          return { rows, affectedRows: statement.readonly ? 0 : rows.length };
        }
        const { changes, lastInsertRowid } = statement.run(...parameters);
        return { rows: [], affectedRows: changes, insertId: lastInsertRowid };
      }),
    script: (sql) =>
      answer(() => {
        database.exec(sql);
        return { rows: [], affectedRows: 0 };
      }),
    async backup(file, onProgress) {
      let least = Number.POSITIVE_INFINITY;
      let restarts = 0;
      let stopped = false;
      const progress = (state: BackupPages) => {
        if (state.remainingPages > least) restarts++;
        least = state.remainingPages;
        try {
          onProgress(state);
        } catch (reason) {
          stopped = true;
          throw reason;
        }
        return restarts > BACKUP_PACE.patience ? BACKUP_PACE.allPages : BACKUP_PACE.pages;
      };
      try {
        await database.backup(file, { progress });
        return answer(() => ({ rows: [], affectedRows: 0 }));
      } catch (error) {
        if (stopped) throw error;
        return answer(() => {
          throw error;
        });
      }
    },
    close: () => {
      database.close();
    },
  };
}
