/**
 * Which process has a database locked. SQLite does not say, the operating system may: Linux lists every lock of a file in
 * `/proc/locks`, with the process that holds it.
 *
 * @see https://www.sqlite.org/lockingv3.html and https://www.sqlite.org/walformat.html#wal_locks for the bytes
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { printableLine } from "../../../util/printable.js";

const FIRST_BYTE = 0x4000_0000;
const LAST_BYTE = FIRST_BYTE + 511;
/** Of the `-shm` file of a database in WAL mode. */
const WAL_WRITE_BYTE = 120;

/** `process 4711 (node)`; null where nothing tells. `file` is absolute, null for a database that is no file. */
export function describeLockHolder(file: string | null): string | null {
  if (file === null || process.platform !== "linux") return null;
  try {
    const locks = readLocks();
    const byte = (name: string) => (lock: FileLock) => lock.inode === inodeOf(name);
    const ofFile = locks.filter(byte(file)).filter(({ last, first }) => first <= LAST_BYTE && last >= FIRST_BYTE);
    const ofWal = locks
      .filter(byte(`${file}-shm`))
      .filter(({ isWrite, first, last }) => isWrite && covers(first, last));
    const writers = [...ofWal, ...ofFile.filter(({ isWrite }) => isWrite)];
    const pids = (writers.length > 0 ? writers : ofFile).map(({ pid }) => pid).filter((pid) => pid > 0);
    // A process of another container has no number here that we could know.
    const known = pids.length > 0 ? pids : openers(file).filter((pid) => pid !== process.pid);
    return known.length === 0 ? null : [...new Set(known)].slice(0, 5).map(describeProcess).join(", ");
  } catch {
    return null;
  }
}

interface FileLock {
  readonly isWrite: boolean;
  readonly pid: number;
  readonly inode: number;
  readonly first: number;
  readonly last: number;
}

/** `1: POSIX  ADVISORY  WRITE 28044 fe:00:2154502 1073741825 1073741825`; those that wait have an arrow. */
function readLocks(): readonly FileLock[] {
  const form = /^\d+: +\S+ +\S+ +(READ|WRITE) +(\d+) +\S+:(\d+) +(\d+) +(\d+|EOF)$/gm;
  return [...readFileSync("/proc/locks", "utf8").matchAll(form)].map(([, kind, pid, inode, first, last]) => ({
    isWrite: kind === "WRITE",
    pid: Number(pid),
    inode: Number(inode),
    first: Number(first),
    last: last === "EOF" ? Number.POSITIVE_INFINITY : Number(last),
  }));
}

function inodeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null;
}

function covers(first: number, last: number): boolean {
  return first <= WAL_WRITE_BYTE && last >= WAL_WRITE_BYTE;
}

/** The processes that have the file open, as far as we may look. */
function openers(file: string): readonly number[] {
  const path = realpathSync(file);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === path);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** By the name of its program: arguments may hold secrets. */
function describeProcess(pid: number): string {
  if (pid === process.pid) return "another connection of this process";
  const name =
    attempt(() => basename(readlinkSync(`/proc/${pid}/exe`))) ??
    attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8"));
  return name === null ? `process ${pid}` : `process ${pid} (${printableLine(name)})`;
}

function attempt(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
