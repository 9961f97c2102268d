import { describe, expect, it } from "vitest";
import { openMigrator, UsageError } from "../../src/index.js";
import { DIALECTS } from "../support/dialects.js";
import { connectTo, query } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const FIRST = `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.bulkInsert("users", [{ id: 1, boss: null }, { id: 2, boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.bulkInsert("notes", [{ id: 1, author: 2 }]);`;

describe.each(DIALECTS)("a migrator on $name", ({ open }) => {
  it("reads the ledger, newest first", async () => {
    const database = await open();
    try {
      const project = tempProject();
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FIRST }));
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa" }));
      await using migrator = await openMigrator({
        directory: "migrations",
        connectionString: database.url,
        cwd: project.directory,
      });
      expect(await migrator.log()).toEqual([]);
      await migrator.upgrade();
      const [last, first] = await migrator.log();
      expect(last).toMatchObject({ revision: "bbbb", direction: "upgrade", step: 1, state: "done", completes: true });
      expect(first).toMatchObject({ revision: "aaaa", error: null, pid: process.pid });
      expect((await migrator.log({ count: 1 })).map(({ revision }) => revision)).toEqual(["bbbb"]);
      for (const count of [0, -1, 1.5, "1; DROP TABLE users" as unknown as number]) {
        await expect(migrator.log({ count })).rejects.toThrow(UsageError);
      }
    } finally {
      await database.dispose();
    }
  });

  it("pulls a database, compares sources, and checks without the database", async () => {
    const [database, other] = [await open(), await open()];
    try {
      const project = tempProject();
      project.write("migrations/versions/.keep", "");
      project.write("wanted.sql", "CREATE TABLE users (id integer NOT NULL CONSTRAINT pk_users PRIMARY KEY);");
      const connection = await connectTo(database.url);
      await connection.script(
        "CREATE TABLE users (id integer NOT NULL CONSTRAINT pk_users PRIMARY KEY, boss integer CONSTRAINT fk_users_boss_users REFERENCES users (id)); INSERT INTO users VALUES (1, NULL), (2, 1)",
      );
      await connection.close();
      const nothing = await connectTo(other.url);
      await nothing.script("CREATE TABLE t (id integer); DROP TABLE t;");
      await nothing.close();
      const options = { directory: "migrations", cwd: project.directory, models: "./models.ts" };
      await using migrator = await openMigrator({ ...options, connectionString: database.url });
      expect(await migrator.pull({ check: true })).toMatchObject({ notReproduced: [], files: [], baseline: null });
      const pulled = await migrator.pull();
      expect(pulled).toMatchObject({ models: project.path("models.ts"), tables: 1, notReproduced: [] });
      expect(await migrator.getCurrentRevision()).toBe(pulled.baseline);
      expect(await migrator.check()).toMatchObject({ upToDate: true, compared: "database" });
      expect(await migrator.check({ offline: true })).toMatchObject({ upToDate: true, compared: "revisions" });
      expect(await migrator.check({ drift: true })).toMatchObject({ upToDate: true, compared: "drift" });
      expect((await migrator.diff()).operations).toEqual([]);
      const kinds = (given: readonly { readonly kind: string }[]) => given.map(({ kind }) => kind);
      const { operations, script } = await migrator.diff({ from: "wanted.sql", to: "models" });
      expect(kinds(operations)).toContain("addColumn");
      expect(script.join("\n")).toContain("boss");
      expect((await migrator.diff({ from: `revision:${pulled.baseline}`, to: other.url })).operations).toHaveLength(1);
      const renames = { "users.boss": "head" };
      project.write("models.ts", project.read("models.ts").replaceAll("boss", "head"));
      expect(kinds((await migrator.diff({ renames })).operations)).toContain("renameColumn");
    } finally {
      await database.dispose();
      await other.dispose();
    }
  });

  it("accepts an edit, and says whether there was one", async () => {
    const database = await open();
    try {
      const project = tempProject();
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FIRST }));
      await using migrator = await openMigrator({
        directory: "migrations",
        connectionString: database.url,
        cwd: project.directory,
      });
      await migrator.upgrade();
      expect(await migrator.acceptEdit("aaaa")).toEqual({ revision: "aaaa", edited: false });
      const more = `${FIRST}\n  await op.addColumn("users", "name", text());`;
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: more }));
      await expect(migrator.upgrade()).rejects.toMatchObject({ code: "TSM_REVISION_EDITED" });
      expect(await migrator.acceptEdit("aaaa")).toEqual({ revision: "aaaa", edited: true });
      expect(await migrator.upgrade()).toMatchObject({ steps: [] });
      expect((await migrator.log())[0]).toMatchObject({ revision: "aaaa", direction: "accept-edit" });
    } finally {
      await database.dispose();
    }
  });

  it.each(["done", "retry"] as const)("says of an interrupted step that it is %s, and goes on", async (outcome) => {
    const database = await open();
    try {
      const project = tempProject();
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FIRST }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade:
            '  await op.autocommitBlock(async () => { await op.execute("INSERT INTO users (id) VALUES (3)"); });',
        }),
      );
      await using migrator = await openMigrator({
        directory: "migrations",
        connectionString: database.url,
        cwd: project.directory,
      });
      await query(database.url, "CREATE TABLE spare (id integer)");
      await migrator.stamp("base");
      await migrator.upgrade({ revision: "aaaa" });
      await expect(migrator.resolve("bbbb", outcome)).rejects.toThrow("no step of 'bbbb' waits for an answer");
      await query(database.url, "INSERT INTO users (id) VALUES (3)");
      await expect(migrator.upgrade()).rejects.toMatchObject({ code: "TSM_MIGRATION_FAILED" });
      // What a run leaves that was killed while the statement ran.
      await query(
        database.url,
        "UPDATE tsmigrate_log SET state = 'running', error = NULL, pid = 999999, backend = '0@0' WHERE rev = 'bbbb'",
      );
      await expect(migrator.upgrade()).rejects.toMatchObject({ code: "TSM_STEP_UNRESOLVED" });
      if (outcome === "retry") await query(database.url, "DELETE FROM users WHERE id = 3");
      expect(await migrator.resolve("bbbb", outcome)).toEqual({
        revision: "bbbb",
        direction: "upgrade",
        step: 1,
        outcome,
      });
      expect(await migrator.upgrade()).toMatchObject({ to: ["bbbb"] });
      expect(await query(database.url, "SELECT id FROM users ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    } finally {
      await database.dispose();
    }
  });
});
