/** Virtual tables of SQLite that become others, up and down, with what they hold and find. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectChangeAndBack, type SchemaChange, succeed, withDatabase } from "../support/sqlite-there-and-back.js";
import { tempProject } from "../support/temp-project.js";

const VALUES = "(7, 'one text', x'00ff', 3), (-2, 'It''s', NULL, 1.5), (9007199254740993, '', 'two', '4')";

/** `title`, `body` and `extra` stay under these names, unless others are said. */
const own = (from: string, to: string, more: Partial<SchemaChange> & { name?: string } = {}): SchemaChange => {
  const { name = "found", ...rest } = more;
  return {
    from: `CREATE VIRTUAL TABLE ${name} USING ${from};`,
    to: `CREATE VIRTUAL TABLE ${name} USING ${to};`,
    rows: `INSERT INTO ${name} (rowid, title, body, extra) VALUES ${VALUES}`,
    kept: [
      `SELECT CAST(rowid AS TEXT), quote(title), typeof(body), quote(body), quote(extra) FROM ${name} ORDER BY rowid`,
      `SELECT CAST(rowid AS TEXT) FROM ${name} WHERE ${name} MATCH 'title:one'`,
    ],
    ...rest,
  };
};

const articles = (columns: string, more = "") =>
  `CREATE TABLE articles (id INTEGER PRIMARY KEY, ${columns}, self INTEGER REFERENCES articles (id) ON DELETE CASCADE);${more}`;
const fed = (columns: readonly string[], options = "content = 'articles', content_rowid = 'id'", name = "found") => `
  CREATE VIRTUAL TABLE ${name} USING fts5(${columns.join(", ")}, ${options});
  CREATE TRIGGER fed_in AFTER INSERT ON articles BEGIN
    INSERT INTO ${name} (rowid, ${columns.join(", ")}) VALUES (new.id, ${columns.map((it) => `new.${it}`).join(", ")});
  END;
  CREATE TRIGGER fed_out AFTER DELETE ON articles BEGIN
    INSERT INTO ${name} (${name}, rowid, ${columns.join(", ")}) VALUES ('delete', old.id, ${columns.map((it) => `old.${it}`).join(", ")});
  END;`;
const ARTICLES = `
  INSERT INTO articles (id, title, body, self) VALUES (3, 'one', 'first text', NULL), (8, 'two', 'text', 3), (9, 'gone', 'text', 3);
  DELETE FROM articles WHERE id = 9;`;
const SOUGHT = [
  "SELECT id, body, self FROM articles ORDER BY id",
  "SELECT rowid FROM found WHERE found MATCH 'text' ORDER BY 1",
  "SELECT count(*) FROM found WHERE found MATCH 'gone'",
];
const fedBy = (from: readonly string[], to: readonly string[], more: Partial<SchemaChange> = {}): SchemaChange => ({
  from: articles("title TEXT, body TEXT", fed(from)),
  to: articles("title TEXT, body TEXT", fed(to)),
  rows: ARTICLES,
  kept: SOUGHT,
  ...more,
});

const HOSTILE = `"a ""b"" 'c', (d)
e 😀 --"`;

const LATE = `CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, body TEXT, parent INTEGER REFERENCES articles (id), sub TEXT DEFAULT 'text');`;
const OTHER =
  "CREATE VIRTUAL TABLE other USING fts5(x);\nCREATE TRIGGER other_in AFTER INSERT ON articles BEGIN SELECT 1; END;\n";

