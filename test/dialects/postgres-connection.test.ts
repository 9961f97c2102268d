import { connect as connectSocket, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConnectionError, QueryError } from "../../src/errors.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient, connectPostgres, withPostgres } from "../support/postgres-connection.js";

const BEGIN = { foreignKeys: "keep", lockTimeoutMilliseconds: 0 } as const;

/** What somebody may have set for all sessions of a database. */
async function withTimeouts(url: string): Promise<void> {
  const connection = await connectPostgres(url, {});
  const [{ name }] = (await connection.query("SELECT quote_ident(current_database()) AS name")).rows as [
    { name: string },
  ];
  const names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
  if (connection.facts.versionNumber >= 140_000) names.push("idle_session_timeout");
  if (connection.facts.versionNumber >= 170_000) names.push("transaction_timeout");
  for (const each of names) await connection.script(`ALTER DATABASE ${name} SET ${each} = 300`);
  await connection.script(`ALTER DATABASE ${name} SET standard_conforming_strings = off`);
  await connection.close();
}

describe.each(POSTGRES_DIALECTS)("a connection to $name", ({ open }) => {
  it("knows its server and shows no password", async () => {
    await withPostgres(open, async (connection, url) => {
      expect(connection.serverVersion).toMatch(/^\d+(\.\d+)?$/);
      expect(connection.defaultSchema).toBe("public");
      expect(connection.description).toBe(url.replace(/:[^:@]*@/, ":***@"));
    });
  });

  it("has no timeouts of the database's, and lets the server notice when we are gone", async () => {
    const database = await open();
    try {
      await withTimeouts(database.url);
      const connection = await connectPostgres(database.url, {});
      const { rows } = await connection.query<{ name: string; setting: string }>(
        `SELECT name, setting FROM pg_settings WHERE name LIKE ANY (ARRAY['%timeout', 'tcp_%', 'client_conn%', 'standard_conf%'])`,
      );
      const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
      const since = (version: number, name: string, value: string) =>
        connection.facts.versionNumber >= version ? { [name]: value } : {};
      expect(settings).toMatchObject({
        statement_timeout: "0",
        lock_timeout: "0",
        standard_conforming_strings: "on",
        ...since(140_000, "idle_session_timeout", "0"),
        ...since(140_000, "client_connection_check_interval", "2000"),
        ...since(170_000, "transaction_timeout", "0"),
      });
      // A socket knows none of them.
      if (settings.tcp_keepalives_idle !== "0") {
        expect(settings).toMatchObject({ tcp_keepalives_idle: "30", tcp_keepalives_interval: "10" });
        expect(settings).toMatchObject({ tcp_keepalives_count: "3", tcp_user_timeout: "60000" });
      }
      await connection.begin(BEGIN);
      const lock = await connection.lock({ name: "timeouts", timeoutMilliseconds: 1_000, onWait: () => {} });
      // Longer than any of those timeouts, for the transaction and for the connection of the lock, which has nothing to do.
      await connection.query("SELECT pg_sleep(0.6)");
      await connection.commit();
      await connection.begin(BEGIN);
      await connection.rollback();
      await lock[Symbol.asyncDispose]();
      await connection.close();
    } finally {
      await database.dispose();
    }
  });

  it("names itself to the server, unless the URL does", async () => {
    await withPostgres(open, async (connection, url) => {
      const name = "SELECT current_setting('application_name') AS name";
      expect((await connection.query(name)).rows).toEqual([{ name: "tsmigrate" }]);
      await using other = await connectPostgres(`${url}?application_name=mine`);
      expect((await other.query(name)).rows).toEqual([{ name: "mine" }]);
    });
  });

  it("gives rows, and how many were touched", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TABLE t (a integer); CREATE TABLE u (a integer)");
      expect((await connection.query("INSERT INTO t VALUES ($1), ($2)", [1, 2])).affectedRows).toBe(2);
      expect(await connection.query("SELECT a FROM t ORDER BY a")).toEqual({
        rows: [{ a: 1 }, { a: 2 }],
        affectedRows: 0,
      });
    });
  });

  it("reports a refused statement with its text and code, and without the row in the way", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TABLE t (mail text UNIQUE); INSERT INTO t VALUES ('ann@example.org')");
      const sql = "INSERT INTO t SELECT mail FROM t";
      const error = await connection.query(sql).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ sql, sqlState: "23505" });
      expect((error as QueryError).message).toBe('duplicate key value violates unique constraint "t_mail_key"');
      expect(`${(error as QueryError).message}${(error as QueryError).hint}`).not.toContain("ann@");
    });
  });

  it("says that it was lost when the server ends it", async () => {
    await withPostgres(open, async (connection, url) => {
      await connection.begin(BEGIN);
      const client = await connectClient(url);
      await client.query("SELECT pg_terminate_backend($1)", [connection.facts.processId]);
      await client.end();
      await expect(connection.query("SELECT 1")).rejects.toThrow(ConnectionError);
      await connection.rollback();
      await expect(connection.query("SELECT 1")).rejects.toThrow(/connection to the database was lost/);
    });
  });

  it("stops the running statement on cancel, and only that", async () => {
    await withPostgres(open, async (connection) => {
      await connection.cancel();
      const slow = connection.query("SELECT pg_sleep(60)");
      const refused = expect(slow).rejects.toMatchObject({ sqlState: "57014" });
      await sleep(100);
      await connection.cancel();
      await refused;
      expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
  });

  it("writes nothing when it was opened for reading", async () => {
    const database = await open();
    const connection = await connectPostgres(database.url, { readOnly: true });
    await expect(connection.script("CREATE TABLE t ()")).rejects.toMatchObject({ sqlState: "25006" });
    await connection.query("SELECT set_config('default_transaction_read_only', 'off', false)");
    await expect(connection.script("CREATE TABLE t (); -- all of it")).rejects.toMatchObject({ sqlState: "25006" });
    const [{ mode }] = (await connection.query("SELECT current_setting('transaction_read_only') || $1 AS mode", ["!"]))
      .rows as [{ mode: string }];
    expect(mode).toBe("on!");
    await expect(connection.query("SELECT 1 / $1::int", [0])).rejects.toMatchObject({ sqlState: "22012" });
    expect((await connection.query("SELECT 1 AS one -- of them")).rows).toEqual([{ one: 1 }]);
    expect(connection.inTransaction).toBe(false);
    await connection.close();
    await database.dispose();
  });
});

