/** What is looked at before a SQLite file is opened, and the sentences for what can be wrong with it. */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { ConnectionError } from "../../../errors.js";
import { describeLockHolder } from "./lock-holder.js";

export interface FileToOpen {
  readonly file: string;
  /** For messages; holds no password, since SQLite has none. */
  readonly url: string;
  readonly create: boolean;
  readonly readOnly: boolean;
}

/** How to open the file so that it stays as it is. */
export interface OpenMode {
  /** SQLite's own read-only mode. */
  readonly readonly: boolean;
  /** Opened for writing, and then held back by `PRAGMA query_only`. */
  readonly queryOnly: boolean;
  /** May this user write to it? */
  readonly isWritable: boolean;
}

/**
 * Decides how the file is opened.
 *
 * Looks at it from outside only: whoever opens a file and closes it again gives up every lock that its process holds on
 * it, those of an application's transaction among them.
 *
 * @see https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 * @throws {@link ConnectionError} in one sentence for everything that can be seen without opening it.
 */
export function inspectFile(to: FileToOpen): OpenMode {
  const stats = statOf(to);
  if (stats === null) {
    refuseMissing(to);
    return { readonly: false, queryOnly: false, isWritable: true };
  }
  if (stats.isDirectory()) throw failed(to, `'${to.file}' is a directory, not a database file`, "Name a file in it.");
  if (!allows(to.file, constants.R_OK)) {
    throw failed(to, `the database file '${to.file}' may not be read by this user`, `Run \`chmod u+r '${to.file}'\`.`);
  }
  const writable = allows(to.file, constants.W_OK) && allows(dirname(to.file), constants.W_OK);
  if (to.readOnly) return { readonly: true, queryOnly: false, isWritable: writable };
  if (!allows(to.file, constants.W_OK)) {
    throw failed(to, `the database file '${to.file}' is read-only`, `Run \`chmod u+w '${to.file}'\`.`);
  }
  if (!writable) {
    const folder = dirname(to.file);
    const why = `the folder '${folder}' is read-only, and SQLite keeps its journal beside the database`;
    throw failed(to, why, `Run \`chmod u+w '${folder}'\`.`);
  }
  return { readonly: false, queryOnly: false, isWritable: true };
}

/** The sentence for an error of the driver while opening or reading the first page. */
export function openError(to: FileToOpen, error: { readonly message: string; readonly code?: string | undefined }) {
  const { code = "", message } = error;
  if (code === "SQLITE_NOTADB") {
    return failed(
      to,
      `'${to.file}' is not a SQLite database, or it is encrypted`,
      "Check the path in the database URL.",
      error,
    );
  }
  if (code.startsWith("SQLITE_CORRUPT")) {
    const hint = `Run \`sqlite3 '${to.file}' 'PRAGMA integrity_check'\`, or restore a backup.`;
    return failed(to, `the database file '${to.file}' is damaged: ${message}`, hint, error);
  }
  if (code.startsWith("SQLITE_READONLY")) {
    const hint = "Run a command that may write, such as `tsmigrate upgrade`, as a user who may write to the file.";
    return failed(to, `the database file '${to.file}' needs to be recovered and cannot be written`, hint, error);
  }
  if (code.startsWith("SQLITE_BUSY")) {
    const hint = "Wait until the other program has finished its transaction.";
    const holder = describeLockHolder(to.file) ?? "another connection";
    return failed(to, `the database file '${to.file}' is locked by ${holder}`, hint, error);
  }
  return failed(
    to,
    `the database file '${to.file}' cannot be opened: ${message}`,
    "Check the path and its permissions.",
    error,
  );
}

function statOf(to: FileToOpen): Stats | null {
  try {
    return statSync(to.file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    if (code === "ENOTDIR") {
      throw failed(to, `'${dirname(to.file)}' is not a folder`, "Check the path in the database URL.", cause);
    }
    throw failed(
      to,
      `the database file '${to.file}' cannot be reached: ${code}`,
      "Check the path and its permissions.",
      cause,
    );
  }
}

function refuseMissing(to: FileToOpen): void {
  const folder = dirname(to.file);
  if (!allows(folder, constants.F_OK)) {
    throw failed(to, `the folder '${folder}' of the database file does not exist`, `Run \`mkdir -p '${folder}'\`.`);
  }
  if (!to.create || to.readOnly) {
    const hint = "Run `tsmigrate upgrade head` to create it, or check the path in the database URL.";
    throw failed(to, `the database file '${to.file}' does not exist`, hint);
  }
  if (!allows(folder, constants.W_OK)) {
    throw failed(to, `no file can be created in the folder '${folder}'`, `Run \`chmod u+w '${folder}'\`.`);
  }
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function failed(to: FileToOpen, message: string, hint: string, cause?: unknown): ConnectionError {
  return new ConnectionError(message, { url: to.url, hint, cause });
}