const CHANGES: Readonly<Record<string, SchemaChange>> = {
  "FTS5 gets another tokenizer": own(
    "fts5(title, body, extra UNINDEXED)",
    "fts5(title, body, extra UNINDEXED, tokenize = 'porter ascii', prefix = '2 3')",
  ),
  "FTS5 gets a column and an order": own("fts5(title, body, extra)", "fts5(extra, body, added, title)"),
  "FTS5 keeps how it ranks and merges": own("fts5(title, body, extra)", "fts5(body, extra, title)", {
    rows: `INSERT INTO found (rowid, title, body, extra) VALUES ${VALUES};
      INSERT INTO found (found, rank) VALUES ('rank', 'bm25(10.0, 5.0)'), ('pgsz', 1000), ('automerge', 7);`,
    kept: ["SELECT k, v FROM found_config WHERE k <> 'version' ORDER BY k", "SELECT rowid, title, extra FROM found"],
  }),
  "FTS5 keeps the locales of its values": own(
    "fts5(title, body, extra, locale = 1)",
    "fts5(extra, title, locale = 1, body)",
    {
      rows: "INSERT INTO found (rowid, title, body) VALUES (4, fts5_locale('de_DE', 'one'), 'two'), (2, NULL, fts5_locale('fr', x'31'))",
      kept: [
        "SELECT rowid, title, typeof(body), body, extra FROM found",
        "SELECT count(*) FROM found_content WHERE 'de_DE' IN (l0, l1, l2)",
      ],
      isNew: true,
    },
  ),
  "FTS5 in names that want quotes": own(
    `fts5("ti""tle", 'bo,dy', [ex(tra], "😀 select")`,
    `fts5([ex(tra], "😀 select", "ti""tle", 'bo,dy', tokenize = 'porter')`,
    {
      name: HOSTILE,
      rows: `INSERT INTO ${HOSTILE} (rowid, "ti""tle", "bo,dy", [ex(tra], "😀 select") VALUES (5, 'one', 'two', 'three', 4)`,
      kept: [`SELECT rowid, "ti""tle", "bo,dy", [ex(tra], "😀 select" FROM ${HOSTILE}`],
    },
  ),
  "FTS4 gets another tokenizer and a column": own(
    "fts4(title, body, extra)",
    'fts4(tokenize=porter, title, body, added, extra, notindexed="extra")',
  ),
  "FTS4 keeps the languages of its rows": own(
    'fts4(title, body, extra, languageid="lid")',
    'fts4(body, title, extra, languageid="tongue")',
    {
      rows: `INSERT INTO found (docid, title, body, lid) VALUES (4, 'one', 'two', 7), (2, 'three', 'four', 0)`,
      kept: ["SELECT docid, title, body FROM found", "SELECT langid FROM found_content ORDER BY docid"],
    },
  ),
  "FTS3 becomes FTS5": own("fts3(title, body, extra)", "fts5(title, body, extra)"),
  "an R-Tree gets a column beside its ranges": own(
    "rtree(id, x0, x1, +label TEXT)",
    "rtree(id, x0, x1, y0, y1, +added, +label TEXT)",
    {
      rows: "INSERT INTO found (id, x0, x1, label) VALUES (9007199254740993, 0.1, 1.5, 'a'), (-4, -7, 1e20, x'00'), (3, 1, 1, NULL)",
      kept: ["SELECT CAST(id AS TEXT), x0, x1, typeof(label), label FROM found ORDER BY id"],
    },
  ),
  "a geopoly gets a column": own("geopoly(label)", "geopoly(added, label)", {
    rows: "INSERT INTO found (rowid, _shape, label) VALUES (6, '[[0,0],[1,0],[0.3,1],[0,0]]', 'a'), (2, '[[0,0],[2,0],[0,2],[0,0]]', 'b')",
    isNew: true,
    kept: ["SELECT rowid, hex(_shape), label FROM found ORDER BY 1"],
  }),
  "FTS5 over a table gets another column of it": fedBy(["body"], ["title", "body"]),
  "FTS5 over a table gets a column that comes to both": fedBy(["title", "body"], ["title", "sub", "body"], {
    from: LATE.replace(", sub TEXT DEFAULT 'text'", "") + fed(["title", "body"]),
    to: LATE + fed(["title", "sub", "body"]),
    rows: ARTICLES.replaceAll("self", "parent"),
    kept: ["SELECT id, title, parent FROM articles ORDER BY id"],
  }),
  "FTS5 over a table loses a column that goes from both": fedBy(["title", "body"], ["body"], {
    from: LATE + fed(["title", "sub", "body"]),
    to: LATE.replace(", sub TEXT DEFAULT 'text'", "") + fed(["title", "body"]),
    rows: ARTICLES.replaceAll("self", "parent"),
    kept: ["SELECT rowid FROM found WHERE found MATCH 'first'"],
  }),
  "FTS5 over a table of which it knows some rows": fedBy(["body"], ["title", "body"], {
    rows: `${ARTICLES} INSERT INTO found (found, rowid, body) VALUES ('delete', 8, 'text');`,
    kept: ["SELECT rowid FROM found_docsize"],
  }),
  "FTS5 over a table that is rebuilt": fedBy(["title", "body"], ["body", "title"], {
    to: articles("title VARCHAR(99) NOT NULL, body TEXT", fed(["body", "title"])),
  }),
  "FTS4 over a table": fedBy([], [], {
    from: articles("title TEXT, body TEXT", 'CREATE VIRTUAL TABLE found USING fts4(content="articles", body);'),
    to: articles("title TEXT, body TEXT", 'CREATE VIRTUAL TABLE found USING fts4(content="articles", title, body);'),
    rows: `${ARTICLES} INSERT INTO found (found) VALUES ('rebuild')`,
  }),
  "a new FTS5 over a table that has rows finds them": fedBy([], [], {
    from: articles("title TEXT, body TEXT", OTHER),
    to: articles("title TEXT, body TEXT", OTHER + fed(["title", "body"])),
    kept: SOUGHT.slice(0, 1),
  }),
  "an FTS5 over a table goes, and finds again when it is back": fedBy([], [], {
    from: articles("title TEXT, body TEXT", OTHER + fed(["title", "body"])),
    to: articles("title TEXT, body TEXT", OTHER),
    rows: `${ARTICLES} INSERT INTO found (found) VALUES ('rebuild')`,
    kept: SOUGHT.slice(0, 1),
    back: SOUGHT.slice(1),
  }),
  "FTS5 gets another name, and a column another one": {
    ...own("fts5(title, body, extra)", ""),
    to: "CREATE VIRTUAL TABLE sought USING fts5(heading, body, extra);",
    flags: ["--rename", "found:sought", "--rename", "found.title:heading"],
    kept: [],
    back: ["SELECT rowid, title, body FROM found", "SELECT rowid FROM found WHERE title MATCH 'one'"],
  },
  "FTS5 that triggers feed gets another name": fedBy([], [], {
    from: articles("title TEXT, body TEXT", fed(["title", "body"], "detail = full")),
    to: articles("title TEXT, body TEXT", fed(["title", "body"], "detail = full", "sought")),
    rows: ARTICLES.replace("DELETE FROM articles WHERE id = 9;", ""),
    flags: ["--rename", "found:sought"],
    kept: SOUGHT.slice(0, 1),
    back: SOUGHT.slice(1, 2),
  }),
};

