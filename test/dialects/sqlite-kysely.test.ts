import Database from "better-sqlite3";
import { Kysely, SqliteDialect, sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { ForeignKeyViolationError, LockTimeoutError, QueryError, UsageError } from "../../src/errors.js";
import { introspect, OPTIONS, rebuild, sqliteFile } from "../support/sqlite.js";

const KEEP = { foreignKeys: "keep", lockTimeoutMilliseconds: 1_000 } as const;
const OFF = { foreignKeys: "off", lockTimeoutMilliseconds: 1_000 } as const;

describe.each([
  ["in process", false],
  ["in a worker", true],
])("the Kysely of a connection %s", (_name, worker) => {
  it("selects, inserts, updates and deletes, with numbers of rows and the new id", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, flag)", worker);
    const db = await connection.kysely();
    const inserted = await db
      .insertInto("t")
      .values([
        { v: "a", flag: true },
        { v: "b", flag: null },
      ])
      .executeTakeFirst();
    expect(inserted).toMatchObject({ insertId: 2n, numInsertedOrUpdatedRows: 2n });
    expect(await db.updateTable("t").set({ v: "c" }).where("id", "=", 2).executeTakeFirst()).toMatchObject({
      numUpdatedRows: 1n,
    });
    expect(await db.deleteFrom("t").where("v", "=", "nobody").executeTakeFirst()).toMatchObject({ numDeletedRows: 0n });
    expect(await db.selectFrom("t").selectAll().execute()).toEqual([
      { id: 1, v: "a", flag: 1 },
      { id: 2, v: "c", flag: null },
    ]);
    expect(await db.insertInto("t").values({ v: "d" }).returning("id").executeTakeFirst()).toEqual({ id: 3 });
  });

  it("takes part in the connection's transaction", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (v)", worker);
    const db = await connection.kysely();
    await connection.begin(KEEP);
    await db.schema.alterTable("t").addColumn("w", "text").execute();
    await db.insertInto("t").values({ v: 1 }).execute();
    await connection.rollback();
    expect(raw.prepare("SELECT * FROM t").all()).toEqual([]);
    expect((raw.pragma("table_info(t)") as unknown[]).length).toBe(1);
  });
});

describe("transactions of op.db", () => {
  it("are savepoints inside a transaction: what fails is undone, the rest stays", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (v)");
    const db = await connection.kysely();
    await connection.begin(KEEP);
    await db.insertInto("t").values({ v: 1 }).execute();
    await db.transaction().execute((trx) => trx.insertInto("t").values({ v: 2 }).execute());
    const failing = db.transaction().execute(async (trx) => {
      await trx.insertInto("t").values({ v: 3 }).execute();
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(connection.inTransaction).toBe(true);
    await connection.commit();
    expect(raw.prepare("SELECT v FROM t").pluck().all()).toEqual([1, 2]);
  });

  it("are real ones outside a transaction", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (v)");
    const db = await connection.kysely();
    await db.transaction().execute(async (trx) => {
      await trx.insertInto("t").values({ v: 1 }).execute();
      expect(connection.inTransaction).toBe(true);
      expect(() => raw.exec("PRAGMA busy_timeout = 0; BEGIN IMMEDIATE")).toThrow("locked");
    });
    expect(connection.inTransaction).toBe(false);
    expect(raw.prepare("SELECT v FROM t").pluck().all()).toEqual([1]);
  });

  it("that overlap on the one connection are refused instead of waiting for each other for ever", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (v)");
    const db = await connection.kysely();
    await connection.begin(KEEP);
    await db.transaction().execute(async (trx) => {
      await trx.insertInto("t").values({ v: 1 }).execute();
      await expect(db.transaction().execute(async () => {})).rejects.toBeInstanceOf(UsageError);
      expect(await db.selectFrom("t").selectAll().execute()).toEqual([{ v: 1 }]);
    });
    await connection.commit();
  });

  it("cannot have an isolation level inside a transaction", async () => {
    const { connection } = await sqliteFile();
    const db = await connection.kysely();
    await connection.begin(KEEP);
    const attempt = db
      .transaction()
      .setIsolationLevel("serializable")
      .execute(async () => {});
    await expect(attempt).rejects.toThrow("has no isolation level");
    await db.transaction().execute(async () => {});
    await connection.rollback();
  });

  it("can be controlled with savepoints of their own", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (v)");
    const db = await connection.kysely();
    const trx = await db.startTransaction().execute();
    await trx.insertInto("t").values({ v: 1 }).execute();
    const after = await trx.savepoint('a "quoted" name').execute();
    await after.insertInto("t").values({ v: 2 }).execute();
    await after.rollbackToSavepoint('a "quoted" name').execute();
    await after.commit().execute();
    expect(raw.prepare("SELECT v FROM t").pluck().all()).toEqual([1]);
  });

  it("leave the connection open when the Kysely is destroyed, and see introspection and streams", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)");
    const db = await connection.kysely();
    expect((await db.introspection.getTables()).map((table) => table.name)).toEqual(["t"]);
    const seen: unknown[] = [];
    for await (const row of db.selectFrom("t").selectAll().stream()) seen.push(row);
    expect(seen).toEqual([{ v: 1 }, { v: 2 }]);
    await db.destroy();
    expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});

