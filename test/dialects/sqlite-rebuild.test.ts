import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { Operation } from "../../src/operations/operation.js";
import { inTransaction, introspect, rebuild, run, sqliteFile } from "../support/sqlite.js";

/** Copies the table into the same form again. */
function again(table: string, ...operations: readonly Operation[]): Operation {
  return { kind: "batchAlterTable", table: { name: table }, recreate: "always", operations };
}

function alter(
  table: string,
  column: string,
  changes: Extract<Operation, { kind: "alterColumn" }>["changes"],
  using?: string,
): Operation {
  return { kind: "alterColumn", table: { name: table }, column, changes, ...(using === undefined ? {} : { using }) };
}

const FAMILY = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, code TEXT UNIQUE, boss INTEGER REFERENCES parent (id) ON DELETE CASCADE);
  CREATE TABLE child_cascade (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
  CREATE TABLE child_null (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent ON DELETE SET NULL);
  CREATE TABLE child_default (id INTEGER PRIMARY KEY, c TEXT DEFAULT 'a' REFERENCES parent (code) ON DELETE SET DEFAULT ON UPDATE CASCADE);
  CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
  CREATE TABLE pair_child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES pair (a, b) ON DELETE CASCADE);
  INSERT INTO parent VALUES (1, 'one', 'a', NULL), (2, 'two', 'b', 1), (5, NULL, 'c', 5);
  INSERT INTO child_cascade VALUES (1, 1), (2, 2), (3, 5);
  INSERT INTO child_null VALUES (1, 1), (2, NULL), (3, 2);
  INSERT INTO child_default VALUES (1, 'b'), (2, 'a');
  INSERT INTO pair VALUES (1, 1), (1, 2);
  INSERT INTO pair_child VALUES (1, 1), (1, 2);`;

const TABLES = ["parent", "child_cascade", "child_null", "child_default", "pair", "pair_child"];

function allRows(raw: Database.Database, tables: readonly string[]) {
  return Object.fromEntries(tables.map((name) => [name, raw.prepare(`SELECT * FROM "${name}"`).all()]));
}

function textOf(raw: Database.Database, name: string): string {
  return (raw.prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(name) as { sql: string }).sql;
}

describe("a rebuild of a table that others refer to", () => {
  it.each(["parent", "pair"])(
    "keeps every row of %s, of cascade, set null and set default children, and of itself",
    async (table) => {
      const { connection, raw } = await sqliteFile(FAMILY);
      const before = allRows(raw, TABLES);
      await rebuild(connection, again(table));
      expect(allRows(raw, TABLES)).toEqual(before);
      expect(raw.pragma("foreign_key_check")).toEqual([]);
    },
  );

  it("leaves the foreign keys of children and of itself pointing at the table by its own name", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    await rebuild(connection, alter("parent", "name", { type: { name: "varchar", args: [20] } }));
    const targets = [...TABLES].map((name) =>
      (raw.pragma(`foreign_key_list("${name}")`) as { table: string }[]).map((row) => row.table),
    );
    expect(targets).toEqual([["parent"], ["parent"], ["parent"], ["parent"], [], ["pair", "pair"]]);
    expect(textOf(raw, "parent")).not.toContain("_tsm_new_");
  });

  it("cascades again afterwards, with enforcement as it was before", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    await rebuild(connection, again("parent"));
    expect(connection.foreignKeysOff).toBe(false);
    await connection.query("DELETE FROM parent WHERE id = 5");
    expect(raw.prepare("SELECT count(*) AS n FROM child_cascade").get()).toEqual({ n: 2 });
  });

  it("is refused at the end when a new foreign key finds rows without a parent, naming table and number", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1), (2), (NULL)",
    );
    const constraint = { name: "fk", columns: ["x"], target: { name: "a" }, targetColumns: ["id"] };
    const attempt = rebuild(connection, { kind: "createForeignKey", table: { name: "b" }, constraint });
    await expect(attempt).rejects.toMatchObject({
      code: "TSM_FOREIGN_KEY_VIOLATION",
      violations: ["2 rows of 'b' refer to a missing row of 'a'"],
    });
    expect(textOf(raw, "b")).toBe("CREATE TABLE b (x INTEGER)");
  });

  it("does not mind violations that were there before, and refuses one more", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, x INTEGER REFERENCES a); INSERT INTO b VALUES (1, 7)",
    );
    await rebuild(connection, again("b"));
    const attempt = inTransaction(connection, () => connection.query("INSERT INTO b VALUES (2, 8)"));
    await expect(attempt).rejects.toMatchObject({ violations: ["1 row of 'b' refers to a missing row of 'a'"] });
    expect(raw.prepare("SELECT * FROM b").all()).toEqual([{ id: 1, x: 7 }]);
  });

  it("works in a database where a foreign key refers to what is no key", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE a (x INTEGER); CREATE TABLE b (y INTEGER REFERENCES a (x)); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)",
    );
    await rebuild(connection, again("a"));
    expect(allRows(raw, ["a", "b"])).toEqual({ a: [{ x: 1 }], b: [{ y: 1 }] });
  });

  it("is refused when it takes the key away that others refer to", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    const attempt = rebuild(connection, {
      kind: "dropConstraint",
      table: { name: "parent" },
      name: null,
      type: "unique",
      columns: ["code"],
    });
    await expect(attempt).rejects.toMatchObject({
      violations: ["the foreign key of 'child_default' refers to columns of 'parent' that are no key"],
    });
    expect(textOf(raw, "parent")).toContain("UNIQUE");
  });
});

describe("dropTable", () => {
  it("of a table that others refer to is refused before anything runs, naming them", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    await expect(run(connection, { kind: "dropTable", table: { name: "parent" } })).rejects.toMatchObject({
      code: "TSM_OPERATION_CONFLICT",
      message: expect.stringContaining("'child_cascade', 'child_default', 'child_null'"),
    });
    expect(raw.prepare("SELECT count(*) AS n FROM child_cascade").get()).toEqual({ n: 3 });
  });

  it("with cascade takes the foreign keys of the others away and none of their rows", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    const before = allRows(raw, TABLES.slice(1));
    await run(connection, { kind: "dropTable", table: { name: "parent" }, cascade: true });
    expect(allRows(raw, TABLES.slice(1))).toEqual(before);
    expect(raw.pragma("foreign_key_list(child_null)")).toEqual([]);
    expect(raw.pragma("foreign_key_list(pair_child)")).toHaveLength(2);
  });

  it("of a table that nobody refers to needs no rebuild and no enforcement switched off", async () => {
    const { connection } = await sqliteFile(FAMILY);
    const [statement, ...more] = await connection.dialect.compile(
      { kind: "dropTable", table: { name: "pair_child" } },
      async () => sqlite.refresh!(await introspect(connection), connection),
      connection.serverVersion,
    );
    expect(more).toEqual([]);
    expect(statement).toMatchObject({ sql: 'DROP TABLE "pair_child"', hazards: ["deletesData"] });
    expect(statement).not.toHaveProperty("foreignKeysOff");
  });
});

describe("dropTable of a table that only an ignored table refers to", () => {
  it("deletes none of its rows and is refused at the end", async () => {
    const { connection, raw } = await sqliteFile(FAMILY);
    const names = TABLES.filter((name) => name !== "parent");
    const schema = await connection.dialect.introspect(connection, {
      ignoreTables: names.map((name) => ({ name })),
      schemas: [],
    });
    const before = async () => connection.dialect.refresh!(schema, connection);
    const op: Operation = { kind: "dropTable", table: { name: "parent" } };
    const statements = await connection.dialect.compile(op, before, connection.serverVersion);
    expect(statements).toMatchObject([{ sql: 'DROP TABLE "parent"', foreignKeysOff: true }]);
    const attempt = inTransaction(connection, () => connection.query(statements[0]!.sql));
    await expect(attempt).rejects.toMatchObject({
      violations: expect.arrayContaining(["3 rows of 'child_cascade' refer to 'parent', which does not exist"]),
    });
    expect(raw.prepare("SELECT count(*) FROM child_cascade").pluck().get()).toBe(3);
  });
});

describe("what a rebuild gives back", () => {
  it("the mark of AUTOINCREMENT, also of a table that was emptied", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO t (v) VALUES ('a'), ('b'), ('c'); DELETE FROM t;" +
        "CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT); INSERT INTO u VALUES (10, 'x'), (20, 'y'); DELETE FROM u WHERE id = 20; CREATE TABLE w (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT)",
    );
    for (const table of ["t", "u", "w"])
      await rebuild(connection, alter(table, "v", { nullable: false, default: { kind: "literal", value: "" } }));
    expect(raw.prepare("SELECT name, seq FROM sqlite_sequence ORDER BY name").all()).toEqual([
      { name: "t", seq: 3 },
      { name: "u", seq: 20 },
    ]);
    raw.exec("INSERT INTO t (v) VALUES ('d'); INSERT INTO u (v) VALUES ('z'); INSERT INTO w (v) VALUES ('z')");
    expect(raw.prepare("SELECT id FROM t UNION ALL SELECT max(id) FROM u UNION ALL SELECT id FROM w").all()).toEqual([
      { id: 4 },
      { id: 21 },
      { id: 1 },
    ]);
  });

  it("indexes in their own words: partial, on expressions, descending, with collations and comments", async () => {
    const { connection, raw } = await sqliteFile(`CREATE TABLE t (a INTEGER, b TEXT);
      CREATE INDEX part ON t(a) WHERE b IS NOT NULL -- only some
      ; CREATE UNIQUE INDEX expr ON t ( lower(b) , a+1 );
      CREATE INDEX "de sc" ON t (a DESC, b COLLATE NOCASE);
      INSERT INTO t VALUES (1, 'X')`);
    const texts = () => raw.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'index'").all();
    const before = texts();
    await rebuild(connection, alter("t", "a", { type: { name: "bigint" } }));
    expect(before).toHaveLength(3);
    expect(texts()).toEqual(before);
  });

  it("triggers and views of the whole database in their order and words, and they work", async () => {
    const { connection, raw } = await sqliteFile(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
      CREATE TABLE log (what TEXT);
      CREATE VIEW first AS SELECT id, v FROM t -- of t
      ;
      CREATE VIEW second (a, b) AS SELECT * FROM first;
      CREATE TRIGGER on_t AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('t ' || new.id); END;
      CREATE TRIGGER on_log AFTER DELETE ON log BEGIN UPDATE t SET v = 'gone'; END;
      CREATE TRIGGER on_view INSTEAD OF INSERT ON second BEGIN INSERT INTO t VALUES (new.a, new.b); END;
      INSERT INTO t VALUES (1, 'x');`);
    const objects = () =>
      raw.prepare("SELECT type, name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY rowid").all();
    const before = objects();
    await rebuild(connection, alter("t", "v", { type: { name: "varchar", args: [9] } }));
    expect(objects()).toEqual(before);
    expect(raw.prepare("SELECT * FROM log").all()).toEqual([{ what: "t 1" }]);
    raw.exec("INSERT INTO second VALUES (2, 'y'); DELETE FROM log WHERE what = 't 1'");
    expect(raw.prepare("SELECT * FROM second").all()).toEqual([
      { a: 1, b: "gone" },
      { a: 2, b: "gone" },
    ]);
  });

  it("triggers and views that call functions of the application, which cannot be checked here", async () => {
    const { connection, raw } = await sqliteFile(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'x');
      CREATE VIEW special AS SELECT app_function(v) FROM t;
      CREATE TRIGGER special_trigger AFTER UPDATE ON t BEGIN SELECT app_function(new.v); END`);
    await rebuild(connection, again("t"));
    expect(textOf(raw, "special")).toContain("app_function");
    expect(textOf(raw, "special_trigger")).toContain("app_function");
  });

  it("rowids of a table without an INTEGER PRIMARY KEY, so that FTS external content still points at its rows", async () => {
    const { connection, raw } = await sqliteFile(`
      CREATE TABLE docs (body TEXT);
      INSERT INTO docs (rowid, body) VALUES (2, 'apple'), (3, 'pear'), (9, 'plum');
      CREATE VIRTUAL TABLE search USING fts5(body, content='docs');
      INSERT INTO search (search) VALUES ('rebuild');
      CREATE TRIGGER docs_insert AFTER INSERT ON docs BEGIN INSERT INTO search (rowid, body) VALUES (new.rowid, new.body); END`);
    await rebuild(connection, alter("docs", "body", { nullable: false, default: { kind: "literal", value: "" } }));
    expect(raw.prepare("SELECT rowid, body FROM search WHERE search MATCH 'pear'").all()).toEqual([
      { rowid: 3, body: "pear" },
    ]);
    raw.exec("INSERT INTO docs VALUES ('fig')");
    expect(raw.prepare("SELECT rowid, body FROM search WHERE search MATCH 'fig'").all()).toEqual([
      { rowid: 10, body: "fig" },
    ]);
  });

  it("rowids where columns have taken the names of the rowid", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (rowid TEXT, _rowid_ TEXT, v); INSERT INTO t (oid, rowid, v) VALUES (7, 'a', 1), (9, 'b', 2)",
    );
    await rebuild(connection, again("t"));
    expect(raw.prepare("SELECT oid AS id, rowid AS r, v FROM t").all()).toEqual([
      { id: 7, r: "a", v: 1 },
      { id: 9, r: "b", v: 2 },
    ]);
  });

  it("tables WITHOUT ROWID and STRICT tables", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE w (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID; INSERT INTO w VALUES ('b', 1), ('a', 2); CREATE TABLE s (a INT, b ANY) STRICT; INSERT INTO s VALUES (1, '007')",
    );
    await rebuild(connection, alter("w", "v", { default: { kind: "literal", value: 3 } }));
    await rebuild(connection, alter("s", "a", { nullable: false }));
    expect(textOf(raw, "w")).toMatch(/WITHOUT ROWID$/);
    expect(textOf(raw, "s")).toMatch(/STRICT$/);
    expect(raw.prepare("SELECT * FROM w").all()).toEqual([
      { k: "a", v: 2 },
      { k: "b", v: 1 },
    ]);
    expect(raw.prepare("SELECT a, b, typeof(b) AS t FROM s").all()).toEqual([{ a: 1, b: "007", t: "text" }]);
  });

  it("generated columns, stored and virtual, which are never written", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (a INTEGER, s INTEGER GENERATED ALWAYS AS (a * 2) STORED, v TEXT AS (a || '!'), z TEXT); INSERT INTO t (a, z) VALUES (1, 'x')",
    );
    await rebuild(connection, alter("t", "z", { nullable: false }));
    expect(raw.prepare("SELECT * FROM t").all()).toEqual([{ a: 1, s: 2, v: "1!", z: "x" }]);
    expect((raw.pragma("table_xinfo(t)") as { hidden: number }[]).map((row) => row.hidden)).toEqual([0, 3, 2, 0]);
  });

  it("what the schema cannot say: conflict clauses, collations and order in keys, named NOT NULL, types as written", async () => {
    const { connection, raw } = await sqliteFile(`
      CREATE TABLE t (
        a unsigned big int CONSTRAINT must NOT NULL ON CONFLICT IGNORE,
        b text COLLATE rtrim UNIQUE ON CONFLICT REPLACE,
        c, d TEXT DEFAULT (upper('x')) CHECK (d <> ''),
        PRIMARY KEY (a DESC, b COLLATE NOCASE), UNIQUE (c COLLATE NOCASE, d DESC));
      INSERT INTO t (a, b, c) VALUES (1, 'x', 'A')`);
    await rebuild(connection, alter("t", "d", { default: { kind: "literal", value: "new" } }));
    const text = textOf(raw, "t");
    for (const part of [
      "unsigned big int CONSTRAINT must NOT NULL ON CONFLICT IGNORE",
      "text COLLATE rtrim UNIQUE ON CONFLICT REPLACE",
      "TEXT CHECK (d <> '') DEFAULT 'new'",
      "PRIMARY KEY (a DESC, b COLLATE NOCASE)",
      "UNIQUE (c COLLATE NOCASE, d DESC)",
    ])
      expect(text).toContain(part);
  });

  it("a primary key that holds NULL, as SQLite allows it", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t VALUES (NULL, 'a'), (NULL, 'b')",
    );
    await rebuild(connection, alter("t", "v", { nullable: false }));
    expect(raw.prepare("SELECT * FROM t").all()).toEqual([
      { k: null, v: "a" },
      { k: null, v: "b" },
    ]);
  });

  it("statistics of ANALYZE, where there were some", async () => {
    const { connection, raw } = await sqliteFile(
      "CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (a); CREATE TABLE u (a); INSERT INTO t VALUES (1), (2); ANALYZE",
    );
    await rebuild(connection, again("t"));
    expect(raw.prepare("SELECT tbl, idx FROM sqlite_stat1").all()).toEqual([{ tbl: "t", idx: "i" }]);
  });

  it("hostile names of tables, columns, indexes, triggers and views, with what they hold", async () => {
    const names = [
      `quo"te'd`,
      `x"; DROP TABLE t; --`,
      "new\nline",
      "🙂 emoji",
      "select",
      "a.b",
      "[x]",
      "`y`",
      "%s $1 ?1 :a",
    ];
    for (const name of names) {
      const q = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const { connection, raw } = await sqliteFile(`
        CREATE TABLE ${q(name)} (id INTEGER PRIMARY KEY, ${q(name)} TEXT CONSTRAINT ${q(`c${name}`)} CHECK (${q(name)} <> ''));
        CREATE INDEX ${q(`i${name}`)} ON ${q(name)} (${q(name)}) WHERE ${q(name)} IS NOT NULL;
        CREATE VIEW ${q(`v${name}`)} AS SELECT * FROM ${q(name)};
        CREATE TRIGGER ${q(`t${name}`)} AFTER UPDATE OF ${q(name)} ON ${q(name)} BEGIN SELECT ${q(name)} FROM ${q(name)}; END;
        INSERT INTO ${q(name)} VALUES (1, 'x')`);
      const before = await introspect(connection);
      await rebuild(connection, alter(name, name, { default: { kind: "literal", value: name } }));
      raw.exec(`INSERT INTO ${q(name)} (id) VALUES (2)`);
      expect(
        raw
          .prepare(`SELECT ${q(name)} AS v FROM ${q(`v${name}`)}`)
          .pluck()
          .all(),
      ).toEqual(["x", name]);
      await rebuild(connection, alter(name, name, { default: null }));
      expect((await introspect(connection)).tables).toEqual(before.tables);
    }
  });
});

