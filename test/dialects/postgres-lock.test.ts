import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockObjectId } from "../../src/dialects/postgres/connection/advisory-lock.js";
import { ConnectionError, LockTimeoutError, QueryError } from "../../src/errors.js";
import { startProxy } from "../faults/support/postgres-proxy.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient, connectPostgres, withPostgres } from "../support/postgres-connection.js";

const BEGIN = { foreignKeys: "keep", lockTimeoutMilliseconds: 0 } as const;
const NAME = "public\0tsmigrate_version";

describe.each(POSTGRES_DIALECTS)("the lock on $name", ({ open }) => {
  it("is held by one at a time, under a key of ours", async () => {
    await withPostgres(open, async (first, url) => {
      await using second = await connectPostgres(url);
      const held = await first.lock(patience(0));
      const { rows } = await second.query(
        "SELECT classid::int8::text AS class, objid::int8::text AS object FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      );
      expect(rows).toEqual([{ class: String(0x74736d67), object: String(lockObjectId(NAME) >>> 0) }]);
      await expect(second.lock(patience(50))).rejects.toThrow(LockTimeoutError);
      await held[Symbol.asyncDispose]();
      await (await second.lock(patience(0)))[Symbol.asyncDispose]();
    });
  });

  it("names the holder and how long it has been at work", async () => {
    await withPostgres(open, async (first, url) => {
      await using second = await connectPostgres(url);
      await using _held = await first.lock(patience(0));
      const waits: string[] = [];
      const error = await second
        .lock({ ...patience(2_000), onWait: (holder) => waits.push(holder) })
        .catch((thrown: unknown) => thrown);
      expect((error as Error).message).toMatch(/^another run is at work: process \d+ \('tsmigrate'\), for \d+ s$/);
      expect(error).toMatchObject({ milliseconds: 2_000 });
      expect(waits).toHaveLength(1);
    });
  });

  it("that the server refuses is an error of the database", async () => {
    await withPostgres(open, async (connection, url) => {
      const client = await connectClient(url);
      onTestFinished(() => client.end());
      const role = `tsm_${lockObjectId(url) >>> 0}`;
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
      await client.query("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_try_advisory_lock(int, int) FROM PUBLIC");
      const other = new URL(url);
      [other.username, other.password] = [role, "secret"];
      await using refused = await connectPostgres(other.href);
      const error = await refused.lock(patience(0)).catch((thrown: unknown) => thrown);
      await refused.close();
      await client.query(`DROP ROLE ${role}`);
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ sqlState: "42501", exitCode: 4 });
      expect(connection.inTransaction).toBe(false);
    });
  });

  it("is another one for another name", async () => {
    await withPostgres(open, async (first, url) => {
      await using second = await connectPostgres(url);
      await using _held = await first.lock(patience(0));
      await (await second.lock({ ...patience(0), name: "billing\0tsmigrate_version" }))[Symbol.asyncDispose]();
    });
  });

  it("is taken by who waits as soon as it is free", async () => {
    await withPostgres(open, async (first, url) => {
      await using second = await connectPostgres(url);
      const held = await first.lock(patience(0));
      const waiting = second.lock(patience(10_000));
      await sleep(200);
      await held[Symbol.asyncDispose]();
      await (await waiting)[Symbol.asyncDispose]();
    });
  });

  it("is free once the process that held it is killed", async () => {
    await withPostgres(open, async (connection, url) => {
      const holder = spawn(
        process.execPath,
        [join(import.meta.dirname, "../support/hold-lock.ts"), ...[url, NAME].map(encodeURIComponent)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      onTestFinished(() => void holder.kill("SIGKILL"));
      await once(holder.stdout, "data");
      await expect(connection.lock(patience(50))).rejects.toThrow(LockTimeoutError);
      holder.kill("SIGKILL");
      await (await connection.lock(patience(10_000)))[Symbol.asyncDispose]();
    });
  });

  it("keeps the next step from starting when it was lost", async () => {
    await withPostgres(open, async (connection, url) => {
      await using _held = await connection.lock(patience(0));
      await connection.begin(BEGIN);
      await connection.commit();
      const client = await connectClient(url);
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      );
      await client.end();
      await sleep(100);
      await expect(connection.begin(BEGIN)).rejects.toThrow(ConnectionError);
      await expect(connection.query("CREATE INDEX CONCURRENTLY i ON t (a)")).rejects.toThrow(ConnectionError);
    });
  });

  it("lets its holder build an index concurrently while another run waits for it", async () => {
    await withPostgres(open, async (holder, url) => {
      await using waiter = await connectPostgres(url);
      await holder.script("CREATE TABLE t (a integer); INSERT INTO t SELECT generate_series(1, 1000)");
      const held = await holder.lock(patience(0));
      const waiting = waiter.lock(patience(30_000));
      await sleep(100);
      await holder.query("CREATE INDEX CONCURRENTLY i ON t (a)");
      const { rows } = await holder.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'i'::regclass");
      expect(rows).toEqual([{ valid: true }]);
      await held[Symbol.asyncDispose]();
      await (await waiting)[Symbol.asyncDispose]();
    });
  });

  it("does not hold up a concurrent index that met it in the very instant in which it was taken", async () => {
    await withPostgres(open, async (other, url) => {
      await other.script("CREATE TABLE t (a integer); INSERT INTO t SELECT generate_series(1, 1000)");
      const proxy = await startProxy(url, ({ sql }) =>
        sql?.includes("pg_try_advisory_lock(") === true
          ? { sql: sql.replace("AS taken", "AND pg_sleep(1) IS NOT NULL AS taken") }
          : "pass",
      );
      onTestFinished(() => proxy.close());
      await using holder = await connectPostgres(proxy.url(new URL(url).pathname.slice(1)));
      const taking = holder.lock(patience(0));
      for (
        const asking = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
        ;
        await sleep(10)
      ) {
        if ((await other.query(asking)).rows.length > 0) break;
      }
      await other.query("SET statement_timeout = '10s'");
      const building = other.query("CREATE INDEX CONCURRENTLY i ON t (a)");
      await using _held = await taking;
      await building;
      const { rows } = await other.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'i'::regclass");
      expect(rows).toEqual([{ valid: true }]);
    });
  });

  it("does not hold up a concurrent index once somebody has looked who is in the way of a slow statement", async () => {
    await withPostgres(open, async (_first, url) => {
      await using holder = await connectPostgres(url, {
        ddlLockTimeoutMilliseconds: 100,
        statementTimeoutMilliseconds: 0,
      });
      await holder.script("CREATE TABLE t (a integer); INSERT INTO t SELECT generate_series(1, 1000)");
      await using _held = await holder.lock(patience(0));
      await holder.begin(BEGIN);
      await holder.query("SELECT pg_sleep(0.3)");
      await holder.commit();
      await holder.query("SET statement_timeout = '10s'");
      await holder.query("CREATE INDEX CONCURRENTLY i ON t (a)");
      const { rows } = await holder.query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'i'::regclass");
      expect(rows).toEqual([{ valid: true }]);
    });
  });

  it("goes to one of many that ask together, and to each in the end", async () => {
    await withPostgres(open, async (connection, url) => {
      await connection.script("CREATE TABLE runs (n integer)");
      const run = async () => {
        await using own = await connectPostgres(url);
        await using _held = await own.lock(patience(30_000));
        const { rows } = await own.query<{ n: number }>("SELECT count(*)::int AS n FROM runs");
        await sleep(20);
        await own.query("INSERT INTO runs VALUES ($1)", [rows[0]!.n]);
      };
      await Promise.all(Array.from({ length: 8 }, run));
      const { rows } = await connection.query("SELECT n FROM runs ORDER BY n");
      expect(rows).toEqual(Array.from({ length: 8 }, (_, n) => ({ n })));
    });
  });
});

function patience(timeoutMilliseconds: number) {
  return { name: NAME, timeoutMilliseconds, onWait: () => undefined };
}
