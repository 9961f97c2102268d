import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConnectionError, MigrationUpgradeError, openMigrator, upgrade } from "../../src/index.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const IMPORTS = 'import { enumType, integer, sql, table, text, varchar, view } from "tsmigrate/schema";\n';

async function evolve(project: TempProject, models: string, message: string): Promise<readonly string[]> {
  project.write("models.ts", IMPORTS + models);
  const made = await project.run(["revision", "--autogenerate", "-m", message, "--no-renames", "--json"]);
  expect([made.exitCode, made.exitCode === 0 ? "" : made.stdout]).toEqual([0, ""]);
  const up = await project.run(["upgrade"]);
  expect([up.exitCode, up.exitCode === 0 ? "" : up.stderr]).toEqual([0, ""]);
  expect((await project.run(["check", "--json"])).json()).toMatchObject({ upToDate: true, operations: [] });
  return made.json().operations.map((op: { description: string }) => op.description);
}

async function downAndUp(project: TempProject): Promise<void> {
  for (const args of [["downgrade", "-1"], ["upgrade"], ["downgrade", "base"], ["upgrade"]]) {
    const result = await project.run(args);
    expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr]).toEqual([args, 0, ""]);
  }
}

describe.each(DIALECTS)("views and renames on $name", ({ open }) => {
  it("views that read each other are made and dropped in an order that runs, whatever their names", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const users = (type: string) =>
        `export const users = table("users", { id: integer().primaryKey(), v: ${type} });\n`;
      const views = (columns: string) =>
        `export const z = view("z", sql\`select ${columns} from users\`);\nexport const b = view("b", sql\`select id from z\`);\n`;
      await evolve(project, users("varchar(10)") + views("id, v"), "first");
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO users VALUES (1, 'ada')");
      await evolve(project, users("varchar(10)") + views("id"), "z changes under b");
      await evolve(project, users("varchar(20)") + views("id"), "the table changes under both");
      expect((await connection.query("SELECT * FROM b")).rows).toEqual([{ id: 1 }]);
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });

  it("an enum that loses a value is replaced under a view that reads it", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const models = (values: string) =>
        `export const mood = enumType("mood", [${values}]);\nexport const people = table("people", { id: integer().primaryKey(), m: mood().notNull().default("ok") });\nexport const vw = view("vw", sql\`select m from people\`);\n`;
      await evolve(project, models('"sad", "ok"'), "first");
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO people (id) VALUES (1)");
      await evolve(project, models('"ok"'), "second");
      expect((await connection.query("SELECT m FROM vw")).rows).toEqual([{ m: "ok" }]);
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });

  it("a new enum value is a default and in a check in the revision that brings it", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const models = (values: string, rest: string) =>
        `import { check } from "tsmigrate/schema";\nexport const mood = enumType("mood", [${values}]);\nexport const people = table("people", { id: integer().primaryKey(), m: mood().notNull()${rest};\n`;
      await evolve(project, models('"sad", "ok"', '.default("ok") })'), "first");
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO people (id) VALUES (1)");
      await evolve(
        project,
        models('"sad", "new", "ok"', `.default("new") }, [check("ck_m", sql\`m <> 'new' or id > 1\`)])`),
        "second",
      );
      await connection.query("INSERT INTO people (id) VALUES (2)");
      expect((await connection.query("SELECT m FROM people ORDER BY id")).rows).toEqual([{ m: "ok" }, { m: "new" }]);
      await connection.query("DELETE FROM people WHERE id = 2");
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });

  it("a table and a column are renamed under a view in one revision, and back", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      await evolve(
        project,
        'export const p = table("p", { id: integer().primaryKey(), v: varchar(40) });\nexport const vw = view("vw", sql`select id, v from p`);\n',
        "first",
      );
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO p VALUES (1, 'ada')");
      await evolve(
        project,
        'export const p = table("people", { id: integer().primaryKey(), w: varchar(40).renamedFrom("v"), extra: integer() }).renamedFrom("p");\nexport const vw = view("vw", sql`select id, w from people`);\n',
        "second",
      );
      expect((await connection.query("SELECT * FROM vw")).rows).toEqual([{ id: 1, w: "ada" }]);
      await project.run(["downgrade", "-1"]);
      expect((await connection.query("SELECT * FROM vw")).rows).toEqual([{ id: 1, v: "ada" }]);
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });

  it("a view under a new name reads a table and columns under new names, and back", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const models = (person: string, name: string, view: string, hint: (old: string) => string) =>
        `export const p = table("${person}", { id: integer().primaryKey(), ${name}: varchar(40)${hint("v")}, boss: integer().references("${person}.id", { onDelete: "set null" }) })${hint("p")};\nexport const posts = table("posts", { id: integer().primaryKey(), author: integer().references("${person}.id", { onDelete: "cascade" }) });\nexport const vw = view("${view}", sql\`select id, ${name} from ${person}\`)${hint("vw")};\n`;
      await evolve(
        project,
        models("p", "v", "vw", () => ""),
        "first",
      );
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO p VALUES (1, 'ada', NULL), (2, 'bob', 1)");
      await connection.query("INSERT INTO posts VALUES (1, 1), (2, 2)");
      await evolve(
        project,
        models("people", "w", "vx", (old) => `.renamedFrom("${old}")`),
        "second",
      );
      expect((await connection.query("SELECT * FROM vx WHERE id = 1")).rows).toEqual([{ id: 1, w: "ada" }]);
      expect((await project.run(["downgrade", "-1"])).stderr).toMatch(/^✔/);
      expect((await connection.query("SELECT * FROM vw WHERE id = 1")).rows).toEqual([{ id: 1, v: "ada" }]);
      await project.run(["upgrade"]);
      expect((await connection.query("SELECT author, boss FROM posts JOIN people ON people.id = author")).rows).toEqual(
        [
          { author: 1, boss: null },
          { author: 2, boss: 1 },
        ],
      );
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });

  it("a chain of renames moves each column to its new name", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      await evolve(
        project,
        'export const p = table("p", { id: integer().primaryKey(), a: text(), b: text() });\n',
        "first",
      );
      const connection = await connectTo(database.url);
      await connection.query("INSERT INTO p VALUES (1, 'A', 'B')");
      const chain =
        'export const p = table("p", { id: integer().primaryKey(), b: text().renamedFrom("a"), c: text().renamedFrom("b") });\n';
      expect(await evolve(project, chain, "second")).toEqual(["rename column p.b to c", "rename column p.a to b"]);
      expect((await connection.query("SELECT * FROM p")).rows).toEqual([{ id: 1, b: "A", c: "B" }]);
      await connection.close();
      await downAndUp(project);
    } finally {
      await database.dispose();
    }
  });
});

