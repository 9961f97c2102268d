import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { ConnectionNote } from "../../src/dialects/dialect.js";
import { introspect, openFile, sqliteFile } from "../support/sqlite.js";
import { sqliteProcesses } from "../support/sqlite-process.js";

const runScript = sqliteProcesses();

const REBUILD = `
  const rebuild = async (connection) => {
    const before = await sqlite.refresh(await introspect(connection), connection);
    const op = { kind: "alterColumn", table: { name: "t" }, column: "v", changes: { nullable: false } };
    for (const statement of sqlite.compileRebuild([op], before)) {
      const { rows } = await connection.query(statement.sql);
      if (statement.expectNoRow !== undefined && rows.length > 0) throw new Error(statement.expectNoRow);
    }
  };`;

describe("several processes on one file", () => {
  it.each(["delete", "wal"])(
    "each apply their change once, one after the other, and none fails (journal mode %s)",
    async (mode) => {
      const { file, raw } = await sqliteFile(
        `PRAGMA journal_mode = ${mode}; CREATE TABLE heads (rev INTEGER); INSERT INTO heads VALUES (0); CREATE TABLE log (rev INTEGER, pid INTEGER)`,
      );
      const scripts = await Promise.all(
        Array.from({ length: 4 }, () =>
          runScript(`
          const connection = await connect(${JSON.stringify(file)});
          for (let round = 1; round <= 8; round++) {
            await connection.begin({ foreignKeys: round % 2 === 0 ? "off" : "keep", lockTimeoutMilliseconds: 30000 });
            const { rows: [{ rev }] } = await connection.query("SELECT rev FROM heads");
            if (rev < round) {
              await connection.query("CREATE TABLE made_" + round + " (a)");
              await connection.query("INSERT INTO log VALUES (?, ?)", [round, process.pid]);
              await connection.query("UPDATE heads SET rev = ?", [round]);
            }
            await connection.commit();
          }
          await connection.close();`),
        ),
      );
      for (const answer of await Promise.all(scripts.map((script) => script.done))) {
        expect(answer).toMatchObject({ code: 0, stderr: "" });
      }
      expect(raw.prepare("SELECT rev FROM log ORDER BY rev").pluck().all()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    },
  );

  it("wait for one that holds the lock, and take over at once when it is killed", async () => {
    const { file, connection } = await sqliteFile("CREATE TABLE t (a)");
    const script = await runScript(`
      const connection = await connect(${JSON.stringify(file)});
      await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 1000 });
      await connection.query("INSERT INTO t VALUES (1)");
      console.log("holding");
      setInterval(() => {}, 1000);`);
    expect(await script.firstLine).toBe("holding");
    const begun = connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 20_000 });
    setTimeout(() => script.child.kill("SIGKILL"), 300);
    await begun;
    expect((await connection.query("SELECT * FROM t")).rows).toEqual([]);
    await connection.commit();
  });
});

