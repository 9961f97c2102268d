/** Every change of a SQLite table that its texts can say, up and down, with children and rows. */
import { describe, it } from "vitest";
import { expectChangeAndBack, type SchemaChange } from "../support/sqlite-there-and-back.js";

/** `body` of the table that the others refer to. */
const family = (body: string, rest = "") => `
  CREATE TABLE parent (${body});
  CREATE TABLE cascading (parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE);
  CREATE TABLE emptied (id INTEGER PRIMARY KEY, parent_id INTEGER DEFAULT 1 REFERENCES parent (id) ON DELETE SET NULL);
  ${rest}`;

const COLUMNS = "id INTEGER PRIMARY KEY, name TEXT, n INTEGER, self INTEGER REFERENCES parent (id) ON DELETE CASCADE";
const ROWS = `
  INSERT INTO parent (id, name, n, self) VALUES (1, 'a', 1, NULL), (2, 'It''s', NULL, 1), (-7, '', 3, 2), (40, 'gone', 5, 40);
  DELETE FROM parent WHERE id = 40;
  INSERT INTO cascading (rowid, parent_id) VALUES (5, 1), (9, 2), (11, 2);
  INSERT INTO emptied VALUES (1, 2), (2, NULL), (3, -7);`;
const KEPT = [
  "SELECT id, typeof(id), quote(name), quote(n), self FROM parent ORDER BY id",
  "SELECT rowid, * FROM cascading ORDER BY 1",
  "SELECT * FROM emptied ORDER BY 1",
];
const both = (from: string, to: string, more: Partial<SchemaChange> = {}): SchemaChange => ({
  from: family(from),
  to: family(to),
  rows: ROWS,
  kept: KEPT,
  ...more,
});
const option = (text: string) => COLUMNS.replace("INTEGER PRIMARY KEY", text);
const NUMBERED = option("INTEGER PRIMARY KEY AUTOINCREMENT");
const UNIQUE = option("INTEGER NOT NULL UNIQUE");

const CHANGES: Readonly<Record<string, SchemaChange>> = {
  "STRICT comes": {
    ...both(COLUMNS, COLUMNS),
    to: family(COLUMNS).replace("ON DELETE CASCADE);", "ON DELETE CASCADE) STRICT;"),
  },
  "WITHOUT ROWID comes": {
    ...both(COLUMNS, COLUMNS),
    to: family(COLUMNS).replace("ON DELETE CASCADE);", "ON DELETE CASCADE) WITHOUT ROWID;"),
  },
  "AUTOINCREMENT comes": both(COLUMNS, NUMBERED),
  "AUTOINCREMENT goes": both(NUMBERED, COLUMNS),
  "AUTOINCREMENT stays through another change": both(NUMBERED, NUMBERED.replace("name TEXT", "name VARCHAR(9)"), {
    kept: [...KEPT, "SELECT * FROM sqlite_sequence WHERE name = 'parent'"],
  }),
  "a key that is the rowid becomes another one": both(COLUMNS, option("INT PRIMARY KEY")),
  "a key gets an order": both(
    `${UNIQUE}, PRIMARY KEY (id, name)`,
    `${UNIQUE}, PRIMARY KEY (id DESC, name COLLATE NOCASE)`,
  ),
  "a key moves to other columns": both(UNIQUE, `${UNIQUE}, PRIMARY KEY (name, id)`),
  "a conflict clause of NOT NULL comes": both(
    COLUMNS.replace("name TEXT", "name TEXT NOT NULL DEFAULT 'x'"),
    COLUMNS.replace("name TEXT", "name TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'"),
  ),
  "a conflict clause of UNIQUE changes": both(
    `${COLUMNS}, CONSTRAINT uq UNIQUE (name) ON CONFLICT IGNORE`,
    `${COLUMNS}, CONSTRAINT uq UNIQUE (name) ON CONFLICT ROLLBACK`,
  ),
  "a conflict clause of the key goes": both(option("INTEGER PRIMARY KEY ON CONFLICT REPLACE"), COLUMNS),
  "a collation of a column comes": both(COLUMNS, COLUMNS.replace("name TEXT", "name TEXT COLLATE NOCASE")),
  "a collation of a column changes under a unique constraint": both(
    `${COLUMNS.replace("name TEXT", "name TEXT COLLATE NOCASE")}, UNIQUE (name)`,
    `${COLUMNS.replace("name TEXT", "name TEXT COLLATE RTRIM")}, UNIQUE (name)`,
  ),
  "a collation of a unique constraint comes": both(
    `${COLUMNS}, UNIQUE (name, n)`,
    `${COLUMNS}, UNIQUE (name COLLATE NOCASE, n)`,
  ),
  "a type changes its affinity": both(COLUMNS, COLUMNS.replace("n INTEGER", "n TEXT"), {
    kept: KEPT.slice(1),
    back: [KEPT[0]!],
  }),
  "a default comes, a default changes": both(
    COLUMNS.replace("n INTEGER", "n INTEGER DEFAULT -1"),
    COLUMNS.replace("n INTEGER", "n INTEGER DEFAULT (1 + 1)").replace("name TEXT", "name TEXT DEFAULT 'it''s'"),
  ),
  "a virtual column becomes a stored one": both(
    `${COLUMNS}, twice INT AS (n * 2)`,
    `${COLUMNS}, twice INT AS (n * 2) STORED`,
    { kept: [...KEPT, "SELECT twice FROM parent ORDER BY id"] },
  ),
  "a generated column gets another expression": both(
    `${COLUMNS}, twice INT AS (n * 2)`,
    `${COLUMNS}, twice INT AS (n * 3)`,
    { back: ["SELECT twice FROM parent ORDER BY id"] },
  ),
  "a generated column becomes a plain one": both(`${COLUMNS}, twice INT AS (n * 2)`, `${COLUMNS}, twice INT`, {
    kept: [...KEPT, "SELECT twice FROM parent ORDER BY id"],
  }),
  "actions and deferral of a foreign key change": both(
    COLUMNS,
    COLUMNS.replace("ON DELETE CASCADE", "ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED"),
  ),
  "a foreign key goes": both(COLUMNS, COLUMNS.replace(" REFERENCES parent (id) ON DELETE CASCADE", "")),
  "checks come, change and go": both(
    `${COLUMNS}, CHECK (n > 0), CONSTRAINT a CHECK (length(name) < 9)`,
    `${COLUMNS}, CHECK (n > -1), CONSTRAINT b CHECK (name <> 'x' OR n IN (1, 2))`,
  ),
};

