/** Tables of SQLite that models have no words for: carried as they are or left alone, and never dropped for it. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type TempProject, tempProject } from "../support/temp-project.js";

/** As a database is that an application with a collation of its own has made: better-sqlite3 knows none. */
function make(project: TempProject, sql: string, collated: readonly string[] = []): void {
  const db = new Database(project.path("app.db"));
  db.unsafeMode(true);
  db.pragma("foreign_keys = OFF");
  db.exec(sql);
  for (const name of collated) {
    db.pragma("writable_schema = ON");
    db.prepare("UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', '\"my own\"') WHERE name = ?").run(name);
  }
  db.close();
}

function look<T>(project: TempProject, work: (db: Database.Database) => T): T {
  const db = new Database(project.path("app.db"));
  db.pragma("foreign_keys = OFF");
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function succeed(project: TempProject, ...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await project.run(args);
  if (exitCode !== 0) expect.fail(`${args.join(" ")} ended with ${exitCode}:\n${stdout}${stderr}`);
  return stdout;
}

describe("tables and columns without a name", () => {
  const NAMELESS = `
    CREATE TABLE odd (id INTEGER PRIMARY KEY, "" int, self REFERENCES odd);
    CREATE TABLE "" (a); CREATE TABLE t (id INTEGER PRIMARY KEY, odd_id int REFERENCES odd ON DELETE CASCADE, n int);
    CREATE INDEX ix ON odd (id, ""); CREATE VIEW seen AS SELECT id FROM odd;
    CREATE TRIGGER touched AFTER INSERT ON odd BEGIN SELECT 1; END;
    INSERT INTO odd VALUES (1, 2, 1); INSERT INTO "" VALUES (3); INSERT INTO t VALUES (4, 1, NULL);`;

  it("are carried as the statements that make them, with indexes and triggers, and made again", async () => {
    const project = tempProject();
    make(project, NAMELESS);
    expect(JSON.parse(await succeed(project, "pull", "--check", "--json"))).toMatchObject({ notReproduced: [] });
    await succeed(project, "pull");
    const models = project.read("models.ts");
    expect(models).toContain('definition(\n  "table",\n  "odd"');
    await succeed(project, "check");
    await succeed(project, "check", "--offline");
    await succeed(project, "pull", "--force");
    expect(project.read("models.ts")).toBe(models);
    await succeed(project, "upgrade", "head", "--url", "sqlite:///./fresh.db");
    const texts = (db: Database.Database) =>
      db.prepare("SELECT sql FROM sqlite_schema WHERE tbl_name IN ('odd', '') AND sql IS NOT NULL ORDER BY 1").all();
    const fresh = new Database(project.path("fresh.db"));
    expect(texts(fresh)).toEqual(look(project, texts));
    fresh.close();
  });

  it("stay, with their rows, through a change of a table that refers to them, and back", async () => {
    const project = tempProject();
    make(project, NAMELESS);
    await succeed(project, "pull");
    const before = look(project, (db) =>
      db.prepare("SELECT name, sql FROM sqlite_schema WHERE tbl_name <> 't' ORDER BY 1").all(),
    );
    const rows = () =>
      look(project, (db) => ["odd", "", "t"].map((name) => db.prepare(`SELECT * FROM "${name}"`).all()));
    const start = rows();
    project.write(
      "models.ts",
      project.read("models.ts").replace('n: custom<number>("int")', 'n: custom<string>("text")'),
    );
    await succeed(project, "revision", "--autogenerate", "-m", "text");
    await succeed(project, "upgrade", "head");
    await succeed(project, "check");
    expect(rows()).toEqual(start);
    await succeed(project, "downgrade", "-1");
    expect(rows()).toEqual(start);
    expect(
      look(project, (db) => db.prepare("SELECT name, sql FROM sqlite_schema WHERE tbl_name <> 't' ORDER BY 1").all()),
    ).toEqual(before);
  });

  it("are dropped without a row of their children when the models do not say them any more", async () => {
    const project = tempProject();
    make(project, NAMELESS);
    await succeed(project, "pull");
    const models = project.read("models.ts");
    project.write(
      "models.ts",
      `import { custom, definition, integer, table } from "tsmigrate/schema";
       export const t = table("t", { id: integer().primaryKey().autoIncrement(), odd_id: custom("int"), n: custom("int") });
       export const nameless = definition("table", '""', 'CREATE TABLE "" (a)');`,
    );
    expect((await project.run(["check"])).stdout).toContain("! drop table odd (destroys data)");
    await succeed(project, "revision", "--autogenerate", "-m", "gone");
    await succeed(project, "upgrade", "head");
    expect(look(project, (db) => db.prepare("SELECT * FROM t").all())).toEqual([{ id: 4, odd_id: 1, n: null }]);
    look(project, (db) => db.exec("UPDATE t SET odd_id = NULL"));
    await succeed(project, "downgrade", "-1");
    project.write("models.ts", models);
    await succeed(project, "diff", "--exit-code");
  });
});

describe("tables that need a collation of the application", () => {
  const COLLATED = `
    CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT COLLATE NOCASE); CREATE TABLE t (id INTEGER PRIMARY KEY, w REFERENCES words (id));
    CREATE TABLE plain (a TEXT); CREATE INDEX ix_plain ON plain (a COLLATE NOCASE);
    CREATE VIEW of_words AS SELECT word FROM words; CREATE VIEW again AS SELECT * FROM of_words; CREATE VIEW other AS SELECT id FROM t;
    CREATE TRIGGER told AFTER INSERT ON words BEGIN SELECT 1; END; CREATE TRIGGER heard AFTER INSERT ON t BEGIN SELECT 1; END;
    INSERT INTO words VALUES (1, 'a'); INSERT INTO t VALUES (1, 1)`;

  it("are told by pull, and left alone by every comparison from then on", async () => {
    const project = tempProject();
    make(project, COLLATED, ["words", "ix_plain"]);
    const checked = await project.run(["pull", "--check", "--json"]);
    const left = "autogenerate leaves it alone";
    const collated = "which needs the collation 'my own' of the application";
    expect([checked.exitCode, checked.json().notReproduced]).toEqual([
      1,
      [
        `not read, and so not in the models: table words, ${collated}; ${left}`,
        `not read, and so not in the models: table plain, ${collated}; ${left}`,
        `not read, and so not in the models: view of_words, which reads 'words'; ${left}`,
        `not read, and so not in the models: view again, which reads 'of_words'; ${left}`,
      ],
    ]);
    await succeed(project, "pull");
    expect(project.read("models.ts")).not.toMatch(/"words"|plain|told/);
    await succeed(project, "check");
    await succeed(project, "check", "--offline");
    await succeed(project, "check", "--drift");
    const models = project
      .read("models.ts")
      .replace('table("t", {', 'table("t", {\n  more: integer().notNull().default(0).unique({ name: "uq" }),');
    project.write("models.ts", models);
    await succeed(project, "revision", "--autogenerate", "-m", "more");
    const { revisions } = project;
    expect(project.read(`migrations/versions/${revisions().find((name) => name.includes("more"))}`)).not.toMatch(
      /words|plain/,
    );
  });
});

describe("views and triggers without a name", () => {
  it("are told by pull and left alone", async () => {
    const project = tempProject();
    make(
      project,
      `CREATE TABLE t (a); CREATE VIEW "" AS SELECT 1; CREATE TRIGGER "" AFTER INSERT ON t BEGIN SELECT 1; END`,
    );
    expect(JSON.parse(await succeed(project, "pull", "--json")).notReproduced).toEqual([
      "not read, and so not in the models: view , which has no name; autogenerate leaves it alone",
      "not read, and so not in the models: a trigger without a name; autogenerate leaves it alone",
    ]);
    await succeed(project, "check");
  });
});

describe("what a schema does not say of a table", () => {
  it("is in the document of pull", async () => {
    const project = tempProject();
    make(project, "CREATE TABLE t (a /* why */)");
    const result = await project.run(["pull", "--check", "--json"]);
    expect(result.json().warnings).toEqual(["not in the models: table t: the comments in the text"]);
  });
});
