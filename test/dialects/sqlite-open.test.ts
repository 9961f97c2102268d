import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { ConnectionNote } from "../../src/dialects/dialect.js";
import { networkFileSystem } from "../../src/dialects/sqlite/connection/network-file-system.js";
import { ConnectionError } from "../../src/errors.js";
import { openFile, openMemory, temporaryFolder } from "../support/sqlite.js";
import { sqliteProcesses } from "../support/sqlite-process.js";

const runScript = sqliteProcesses();

function database(sql = "CREATE TABLE t (a); INSERT INTO t VALUES (1)"): {
  readonly folder: string;
  readonly file: string;
} {
  const folder = temporaryFolder();
  const file = join(folder, "x.db");
  const raw = new Database(file);
  raw.exec(sql);
  raw.close();
  return { folder, file };
}

async function refused(file: string, options: Parameters<typeof openFile>[1] = {}): Promise<ConnectionError> {
  const error = await openFile(file, options).then(
    async (connection) => {
      await connection.close();
      throw new Error("it opened");
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).hint).toBeTruthy();
  return error as ConnectionError;
}

describe("opening a database", () => {
  it("creates a missing file only when it may, and leaves none behind otherwise", async () => {
    const file = join(temporaryFolder(), "new.db");
    expect((await refused(file, { create: false })).message).toBe(`the database file '${file}' does not exist`);
    expect((await refused(file, { create: true, readOnly: true })).message).toContain("does not exist");
    expect(existsSync(file)).toBe(false);
    const connection = await openFile(file, { create: true });
    await connection.query("CREATE TABLE t (a)");
    await connection.close();
    expect(existsSync(file)).toBe(true);
  });

  it("says which folder is missing, and makes none", async () => {
    const folder = temporaryFolder();
    const error = await refused(join(folder, "deep/er/x.db"));
    expect(error.message).toBe(`the folder '${join(folder, "deep/er")}' of the database file does not exist`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says that the path is a directory, or goes through a file", async () => {
    const { folder, file } = database();
    expect((await refused(folder)).message).toBe(`'${folder}' is a directory, not a database file`);
    expect((await refused(join(file, "y.db"))).message).toBe(`'${file}' is not a folder`);
  });

  it("says that a file is no database, in process and in a worker", async () => {
    const file = join(temporaryFolder(), "text.db");
    writeFileSync(file, "this is a text and not a database\n".repeat(100));
    expect((await refused(file)).message).toBe(`'${file}' is not a SQLite database, or it is encrypted`);
    await expect(openFile(file, {}, true)).rejects.toThrow("is not a SQLite database");
    expect(readFileSync(file, "utf8")).toContain("this is a text");
  });

  it("says that a file is damaged", async () => {
    const { file } = database(
      `CREATE TABLE t (a); INSERT INTO t SELECT hex(randomblob(500)) FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9))`,
    );
    const bytes = readFileSync(file);
    bytes.fill(0xff, 100, 130);
    writeFileSync(file, bytes);
    const error = await refused(file).catch(async () => null);
    expect(error?.message ?? "damaged").toMatch(/damaged/);
  });

  it("takes an empty file for an empty database", async () => {
    const file = join(temporaryFolder(), "empty.db");
    writeFileSync(file, "");
    const connection = await openFile(file, { create: false });
    expect((await connection.query("SELECT * FROM sqlite_master")).rows).toEqual([]);
    await connection.close();
  });

  it.each([false, true])(
    "changes no byte and leaves no file behind (WAL: %s), for reading and for writing",
    async (wal) => {
      const { folder, file } = database(
        `PRAGMA journal_mode = ${wal ? "wal" : "delete"}; CREATE TABLE t (a); INSERT INTO t VALUES (1)`,
      );
      const before = readFileSync(file);
      for (const readOnly of [true, false]) {
        const connection = await openFile(file, { readOnly, create: false });
        expect((await connection.query("SELECT a FROM t")).rows).toEqual([{ a: 1 }]);
        await connection.close();
        expect(readFileSync(file).equals(before)).toBe(true);
        expect(readdirSync(folder)).toEqual(["x.db"]);
      }
    },
  );

  it.each(["delete", "wal"])("for reading refuses to write, with journal mode %s", async (mode) => {
    const { file } = database(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`);
    const connection = await openFile(file, { readOnly: true });
    await expect(connection.query("INSERT INTO t VALUES (1)")).rejects.toMatchObject({ sqlState: "SQLITE_READONLY" });
    await connection.close();
  });

  it("reads what a crash left behind, also when opened for reading", async () => {
    const { folder, file } = database("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    const script = await runScript(`
      const connection = await connect(${JSON.stringify(file)});
      await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 100 });
      await connection.query("PRAGMA cache_size = 1");
      await connection.query("INSERT INTO t SELECT hex(randomblob(2000)) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n)");
      console.log("written");
      setInterval(() => {}, 1000);`);
    expect(await script.firstLine).toBe("written");
    script.child.kill("SIGKILL");
    await script.done;
    expect(readdirSync(folder)).toContain("x.db-journal");
    const connection = await openFile(file, { readOnly: true });
    expect((await connection.query("SELECT * FROM t")).rows).toEqual([{ a: 1 }]);
    await connection.close();
  });

  it.each(["delete", "wal"])(
    "for reading leaves the locks alone that the application holds in this process, with journal mode %s",
    async (mode) => {
      const { file } = database(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`);
      const application = new Database(file);
      application.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
      const connection = await openFile(file, { readOnly: true });
      expect((await connection.query("SELECT a FROM t")).rows).toEqual([]);
      await connection.close();
      const script = await runScript(`
        const connection = await connect(${JSON.stringify(file)});
        const begun = connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 200 });
        await begun.then(() => console.log("not locked"), (error) => console.log(error.code));
        await connection.close();`);
      expect((await script.done).stdout).toBe("TSM_LOCK_TIMEOUT\n");
      application.exec("COMMIT");
      application.close();
    },
  );

  it("warns of a network file system, by the number that Linux has for it, and not of this one", async () => {
    expect([0x6969, 0xff534d42, -11317950, 0x9123683e].map(networkFileSystem)).toEqual(["NFS", "CIFS", "CIFS", null]);
    const notes: ConnectionNote[] = [];
    const connection = await openFile(database().file, { notify: (note) => notes.push(note) });
    await connection.close();
    expect(notes).toEqual([]);
  });

  it("opens a database that another process is writing to", async () => {
    const { file } = database();
    const raw = new Database(file);
    raw.exec("BEGIN EXCLUSIVE");
    const opening = openFile(file);
    setTimeout(() => raw.exec("COMMIT"), 300);
    const connection = await opening;
    expect((await connection.query("SELECT * FROM t")).rows).toEqual([{ a: 1 }]);
    await connection.close();
    raw.close();
  });

  it("says that a file or its folder may not be read or written by this user", async () => {
    const { folder, file } = database();
    chmodSync(folder, 0o755);
    const attempt = async (mode: number, folderMode: number, options: string) => {
      chmodSync(file, mode);
      chmodSync(folder, folderMode);
      const script = await runScript(
        `console.log(await connect(${JSON.stringify(file)}, ${options}).then((c) => c.query("SELECT * FROM t")).then(() => "fine", (e) => e.code + " " + e.message))`,
        { nobody: true },
      );
      const { stdout } = await script.done;
      return stdout.trim();
    };
    expect(await attempt(0o000, 0o755, "{}")).toBe(
      `TSM_CONNECTION the database file '${file}' may not be read by this user`,
    );
    expect(await attempt(0o444, 0o777, "{}")).toBe(`TSM_CONNECTION the database file '${file}' is read-only`);
    expect(await attempt(0o666, 0o555, "{}")).toContain(`TSM_CONNECTION the folder '${folder}' is read-only`);
    expect(await attempt(0o444, 0o555, "{ readOnly: true }")).toBe("fine");
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "inside"), { mode: 0o755 });
    const script = await runScript(
      `console.log(await connect(${JSON.stringify(join(folder, "inside/new.db"))}, { create: true }).then(() => "fine", (e) => e.message))`,
      { nobody: true },
    );
    chmodSync(join(folder, "inside"), 0o555);
    expect((await script.done).stdout.trim()).toBe(`no file can be created in the folder '${join(folder, "inside")}'`);
  });

  it("is told its version, and takes a path with spaces, quotes and percent signs", async () => {
    const file = join(temporaryFolder(), "it's 100% 'x' ?#.db");
    const connection = await openFile(file);
    expect(connection.serverVersion).toMatch(/^3\.\d+\.\d+$/);
    await connection.query("CREATE TABLE t (a)");
    await connection.close();
    expect(existsSync(file)).toBe(true);
    expect((await openMemory()).description).toBe("sqlite::memory:");
  });
});
