import { describe, expect, it } from "vitest";
import { startCli } from "../faults/support/cli.js";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, tempProject } from "../support/temp-project.js";

async function onDatabase(open: TestDialect["open"], work: (url: string) => Promise<void>): Promise<void> {
  const database = await open();
  try {
    await work(database.url);
  } finally {
    await database.dispose();
  }
}

/** A parent, a child that cascades, one that is set null, and a self reference, all with rows. */
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.bulkInsert("users", [{ id: 1, name: "ada", boss: null }, { id: 2, name: "bob", boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.bulkInsert("notes", [{ id: 1, author: 2 }]);`;

const COUNTS =
  "SELECT CAST((SELECT count(*) FROM users) AS integer) AS users, CAST((SELECT count(*) FROM posts WHERE author = 2) AS integer) AS posts, CAST((SELECT count(*) FROM notes WHERE author = 2) AS integer) AS notes";

describe.each(DIALECTS)("a revision in several steps on $name", ({ open, capabilities }) => {
  it("goes on after the step that was done when a later one has failed, and does nothing twice", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "cyd", boss: 1 }]);
  await op.autocommitBlock(async () => { await op.execute("INSERT INTO later (id) VALUES (7)"); });
  await op.execute("UPDATE users SET name = 'dora' WHERE id = 3");`,
        }),
      );
      const failed = await project.run(["upgrade", "--json"]);
      expect(failed.exitCode).toBe(5);
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      await query(url, "CREATE TABLE later (id integer)");
      expect((await project.run(["upgrade", "--json"])).json()).toMatchObject({ from: ["aaaa"], to: ["bbbb"] });
      expect(await query(url, "SELECT id, name FROM users ORDER BY id")).toEqual([
        { id: 1, name: "ada" },
        { id: 2, name: "bob" },
        { id: 3, name: "dora" },
      ]);
      expect(await query(url, "SELECT id FROM later")).toEqual([{ id: 7 }]);
    }));

  it("refuses to go on when the file does not say any more what was done", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({ url });
      const second = (name: string) =>
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "${name}", boss: 1 }]);
  await op.autocommitBlock(async () => { await op.execute("INSERT INTO later (id) VALUES (7)"); });`,
        });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      project.write("migrations/versions/b.ts", second("cyd"));
      expect((await project.run(["upgrade"])).exitCode).toBe(5);
      await query(url, "CREATE TABLE later (id integer)");
      project.write("migrations/versions/b.ts", second("eve"));
      const changed = await project.run(["upgrade", "--json"]);
      expect(changed.exitCode).toBe(3);
      expect(changed.json().error).toMatchObject({ code: "TSM_STEP_CHANGED", revision: "bbbb", step: 1 });
      expect(await query(url, COUNTS)).toEqual([{ users: 3, posts: 1, notes: 1 }]);
    }));

  it.runIf(capabilities.alterColumn === "rebuild")(
    "keeps the rows of children when a rebuild follows a step that is done",
    () =>
      onDatabase(open, async (url) => {
        const project = tempProject({ url });
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
        project.write(
          "migrations/versions/b.ts",
          revisionText({
            id: "bbbb",
            down: "aaaa",
            upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "cyd", boss: 1 }]);
  await op.autocommitBlock(async () => { await op.execute("INSERT INTO later (id) VALUES (7)"); });
  await op.alterColumn("users", "name", { type: varchar(50) });`,
          }),
        );
        expect((await project.run(["upgrade"])).exitCode).toBe(5);
        await query(url, "CREATE TABLE later (id integer)");
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await query(url, COUNTS)).toEqual([{ users: 3, posts: 1, notes: 1 }]);
      }),
  );

  it.runIf(capabilities.alterColumn !== "rebuild")(
    "says that the connection was lost when it breaks inside a step of an autocommit block, and goes on there",
    () =>
      onDatabase(open, async (url) => {
        const project = tempProject({ url });
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
        const second = (check: string) =>
          revisionText({
            id: "bbbb",
            down: "aaaa",
            upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "cyd", boss: 1 }]);
  await op.autocommitBlock(async () => { await op.createCheckConstraint("ck_users", "users", ${JSON.stringify(check)}); });`,
          });
        project.write("migrations/versions/b.ts", second("pg_terminate_backend(pg_backend_pid())"));
        const broken = await project.run(["upgrade", "--json"]);
        expect(broken.exitCode).toBe(5);
        expect(broken.json().error.message).toMatch(
          /^upgrade of 'bbbb' failed.*: the connection to the database was lost/,
        );
        project.write("migrations/versions/b.ts", second("id > 0"));
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await query(url, COUNTS)).toEqual([{ users: 3, posts: 1, notes: 1 }]);
      }),
  );

  it("is not gone over the other way while it is half done, until it is finished or somebody has put it right", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "cyd", boss: 1 }]);
  await op.autocommitBlock(() => op.execute("INSERT INTO later (id) VALUES (7)"));`,
        }),
      );
      expect((await project.run(["upgrade"])).exitCode).toBe(5);
      const refused = await project.run(["downgrade", "base", "--json"]);
      expect(refused.exitCode).toBe(5);
      expect(refused.json().error).toMatchObject({ code: "TSM_STEP_UNRESOLVED", revision: "bbbb", step: 1 });
      expect((await project.run(["status", "--json"])).json()).toMatchObject({ current: ["aaaa"], failed: ["bbbb"] });
      await query(url, "DELETE FROM users WHERE id = 3");
      expect((await project.run(["stamp", "aaaa"])).exitCode).toBe(0);
      expect((await project.run(["status", "--json"])).json().failed).toEqual([]);
      expect((await project.run(["downgrade", "base"])).exitCode).toBe(0);
    }));

  it("is run once by several runs at once, step by step, and nobody fails", () =>
    onDatabase(open, async (url) => {
      const project = tempProject({ url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      const step = (id: number) => `  await op.bulkInsert("users", [{ id: ${id}, name: "user", boss: 1 }]);`;
      project.write(
        "migrations/versions/b.ts",
        revisionText({
          id: "bbbb",
          down: "aaaa",
          upgrade: `${step(3)}
  await op.autocommitBlock(async () => {
  ${step(4)}
    await op.execute("INSERT INTO users (id, name) VALUES (5, 'outside')");
  });
${step(6)}`,
        }),
      );
      const runs = await Promise.all(Array.from({ length: 5 }, () => project.run(["upgrade", "--json"])));
      expect(runs.map(({ exitCode, stdout }) => [exitCode, stdout.includes("error") ? stdout : ""])).toEqual(
        runs.map(() => [0, ""]),
      );
      expect((await query(url, "SELECT id FROM users ORDER BY id")).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    }));

  it.runIf(capabilities.alterColumn === "rebuild")(
    "asks a person about a statement outside a transaction that was killed, and believes the answer",
    { timeout: 60_000 },
    () =>
      onDatabase(open, async (url) => {
        const project = tempProject({ url });
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
        project.write(
          "migrations/versions/b.ts",
          revisionText({
            id: "bbbb",
            down: "aaaa",
            extra: "export const transaction = false;",
            upgrade: `  await op.bulkInsert("users", [{ id: 3, name: "cyd", boss: 1 }]);
  op.log("now slowly");
  await new Promise((resolve) => setTimeout(resolve, 50));
  await op.execute("INSERT INTO users (id) WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000) SELECT max(i) FROM n");
  await op.execute("VACUUM");`,
          }),
        );
        const run = startCli(["upgrade"], { cwd: project.directory });
        expect(await run.says("now slowly")).toBe(true);
        while (!(await query(url, "SELECT state FROM tsmigrate_log")).some(({ state }) => state === "running")) {}
        run.child.kill("SIGKILL");
        await run.ended;
        const asked = await project.run(["upgrade", "--json"]);
        expect(asked.exitCode).toBe(5);
        expect(asked.json().error).toMatchObject({ code: "TSM_STEP_UNRESOLVED", revision: "bbbb", step: 2 });
        expect((await project.run(["resolve", "bbbb", "--done"])).exitCode).toBe(0);
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect((await query(url, "SELECT id FROM users ORDER BY id")).map(({ id }) => id)).toEqual([1, 2, 3]);
      }),
  );

  it.runIf(capabilities.alterColumn === "rebuild").each([2, 10])(
    "does no row of a backfill twice when it is stopped after the last of its batches of %i",
    (batchSize) =>
      onDatabase(open, async (url) => {
        const project = tempProject({ url });
        project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
        const backfill = `  await op.backfill("users", { set: { name: sql\`name || '!'\` }, batchSize: ${batchSize} });`;
        project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: backfill }));
        expect((await project.run(["upgrade", "aaaa"])).exitCode).toBe(0);
        await query(url, "INSERT INTO users (id, name) VALUES (3, 'cyd')");
        const stop = "BEFORE UPDATE ON tsmigrate_log WHEN NEW.state = 'done' BEGIN SELECT RAISE(ABORT, 'stopped'); END";
        await query(url, `CREATE TRIGGER stop ${stop}`);
        expect((await project.run(["upgrade"])).exitCode).not.toBe(0);
        await query(url, "DROP TRIGGER stop");
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        const rows = await query(url, "SELECT name FROM users ORDER BY id");
        expect(rows.map(({ name }) => name)).toEqual(["ada!", "bob!", "cyd!"]);
      }),
  );
});
