import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { applySettings } from "../../src/dialects/sqlite/connection/session-settings.js";
import { InternalError, LockTimeoutError, QueryError } from "../../src/errors.js";
import { openFile, openMemory, sqliteFile } from "../support/sqlite.js";

const KEEP = { foreignKeys: "keep", lockTimeoutMilliseconds: 1_000 } as const;
const OFF = { foreignKeys: "off", lockTimeoutMilliseconds: 1_000 } as const;

async function pragma(connection: Connection, name: string): Promise<unknown> {
  return Object.values((await connection.query(`PRAGMA ${name}`)).rows[0] ?? {})[0];
}

describe.each([
  ["in process", false],
  ["in a worker", true],
])("a connection %s", (_name, worker) => {
  it("gives rows, numbers of rows and the last rowid", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", worker);
    expect(await connection.query("INSERT INTO t (v) VALUES (1), (2)")).toMatchObject({
      affectedRows: 2,
      insertId: 2,
      rows: [],
    });
    expect(await connection.query("UPDATE t SET v = 0 RETURNING id")).toEqual({
      rows: [{ id: 1 }, { id: 2 }],
      affectedRows: 2,
    });
    expect(await connection.query("SELECT count(*) AS n FROM t")).toEqual({ rows: [{ n: 2 }], affectedRows: 0 });
    expect(await connection.query("CREATE TABLE u (a)")).toMatchObject({ rows: [], affectedRows: 0 });
  });

  it("binds what JavaScript has and SQLite has not", async () => {
    const { connection } = await sqliteFile("", worker);
    const date = new Date("2024-02-03T04:05:06.789Z");
    const values = [true, false, date, undefined, null, 12n, 1.5, "x'", Buffer.from([1, 2])];
    const { rows } = await connection.query(`SELECT ${values.map((_, index) => `? AS c${index}`).join(", ")}`, values);
    const [{ c8, ...row }] = rows as [Record<string, unknown>];
    expect(Object.values(row)).toEqual([1, 0, "2024-02-03T04:05:06.789Z", null, null, 12, 1.5, "x'"]);
    expect([...(c8 as Uint8Array)]).toEqual([1, 2]);
  });

  it("throws the statement and SQLite's code when a statement fails", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (a UNIQUE)", worker);
    await connection.query("INSERT INTO t VALUES (1)");
    const attempt = connection.query("INSERT INTO t VALUES (1)");
    await expect(attempt).rejects.toBeInstanceOf(QueryError);
    await expect(attempt).rejects.toMatchObject({
      sql: "INSERT INTO t VALUES (1)",
      sqlState: "SQLITE_CONSTRAINT_UNIQUE",
      message: "UNIQUE constraint failed: t.a",
    });
    await expect(connection.query("SELECT ?", [])).rejects.toBeInstanceOf(QueryError);
    await expect(connection.query("SELECT 1; SELECT 2")).rejects.toThrow("more than one statement");
  });

  it("runs scripts of several statements, triggers among them", async () => {
    const { connection, raw } = await sqliteFile("", worker);
    await connection.script(
      "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END; INSERT INTO t VALUES (1);",
    );
    expect(raw.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 0 });
  });

  it("commits and rolls back, DDL too", async () => {
    const { connection, raw } = await sqliteFile("", worker);
    await connection.begin(KEEP);
    expect(connection.inTransaction).toBe(true);
    await connection.query("CREATE TABLE a (x)");
    await connection.rollback();
    await connection.begin(KEEP);
    await connection.query("CREATE TABLE b (x)");
    await connection.commit();
    expect(connection.inTransaction).toBe(false);
    expect(raw.prepare("SELECT name FROM sqlite_master").all()).toEqual([{ name: "b" }]);
  });

  it("rolls back what is open when it is closed, and can be closed twice", async () => {
    const { connection, raw, file } = await sqliteFile("CREATE TABLE t (a)", worker);
    await connection.begin(OFF);
    await connection.query("INSERT INTO t VALUES (1)");
    await connection.close();
    await connection.close();
    expect(raw.prepare("SELECT * FROM t").all()).toEqual([]);
    await expect(connection.query("SELECT 1")).rejects.toBeInstanceOf(InternalError);
    await using other = await openFile(file, {}, worker);
    expect((await other.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  it("waits for another writer without blocking the event loop, and begins when it has gone", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a)", worker);
    raw.exec("BEGIN IMMEDIATE");
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    setTimeout(() => raw.exec("COMMIT"), 600);
    await connection.begin({ ...KEEP, lockTimeoutMilliseconds: 5_000 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(worker ? 50 : 3);
    await connection.rollback();
  });

  it("says that the database is locked when the wait is over, with settings as they were", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a)", worker);
    raw.exec("BEGIN IMMEDIATE");
    const attempt = connection.begin({ ...OFF, lockTimeoutMilliseconds: 300 });
    await expect(attempt).rejects.toBeInstanceOf(LockTimeoutError);
    await expect(attempt).rejects.toMatchObject({
      milliseconds: 300,
      message: expect.stringContaining("is locked by another connection"),
    });
    expect(connection.inTransaction).toBe(false);
    raw.exec("ROLLBACK");
    expect(await pragma(connection, "foreign_keys")).toBe(1);
    await connection.begin(KEEP);
    await connection.rollback();
  });

  it("commits when a reader is in the way for a while", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)", worker);
    raw.exec("BEGIN");
    raw.prepare("SELECT * FROM t").all();
    await connection.begin({ ...KEEP, lockTimeoutMilliseconds: 5_000 });
    await connection.query("INSERT INTO t VALUES (3)");
    setTimeout(() => raw.exec("COMMIT"), 400);
    await connection.commit();
    expect(raw.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 3 });
  });
});