describe("a change of a table that others refer to", () => {
  it.each(Object.entries(CHANGES))("%s: up and down, online and by scripts", async (_name, change) => {
    await expectChangeAndBack(change);
  });
});

const SEARCHED = (name: string, body: string) => `
  CREATE TABLE articles (id INTEGER PRIMARY KEY, ${name} TEXT, body ${body}, by INTEGER REFERENCES articles (id));
  CREATE VIRTUAL TABLE found USING fts5(${name}, body, content = 'articles', content_rowid = 'id');
  CREATE TRIGGER found_ai AFTER INSERT ON articles BEGIN
    INSERT INTO found (rowid, ${name}, body) VALUES (new.id, new.${name}, new.body);
  END;
  CREATE TRIGGER found_ad AFTER DELETE ON articles BEGIN
    INSERT INTO found (found, rowid, ${name}, body) VALUES ('delete', old.id, old.${name}, old.body);
  END;
  CREATE TRIGGER found_au AFTER UPDATE OF ${name}, body ON articles WHEN new.body IS NOT old.body OR 1 BEGIN
    INSERT INTO found (found, rowid, ${name}, body) VALUES ('delete', old.id, old.${name}, old.body);
    INSERT INTO found (rowid, ${name}, body) VALUES (new.id, new.${name}, new.body);
  END;`;

const USED = (column: string, table = "things") => `
  CREATE TABLE ${table} (
    id INTEGER PRIMARY KEY, ${column} TEXT CHECK (length(${column}) < 90), size INT,
    shout TEXT AS (upper(${column})), parent TEXT REFERENCES ${table} (key), key TEXT UNIQUE,
    UNIQUE (${column}, size), CHECK (${column} <> 'column')
  );
  CREATE TABLE child (name TEXT, size INT, FOREIGN KEY (name, size) REFERENCES ${table} (${column}, size) ON UPDATE CASCADE);
  CREATE INDEX ix_shout ON ${table} ((lower(${column})) DESC, size) WHERE ${column} IS NOT NULL;
  CREATE UNIQUE INDEX ix_plain ON ${table} (${column} COLLATE NOCASE, id DESC);
  CREATE VIEW one AS SELECT t.${column} AS label, t.size FROM ${table} AS t WHERE t.${column} > '';
  CREATE VIEW two AS WITH x AS (SELECT label, size FROM one) SELECT label, count(*) OVER (PARTITION BY size) AS n FROM x;
  CREATE TRIGGER ins INSTEAD OF INSERT ON one WHEN new.label <> '' BEGIN
    INSERT INTO ${table} (${column}, size) VALUES (new.label, new.size)
      ON CONFLICT (${column}, size) DO UPDATE SET ${column} = excluded.${column} WHERE excluded.${column} <> 'x';
  END;
  CREATE TRIGGER upd BEFORE UPDATE OF ${column} ON ${table} WHEN old.${column} IS NOT new.${column} BEGIN
    SELECT RAISE(ABORT, '${"name"} stays') WHERE new.${column} = 'forbidden';
    UPDATE child SET name = new.${column} WHERE name = old.${column};
  END;`;

