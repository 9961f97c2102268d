/** Files that are there whole or not at all, whatever happens while they are written. */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Writes a file that must not exist. @throws NodeJS.ErrnoException, EEXIST if it does */
export function writeNewFile(path: string, text: string): Promise<void> {
  return withTemporary(path, text, undefined, (temporary) => publish(temporary, path));
}

/** Writes a file in the place of the one there is, with the same rights. @throws NodeJS.ErrnoException */
export function replaceFile(path: string, text: string): Promise<void> {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return withTemporary(path, text, mode, (temporary) => rename(temporary, path));
}

/** The code of a system error, `EACCES` for example; empty for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The name begins with a dot, so that what may be left behind is not taken for a revision. */
async function withTemporary(
  path: string,
  text: string,
  mode: number | undefined,
  publishIt: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await withFile(await open(temporary, "wx"), async (file) => {
      await file.writeFile(text, "utf8");
      if (mode !== undefined) await file.chmod(mode & 0o777);
      await file.sync();
    });
    await publishIt(temporary);
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Gives the file its name without ever replacing another one. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw error;
    // Without hard links (FAT, some network drives) the name is taken by an empty file first.
    await withFile(await open(path, "wx"), async () => undefined);
    await rename(temporary, path);
  }
}

/** Windows cannot open directories, and some network drives cannot sync them; the file is written all the same. */
async function syncDirectory(path: string): Promise<void> {
  try {
    await withFile(await open(path, "r"), (directory) => directory.sync());
  } catch (error) {
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(codeOf(error))) throw error;
  }
}

async function withFile(file: FileHandle, use: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