describe("foreign keys", () => {
  const SETTINGS = [
    "foreign_keys",
    "legacy_alter_table",
    "recursive_triggers",
    "ignore_check_constraints",
    "cache_size",
  ];
  const settings = async (connection: Connection) => Promise.all(SETTINGS.map((name) => pragma(connection, name)));

  it("are off inside and as before afterwards: after a commit, a rollback and a failed commit", async () => {
    const { connection } = await sqliteFile("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)");
    await connection.query("PRAGMA recursive_triggers = ON");
    await connection.query("PRAGMA legacy_alter_table = ON");
    await connection.query("PRAGMA ignore_check_constraints = ON");
    await connection.query("PRAGMA cache_size = 1234");
    for (const end of ["commit", "rollback", "violate"]) {
      await connection.begin(OFF);
      expect(connection.foreignKeysOff).toBe(true);
      expect(await settings(connection)).toEqual([0, 0, 1, 0, -4_000]);
      if (end === "violate") {
        await connection.query("INSERT INTO c VALUES (1)");
        await expect(connection.commit()).rejects.toMatchObject({ code: "TSM_FOREIGN_KEY_VIOLATION" });
      }
      if (end === "commit") await connection.commit();
      else await connection.rollback();
      expect(connection.foreignKeysOff).toBe(false);
      expect(await settings(connection)).toEqual([1, 1, 1, 1, 1_234]);
    }
  });

  it("that SQLite would ignore are an error and no silence, since it would delete rows", async () => {
    const database = new Database(":memory:");
    const query = async (sql: string) => {
      const statement = database.prepare<[], Record<string, unknown>>(sql);
      if (statement.reader) return statement.all();
      statement.run();
      return [];
    };
    database.exec("BEGIN");
    await expect(applySettings(query, { foreign_keys: 0 })).rejects.toThrow("SQLite ignored 'PRAGMA foreign_keys = 0'");
    database.exec("COMMIT");
    await applySettings(query, { foreign_keys: 0 });
    expect(database.pragma("foreign_keys", { simple: true })).toBe(0);
    database.close();
  });

  it("that were off before stay off", async () => {
    const { connection } = await sqliteFile();
    await connection.query("PRAGMA foreign_keys = OFF");
    await connection.begin(OFF);
    await connection.commit();
    expect(await pragma(connection, "foreign_keys")).toBe(0);
  });

  it("that are deferred are reported by table when the commit finds them broken", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (x REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
    );
    await connection.begin(KEEP);
    await connection.query("INSERT INTO c VALUES (1), (2)");
    await expect(connection.commit()).rejects.toMatchObject({
      violations: ["2 rows of 'c' refer to a missing row of 'p'"],
    });
    expect(connection.inTransaction).toBe(true);
    await connection.rollback();
    expect(raw.prepare("SELECT * FROM c").all()).toEqual([]);
  });

  it("compare rows, not numbers: one violation mended and another made is one too many", async () => {
    const { connection } = await sqliteFile(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, x REFERENCES p); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 9), (2, 1)",
    );
    await connection.begin(OFF);
    await connection.query("UPDATE c SET x = CASE id WHEN 1 THEN 1 ELSE 9 END");
    await expect(connection.commit()).rejects.toMatchObject({
      violations: ["1 row of 'c' refers to a missing row of 'p'"],
    });
    await connection.rollback();
  });

  it("violated before are no reason against renaming the tables", async () => {
    const { connection } = await sqliteFile(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (x REFERENCES p); INSERT INTO c VALUES (9)",
    );
    await connection.begin(OFF);
    await connection.query("ALTER TABLE p RENAME TO q");
    await connection.query("ALTER TABLE c RENAME TO d");
    await connection.commit();
    await connection.begin(OFF);
    await connection.query("DROP TABLE q");
    await connection.commit();
  });
});

