/** Opens connections: a file or memory through better-sqlite3, or one connection of the application's Kysely. */
import type { Kysely } from "kysely";
import { ConnectionError } from "../../../errors.js";
import { compact } from "../../../schema/schema.js";
import { quoteName } from "../../../util/quote.js";
import type { DatabaseUrl } from "../../database-url.js";
import type { Connection, ConnectOptions, Dialect } from "../../dialect.js";
import { isAtLeast } from "../text/version.js";
import { adoptKysely } from "./adopt.js";
import { SqliteConnection } from "./connection.js";
import { loadDriver, type SqliteDriver } from "./driver.js";
import { warnOfPlace } from "./network-file-system.js";
import { type FileToOpen, inspectFile, type OpenMode, openError } from "./open-file.js";
import { LOCK_SLICE_MILLISECONDS, PATIENCE_MILLISECONDS, sendPatiently } from "./patience.js";
import { openInProcess, openInWorker, type SqliteTransport } from "./transport.js";

type SqliteUrl = Extract<DatabaseUrl, { readonly dialect: "sqlite" }>;

/**
 * Opens the database without changing it; a file is created only where `create` allows it.
 *
 * @throws {@link ConnectionError} in one sentence for whatever is wrong with the file
 * @throws {@link DriverMissingError} when better-sqlite3 cannot be used
 */
export async function connect(url: SqliteUrl, options: ConnectOptions, dialect: Dialect): Promise<Connection> {
  const to: FileToOpen = { ...options, file: url.file ?? ":memory:", url: url.display };
  const mode = url.file === null ? IN_MEMORY : inspectFile(to);
  const driver = loadDriver(options.resolveFrom);
  const opened = await openChecked(driver, to, mode, url.worker);
  const openCopy = copyOpener(options);
  const { notify } = options;
  const warning = url.file === null || options.readOnly ? null : warnOfPlace(url.file);
  if (warning !== null) notify?.({ type: "warning", text: warning });
  const parts = { dialect, description: url.display, file: url.file, openCopy, ...opened };
  return new SqliteConnection({ ...parts, ...compact({ notify }) });
}

const IN_MEMORY: OpenMode = { readonly: false, queryOnly: false, isWritable: true };

/** Uses one connection of `db`, which is given back by closing. */
export async function adopt(db: Kysely<any>, options: ConnectOptions, dialect: Dialect): Promise<Connection> {
  const description = "the application's own SQLite connection";
  let transport: SqliteTransport | null = null;
  try {
    transport = await adoptKysely(db, options.readOnly);
    const serverVersion = await readVersion(transport, false);
    refuseOldVersion(serverVersion, description);
    await refuseHidden(transport, description);
    return new SqliteConnection({
      dialect,
      description,
      transport,
      file: null,
      openCopy: copyOpener(options),
      serverVersion,
      ...compact({ notify: options.notify }),
    });
  } catch (cause) {
    await transport?.close();
    if (cause instanceof ConnectionError) throw cause;
    const message = `${description} cannot be used: ${(cause as Error).message}`;
    throw new ConnectionError(message, {
      url: description,
      cause,
      hint: "Pass a Kysely with an open SQLite database.",
    });
  }
}

/** 3.35 brought DROP COLUMN and RETURNING. */
function refuseOldVersion(version: string, url: string): void {
  if (isAtLeast(version, 3, 35)) return;
  throw new ConnectionError(`${url} is SQLite ${version}, and tsmigrate needs 3.35 or newer`, {
    url,
    hint: "Use a driver with a newer SQLite: `npm install better-sqlite3@latest` brings one.",
  });
}

/** A temporary table stands before one of the database wherever its name is said: it would be read, changed and dropped. */
async function refuseHidden(transport: SqliteTransport, url: string): Promise<void> {
  const { result } = await transport.query(
    `SELECT t.type, t.name FROM sqlite_temp_master AS t JOIN sqlite_master AS m ON t.name = m.name COLLATE NOCASE
     WHERE t.type IN ('table', 'view') AND m.type IN ('table', 'view') ORDER BY t.name LIMIT 1`,
    [],
  );
  const [hiding] = (result?.rows ?? []) as readonly { type: string; name: string }[];
  if (hiding === undefined) return;
  throw new ConnectionError(
    `${url} has a temporary ${hiding.type} '${hiding.name}', which hides the one of the database`,
    {
      url,
      hint: `Drop it first: \`DROP ${hiding.type.toUpperCase()} temp.${quoteName(hiding.name)}\`; or give tsmigrate a connection of its own.`,
    },
  );
}

/** In a thread of its own, since looking through a large file takes a while. */
function copyOpener(options: ConnectOptions): (file: string) => Promise<SqliteTransport> {
  const engineOptions = { readonly: true, fileMustExist: true, timeout: LOCK_SLICE_MILLISECONDS };
  return async (file) => openInWorker(loadDriver(options.resolveFrom), file, engineOptions);
}

const HELD_BACK: OpenMode = { readonly: false, queryOnly: true, isWritable: true };

interface Opened {
  readonly transport: SqliteTransport;
  readonly serverVersion: string;
}

async function openChecked(driver: SqliteDriver, to: FileToOpen, mode: OpenMode, worker: boolean): Promise<Opened> {
  try {
    return await open(driver, to, mode, worker);
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    // What a crash left behind can be put right only by a connection that may write.
    if (mode.readonly && /^SQLITE_(READONLY|CANTOPEN)/.test((error as { code?: string }).code ?? "")) {
      return open(driver, to, HELD_BACK, worker).catch(() => {
        throw openError(to, error as Error);
      });
    }
    throw openError(to, error as Error);
  }
}

async function open(driver: SqliteDriver, to: FileToOpen, mode: OpenMode, worker: boolean): Promise<Opened> {
  const engineOptions = {
    readonly: mode.readonly,
    fileMustExist: to.file !== ":memory:" && !to.create,
    timeout: LOCK_SLICE_MILLISECONDS,
  };
  const transport = worker
    ? await openInWorker(driver, to.file, engineOptions)
    : openInProcess(driver, to.file, engineOptions);
  try {
    const serverVersion = await readVersion(transport, mode.queryOnly);
    refuseOldVersion(serverVersion, to.url);
    if (mode.readonly && mode.isWritable && (await isWriteAheadLogged(transport))) {
      // Closed for reading only, it would leave its `-wal` and `-shm` files behind.
      await transport.close();
      return open(driver, to, HELD_BACK, worker);
    }
    // What a view, trigger or default of the file calls is not to do more than compute: https://www.sqlite.org/pragma.html#pragma_trusted_schema
    await transport.query("PRAGMA trusted_schema = OFF", []);
    return { transport, serverVersion };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

async function isWriteAheadLogged(transport: SqliteTransport): Promise<boolean> {
  const { result } = await transport.query("PRAGMA journal_mode", []);
  return Object.values((result?.rows[0] ?? {}) as object)[0] === "wal";
}

/** Reads the first page as well, which is where a file turns out not to be a database. */
async function readVersion(transport: SqliteTransport, queryOnly: boolean): Promise<string> {
  const ask = async (sql: string) => {
    const { result, failure } = await sendPatiently(() => transport.query(sql, []), PATIENCE_MILLISECONDS);
    if (failure !== null) throw Object.assign(new Error(failure.message), { code: failure.code });
    return result?.rows[0] as Readonly<Record<string, unknown>> | undefined;
  };
  await ask("PRAGMA schema_version");
  if (queryOnly) await ask("PRAGMA query_only = ON");
  return String((await ask("SELECT sqlite_version() AS version"))?.version);
}