describe("the library", () => {
  it("says why a database could not be opened, and tries again at the next call", async () => {
    const project = tempProject();
    project.write(
      "migrations/versions/a.ts",
      revisionText({ id: "aaaa", upgrade: '  await op.createTable("t", { id: integer() });' }),
    );
    const options = { directory: "migrations", cwd: project.directory };
    const down = await upgrade({ ...options, connectionString: "postgres://u:x@127.0.0.1:1/x" }).catch(
      (error) => error,
    );
    expect(down).toBeInstanceOf(MigrationUpgradeError);
    expect(down.cause).toBeInstanceOf(ConnectionError);
    expect(down).toMatchObject({ code: "TSM_CONNECTION", exitCode: 4, revision: "head", directory: "migrations" });

    await using migrator = await openMigrator({ ...options, connectionString: "sqlite:///./folder/x.db" });
    await expect(migrator.upgrade()).rejects.toThrow(ConnectionError);
    project.write("folder/.keep", "");
    expect((await migrator.upgrade()).to).toEqual(["aaaa"]);
  });

  it("previews the first revision without making the file", async () => {
    const project = tempProject();
    project.write(
      "migrations/versions/a.ts",
      revisionText({ id: "aaaa", upgrade: '  await op.createTable("t", { id: integer() });' }),
    );
    const dry = await project.run(["upgrade", "--dry-run", "--json"]);
    expect(dry.json().sql).toEqual([expect.stringContaining('CREATE TABLE "t"')]);
    expect(existsSync(project.path("app.db"))).toBe(false);
  });
});