describe.runIf(process.platform === "linux")("a process that has the database locked", () => {
  it.each(["delete", "wal"])(
    "is named while it is waited for, and when the wait is over (journal mode %s)",
    async (mode) => {
      const { file } = await sqliteFile(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`);
      const notes: ConnectionNote[] = [];
      const connection = await openFile(file, { notify: (note) => notes.push(note) });
      const script = await runScript(`
      const connection = await connect(${JSON.stringify(file)});
      await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 1000 });
      await connection.query("INSERT INTO t VALUES (1)");
      console.log("holding");
      setInterval(() => {}, 1000);`);
      expect(await script.firstLine).toBe("holding");
      const holder = `process ${script.child.pid} (node)`;
      const begun = connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 1_500 });
      await expect(begun).rejects.toThrow(`is locked by ${holder}`);
      expect(notes).toEqual([{ type: "lockWait", holder: expect.stringContaining(holder) }]);
      script.child.kill("SIGKILL");
      await script.done;
      await connection.close();
    },
  );
});

describe("kill -9 in the middle of a rebuild", () => {
  it.each(["delete", "wal"])(
    "leaves the old table or the new one, never something between (journal mode %s)",
    async (mode) => {
      const rows = 30_000;
      let killedWithin = 0;
      const delays = [0, 5, 10, 20, 30, 45, 60, 80, 110, 150];
      // On a busy machine most of them come too early or too late.
      for (let run = 0; run < delays.length || (killedWithin < 3 && run < 60); run++) {
        const delay = delays[run] ?? Math.random() * 150;
        const { file, raw } = await sqliteFile(`
        PRAGMA journal_mode = ${mode};
        CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
        CREATE TABLE child (t INTEGER REFERENCES t ON DELETE CASCADE);
        CREATE INDEX i ON t (v);
        CREATE VIEW view_of_t AS SELECT * FROM t;
        CREATE TRIGGER g AFTER DELETE ON t BEGIN DELETE FROM child; END;
        INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i, hex(randomblob(20)) FROM n;
        INSERT INTO child SELECT id FROM t;`);
        raw.close();
        const script = await runScript(`${REBUILD}
        const connection = await connect(${JSON.stringify(file)}, {}, true);
        await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds: 1000 });
        await connection.query("PRAGMA cache_size = 10");
        console.log("begun");
        await rebuild(connection);
        await connection.commit();
        console.log("committed");
        setInterval(() => {}, 1000);`);
        expect(await script.firstLine).toBe("begun");
        await new Promise((resolve) => setTimeout(resolve, delay));
        script.child.kill("SIGKILL");
        const { stdout } = await script.done;
        if (readdirSync(dirname(file)).some((name) => name.endsWith("-journal") || name.endsWith("-wal")))
          killedWithin++;
        await using connection = await openFile(file);
        const { tables, views } = await introspect(connection);
        expect(Object.keys(tables).sort()).toEqual(["child", "t"]);
        expect(Object.keys(views)).toEqual(["view_of_t"]);
        if (stdout.includes("committed")) expect(tables.t!.columns[1]!.nullable).toBe(false);
        const look = new Database(file);
        expect(
          look.prepare("SELECT (SELECT count(*) FROM t) AS t, (SELECT count(*) FROM child) AS child").get(),
        ).toEqual({ t: rows, child: rows });
        expect(
          look.prepare("SELECT name FROM sqlite_master WHERE type IN ('index', 'trigger') ORDER BY name").pluck().all(),
        ).toEqual(["g", "i"]);
        expect(look.pragma("integrity_check", { simple: true })).toBe("ok");
        expect(look.pragma("foreign_key_check")).toEqual([]);
        look.close();
      }
      expect(killedWithin).toBeGreaterThan(2);
    },
  );
});

describe("a worker", () => {
  it("leaves the caller's event loop free while a statement runs for long", async () => {
    const { connection } = await sqliteFile("", true);
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    await connection.query(
      "SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000000) SELECT i FROM n)",
    );
    clearInterval(timer);
    expect(longest).toBeLessThan((performance.now() - started) / 2);
  });

  it("answers in order when several statements are sent at once", async () => {
    const { connection } = await sqliteFile("CREATE TABLE t (a)", true);
    const answers = await Promise.all([
      connection.query("INSERT INTO t VALUES (1)"),
      connection.query("SELECT count(*) AS n FROM t"),
      connection.query("nonsense").catch(() => "failed"),
      connection.query("INSERT INTO t VALUES (2)"),
      connection.query("SELECT count(*) AS n FROM t"),
    ]);
    expect(answers).toMatchObject([
      { affectedRows: 1 },
      { rows: [{ n: 1 }] },
      "failed",
      { affectedRows: 1 },
      { rows: [{ n: 2 }] },
    ]);
  });

  it("runs from a minified bundle, and does not keep a process alive that forgets to close", async () => {
    const { file } = await sqliteFile("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
    const script = await runScript(`
      const connection = await connect(${JSON.stringify(file)}, {}, true);
      console.log(JSON.stringify((await connection.query("SELECT a FROM t")).rows));`);
    expect(await script.done).toEqual({ code: 0, signal: null, stdout: '[{"a":1}]\n', stderr: "" });
  });
});
