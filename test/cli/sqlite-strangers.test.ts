/**
 * Databases that others made, with all that SQLite takes: pulled, pulled again, changed in every table through the models,
 * and taken back. What they were and held is there again.
 */
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { contentsOf, succeed } from "../support/sqlite-there-and-back.js";
import { tempProject } from "../support/temp-project.js";

const DATABASES: Readonly<Record<string, string>> = {
  "triggers on views": `
    CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
    CREATE VIEW v AS SELECT id, a FROM t;
    CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END;
    CREATE TRIGGER vd INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.id; END;
    INSERT INTO v (a) VALUES ('x'), ('y')`,
  "tables named like shadow tables": `
    CREATE VIRTUAL TABLE r USING rtree(id, a, b, +c TEXT); CREATE VIRTUAL TABLE f USING fts5(a);
    CREATE TABLE r_others (x); CREATE TABLE "f_" (y);
    INSERT INTO r VALUES (1, 2, 3, 'x'); INSERT INTO f VALUES ('hello'); INSERT INTO r_others VALUES (1)`,
  "names in another case where they are used": `
    CREATE TABLE Users (ID INTEGER PRIMARY KEY, Name TEXT);
    CREATE TABLE "oRders" ("Id" INTEGER PRIMARY KEY, uSer INT REFERENCES USERS (id) ON DELETE CASCADE);
    CREATE INDEX IX_Name ON USERS (NAME);
    INSERT INTO users VALUES (1, 'a'); INSERT INTO orders VALUES (1, 1)`,
  "names that want quotes": `
    CREATE TABLE "select" ("from" TEXT, "a ""q"" b" INT, "x
y" REAL, "😀" BLOB, [br ack] TEXT, "it's" TEXT, "a.b" TEXT, "\${x}\`" TEXT, "\\n" TEXT);
    CREATE VIEW "view ""x"" 😀" AS SELECT "from" AS "order", "😀" FROM "select";
    CREATE INDEX "in dex" ON "select" ("x
y" DESC);
    CREATE TABLE "new
line" ("table" INTEGER PRIMARY KEY);
    INSERT INTO "select" VALUES ('a', 1, 2.5, x'00', 'b', 'c', 'd', 'e', 'f')`,
  "names that are empty": `
    CREATE TABLE "" (a INT, b TEXT); CREATE TABLE holder (id INTEGER PRIMARY KEY, "" TEXT); CREATE TABLE plain (x INT);
    INSERT INTO "" VALUES (1, 'x'); INSERT INTO holder VALUES (1, 'y')`,
  "names of JavaScript": `
    CREATE TABLE "constructor" ("__proto__" TEXT, "toString" INT); CREATE TABLE "__proto__" (id INTEGER PRIMARY KEY, "constructor" TEXT);
    CREATE TABLE "default" ("class" INT, "await" INT); CREATE TABLE "table" (a INT); CREATE TABLE "text" (b INT);
    CREATE TABLE "a-b" (x INT); CREATE TABLE "a_b" (y INT); CREATE TABLE "aB" (z INT);
    INSERT INTO "constructor" VALUES ('p', 1); INSERT INTO "__proto__" VALUES (1, 'c')`,
  "keys of tables without rowid": `
    CREATE TABLE w (a TEXT COLLATE NOCASE, b INT, c ANY, PRIMARY KEY (b DESC, a)) WITHOUT ROWID;
    CREATE TABLE x (a TEXT, b INT, FOREIGN KEY (b, a) REFERENCES w);
    CREATE TABLE sw (k ANY PRIMARY KEY, v TEXT) STRICT, WITHOUT ROWID;
    INSERT INTO w VALUES ('q', 1, 2.5), ('Q2', 1, x'01'); INSERT INTO x VALUES ('q', 1); INSERT INTO sw VALUES (1, 'c'), ('1', 'd')`,
  "generated columns under indexes": `
    CREATE TABLE g (a INT, b INT AS (a * 2) STORED NOT NULL, c TEXT GENERATED ALWAYS AS (printf('%s', a)) VIRTUAL UNIQUE, d AS (a + b));
    CREATE INDEX gi ON g (b, c DESC) WHERE d > 2;
    CREATE UNIQUE INDEX ge ON g ((a || 'x') COLLATE NOCASE, b DESC);
    INSERT INTO g (a) VALUES (1), (2)`,
  "collations and conflict clauses": `
    CREATE TABLE c (
      a TEXT COLLATE RTRIM NOT NULL ON CONFLICT IGNORE, b TEXT UNIQUE ON CONFLICT REPLACE COLLATE NOCASE, c INT CHECK (c > 0),
      PRIMARY KEY (a COLLATE NOCASE, b) ON CONFLICT ROLLBACK
    );
    INSERT INTO c VALUES ('a', 'b', 1)`,
  "circles of deferred keys, and rows that break one": `
    CREATE TABLE ca (id INTEGER PRIMARY KEY, b INT NOT NULL REFERENCES cb ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE cb (id INTEGER PRIMARY KEY, a INT REFERENCES ca ON DELETE SET NULL, x TEXT UNIQUE, y TEXT REFERENCES cb (x) ON UPDATE CASCADE);
    CREATE TABLE lost (p INT REFERENCES ca ON DELETE CASCADE, o INT REFERENCES nowhere (b), q INT REFERENCES nowhere);
    INSERT INTO ca VALUES (1, 2); INSERT INTO cb VALUES (2, 1, 'p', 'p'), (3, NULL, 'q', 'p'); INSERT INTO lost (p) VALUES (77)`,
  "numbers of AUTOINCREMENT, of an emptied table too": `
    CREATE TABLE au (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT); CREATE TABLE em (id INTEGER CONSTRAINT pk PRIMARY KEY AUTOINCREMENT, a);
    INSERT INTO au VALUES (500, 'x'); DELETE FROM au; INSERT INTO em VALUES (3, 4), (90, 1); DELETE FROM em WHERE id = 90`,
  "columns named like the rowid": `
    CREATE TABLE ro (rowid TEXT, a INT); CREATE TABLE rp (rowid TEXT, oid INT, _rowid_ REAL); CREATE TABLE rq (rowid INTEGER PRIMARY KEY, a);
    INSERT INTO ro VALUES ('z', 1); INSERT INTO rp VALUES ('z', 1, 2); INSERT INTO rq VALUES (44, 1)`,
  "values of other types than their columns": `
    CREATE TABLE ov (id INTEGER PRIMARY KEY, i INT, r REAL, t TEXT, n NUMERIC, b BLOB, v VARCHAR(2));
    CREATE TABLE sa (id INTEGER PRIMARY KEY, v ANY, w ANY NOT NULL DEFAULT 'x') STRICT;
    INSERT INTO ov (i, r, t, n, b, v) VALUES ('abc', 'x', x'ff00', 1e300, 5, 'longer'), (9223372036854775807, 9007199254740993, 12, '0x10', 'text', NULL);
    INSERT INTO sa (v) VALUES (1), ('1'), (x'01'), (1.5), (NULL)`,
  "defaults that are long or odd": `
    CREATE TABLE ld (
      a TEXT DEFAULT '${"it''s\n".repeat(4000)}', b BLOB DEFAULT x'${"00ff".repeat(2000)}', c REAL DEFAULT 1e999,
      d INT DEFAULT -9223372036854775808, e INT DEFAULT 0x7fffffffffffffff, f REAL DEFAULT -.5e-3, g DEFAULT CURRENT_TIMESTAMP,
      h DEFAULT (strftime('%s', 'now')), j DEFAULT TRUE, k DEFAULT NULL, l TEXT DEFAULT 'null', m DEFAULT +5, n DEFAULT (-(-3))
    );
    INSERT INTO ld (c, g, h) VALUES (1, 'x', 'y')`,
  "comments wherever they may stand": `
    CREATE TABLE /* one */ cm -- name
    ( -- columns
      a INT /* ) , */ , -- b TEXT,
      b TEXT DEFAULT 'it''s -- no' /* x */ NOT NULL, /* , */ c INT CHECK (c > 0 /* and */ ) -- end
    , PRIMARY KEY (a /* k */) -- x
    ) /* tail */;
    CREATE VIEW cv AS -- why
      SELECT a /* b */ FROM cm;
    CREATE INDEX ci ON cm (b /* x */ DESC) -- c
      WHERE a > 1;
    INSERT INTO cm VALUES (1, 'x', 2)`,
  "UTF-16, small pages and statistics": `
    PRAGMA encoding = 'UTF-16le'; PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; PRAGMA user_version = 77;
    CREATE TABLE u (a TEXT, "ü😀" TEXT DEFAULT 'ä😀'); CREATE INDEX ui ON u (a);
    INSERT INTO u (a) VALUES ('😀'), (x'00d8'); ANALYZE`,
  "a full text search, its triggers and its words": `
    CREATE TABLE art (id INTEGER PRIMARY KEY, t TEXT);
    CREATE VIRTUAL TABLE fa USING fts5(t, content = art, content_rowid = id); CREATE VIRTUAL TABLE words USING fts5vocab(fa, row);
    CREATE TRIGGER fai AFTER INSERT ON art BEGIN INSERT INTO fa (rowid, t) VALUES (new.id, new.t); END;
    CREATE TRIGGER fad AFTER DELETE ON art BEGIN INSERT INTO fa (fa, rowid, t) VALUES ('delete', old.id, old.t); END;
    INSERT INTO art VALUES (1, 'one'), (5, 'two'); DELETE FROM art WHERE id = 1`,
};

