/** File systems that other machines may write to, on which SQLite's locks cannot be relied on. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** By the number that Linux gives. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const NAMES: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB",
  1397113167: "AFS",
  22092: "NCP",
  1937076805: "Coda",
};

export function networkFileSystem(type: number): string | null {
  return NAMES[type >>> 0] ?? null;
}

/**
 * What people should know of the place of a database, as a sentence.
 *
 * @see https://www.sqlite.org/howtocorrupt.html#_filesystems_with_broken_or_missing_lock_implementations
 */
export function warnOfPlace(file: string): string | null {
  if (process.platform !== "linux") return null;
  try {
    const found = networkFileSystem(Number(statfsSync(dirname(file)).type));
    if (found === null) return null;
    return `'${file}' is on a network file system (${found}), where SQLite cannot rely on locks: let no other machine use it meanwhile`;
  } catch {
    // Opening the file says what is wrong.
    return null;
  }
}