describe.each(POSTGRES_DIALECTS)("a transaction on $name", ({ open }) => {
  it("runs as the options say and leaves the session as it was", async () => {
    const database = await open();
    const options = { statementTimeoutMilliseconds: 1234, ddlLockTimeoutMilliseconds: 567 };
    const connection = await connectPostgres(database.url, options);
    const settings = async () => {
      const names = ["transaction_isolation", "transaction_read_only", "lock_timeout", "statement_timeout"];
      const list = names.map((name) => `current_setting('${name}') AS ${name}`).join(", ");
      return (await connection.query(`SELECT ${list}`)).rows[0];
    };
    await connection.begin(BEGIN);
    expect(connection.inTransaction).toBe(true);
    expect(await settings()).toEqual({
      transaction_isolation: "read committed",
      transaction_read_only: "off",
      lock_timeout: "567ms",
      statement_timeout: "1234ms",
    });
    await connection.commit();
    expect(connection.inTransaction).toBe(false);
    expect(await settings()).toMatchObject({ lock_timeout: "0", statement_timeout: "0" });
    await connection.close();
    await database.dispose();
  });

  it("makes what it did last, or not", async () => {
    await withPostgres(open, async (connection) => {
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE kept ()");
      await connection.commit();
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE gone ()");
      await connection.rollback();
      const { rows } = await connection.query("SELECT to_regclass('kept')::text AS kept, to_regclass('gone') AS gone");
      expect(rows).toEqual([{ kept: "kept", gone: null }]);
    });
  });

  it("cannot be committed when a statement in it failed and the error was caught", async () => {
    await withPostgres(open, async (connection) => {
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE t ()");
      await connection.query("SELECT 1 / 0").catch(() => undefined);
      const error = await connection.commit().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QueryError);
      expect((error as QueryError).message).toBe("the transaction had already failed, so the database rolled it back");
      expect(connection.inTransaction).toBe(false);
      expect((await connection.query("SELECT to_regclass('t') AS t")).rows).toEqual([{ t: null }]);
    });
  });

  it("cannot be committed while a deferred constraint is violated", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script(
        "CREATE TABLE t (id integer PRIMARY KEY, up integer REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
      );
      await connection.begin(BEGIN);
      await connection.script("INSERT INTO t VALUES (1, 2)");
      await expect(connection.commit()).rejects.toMatchObject({ sqlState: "23503" });
      expect(connection.inTransaction).toBe(false);
      expect((await connection.query("SELECT * FROM t")).rows).toEqual([]);
    });
  });

  it("goes on after a failed statement behind a savepoint", async () => {
    await withPostgres(open, async (connection) => {
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE t (); SAVEPOINT s");
      await connection.query("SELECT 1 / 0").catch(() => undefined);
      await connection.script("ROLLBACK TO SAVEPOINT s");
      await connection.commit();
      expect((await connection.query("SELECT to_regclass('t')::text AS t")).rows).toEqual([{ t: "t" }]);
    });
  });

  for (const sql of [
    "COMMIT",
    "ROLLBACK",
    "COMMIT; BEGIN",
    "COMMIT AND CHAIN",
    "ROLLBACK; BEGIN; CREATE TABLE other ()",
    "CREATE TABLE other (); COMMIT; SELECT 1 / 0",
    "COMMIT; BEGIN; SELECT 1 / 0",
    "ROLLBACK AND CHAIN; SELECT 1 / 0",
    "/* harmless */ END",
  ]) {
    it(`notices that '${sql}' ended it`, async () => {
      await withPostgres(open, async (connection) => {
        await connection.begin(BEGIN);
        await connection.script("CREATE TABLE t ()");
        await expect(connection.script(sql)).rejects.toThrow(/^the statement ended the transaction it ran in/);
        await connection.rollback();
        expect(connection.inTransaction).toBe(false);
      });
    });
  }

  it("runs as the role of the options, in a transaction and outside of one", async () => {
    await withPostgres(open, async (connection, url) => {
      const role = `tsm_role_${connection.facts.processId}`;
      await connection.script(`CREATE ROLE ${role}`);
      const other = await connectPostgres(url, { role });
      await other.begin(BEGIN);
      const { rows } = await other.query("SELECT current_user::text AS name");
      await other.rollback();
      expect(rows).toEqual([{ name: role }]);
      expect((await other.query("SELECT current_user::text AS name")).rows).toEqual(rows);
      await other.close();
      await connection.script(`DROP ROLE ${role}`);
    });
  });

  it("is refused where the database only reads, before anything is tried", async () => {
    await withPostgres(open, async (connection, url) => {
      const { rows } = await connection.query<{ name: string }>("SELECT current_database()::text AS name");
      await connection.script(`ALTER DATABASE ${rows[0]!.name} SET default_transaction_read_only = on`);
      await using reader = await connectPostgres(url);
      await expect(reader.begin(BEGIN)).rejects.toThrow(
        /nothing can be changed here: the database or the role only reads/,
      );
      const lock = reader.lock({ name: "x", timeoutMilliseconds: 0, onWait: () => undefined });
      await expect(lock).rejects.toThrow(ConnectionError);
      expect((await reader.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
  });
});

describe.each(POSTGRES_DIALECTS)("a COMMIT without an answer on $name", ({ open }) => {
  it("counts as done when the server did it, and the connection goes on", async () => {
    await withPostgres(open, async (connection, url) => {
      const proxy = await cuttingProxy(url, "after");
      const through = await connectPostgres(proxy.url);
      await through.begin(BEGIN);
      await through.script("CREATE TABLE t ()");
      await through.commit();
      expect((await connection.query("SELECT to_regclass('t')::text AS t")).rows).toEqual([{ t: "t" }]);
      expect((await through.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await through.close();
    });
  });

  it("is an error when the server never got it", async () => {
    await withPostgres(open, async (connection, url) => {
      const proxy = await cuttingProxy(url, "before");
      const through = await connectPostgres(proxy.url);
      await through.begin(BEGIN);
      await through.script("CREATE TABLE t ()");
      const message = "the connection was lost while committing, and the database rolled back";
      await expect(through.commit()).rejects.toThrow(message);
      expect((await connection.query("SELECT to_regclass('t') AS t")).rows).toEqual([{ t: null }]);
    });
  });
});

/** A server in between that cuts the first connection to say COMMIT: before it arrives, or once it was carried out. */
async function cuttingProxy(url: string, when: "before" | "after"): Promise<{ url: string }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((client) => {
    const upstream = connectSocket(Number(target.port), target.hostname);
    let committing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    client.on("data", (chunk) => {
      committing = !cut && chunk.includes("COMMIT\0");
      if (committing && when === "before") {
        cut = true;
        client.destroy();
        upstream.destroy();
      } else upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (committing) {
        cut = true;
        client.destroy();
        upstream.destroy();
      } else client.write(chunk);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const through = new URL(url);
  through.port = String((server.address() as { port: number }).port);
  return { url: through.href };
}