describe("an adopted connection of the application's Kysely", () => {
  async function adopted(sqlText = "") {
    const { raw, file } = await sqliteFile(sqlText);
    const own = new Database(file);
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database: own }) });
    const connection = await sqlite.adopt(db, OPTIONS);
    onTestFinished(async () => {
      await connection.close();
      await db.destroy();
    });
    return { connection, raw, db, own };
  }

  it("does not trust the schema, unless that calls functions of the application's, and gives the setting back", async () => {
    const { connection, raw } = await adopted("CREATE VIRTUAL TABLE words USING fts5(word)");
    expect((await connection.query("PRAGMA trusted_schema")).rows).toEqual([{ trusted_schema: 0 }]);
    await connection.query("INSERT INTO words VALUES ('ada')");
    await connection.close();
    raw.close();
    const database = new Database(":memory:");
    database.function("half", { deterministic: true }, (value) => Number(value) / 2);
    database.exec("CREATE TABLE t (a, b AS (HALF(a)), CHECK (half(a) < 5))");
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database }) });
    const own = await sqlite.adopt(db, OPTIONS);
    await own.query("INSERT INTO t VALUES (4)");
    expect((await own.query("SELECT b FROM t")).rows).toEqual([{ b: 2 }]);
    await own.close();
    expect(database.pragma("trusted_schema", { simple: true })).toBe(1);
    await db.destroy();
  });

  it("is refused where a temporary table hides one of the database, and given back", async () => {
    const database = new Database(":memory:");
    database.exec(
      "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TEMP TABLE other (id); CREATE TEMP VIEW Users AS SELECT 1",
    );
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database }) });
    await expect(sqlite.adopt(db, OPTIONS)).rejects.toThrow(
      "temporary view 'Users', which hides the one of the database",
    );
    database.exec("DROP VIEW temp.Users");
    await (await sqlite.adopt(db, OPTIONS)).close();
    await db.destroy();
  });

  it("runs statements and scripts, and knows whether a transaction is open", async () => {
    const { connection, raw } = await adopted();
    expect(connection.serverVersion).toMatch(/^3\./);
    await connection.script(
      "CREATE TABLE t (a UNIQUE); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END; INSERT INTO t VALUES (1)",
    );
    await connection.begin(KEEP);
    expect(connection.inTransaction).toBe(true);
    await expect(connection.query("INSERT INTO t VALUES (1)")).rejects.toMatchObject({
      sqlState: "SQLITE_CONSTRAINT_UNIQUE",
    });
    expect(connection.inTransaction).toBe(true);
    expect(await connection.query("INSERT INTO t VALUES (?)", ["2"])).toMatchObject({ affectedRows: 1 });
    await connection.rollback();
    expect(raw.prepare("SELECT a FROM t").pluck().all()).toEqual([1]);
  });

  it("rebuilds a table whose children cascade, with enforcement as the application had it", async () => {
    const { connection, raw } = await adopted(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1, 'x'); INSERT INTO c VALUES (1)",
    );
    await rebuild(connection, { kind: "alterColumn", table: { name: "p" }, column: "v", changes: { nullable: false } });
    expect(raw.prepare("SELECT count(*) FROM c").pluck().get()).toBe(1);
    expect((await introspect(connection)).tables.p?.columns[1]?.nullable).toBe(false);
    expect((await connection.query("PRAGMA foreign_keys")).rows).toEqual([{ foreign_keys: 1 }]);
    await connection.begin(OFF);
    await connection.query("INSERT INTO c VALUES (99)");
    await expect(connection.commit()).rejects.toBeInstanceOf(ForeignKeyViolationError);
    await connection.rollback();
  });

  it("keeps the temporary views and triggers of the application through a rebuild", async () => {
    const { connection, own } = await adopted(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x')",
    );
    own.exec(
      "CREATE TEMP TABLE seen (id); CREATE TEMP VIEW tv AS SELECT v FROM t; CREATE TEMP TRIGGER tg AFTER INSERT ON main.t BEGIN INSERT INTO seen VALUES (new.id); END",
    );
    await rebuild(connection, { kind: "alterColumn", table: { name: "t" }, column: "v", changes: { nullable: false } });
    own.exec("INSERT INTO t VALUES (2, 'y')");
    expect(own.prepare("SELECT v FROM tv").pluck().all()).toEqual(["x", "y"]);
    expect(own.prepare("SELECT id FROM seen").pluck().all()).toEqual([2]);
    expect(own.prepare("SELECT name FROM sqlite_master WHERE type <> 'table'").all()).toEqual([]);
  });

  it("notices that SQLite has rolled back by itself", async () => {
    const { connection, raw } = await adopted(
      "CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO t VALUES (1)",
    );
    await connection.begin(OFF);
    await expect(connection.query("INSERT INTO t VALUES (1)")).rejects.toBeInstanceOf(QueryError);
    expect(connection.inTransaction).toBe(false);
    await expect(connection.query("INSERT INTO t VALUES (2)")).rejects.toThrow("the transaction is gone");
    await connection.rollback();
    expect(raw.prepare("SELECT a FROM t").pluck().all()).toEqual([1]);
  });

  it("waits in slices for another writer, and says so when it takes too long", async () => {
    const { connection, raw } = await adopted("CREATE TABLE t (a)");
    raw.exec("BEGIN IMMEDIATE");
    await expect(connection.begin({ ...KEEP, lockTimeoutMilliseconds: 200 })).rejects.toBeInstanceOf(LockTimeoutError);
    raw.exec("ROLLBACK");
  });

  it("is given back by closing, with its own settings, and the application's Kysely goes on", async () => {
    const { connection, db, own } = await adopted("CREATE TABLE t (a)");
    await connection.begin(KEEP);
    await connection.close();
    expect(own.inTransaction).toBe(false);
    expect(own.pragma("busy_timeout", { simple: true })).toBe(5_000);
    expect((await sql`SELECT 1 AS one`.execute(db)).rows).toEqual([{ one: 1 }]);
  });

  it("writes nothing where it was taken for reading, and does again when it is given back", async () => {
    const own = new Database(":memory:");
    own.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database: own }) });
    const connection = await sqlite.adopt(db, { ...OPTIONS, readOnly: true });
    await expect(connection.query("DELETE FROM t")).rejects.toMatchObject({ sqlState: "SQLITE_READONLY" });
    await connection.close();
    await sql`DELETE FROM t`.execute(db);
    expect(own.prepare("SELECT * FROM t").all()).toEqual([]);
    await db.destroy();
  });

  it("that cannot be had is an error with its reason", async () => {
    const own = new Database(":memory:");
    own.close();
    const db = new Kysely<any>({ dialect: new SqliteDialect({ database: own }) });
    await expect(sqlite.adopt(db, OPTIONS)).rejects.toMatchObject({
      code: "TSM_CONNECTION",
      message: expect.stringContaining("not open"),
    });
  });
});