describe("a virtual table that becomes another one", () => {
  it.each(Object.entries(CHANGES))("%s: up and down, online and by scripts", async (_name, change) => {
    await expectChangeAndBack(change);
  });
});

const CONFIG = `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: "sqlite:///./app.db", models: "./wanted.sql" });\n`;

async function changed(from: string, rows: string, to: string) {
  const project = tempProject({ config: CONFIG });
  project.write("wanted.sql", from);
  await succeed(project, "revision", "--autogenerate", "-m", "one");
  await succeed(project, "upgrade", "head");
  withDatabase(project.path("app.db"), (db) => db.exec(rows));
  project.write("wanted.sql", to);
  return project;
}

describe("a virtual table whose rows", () => {
  it("nobody holds is made again, and the revision says what is lost", async () => {
    const project = await changed(
      "CREATE VIRTUAL TABLE found USING fts5(a, content = '');",
      "INSERT INTO found (rowid, a) VALUES (1, 'x')",
      "CREATE VIRTUAL TABLE found USING fts5(a, b, content = '');",
    );
    const said = await succeed(project, "revision", "--autogenerate", "-m", "two");
    expect(said).toContain("drop virtual table found (destroys data)");
    await succeed(project, "upgrade", "head");
    await succeed(project, "downgrade", "-1");
  });

  it("would lose a column is asked about where that may have another name", async () => {
    const project = await changed(
      "CREATE VIRTUAL TABLE found USING fts5(title, b);",
      "INSERT INTO found (title) VALUES ('x')",
      "CREATE VIRTUAL TABLE found USING fts5(titel, b);",
    );
    const asked = await project.run(["revision", "--autogenerate", "-m", "two"]);
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining("--rename found.title:titel")]);
    await succeed(project, "revision", "--autogenerate", "-m", "two", "--no-renames");
    expect(readFileSync(project.revision("two"), "utf8")).toContain("// destroys data: found.title\n");
  });

  it("cannot come into its new form stays as it was, outside a transaction too", async () => {
    const project = await changed(
      "CREATE VIRTUAL TABLE found USING fts5(a);",
      "INSERT INTO found (rowid, a) VALUES (4, 'x')",
      "CREATE VIRTUAL TABLE found USING fts5(a, b);",
    );
    await succeed(project, "revision", "--autogenerate", "-m", "two");
    const file = project.revision("two");
    const text = readFileSync(file, "utf8").replace("fts5(a, b)", "fts5(a, tokenize = nonsense)");
    writeFileSync(file, `${text}\nexport const transaction = false;\n`);
    expect((await project.run(["upgrade", "head"])).stderr).toContain("no such tokenizer: nonsense");
    withDatabase(project.path("app.db"), (db) => {
      expect(db.prepare("SELECT rowid, a FROM found WHERE found MATCH 'x'").all()).toEqual([{ rowid: 4, a: "x" }]);
      expect(db.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '\\_tsm%' ESCAPE '\\'").all()).toEqual([]);
    });
  });
});
