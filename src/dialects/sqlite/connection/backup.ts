/** A copy of a SQLite database, by SQLite's own online backup. */
import { existsSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BackupFailedError } from "../../../errors.js";
import { publishFile, unfinishedName } from "../../../util/new-file.js";
import { quoteText } from "../../../util/quote.js";
import type { BackupRequest } from "../../dialect.js";
import type { SqliteTransport } from "./transport.js";

export interface BackupSource {
  readonly transport: SqliteTransport;
  /** Absolute; null for a database in memory, or one whose file is not known. */
  readonly file: string | null;
  readonly description: string;
  /** Opens a file for reading only, in a thread of its own. */
  readonly openCopy: (file: string) => Promise<SqliteTransport>;
}

/** Gives the path of the copy. @throws BackupFailedError, and what `request.signal` was aborted with */
export async function backUp(source: BackupSource, request: BackupRequest): Promise<string> {
  const file = request.file ?? defaultName(source, request);
  if (existsSync(file)) throw exists(file);
  const unfinished = unfinishedName(file);
  try {
    await copy(source, unfinished, request);
    await verify(source, unfinished, file, request);
    if (!publishFile(unfinished, file)) throw exists(file);
    return file;
  } catch (error) {
    if (error instanceof BackupFailedError || request.signal?.aborted) throw error;
    throw failed(`the backup '${file}' could not be made: ${(error as Error).message}`, error);
  } finally {
    for (const rest of ["", "-journal", "-wal", "-shm"]) rmSync(`${unfinished}${rest}`, { force: true });
  }
}

function defaultName({ file }: BackupSource, { folder, cwd, stamp }: BackupRequest): string {
  const beside = file === null ? cwd : dirname(file);
  return join(folder ?? beside, `${file === null ? "database" : basename(file)}.${stamp}.bak`);
}

async function copy({ transport }: BackupSource, to: string, { onProgress, signal }: BackupRequest): Promise<void> {
  const text = "backing up";
  const report = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) => {
    signal?.throwIfAborted();
    onProgress({ text, done: totalPages - remainingPages, total: totalPages, unit: "pages" });
  };
  const { failure } =
    transport.backup === undefined
      ? await transport.query(`VACUUM INTO ${quoteText(to)}`, [])
      : await transport.backup(to, report);
  if (failure !== null) throw new Error(failure.message);
}

/** A copy that nobody could restore is worse than none. */
async function verify(source: BackupSource, copied: string, file: string, request: BackupRequest): Promise<void> {
  request.onProgress({ text: "checking the backup", done: 0, unit: "pages" });
  const opened = await source.openCopy(copied);
  try {
    const { result, failure } = await opened.query("PRAGMA quick_check", []);
    const found = failure?.message ?? String(Object.values((result?.rows[0] ?? {}) as object)[0]);
    if (found !== "ok") throw failed(`the backup '${file}' was made and is damaged: ${found}`);
    request.signal?.throwIfAborted();
  } finally {
    await opened.close();
  }
}

function exists(file: string): BackupFailedError {
  return failed(`the backup would overwrite '${file}'`, undefined, "Name another file after --backup.");
}

function failed(message: string, cause?: unknown, hint?: string): BackupFailedError {
  return new BackupFailedError(message, {
    cause,
    hint: hint ?? "Nothing was run. Name a file on a disk with enough space after --backup, or leave --backup out.",
  });
}
