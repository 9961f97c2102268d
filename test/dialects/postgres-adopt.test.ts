import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { postgres } from "../../src/dialects/postgres/index.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { CONNECT_OPTIONS, withPostgres } from "../support/postgres-connection.js";

const BEGIN = { foreignKeys: "keep", lockTimeoutMilliseconds: 0 } as const;
const EVERYTHING = { ignoreTables: [], schemas: [] } as const;

describe.each(POSTGRES_DIALECTS)("an application's own Kysely on $name", ({ open }) => {
  it("lends one connection and gets it back", async () => {
    await withKysely(open, async (db, pool) => {
      const connection = await postgres.adopt(db, CONNECT_OPTIONS);
      expect(pool.totalCount - pool.idleCount).toBe(1);
      expect(connection.serverVersion).toMatch(/^\d+/);
      await connection.script("CREATE TABLE t (a integer); INSERT INTO t VALUES (1), (2)");
      await connection.close();
      expect(pool.totalCount - pool.idleCount).toBe(0);
      expect(await db.selectFrom("t").selectAll().execute()).toHaveLength(2);
    });
  });

  it("sees a transaction when it is committed, and only then", async () => {
    await withKysely(open, async (db) => {
      await using connection = await postgres.adopt(db, CONNECT_OPTIONS);
      const tables = () => db.introspection.getTables().then((list) => list.map(({ name }) => name));
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE kept (a integer)");
      expect(await tables()).toEqual([]);
      await connection.commit();
      await connection.begin(BEGIN);
      await connection.script("CREATE TABLE gone (a integer)");
      await connection.rollback();
      expect(await tables()).toEqual(["kept"]);
    });
  });

  it("cannot commit a transaction that failed or was ended by the revision itself", async () => {
    await withKysely(open, async (db) => {
      await using connection = await postgres.adopt(db, CONNECT_OPTIONS);
      await connection.begin(BEGIN);
      await connection.query("SELECT 1 / 0").catch(() => undefined);
      await expect(connection.commit()).rejects.toThrow(/had already failed/);
      await connection.rollback();
      await connection.begin(BEGIN);
      await connection.script("COMMIT; BEGIN");
      await expect(connection.commit()).rejects.toThrow(/ended the transaction/);
      await connection.rollback();
      expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });
  });

  it("is read in spite of plugins that rename columns", async () => {
    await withKysely(open, async (db) => {
      await using connection = await postgres.adopt(db.withPlugin(new CamelCasePlugin()), CONNECT_OPTIONS);
      await connection.script("CREATE TABLE user_names (first_name text NOT NULL)");
      const { tables } = await postgres.introspect(connection, EVERYTHING);
      expect(tables.user_names!.columns).toEqual([{ name: "first_name", type: { name: "text" }, nullable: false }]);
    });
  });

  it("takes and gives back the lock on its one connection", async () => {
    await withKysely(open, async (db) => {
      await using first = await postgres.adopt(db, CONNECT_OPTIONS);
      await using second = await postgres.adopt(db, CONNECT_OPTIONS);
      const options = { name: "lock", timeoutMilliseconds: 100, onWait: () => undefined };
      const held = await first.lock(options);
      await expect(second.lock(options)).rejects.toThrow(/another run is at work: process \d+/);
      await held[Symbol.asyncDispose]();
      await (await second.lock(options))[Symbol.asyncDispose]();
    });
  });
});

async function withKysely(
  open: Parameters<typeof withPostgres>[0],
  use: (db: Kysely<any>, pool: pg.Pool) => Promise<void>,
): Promise<void> {
  await withPostgres(open, async (_connection, url) => {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on("error", () => undefined);
    const db = new Kysely<any>({ dialect: new PostgresDialect({ pool }) });
    try {
      await use(db, pool);
    } finally {
      await db.destroy();
    }
  });
}
