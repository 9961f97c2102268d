/**
 * Keeps other runs out with PostgreSQL's advisory locks.
 *
 * Only ever tries, and sleeps without a transaction between attempts: a waiter inside the server would keep CREATE INDEX
 * CONCURRENTLY of the lock's holder waiting for ever. The lock belongs to the session of a connection of its own, which
 * stands in a transaction as long as it is held: so a pooler gives that session to nobody else, and throws it away when we
 * are gone. Asking for a lock takes a snapshot, and a concurrent index that meets one waits for its whole transaction;
 * so the one that asks is over at once, and the one that stays never takes any.
 *
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import { createHash, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LockTimeoutError, TsMigrateError } from "../../../errors.js";
import { describeBlockers } from "./blockers.js";
import { lostConnection, queryError } from "./server-errors.js";
import type { Wire } from "./wire.js";

export interface LockOptions {
  readonly name: string;
  readonly timeoutMilliseconds: number;
  readonly onWait: (holder: string) => void;
}

export interface HeldLock extends AsyncDisposable {
  /** @throws ConnectionError when it is not certain that the lock is still ours. */
  assertHeld(): Promise<void>;
  /** Who keeps the session `processId` waiting; absent where there is no second connection to ask on. */
  describeBlockers?(processId: number): Promise<string | null>;
}

export interface LockServer {
  readonly versionNumber: number;
  readonly url: string;
  /** For questions that need a snapshot. */
  readonly openAnother: (() => Promise<Wire>) | undefined;
}

/** `tsmg`: tells our locks from those of others in pg_locks. */
const CLASS_ID = 0x74736d67;
const FIRST_PAUSE_MILLISECONDS = 25;
const LONGEST_PAUSE_MILLISECONDS = 1_000;
const KEEP_ALIVE_MILLISECONDS = 15_000;
/** An answer younger than this proves well enough that the connection is there. */
const FRESH_MILLISECONDS = 2_000;

/** The second half of the key: the first four bytes of the name's SHA-256, as a signed integer. */
export function lockObjectId(name: string): number {
  return createHash("sha256").update(name).digest().readInt32BE(0);
}

/**
 * Takes the lock on a connection of its own, or in the session of `wire` itself where no other is to be had.
 *
 * @throws LockTimeoutError naming the holder, ConnectionError, QueryError
 */
export async function acquireLock(
  wire: Wire,
  openLocking: (() => Promise<Wire>) | undefined,
  options: LockOptions,
  server: LockServer,
): Promise<HeldLock> {
  try {
    if (openLocking === undefined) return await acquireSessionLock(wire, options);
    return await acquireOwnLock(await openLocking(), options, server);
  } catch (error) {
    throw error instanceof TsMigrateError ? error : queryError(error, "pg_try_advisory_lock", server.url);
  }
}

/**
 * Takes the lock on `wire`, which is closed with it.
 *
 * @throws {@link LockTimeoutError} naming the holder.
 */
export async function acquireOwnLock(wire: Wire, options: LockOptions, server: LockServer): Promise<HeldLock> {
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
  // One message, between the parts of which no pooler can give the session away.
  const attempt = [
    begin,
    `SELECT pg_catalog.pg_try_advisory_lock(${lockKey(options.name)}) AS taken`,
    "COMMIT",
    begin,
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    ...(server.versionNumber >= 170_000 ? ["SET LOCAL transaction_timeout = 0"] : []),
  ];
  try {
    await poll(wire, options, async () => {
      const { rows } = await wire.sendAll(attempt, 1 - attempt.length);
      if (rows[0].taken === true) return true;
      await wire.send("ROLLBACK");
      return false;
    });
  } catch (error) {
    await wire.close().catch(() => undefined);
    throw error;
  }
  return ownLock(wire, options, server);
}

/**
 * Takes the lock for the session of `wire` itself, where there is no second connection to be had.
 *
 * @throws {@link LockTimeoutError} naming the holder.
 */
export async function acquireSessionLock(wire: Wire, options: LockOptions): Promise<HeldLock> {
  const key = lockKey(options.name);
  await poll(wire, options, async () => {
    const { rows } = await wire.send(`SELECT pg_catalog.pg_try_advisory_lock(${key}) AS taken`);
    return rows[0].taken === true;
  });
  return {
    assertHeld: async () => undefined,
    async [Symbol.asyncDispose]() {
      await wire.send(`SELECT pg_catalog.pg_advisory_unlock(${key})`).catch(() => undefined);
    },
  };
}

function ownLock(wire: Wire, { name }: LockOptions, { url, openAnother }: LockServer): HeldLock {
  let heardAt = performance.now();
  let failure: unknown;
  const ask = async () => {
    try {
      // Takes no snapshot.
      await wire.send("SHOW transaction_isolation");
      heardAt = performance.now();
    } catch (error) {
      failure = error;
    }
  };
  const keepAlive = setInterval(ask, KEEP_ALIVE_MILLISECONDS);
  keepAlive.unref();
  let asking: Promise<Wire> | undefined;
  return {
    async assertHeld() {
      if (performance.now() - heardAt > FRESH_MILLISECONDS && wire.lost === undefined) await ask();
      if (wire.lost !== undefined || failure !== undefined) throw lostConnection(url, wire.lost ?? failure);
    },
    ...(openAnother === undefined
      ? {}
      : {
          describeBlockers: async (processId: number) => {
            asking ??= openAnother();
            return describeBlockers(await asking, processId);
          },
        }),
    async [Symbol.asyncDispose]() {
      clearInterval(keepAlive);
      // Should this fail, the transaction stays open, and with its end the server or the pooler ends the session.
      const unlock = [`SELECT pg_catalog.pg_advisory_unlock(${lockKey(name)})`, "COMMIT"];
      if (wire.lost === undefined) await wire.sendAll(unlock).catch(() => undefined);
      await wire.close().catch(() => undefined);
      await (await asking?.catch(() => undefined))?.close().catch(() => undefined);
    },
  };
}

function lockKey(name: string): string {
  return `${CLASS_ID}, ${lockObjectId(name)}`;
}

async function poll(wire: Wire, options: LockOptions, attempt: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  let pause = FIRST_PAUSE_MILLISECONDS;
  let holder: string | undefined;
  while (!(await attempt())) {
    const left = options.timeoutMilliseconds - (performance.now() - startedAt);
    if (holder === undefined || left <= 0) {
      const first = holder === undefined;
      holder = await describeHolder(wire, options.name);
      if (first && left > 0) options.onWait(holder);
    }
    if (left <= 0) {
      throw new LockTimeoutError(`another run is at work: ${holder}`, {
        milliseconds: options.timeoutMilliseconds,
        hint: "Wait until it is done, or wait longer with `--lock-timeout 300000`.",
      });
    }
    // Jitter, so that runs started together do not keep asking together.
    await sleep(Math.min(left, randomInt(Math.ceil(pause / 2), pause + 1)));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }
}

async function describeHolder(wire: Wire, name: string): Promise<string> {
  const { rows } = await wire.send(
    `SELECT a.pid::text AS pid, a.application_name::text AS application,
       pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start)))::text AS seconds
     FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
       AND l.classid::int8 = ${CLASS_ID} AND l.objid::int8 = ${lockObjectId(name) >>> 0}
       AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
  );
  const found = rows[0] as { pid: string; application: string | null; seconds: string | null } | undefined;
  if (found === undefined) return "a process that has just ended";
  const application = found.application ? ` ('${found.application}')` : "";
  const age = found.seconds === null ? "" : `, for ${found.seconds} s`;
  return `process ${found.pid}${application}${age}`;
}