const REAL = join(import.meta.dirname, "../../../shared/schemas/sqlite");
const FILES = existsSync(REAL) ? readdirSync(REAL) : [];
if (FILES.length === 0) process.stderr.write("skipped, there are no real schemas beside the checkout\n");

describe("rebuilding every table of a real schema", () => {
  it("has schemas to work on, or says that there are none", () => {
    expect(FILES.length > 0).toBe(existsSync(REAL));
  });

  it.each(FILES)("%s: changes nothing that SQLite can tell", async (name) => {
    const { connection, raw } = await sqliteFile();
    raw.unsafeMode(true);
    raw.exec(readFileSync(join(REAL, name), "utf8"));
    const facts = () => {
      const tables = raw
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .pluck()
        .all() as string[];
      const list = (pragma: string, of: string) =>
        raw.prepare(`SELECT * FROM pragma_${pragma}(?)`).all(of) as Record<string, unknown>[];
      return [
        raw.prepare("SELECT type, name, sql FROM sqlite_master WHERE type <> 'table' ORDER BY type, name").all(),
        ...tables.map((table) => [
          table,
          list("table_xinfo", table),
          list("foreign_key_list", table),
          list("index_list", table)
            .map((row) => JSON.stringify([row.unique, row.origin, row.partial, list("index_xinfo", String(row.name))]))
            .sort(),
        ]),
      ];
    };
    const before = await introspect(connection);
    const told = facts();
    await inTransaction(connection, async () => {
      for (const table of Object.values(before.tables)) {
        const schema = await connection.dialect.refresh!(await introspect(connection), connection);
        for (const statement of connection.dialect.compileRebuild([again(table.name)], schema)) {
          const { rows } = await connection.query(statement.sql);
          if (statement.expectNoRow !== undefined) expect(rows).toEqual([]);
        }
      }
    });
    expect(await introspect(connection)).toEqual(before);
    expect(facts()).toEqual(told);
  });
});
