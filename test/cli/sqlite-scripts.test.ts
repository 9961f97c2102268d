/** Scripts of `--sql` run in SQLite's own shell, whatever version is installed, and come to what the engine comes to. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { schemaFacts } from "../support/sqlite-facts.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const MODELS = (second: boolean) => `
import { check, foreignKey, index, integer, numeric, primaryKey, sql, table, text, trigger, unique, varchar, view } from "tsmigrate/schema";
export const authors = table("authors", {
  id: integer().primaryKey().autoIncrement({ reuseIds: false }),
  name: text()${second ? '.notNull().default("-")' : ""},
  ${second ? "" : "nick: text(),"}
  boss: integer().references("authors.id", { onDelete: "set null" }),
}, ${second ? "[check(\"ck_name\", sql`name <> 'x'`)]" : "[]"});
export const books = table("books", {
  author: integer().notNull().references("authors.id", { onDelete: "cascade" }),
  no: integer().notNull(),
  title: ${second ? "varchar(80)" : "text()"},
  price: numeric(8, 2),
  shout: text().generatedAs(sql\`upper(title)\`, { stored: ${second} }),
}, [primaryKey("pk_books").on("author", "no"), unique("uq_title").on({ column: "title", collation: "NOCASE" })${second ? ".onConflict('IGNORE')" : ""},
  index("ix_price").on({ column: "price", order: "desc" }).where(sql\`price > 0\`)], { sqlite: { withoutRowid: true } });
export const notes = table("notes", { id: integer().primaryKey(), book: integer(), no: integer(), body: text()${second ? ".notNull()" : ""} },
  [foreignKey("fk_book", ["book", "no"]).references("books", ["author", "no"], { onDelete: "cascade", deferrable: "deferred" })]);
export const titles = view("titles", sql\`select author, title from books\`);
export const touched = trigger("touched", { on: notes, fires: "after insert", action: "begin update authors set boss = boss where id = new.book; end" });
`;

const ROWS = `
INSERT INTO authors (id, name, boss) VALUES (1, 'a', NULL), (2, 'b', 1), (7, 'c', 2);
DELETE FROM authors WHERE id = 7;
INSERT INTO books (author, no, title, price) VALUES (1, 1, 'one', 1.5), (1, 2, 'two', -1), (2, 1, NULL, NULL);
INSERT INTO notes VALUES (1, 1, 1, 'x'), (2, 2, 1, 'y'), (3, NULL, NULL, 'z');`;

const shell = (file: string, sql: string) => spawnSync("sqlite3", ["-bail", file], { input: sql, encoding: "utf8" });
const VERSION = spawnSync("sqlite3", ["--version"], { encoding: "utf8" }).stdout?.split(" ")[0];
if (VERSION === undefined) process.stderr.write("skipped, there is no sqlite3 on the PATH\n");

async function twoRevisions(): Promise<TempProject> {
  const project = tempProject({ models: MODELS(false) });
  for (const [name, second] of [
    ["first", false],
    ["second", true],
  ] as const) {
    project.write("models.ts", MODELS(second));
    const made = await project.run(["revision", "--autogenerate", "--no-renames", "--rev-id", name, "-m", name]);
    expect(made.stderr).not.toMatch(/error/);
    expect(await project.run(["upgrade", "head"])).toMatchObject({ exitCode: 0 });
  }
  rmSync(project.path("app.db"));
  return project;
}

function contents(file: string) {
  const db = new Database(file);
  const rows = ["authors", "books", "notes", "sqlite_sequence"].map((table) =>
    db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all(),
  );
  const facts = schemaFacts(db).filter((fact) => !fact.includes("tsmigrate_"));
  db.close();
  return { rows, facts };
}

describe("scripts in SQLite's own shell", () => {
  it.skipIf(VERSION === undefined)("do what the engine does, up and down, with every row", async () => {
    const project = await twoRevisions();
    const sql = async (...args: readonly string[]) => {
      const result = await project.run([...args, "--sql"]);
      expect(result).toMatchObject({ exitCode: 0 });
      return result.stdout;
    };
    const engine = async (...args: readonly string[]) => expect(await project.run(args)).toMatchObject({ exitCode: 0 });
    const script = project.path("script.db");
    const run = (text: string) => expect(shell(script, text)).toMatchObject({ status: 0, stderr: "" });

    run(await sql("upgrade", "+1"));
    run(ROWS);
    await engine("upgrade", "+1");
    const db = new Database(project.path("app.db"));
    db.exec(ROWS);
    db.close();
    expect(contents(script)).toEqual(contents(project.path("app.db")));

    run(await sql("upgrade", "first:head"));
    await engine("upgrade", "head");
    expect(contents(script)).toEqual(contents(project.path("app.db")));

    run(await sql("downgrade", "head:first"));
    await engine("downgrade", "-1");
    expect(contents(script)).toEqual(contents(project.path("app.db")));
  });

  it.skipIf(VERSION === undefined)("stop where a row does not fit, and leave everything as it was", async () => {
    const project = await twoRevisions();
    const script = project.path("script.db");
    shell(script, (await project.run(["upgrade", "+1", "--sql"])).stdout);
    shell(script, `${ROWS} INSERT INTO notes VALUES (9, NULL, NULL, NULL);`);
    const before = contents(script);
    const failed = shell(script, (await project.run(["upgrade", "first:head", "--sql"])).stdout);
    expect(failed.status).not.toBe(0);
    expect(failed.stderr).toMatch(/notes\.body.* holds NULL and cannot become NOT NULL/);
    expect(contents(script)).toEqual(before);
  });
});
