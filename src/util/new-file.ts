/** A file that appears whole or not at all, and never in the place of another. */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** The name that a file has until it is whole. Nobody else uses it, since the process is part of it. */
export function unfinishedName(file: string): string {
  return `${file}.${process.pid}.tmp`;
}

/**
 * Gives the finished file its name, on disk for good. False when there is another file of that name, which stays.
 */
export function publishFile(unfinished: string, file: string): boolean {
  syncFile(unfinished);
  try {
    linkSync(unfinished, file);
    rmSync(unfinished);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    // A file system without hard links.
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(unfinished, file);
  }
  syncFolder(dirname(file));
  return true;
}

function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Folders cannot be opened on Windows, and cannot be synced on some file systems.
  }
}