describe("a transaction that is gone", () => {
  it("because the disk was full: nothing more runs, and the commit says that nothing was applied", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a); INSERT INTO t VALUES ('before')");
    const pages = Number(await pragma(connection, "page_count"));
    await connection.query(`PRAGMA max_page_count = ${pages + 10}`);
    await connection.begin(KEEP);
    await connection.query("INSERT INTO t VALUES ('inside')");
    const fill = connection.query("INSERT INTO t SELECT zeroblob(1000000)");
    await expect(fill).rejects.toMatchObject({ sqlState: "SQLITE_FULL", hint: expect.stringContaining("space") });
    if (connection.inTransaction) {
      // A statement that is undone alone leaves the transaction open; then it can be rolled back like any other.
      await connection.rollback();
    } else {
      await expect(connection.query("INSERT INTO t VALUES ('in autocommit')")).rejects.toThrow(
        "the transaction is gone",
      );
      await expect(connection.commit()).rejects.toThrow("rolled back before it could be committed");
      await connection.rollback();
    }
    expect(raw.prepare("SELECT a FROM t").pluck().all()).toEqual(["before"]);
    expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  it("because a conflict clause rolled it back: later statements do not run in autocommit", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK); INSERT INTO t VALUES (1)",
    );
    await connection.begin(OFF);
    await connection.query("INSERT INTO t VALUES (2)");
    await expect(connection.query("INSERT INTO t VALUES (1)")).rejects.toThrow("UNIQUE");
    expect(connection.inTransaction).toBe(false);
    await expect(connection.query("INSERT INTO t VALUES (3)")).rejects.toThrow(
      "the transaction is gone: UNIQUE constraint failed",
    );
    await expect(connection.script("INSERT INTO t VALUES (3)")).rejects.toThrow("the transaction is gone");
    await expect(connection.commit()).rejects.toBeInstanceOf(QueryError);
    await connection.rollback();
    expect(raw.prepare("SELECT a FROM t").pluck().all()).toEqual([1]);
    expect(await pragma(connection, "foreign_keys")).toBe(1);
  });

  it.each(["COMMIT", "ROLLBACK", "END", " commit ; "])(
    "because a statement of the user's is %s: an error that says so",
    async (sql) => {
      const { connection } = await sqliteFile("CREATE TABLE t (a)");
      await connection.begin(KEEP);
      await expect(connection.query(sql)).rejects.toMatchObject({
        hint: expect.stringContaining("export const transaction = false"),
      });
      await connection.rollback();
    },
  );

  it("cannot come from a script: what begins or ends a transaction is refused before it runs", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a)");
    await connection.begin(KEEP);
    await expect(
      connection.script("INSERT INTO t VALUES (1); COMMIT; BEGIN; INSERT INTO t VALUES (2)"),
    ).rejects.toThrow("begins or ends a transaction");
    await connection.script("SAVEPOINT s; INSERT INTO t VALUES (3); ROLLBACK TO s; RELEASE s");
    await connection.commit();
    expect(raw.prepare("SELECT * FROM t").all()).toEqual([]);
  });
});

describe("a connection's smaller promises", () => {
  it("begin inside a transaction and commit outside one are bugs of the caller", async () => {
    const connection = await openMemory();
    await expect(connection.commit()).rejects.toBeInstanceOf(InternalError);
    await connection.begin(KEEP);
    await expect(connection.begin(KEEP)).rejects.toBeInstanceOf(InternalError);
    await connection.rollback();
    await connection.rollback();
  });

  it("lock and cancel do nothing, and harm nothing", async () => {
    const connection = await openMemory();
    await using _lock = await connection.lock({ name: "x", timeoutMilliseconds: 1, onWait: () => {} });
    await connection.cancel();
    expect((await connection.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  it("a statement outside a transaction waits for a writer to finish", async () => {
    const { connection, raw } = await sqliteFile("CREATE TABLE t (a)");
    raw.exec("BEGIN EXCLUSIVE");
    setTimeout(() => raw.exec("COMMIT"), 400);
    expect((await connection.query("SELECT * FROM t")).rows).toEqual([]);
  });

  it("the driver in use is the one of this project", () => {
    expect(new Database(":memory:").prepare("SELECT 1").pluck().get()).toBe(1);
  });
});
