/**
 * A process of its own that owns one private PostgreSQL server: `node postgres-owner.ts '{"binaries": "/…/bin"}'`.
 *
 * It creates the data folder, starts the server, and prints one line of JSON ({@link OwnerAnswer}). A line `crash` on its
 * standard input stops the server as `pg_ctl stop -m immediate` does, a line `start` starts it again on the same port;
 * each is answered by another line. When its standard input ends, which also happens when the process that started it is
 * killed, it stops the server and removes the folder. It has a session of its own, so that Ctrl-C in a terminal does not
 * reach it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface OwnerInput {
  /** The folder that holds `initdb` and `postgres`. */
  readonly binaries: string;
  /** Settings that come after ours. */
  readonly settings?: readonly string[];
  /** A server that is stopped at the moment, and that this one is to follow once both run. */
  readonly standbyOf?: { readonly folder: string; readonly url: string };
}

export type OwnerAnswer =
  | {
      readonly url: string;
      readonly socketUrl: string;
      readonly folder: string;
      readonly serverPid: number;
    }
  | { readonly error: string };

const SETTINGS = [
  "fsync=off",
  "full_page_writes=off",
  "synchronous_commit=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "max_connections=200",
  "autovacuum=off",
  "log_min_messages=warning",
];
/** A path in a socket address may be 107 bytes long, name of the socket included. */
const LONGEST_FOLDER = 70;

let folder: string | undefined;
let child: ChildProcess | undefined;
let stopping = false;
/** Starts the server again, as it was. */
let startAgain: (() => Promise<boolean>) | undefined;

if (process.argv[1] === import.meta.filename) {
  process.stdin.on("end", stop).on("error", stop);
  let commands: Promise<unknown> = Promise.resolve();
  createInterface(process.stdin).on("line", (line) => {
    commands = commands.then(() => obey(line));
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  start(JSON.parse(process.argv[2]!) as OwnerInput)
    .catch((error: Error) => ({ error: error.message }))
    .then(async (answer) => {
      process.stdout.write(`${JSON.stringify(answer)}\n`);
      if ("error" in answer) await stop();
    });
}

async function start(input: OwnerInput): Promise<OwnerAnswer> {
  const identity = unprivileged();
  folder = mkdtempSync(join(temporaryFolder(identity !== undefined), "tsmigrate-postgres-"));
  const binaries = reachable(input.binaries, folder, identity !== undefined);
  if (identity !== undefined) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, "data");
  const password = randomBytes(9).toString("base64url");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password);
  chmodSync(passwordFile, 0o644);
  const run = (program: string, args: readonly string[]) => {
    const log = openSync(join(folder!, `${program}.log`), "a");
    child = spawn(join(binaries, program), args, {
      ...identity,
      cwd: folder,
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", log, log],
    });
    return ended(child);
  };
  const { standbyOf } = input;
  if (standbyOf !== undefined) {
    copyPrimary(join(standbyOf.folder, "data"), data, standbyOf.url);
    if (identity !== undefined) execFileSync("chown", ["-R", `${identity.uid}:${identity.gid}`, data]);
  }
  const initialized =
    standbyOf !== undefined
      ? 0
      : await run("initdb", [
          ...["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`],
          ...["-E", "UTF8", "--no-locale", "--no-sync"],
        ]);
  if (initialized !== 0) throw new Error(`initdb failed: ${logTail("initdb")}`);
  const serve = async (port: number) => {
    const exit = run("postgres", [
      ...["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-k", folder!],
      ...[...SETTINGS, ...(input.settings ?? [])].flatMap((setting) => ["-c", setting]),
    ]);
    const server = child;
    if (!(await isReady(data, exit))) return false;
    exit.then(() => {
      if (server === child) stop();
    });
    return true;
  };
  for (let attempt = 1; ; attempt++) {
    if (stopping) throw new Error("stopped while starting");
    const port = await freePort();
    if (await serve(port)) {
      startAgain = () => serve(port);
      const user = `postgres:${standbyOf === undefined ? password : new URL(standbyOf.url).password}`;
      return {
        url: `postgres://${user}@127.0.0.1:${port}/postgres`,
        socketUrl: `postgres://${user}@/postgres?host=${encodeURIComponent(folder)}&port=${port}`,
        folder,
        serverPid: child!.pid!,
      };
    }
    // Somebody took the port between our look and the server's.
    if (attempt === 5) throw new Error(`the server did not start: ${logTail("postgres")}`);
  }
}

function copyPrimary(from: string, to: string, url: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  chmodSync(to, 0o700);
  rmSync(join(to, "postmaster.pid"), { force: true });
  writeFileSync(join(to, "standby.signal"), "");
  const { port, password } = new URL(url);
  const primary = `host=127.0.0.1 port=${port} user=postgres password=${password} sslmode=disable`;
  writeFileSync(join(to, "postgresql.auto.conf"), `primary_conninfo = '${primary}'\n`);
}

async function obey(line: string): Promise<void> {
  if (line === "crash") {
    const server = child!;
    // No longer the server that is to run: its end is not ours.
    child = undefined;
    const exit = ended(server);
    server.kill("SIGQUIT");
    await exit;
  } else if (!(await startAgain?.())) {
    process.stdout.write(`${JSON.stringify({ error: `the server did not start again: ${logTail("postgres")}` })}\n`);
    return;
  }
  process.stdout.write("{}\n");
}

/** PostgreSQL refuses to run as root: nobody runs it then. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function temporaryFolder(forOthers: boolean): string {
  const usable = (path: string) =>
    existsSync(path) && path.length <= LONGEST_FOLDER && (!forOthers || othersReach(path));
  return [tmpdir(), "/tmp"].find(usable) ?? tmpdir();
}

/** The binaries, or a copy of their installation where the user who runs them may not look into ours. */
function reachable(binaries: string, into: string, forOthers: boolean): string {
  if (!forOthers || othersReach(binaries)) return binaries;
  cpSync(dirname(binaries), join(into, "installation"), { recursive: true, verbatimSymlinks: true });
  chmodSync(join(into, "installation"), 0o755);
  return join(into, "installation", "bin");
}

function othersReach(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  return dirname(path) === path || othersReach(dirname(path));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The last line of postmaster.pid says `ready` once connections are taken. */
async function isReady(data: string, exit: Promise<unknown>): Promise<boolean> {
  let gone = false;
  exit.then(() => {
    gone = true;
  });
  const file = join(data, "postmaster.pid");
  for (let waited = 0; waited < 60_000 && !gone; waited += 20) {
    if (existsSync(file) && readFileSync(file, "utf8").split("\n")[7]?.trim() === "ready") return true;
    await sleep(20);
  }
  return false;
}

function ended(process: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    process.once("exit", resolve).once("error", () => resolve(null));
  });
}

function logTail(program: string): string {
  const file = join(folder!, `${program}.log`);
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n") : "no output";
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (child !== undefined && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const exit = ended(child);
    // Immediate shutdown: the data is thrown away anyway.
    child.kill("SIGQUIT");
    if ((await Promise.race([exit, sleep(5_000, "late")])) === "late") {
      child.kill("SIGKILL");
      await exit;
    }
  }
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(0);
}
