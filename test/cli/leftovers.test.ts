/** What is left behind by work that was stopped: finished by the next run where it was ours, told of by `check` otherwise. */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import { startCli } from "../faults/support/cli.js";
import { POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { CONNECT_OPTIONS, query } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const TIMEOUT = { timeout: 120_000 };
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("marks", { what: text() });
  await op.bulkInsert("users", [{ id: 1, name: "ada", boss: null }, { id: 2, name: "bob", boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.createIndex("ix_users_name", "users", ["name"]);
  await op.execute("CREATE TABLE parts (id int NOT NULL) PARTITION BY RANGE (id)");
  await op.execute("CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (100)");
  await op.execute("INSERT INTO parts VALUES (1)");`;
const MODELS = `import { integer, table, text } from "tsmigrate/schema";
export const users = table("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
`;
const mark = (what: string) => `  await op.execute("INSERT INTO marks VALUES ('${what}')");\n`;
const outside = (sql: string) =>
  `${mark("before")}  await op.autocommitBlock(() => op.execute("${sql}"));\n${mark("after")}`;

interface Scene {
  readonly url: string;
  readonly project: TempProject;
  /** An application's session. */
  readonly other: pg.Client;
  leftovers(): Promise<readonly { readonly text: string; readonly command: string }[]>;
  /** Kills a run of the second revision while it waits for the application in such a statement. */
  killIn(like: string): Promise<void>;
}

describe.each(POSTGRES_DIALECTS)("what was left half done on $name", ({ open }) => {
  async function scene(second: string, work: (scene: Scene) => Promise<void>): Promise<void> {
    const database = await open();
    const { url } = database;
    try {
      const project = tempProject({
        config: 'export default { url: process.env.DATABASE_URL, models: "./models.ts" };\n',
        models: MODELS,
      });
      const own: TempProject = { ...project, run: (args, given) => project.run(["--url", url, ...args], given) };
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      expect((await own.run(["upgrade"])).exitCode).toBe(0);
      const other = await connectClient(url);
      try {
        await work({
          url,
          project: own,
          other,
          leftovers: async () => (await own.run(["check", "--json"])).json().leftovers ?? [],
          async killIn(like) {
            project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
            const run = startCli(["upgrade"], { cwd: project.directory, url });
            const active = `SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '${like}'`;
            while ((await query(url, `${active} AND wait_event_type = 'Lock'`)).length === 0) {
              if (run.child.exitCode !== null) throw new Error(JSON.stringify(await run.ended));
              await sleep(20);
            }
            run.child.kill("SIGKILL");
            await run.ended;
            while ((await query(url, active)).length > 0) await sleep(100);
          },
        });
      } finally {
        await other.end();
      }
    } finally {
      await database.dispose();
    }
  }
  const marks = async (url: string) =>
    (await query(url, "SELECT what FROM marks ORDER BY what")).map((row) => row.what).join();

  it("by a REINDEX CONCURRENTLY that was killed is dropped by the next run, which reindexes", TIMEOUT, () =>
    scene(outside("REINDEX INDEX CONCURRENTLY ix_users_name"), async ({ url, project, other, leftovers, killIn }) => {
      await other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
      await killIn("REINDEX%");
      await other.query("COMMIT");
      const names = "SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'ix_users_name%' ORDER BY 1";
      const [before, rest] = await query(url, names);
      expect(rest).toMatchObject({ relname: "ix_users_name_ccnew" });
      expect((await query(url, "SELECT 1 FROM pg_index WHERE NOT indisvalid")).length).toBe(1);
      const again = await project.run(["upgrade"]);
      expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining("'ix_users_name_ccnew' was left by")]);
      const after = await query(url, names);
      expect(after).toEqual([{ relname: "ix_users_name", relfilenode: expect.not.toBeOneOf([before!.relfilenode]) }]);
      expect(await marks(url)).toBe("after,before");
      expect(await leftovers()).toEqual([]);
    }),
  );

  it("by a DETACH CONCURRENTLY that was killed is finished by the next run", TIMEOUT, (context) =>
    scene(
      outside("ALTER TABLE parts DETACH PARTITION part_1 CONCURRENTLY"),
      async ({ url, project, other, killIn }) => {
        const [{ version }] = (await query(url, "SELECT current_setting('server_version_num')::int AS version")) as [
          { version: number },
        ];
        if (version < 140_000) context.skip("needs PostgreSQL 14");
        await other.query("BEGIN; SELECT * FROM parts");
        await killIn("ALTER TABLE parts DETACH%");
        await other.query("COMMIT");
        expect(await query(url, "SELECT inhdetachpending FROM pg_inherits")).toEqual([{ inhdetachpending: true }]);
        const again = await project.run(["upgrade"]);
        expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining("detached in part only")]);
        expect(await query(url, "SELECT * FROM pg_inherits")).toEqual([]);
        expect(await query(url, "SELECT id FROM part_1")).toEqual([{ id: 1 }]);
        expect(await marks(url)).toBe("after,before");
      },
    ),
  );

  it("by others is told of by `check`, with the statement that puts it right", TIMEOUT, () =>
    scene("", async ({ url, other, leftovers }) => {
      expect(await leftovers()).toEqual([]);
      await other.query("ALTER TABLE users ADD CONSTRAINT ck_name CHECK (name <> 'ada') NOT VALID");
      await other.query("CREATE INDEX ix_parts ON ONLY parts (id)");
      await other.query("INSERT INTO users VALUES (4, 'bob', NULL)");
      await expect(other.query("CREATE UNIQUE INDEX CONCURRENTLY uq_users_name ON users (name)")).rejects.toMatchObject(
        { code: "23505" },
      );
      await other.query("CREATE INDEX part_ix ON part_1 (id); ALTER INDEX ix_parts ATTACH PARTITION part_ix");
      await other.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'part_ix'::regclass");
      await other.query("CREATE INDEX ix_more ON ONLY parts ((id + 1))");
      const found = await leftovers();
      expect(found.map(({ text }) => text)).toEqual([
        "the index 'public.ix_more' on 'public.parts' is invalid until every partition has one of its own attached to it",
        "the index 'public.part_ix' on 'public.part_1' is invalid",
        "the index 'public.uq_users_name' on 'public.users' is invalid: its build did not end",
        "the constraint 'ck_name' of 'public.users' was never validated for the rows that were there",
      ]);
      await other.query("DELETE FROM users WHERE id = 4; UPDATE users SET name = 'ann' WHERE name = 'ada'");
      for (const { command } of found.slice(1)) await other.query(command);
      expect((await leftovers()).map(({ text }) => text)).toEqual([found[0]!.text]);
      expect(await query(url, "SELECT id FROM posts")).toEqual([{ id: 1 }]);
    }),
  );

  it(
    "in scratch databases of killed processes is dropped, unless one is young, in use or somebody else's",
    TIMEOUT,
    () =>
      scene("", async ({ url, other, leftovers }) => {
        const unique = Math.floor(performance.now() * 1e6)
          .toString(16)
          .padStart(12, "0")
          .slice(-12);
        const seconds = Math.floor(Date.now() / 1000);
        const named = (age: number) => `tsm_scratch_${(seconds - age).toString(16)}_${unique}`;
        const [old, used, young, alien] = [named(90_000), named(80_000), named(60), `tsm_scratch_${unique}`];
        for (const name of [old, used, young, alien]) await other.query(`CREATE DATABASE ${name}`);
        const inUse = await connectClient(url.replace(/\/[^/?]*(\?|$)/, `/${used}$1`));
        const there = async () =>
          (await query(url, `SELECT datname FROM pg_database WHERE datname LIKE '%${unique}'`)).map(
            (row) => row.datname,
          );
        try {
          expect((await leftovers()).map(({ command }) => command)).toContain(`DROP DATABASE "${old}"`);
          const scratch = await postgres.openScratch(
            { url: parseDatabaseUrl(url, process.cwd()), isSpare: false },
            CONNECT_OPTIONS,
          );
          await scratch.close();
          expect((await there()).sort()).toEqual([alien, used, young].sort());
        } finally {
          await inUse.end();
          for (const name of [used, young, alien]) await other.query(`DROP DATABASE IF EXISTS ${name}`);
        }
      }),
  );
});

describe.each(SQLITE_DIALECTS)("a table that a rebuild by hand has left on $name", ({ open }) => {
  it("is told of by `check`, stands in the way with a hint, and the rebuild runs when it is gone", async () => {
    const database = await open();
    const project = tempProject({ url: database.url, models: MODELS });
    const tables = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.bulkInsert("users", [{ id: 1, name: "ada", boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 1 }]);`;
    project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: tables }));
    expect((await project.run(["upgrade"])).exitCode).toBe(0);
    await query(database.url, "CREATE TABLE _tsm_new_users (id integer)");
    expect((await project.run(["check", "--json"])).json().leftovers).toEqual([
      { text: expect.stringContaining("'_tsm_new_users'"), command: 'DROP TABLE "_tsm_new_users"' },
    ]);
    const rebuild = '  await op.alterColumn("users", "name", { default: "-" });';
    project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: rebuild }));
    const stopped = await project.run(["upgrade"]);
    expect([stopped.exitCode, stopped.stderr]).toEqual([
      5,
      expect.stringContaining("A rebuild that was run by hand has left it"),
    ]);
    await query(database.url, "DROP TABLE _tsm_new_users");
    expect((await project.run(["upgrade"])).exitCode).toBe(0);
    expect(await query(database.url, "SELECT posts.id, name FROM posts JOIN users ON author = users.id")).toEqual([
      { id: 1, name: "ada" },
    ]);
    await database.dispose();
  });
});