const SETTINGS = ["encoding", "page_size", "auto_vacuum", "user_version", "journal_mode"];

/** Into each table a column that SQLite can add by itself, and one for which it is rebuilt. */
function changed(models: string): string {
  const columns = `added: s.text().notNull().default("it's"), made: s.integer().generatedAs(s.sql\`1 + 1\`, { stored: true }),`;
  return `import * as s from "tsmigrate/schema";\n${models.replace(/(= table\(\s*"(?:[^"\\]|\\.)*",\s*\{)/g, `$1 ${columns}`)}`;
}

describe("a database that somebody else made", () => {
  it.each(Object.entries(DATABASES))("with %s", async (_what, sql) => {
    const project = tempProject();
    const file = project.path("app.db");
    const db = new Database(file);
    db.pragma("journal_mode = WAL");
    db.pragma("foreign_keys = OFF");
    db.exec(sql);
    db.close();
    // Somebody reads it all the while.
    const reader = new Database(file, { readonly: true });
    onTestFinished(() => void reader.close());
    reader.exec("BEGIN; SELECT * FROM sqlite_schema");
    const state = () => {
      const now = new Database(file, { readonly: true });
      const settings = SETTINGS.map((name) => now.pragma(name, { simple: true }));
      now.close();
      return { settings, ...contentsOf(file) };
    };
    const before = state();

    await succeed(project, "pull");
    const models = project.read("models.ts");
    await succeed(project, "pull", "--check");
    await succeed(project, "pull", "--force");
    expect(project.read("models.ts")).toBe(models);
    project.write("models.ts", changed(models));
    await succeed(project, "revision", "--autogenerate", "-m", "change");
    await succeed(project, "upgrade", "head");
    expect(state().facts).not.toEqual(before.facts);
    await succeed(project, "check");
    await succeed(project, "downgrade", "-1");
    expect(state()).toEqual(before);
  });
});
