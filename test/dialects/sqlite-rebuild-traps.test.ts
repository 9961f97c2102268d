/** What stands around a table and must neither break its rebuild nor be broken by it. */
import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/operations/operation.js";
import { introspect, runOperations } from "../support/engine.js";
import { openFile, type SqliteFile, sqliteFile } from "../support/sqlite.js";

const FAMILY = `
  CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p ON DELETE CASCADE, q_id INTEGER REFERENCES p ON DELETE SET NULL, up INTEGER REFERENCES c ON DELETE CASCADE);
  INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 1, 2, NULL), (2, 2, 1, 1), (3, 1, NULL, 3);`;

const again = (table: string): Operation => ({
  kind: "batchAlterTable",
  table: { name: table },
  recreate: "always",
  operations: [],
});
const shorter: Operation = {
  kind: "alterColumn",
  table: { name: "p" },
  column: "name",
  changes: { type: { name: "varchar", args: [9] } },
};
const rename: Operation = { kind: "renameTable", table: { name: "p" }, to: "parents" };

const rows = ({ raw }: SqliteFile, sql: string) => raw.prepare(sql).raw().all();
const kept = (db: SqliteFile) => [rows(db, "SELECT * FROM p"), rows(db, "SELECT * FROM c")];

/** Writes into the stored text of an object what this build of SQLite would not take from us. */
async function rewritten(sql: string, name: string, from: string, to: string): Promise<SqliteFile> {
  const db = await sqliteFile(sql);
  await db.connection.close();
  db.raw.unsafeMode(true);
  db.raw.exec("PRAGMA writable_schema = ON");
  db.raw.prepare("UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = ?").run(from, to, name);
  db.raw.exec("PRAGMA writable_schema = RESET");
  return { ...db, connection: await openFile(db.file) };
}

describe("a view or trigger that is broken, anywhere", () => {
  const BROKEN = `${FAMILY} CREATE VIEW v_broken AS SELECT * FROM nowhere; CREATE TRIGGER t_broken AFTER DELETE ON c BEGIN DELETE FROM nowhere; END;`;

  it("is in nobody's way when a table is rebuilt, and is there afterwards as it was", async () => {
    const db = await sqliteFile(BROKEN);
    const texts = () => rows(db, "SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger')");
    const [before, held] = [texts(), kept(db)];
    await runOperations(db.connection, [shorter]);
    expect([texts(), kept(db)]).toEqual([before, held]);
  });

  it("keeps SQLite from renaming, and the hint names it", async () => {
    const db = await sqliteFile(BROKEN);
    const before = rows(db, "SELECT * FROM sqlite_schema");
    await expect(runOperations(db.connection, [rename])).rejects.toMatchObject({
      message: expect.stringMatching(/error in (view v_broken|trigger t_broken)/),
      hint: expect.stringMatching(/correct or drop the (view 'v_broken'|trigger 't_broken') first/),
    });
    expect(rows(db, "SELECT * FROM sqlite_schema")).toEqual(before);
  });
});

describe("texts in double quotes", () => {
  const OLD =
    "CREATE TABLE old (id INTEGER PRIMARY KEY, a TEXT CHECK (a <> 'bad' AND \"a\" <> 'worse'), g TEXT AS (a || '!') STORED); CREATE INDEX i ON old (a) WHERE a <> 'zz'; INSERT INTO old (a) VALUES ('x');";
  const open = async () => {
    const db = await rewritten(`${FAMILY} ${OLD}`, "old", "'bad'", '"bad"');
    return db;
  };

  it("do not keep another table from being rebuilt, and are in single quotes when their own is", async () => {
    const db = await open();
    const held = kept(db);
    await runOperations(db.connection, [shorter]);
    expect(kept(db)).toEqual(held);
    await expect(runOperations(db.connection, [rename])).rejects.toMatchObject({
      hint: expect.stringContaining("'old' holds a text in double quotes"),
    });
    await runOperations(db.connection, [again("old")]);
    expect(rows(db, "SELECT * FROM old")).toEqual([[1, "x", "x!"]]);
    expect(() => db.raw.exec("INSERT INTO old (a) VALUES ('bad')")).toThrow(/CHECK/);
    await runOperations(db.connection, [rename]);
    expect(rows(db, "SELECT * FROM parents")).toEqual(held[0]);
    await db.connection.close();
  });

  it("are read as the texts they are", async () => {
    const db = await open();
    const { tables } = await introspect(db.connection);
    expect(tables.old!.checks).toEqual([{ name: null, expression: "a <> 'bad' AND \"a\" <> 'worse'" }]);
    await db.connection.close();
  });
});

describe("temporary views and triggers of the connection", () => {
  it("come back, and still see the table", async () => {
    const db = await sqliteFile(FAMILY);
    await db.connection.script(
      "CREATE TEMP TABLE seen (n); CREATE TEMP TRIGGER t AFTER INSERT ON p BEGIN INSERT INTO seen VALUES (new.id); END; CREATE TEMP VIEW v AS SELECT count(*) AS n FROM main.p",
    );
    await runOperations(db.connection, [shorter]);
    await db.connection.query("INSERT INTO p VALUES (9, 'new')");
    expect((await db.connection.query("SELECT (SELECT n FROM v) AS v, (SELECT n FROM seen) AS t")).rows).toEqual([
      { v: 3, t: 9 },
    ]);
  });
});

describe("statistics of ANALYZE", () => {
  it("are there for the table and its indexes afterwards", async () => {
    const db = await sqliteFile(`${FAMILY} CREATE INDEX ix ON p (name); ANALYZE;`);
    const before = rows(db, "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2");
    await runOperations(db.connection, [shorter]);
    expect(rows(db, "SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2")).toEqual(before);
  });
});

describe("full text search over a table", () => {
  it("goes on through triggers and content after a rebuild, on a connection that trusts no schema", async () => {
    const db = await sqliteFile(`
      CREATE TABLE doc (id TEXT PRIMARY KEY, body TEXT);
      CREATE VIRTUAL TABLE fts USING fts5 (body, content = doc);
      CREATE TRIGGER doc_in AFTER INSERT ON doc BEGIN INSERT INTO fts (rowid, body) VALUES (new.rowid, new.body); END;
      CREATE TRIGGER doc_out AFTER DELETE ON doc BEGIN INSERT INTO fts (fts, rowid, body) VALUES ('delete', old.rowid, old.body); END;
      INSERT INTO doc VALUES ('a', 'first text'), ('b', 'second text'), ('c', 'third'); DELETE FROM doc WHERE id = 'a';`);
    await runOperations(db.connection, [again("doc")]);
    await db.connection.query("INSERT INTO doc VALUES ('d', 'fourth text')");
    const { rows: found } = await db.connection.query(
      "SELECT d.id FROM fts JOIN doc AS d ON d.rowid = fts.rowid WHERE fts MATCH 'text' ORDER BY 1",
    );
    expect(found).toEqual([{ id: "b" }, { id: "d" }]);
    await db.connection.query("INSERT INTO fts (fts, rank) VALUES ('integrity-check', 1)");
    expect((await db.connection.query("PRAGMA trusted_schema")).rows).toEqual([{ trusted_schema: 0 }]);
  });
});