const VIEWED = (name: string, columns: string) => `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
  CREATE VIEW ${name} AS SELECT ${columns} FROM t;
  CREATE TRIGGER put INSTEAD OF INSERT ON ${name} BEGIN INSERT INTO t (a) VALUES (new.a); END;
  CREATE TRIGGER del INSTEAD OF DELETE ON ${name} BEGIN DELETE FROM t WHERE id = old.id; END;`;

const MORE: Readonly<Record<string, SchemaChange>> = {
  "a column that a full text search reads gets another name": {
    from: SEARCHED("title", "TEXT"),
    to: SEARCHED("heading", "TEXT"),
    flags: ["--rename", "articles.title:heading"],
    rows: "INSERT INTO articles VALUES (3, 'one', 'first text', NULL), (8, 'two', 'second text', 3)",
    kept: ["SELECT id, body, by FROM articles", "SELECT count(*) FROM articles"],
  },
  "the table of a full text search is rebuilt": {
    from: SEARCHED("title", "TEXT"),
    to: SEARCHED("title", "VARCHAR(80) NOT NULL DEFAULT ''"),
    rows: "INSERT INTO articles VALUES (3, 'one', 'first text', NULL), (8, 'two', 'second text', 3)",
    kept: ["SELECT * FROM articles", "SELECT rowid, * FROM found WHERE found MATCH 'text' ORDER BY 1"],
  },
  "a column gets another name wherever it is used": {
    from: USED("name"),
    to: USED("label"),
    flags: ["--rename", "things.name:label"],
    rows: "INSERT INTO things (id, name, size, parent, key) VALUES (4, 'a', 1, NULL, 'k'), (2, 'b', 2, 'k', NULL); INSERT INTO child VALUES ('a', 1), ('b', 2)",
    kept: [
      "SELECT id, size, parent, key, shout FROM things",
      "SELECT * FROM child",
      "SELECT * FROM one",
      "SELECT * FROM two",
    ],
  },
  "a column gets a name that wants quotes": {
    from: USED("name"),
    to: USED('"select ""it"" 😀"'),
    flags: ["--rename", 'things.name:"select ""it"" 😀"'],
    rows: "INSERT INTO things (id, name, size, parent, key) VALUES (4, 'a', 1, NULL, 'k'), (2, 'b', 2, 'k', NULL); INSERT INTO child VALUES ('a', 1), ('b', 2)",
    kept: [
      "SELECT id, size, parent, key, shout FROM things",
      "SELECT * FROM child",
      "SELECT * FROM one",
      "SELECT * FROM two",
    ],
  },
  "a table gets another name wherever it is used": {
    from: USED("name"),
    to: USED("name", "objects"),
    flags: ["--rename", "things:objects"],
    rows: "INSERT INTO things (id, name, size, parent, key) VALUES (4, 'a', 1, NULL, 'k'), (2, 'b', 2, 'k', NULL); INSERT INTO child VALUES ('a', 1), ('b', 2)",
    kept: ["SELECT * FROM child", "SELECT * FROM one", "SELECT * FROM two"],
  },
  "a view under triggers gets another name": {
    from: VIEWED("one", "id, a"),
    to: VIEWED("other", "id, a"),
    rows: "INSERT INTO t VALUES (3, 'x'), (1, NULL)",
    kept: ["SELECT rowid, * FROM t"],
    back: ["SELECT * FROM one"],
  },
  "a view under triggers gets another query": {
    from: VIEWED("one", "id, a"),
    to: VIEWED("one", "id, upper(a) AS a"),
    rows: "INSERT INTO one (a) VALUES ('x'), (NULL); DELETE FROM one WHERE id = 1",
    kept: ["SELECT rowid, * FROM t"],
    back: ["SELECT * FROM one"],
  },
  "the table of a view under triggers is rebuilt": {
    from: VIEWED("one", "id, a"),
    to: VIEWED("one", "id, a").replace("a TEXT", "a VARCHAR(9) DEFAULT 'y'"),
    rows: "INSERT INTO one (a) VALUES ('x'), (NULL)",
    kept: ["SELECT rowid, * FROM t", "SELECT * FROM one"],
  },
  "a column gets another name and another type": {
    from: USED("name"),
    to: USED("label").replace("label TEXT", "label VARCHAR(7) NOT NULL"),
    flags: ["--rename", "things.name:label"],
    rows: "INSERT INTO things (id, name, size, parent, key) VALUES (4, 'a', 1, NULL, 'k'), (2, 'b', 2, 'k', NULL); INSERT INTO child VALUES ('a', 1), ('b', 2)",
    kept: [
      "SELECT id, size, parent, key, shout FROM things",
      "SELECT * FROM child",
      "SELECT * FROM one",
      "SELECT * FROM two",
    ],
  },
};

describe("a change under indexes, triggers, views and virtual tables", () => {
  it.each(Object.entries(MORE))("%s: up and down, online and by scripts", async (_name, change) => {
    await expectChangeAndBack(change);
  });
});
