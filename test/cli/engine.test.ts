import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const USERS = '  await op.createTable("users", { id: integer().primaryKey().autoIncrement(), name: text() });';

async function withDatabase(
  open: () => Promise<{ url: string; dispose(): Promise<void> }>,
  work: (url: string) => Promise<void>,
) {
  const database = await open();
  try {
    await work(database.url);
  } finally {
    await database.dispose();
  }
}

async function rows(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await connectTo(url);
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

describe.each(DIALECTS)("the engine on $name", ({ open, family }) => {
  it("rolls a failing revision back with its version row, says which statement, and keeps what was applied", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.createTable("posts", { id: integer().primaryKey() });
  await op.bulkInsert("users", [{ name: "ada" }]);
  await op.execute("INSERT INTO nowhere VALUES (1)");`,
        }),
      );
      const failed = await project.run(["upgrade", "--json"]);
      expect(failed.exitCode).toBe(5);
      expect(failed.json().error).toMatchObject({
        code: "TSM_MIGRATION_FAILED",
        revision: "bbbb",
        direction: "upgrade",
        statement: "INSERT INTO nowhere VALUES (1)",
        applied: ["aaaa"],
      });
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      expect(await rows(url, "SELECT * FROM users")).toEqual([]);
      await expect(rows(url, "SELECT * FROM posts")).rejects.toThrow();
    }));

  it("applies each revision once when several processes start at the same time, and nobody fails", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      for (let at = 0; at < 6; at += 1) {
        project.write(
          `migrations/versions/r${at}.ts`,
          revisionText({
            id: `rev${at}`,
            down: at === 0 ? null : `rev${at - 1}`,
            upgrade: at === 0 ? USERS : `  await op.bulkInsert("users", [{ name: "user ${at}" }]);`,
          }),
        );
      }
      const results = await Promise.all(Array.from({ length: 6 }, () => project.run(["upgrade", "--json"])));
      expect(results.map((result) => [result.exitCode, result.stderr])).toEqual(results.map(() => [0, ""]));
      expect(
        results.flatMap((result) => result.json().steps.map((step: { revision: string }) => step.revision)).sort(),
      ).toEqual(["rev0", "rev1", "rev2", "rev3", "rev4", "rev5"]);
      expect(await rows(url, "SELECT name FROM users")).toHaveLength(5);
    }));

  it("goes down to a revision, to base, and says when there is nothing to do", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({ id: "aaaa", upgrade: USERS, downgrade: '  await op.dropTable("users");' }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: '  await op.addColumn("users", "email", varchar(100));',
          downgrade: '  await op.dropColumn("users", "email");',
        }),
      );
      expect((await project.run(["upgrade"])).stdout).toMatch(/^Upgraded to bbbb \(2 revisions, \d+ ms\)\.\n$/);
      const again = await project.run(["upgrade", "head"]);
      expect(again).toMatchObject({ exitCode: 0, stdout: "Already at head (bbbb).\n", stderr: "" });
      const down = await project.run(["downgrade", "-1"]);
      expect(down.stderr).toMatch(/^✔ downgrade bbbb -> aaaa, revision bbbb \(\d+ ms\)\n$/);
      expect((await project.run(["current"])).stdout).toBe("aaaa\n");
      expect((await project.run(["downgrade", "base", "--json"])).json()).toMatchObject({
        direction: "downgrade",
        from: ["aaaa"],
        to: [],
      });
      expect(await rows(url, "SELECT * FROM tsmigrate_version")).toEqual([]);
    }));

  it("refuses a downgrade through an irreversible revision before anything runs", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({ id: "aaaa", upgrade: USERS, downgrade: '  await op.irreversible("the old rows are gone");' }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: '  await op.addColumn("users", "x", text());',
          downgrade: '  await op.dropColumn("users", "x");',
        }),
      );
      await project.run(["upgrade"]);
      const refused = await project.run(["downgrade", "base"]);
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain("the old rows are gone");
      expect((await project.run(["current", "--json"])).json().current).toEqual(["bbbb"]);
    }));

  it("a dry run prints the SQL and changes nothing, not even the version table", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      await project.run(["stamp", "base"]);
      const dry = await project.run(["upgrade", "--dry-run", "--json"]);
      expect(dry.exitCode).toBe(0);
      expect(dry.json().sql.join("\n")).toMatch(/CREATE TABLE "users"/);
      expect((await project.run(["current", "--json"])).json().current).toEqual([]);
      await expect(rows(url, "SELECT * FROM users")).rejects.toThrow();
    }));

  it("a dry run goes up again what was taken back, and down again what was done again", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({ id: "aaaa", upgrade: USERS, downgrade: '  await op.dropTable("users");' }),
      );
      for (const args of [["upgrade"], ["downgrade", "base"]]) await project.run(args);
      const up = await project.run(["upgrade", "--dry-run"]);
      expect([up.exitCode, up.stderr]).toEqual([0, expect.stringContaining("upgrade")]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      const down = await project.run(["downgrade", "base", "--dry-run", "--json"]);
      expect([down.exitCode, down.json().sql]).toEqual([0, [expect.stringContaining('DROP TABLE "users"')]]);
      expect(await rows(url, "SELECT * FROM users")).toEqual([]);
    }));

  it("runs all revisions in one transaction when asked to", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({ id: "bbbb", down: "aaaa", upgrade: '  await op.execute("SELECT * FROM nowhere");' }),
      );
      const failed = await project.run(["upgrade", "--transaction", "all"]);
      expect(failed.exitCode).toBe(5);
      expect((await project.run(["current", "--json"])).json().current).toEqual([]);
      await expect(rows(url, "SELECT * FROM users")).rejects.toThrow();
    }));

  it("waits for operations that were not awaited, and fails with what they threw", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS.replace("await ", "") }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({ id: "bbbb", down: "aaaa", upgrade: '  op.dropTable("nowhere");' }),
      );
      const result = await project.run(["upgrade", "--json"]);
      expect([5, 6]).toContain(result.exitCode);
      expect(result.json().error.message).toContain("bbbb");
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      expect(await rows(url, "SELECT * FROM users")).toEqual([]);
    }));

  it("gives data migrations Kysely in the same transaction, with bound values in op.execute", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}
  await op.db.insertInto("users").values([{ name: "ada" }, { name: "it's" }]).execute();
  const found = await op.db.selectFrom("users").selectAll().where("name", "=", "it's").executeTakeFirstOrThrow();
  await op.execute(sql\`UPDATE users SET name = \${"grace " + op.args.suffix} WHERE id = \${found.id}\`);
  await op.execute(op.db.insertInto("users").values({ name: "linus" }));
  await op.execute(op.db.deleteFrom("users").where("name", "=", "ada"));`,
        }),
      );
      const result = await project.run(["upgrade", "-x", "suffix=hopper"]);
      expect(result.stderr).toMatch(/^✔/);
      expect(await rows(url, "SELECT name FROM users ORDER BY name")).toEqual([
        { name: "grace hopper" },
        { name: "linus" },
      ]);
    }));

  it("commits what comes before an autocommit block", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}
  await op.autocommitBlock(async () => {
    await op.createIndex("ix_users_name", "users", ["name"], { concurrently: true });
  });`,
        }),
      );
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
    }));

  it("stops with a sentence when the version table names a revision that no file declares", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      await project.run(["upgrade"]);
      project.write("migrations/versions/a.ts", revisionText({ id: "cccc", upgrade: USERS }));
      const result = await project.run(["upgrade"]);
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain("aaaa");
      expect((await project.run(["status", "--json"])).json()).toMatchObject({
        current: ["aaaa"],
        missing: ["aaaa"],
        pending: ["cccc"],
      });
    }));

  it("keeps cascades of the application working in revisions that rebuild nothing", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}
  await op.createTable("posts", {
    id: integer().primaryKey().autoIncrement(),
    user_id: integer().references("users.id", { onDelete: "cascade" }),
  });
  await op.bulkInsert("users", [{ name: "ada" }, { name: "grace" }]);
  await op.bulkInsert("posts", [{ user_id: 1 }, { user_id: 1 }, { user_id: 2 }]);`,
        }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.execute("DELETE FROM users WHERE name = 'ada'");`,
        }),
      );
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect(await rows(url, "SELECT user_id FROM posts")).toEqual([{ user_id: 2 }]);
    }));

  it("alters a table whose children cascade without losing one of them", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}
  await op.createTable("posts", {
    id: integer().primaryKey().autoIncrement(),
    user_id: integer().references("users.id", { onDelete: "cascade" }),
    editor_id: integer().references("users.id", { onDelete: "set null" }),
    parent_id: integer().references("posts.id", { onDelete: "cascade" }),
  });
  await op.bulkInsert("users", [{ name: "ada" }, { name: "grace" }]);
  await op.bulkInsert("posts", [
    { user_id: 1, editor_id: 2, parent_id: null },
    { user_id: 2, editor_id: 1, parent_id: 1 },
  ]);`,
        }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.execute("UPDATE users SET name = name || '!'");
  await op.alterColumn("users", "name", { type: varchar(200), nullable: false, default: "nobody" });
  await op.alterColumn("posts", "parent_id", { comment: "the post it answers" });
  await op.createCheckConstraint("ck_posts_self", "posts", sql\`parent_id <> id\`);`,
          downgrade: `  await op.dropConstraint("ck_posts_self", "posts", { type: "check" });
  await op.alterColumn("users", "name", { type: text(), nullable: true, default: null });`,
        }),
      );
      const up = await project.run(["upgrade"]);
      expect(up.stderr).toMatch(/✔.*\n✔/);
      const posts = [
        { id: 1, user_id: 1, editor_id: 2, parent_id: null },
        { id: 2, user_id: 2, editor_id: 1, parent_id: 1 },
      ];
      expect(await rows(url, "SELECT * FROM posts ORDER BY id")).toEqual(posts);
      expect(await rows(url, "SELECT name FROM users ORDER BY id")).toEqual([{ name: "ada!" }, { name: "grace!" }]);
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      expect(await rows(url, "SELECT * FROM posts ORDER BY id")).toEqual(posts);
      expect(await rows(url, "SELECT count(*) AS n FROM users").then(([row]) => Number(row!.n))).toBe(2);
    }));

  it.runIf(family === "postgres")("does not take a revision as applied that swallowed its own error", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}\n  try {\n    await op.execute("SELECT * FROM nowhere");\n  } catch {}`,
        }),
      );
      const result = await project.run(["upgrade"]);
      expect(result.exitCode).toBe(5);
      expect((await project.run(["current", "--json"])).json().current).toEqual([]);
      await expect(rows(url, "SELECT * FROM users")).rejects.toThrow();
    }),
  );
});

describe.each(DIALECTS.filter((dialect) => dialect.family === "sqlite"))("unnamed things on $name", ({ open }) => {
  it("are found again: what autogenerate drops goes, comes back, and the rows stay", () =>
    withDatabase(open, async (url) => {
      const connection = await connectTo(url);
      await connection.script(
        `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, age INTEGER CHECK (age > 0), CHECK (length(email) > 2));
         INSERT INTO users VALUES (1, 'ada@b', 36);`,
      );
      const project = tempProject({
        url,
        models:
          'import { integer, table, text } from "tsmigrate/schema";\nexport const users = table("users", { id: integer().primaryKey(), email: text(), age: integer() });\n',
      });
      const made = await project.run(["revision", "--autogenerate", "-m", "loosen", "--json"]);
      expect(made.json().operations.map((op: { kind: string }) => op.kind)).toEqual([
        "dropConstraint",
        "dropConstraint",
        "dropConstraint",
      ]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect((await project.run(["check"])).exitCode).toBe(0);
      await connection.query("INSERT INTO users VALUES (2, 'ada@b', -1)");
      await connection.query("DELETE FROM users WHERE id = 2");
      expect((await project.run(["downgrade", "-1"])).exitCode).toBe(0);
      await expect(connection.query("INSERT INTO users VALUES (3, 'x@y.z', -1)")).rejects.toThrow(/CHECK/);
      expect((await connection.query("SELECT * FROM users")).rows).toEqual([{ id: 1, email: "ada@b", age: 36 }]);
      await connection.close();
    }));

  it("a batch adds a column and alters it at once", () =>
    withDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `${USERS}
  await op.bulkInsert("users", [{ name: "ada" }]);
  await op.batchAlterTable("users", async (batch) => {
    await batch.addColumn("age", integer());
    await batch.alterColumn("age", { type: text(), default: "old" });
    await batch.createIndex("ix_users_age", ["age"]);
  });`,
        }),
      );
      expect((await project.run(["upgrade"])).stderr).toMatch(/^✔/);
      expect(await rows(url, "SELECT name, age FROM users")).toEqual([{ name: "ada", age: "old" }]);
    }));
});
