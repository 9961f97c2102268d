import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import { type Started, startCli } from "../faults/support/cli.js";
import { startProxy } from "../faults/support/postgres-proxy.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const TIMEOUT = { timeout: 120_000 };

/** A parent, a child that cascades, one that is set null, and a self reference, all with rows. */
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.createTable("marks", { what: text() });
  await op.bulkInsert("users", [{ id: 1, name: "ada", boss: null }, { id: 2, name: "bob", boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.bulkInsert("notes", [{ id: 1, author: 2 }]);`;
const mark = (what: string) => `  await op.execute("INSERT INTO marks VALUES ('${what}')");`;

interface Scene {
  readonly url: string;
  readonly project: TempProject;
  /** An application's session. */
  readonly other: pg.Client;
  marks(): Promise<string>;
}

describe.each(POSTGRES_DIALECTS)("a crash on $name", ({ open }) => {
  async function scene(second: string, work: (scene: Scene) => Promise<void>): Promise<void> {
    const database = await open();
    const { url } = database;
    try {
      const project = tempProject({ config: "export default { url: process.env.DATABASE_URL };\n" });
      const own: TempProject = {
        ...project,
        run: (args, given = {}) => project.run(args.includes("--url") ? args : ["--url", url, ...args], given),
      };
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FAMILY }));
      expect((await own.run(["upgrade"])).exitCode).toBe(0);
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
      const other = await connectClient(url);
      try {
        const marks = async () =>
          (await query(url, "SELECT what FROM marks ORDER BY what")).map((row) => row.what).join();
        await work({ url, project: own, other, marks });
      } finally {
        await other.end();
      }
    } finally {
      await database.dispose();
    }
  }

  const start = ({ url, project }: Scene, ...args: string[]): Started =>
    startCli(["upgrade", ...args], { cwd: project.directory, url });

  /** Resolves when a session of the run executes such a statement, and waits for a lock. */
  async function untilWaiting({ url }: Scene, run: Started, like: string): Promise<void> {
    // Not in the other session: inside a transaction it would see the same activity for ever.
    const watcher = await connectClient(url);
    try {
      while (run.child.exitCode === null) {
        const { rows } = await watcher.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE $1 AND wait_event_type = 'Lock' AND pid <> pg_backend_pid() AND datname = current_database()",
          [like],
        );
        if (rows.length > 0) return;
        await sleep(20);
      }
      throw new Error(`the run has ended: ${JSON.stringify(await run.ended)}`);
    } finally {
      await watcher.end();
    }
  }

  /** The server has noticed that nobody is there any more, and given the statement up. */
  async function untilGone({ url }: Scene): Promise<void> {
    const mine =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'CREATE INDEX CONC%'";
    while ((await query(url, mine)).length > 0) await sleep(100);
  }

  async function kill(started: Started): Promise<void> {
    started.child.kill("SIGKILL");
    await started.ended;
  }

  const INDEX = `${mark("first part")}
  await op.createIndex("ix_users_name", "users", ["name"], { concurrently: true });
${mark("last part")}`;
  const indexes = (url: string) =>
    query(
      url,
      "SELECT c.relname AS name, i.indisvalid AS valid, i.indnatts AS columns FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE 'ix\\_%'",
    );

  it(
    "by kill -9 while an index is built concurrently leaves it invalid; the next run builds it and does nothing twice",
    TIMEOUT,
    () =>
      scene(INDEX, async (at) => {
        await at.other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
        const run = start(at);
        await untilWaiting(at, run, "CREATE INDEX CONCURRENTLY%");
        await kill(run);
        expect((await at.project.run(["status", "--json"])).json()).toMatchObject({
          current: ["aaaa"],
          failed: ["bbbb"],
        });
        expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: false, columns: 1 }]);
        await untilGone(at);
        await at.other.query("COMMIT");
        const again = await at.project.run(["upgrade", "--json"]);
        expect(again.json()).toMatchObject({ from: ["aaaa"], to: ["bbbb"] });
        expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: true, columns: 1 }]);
        expect(await at.marks()).toBe("first part,last part");
        const { entries } = (await at.project.run(["log", "--json"])).json();
        expect(entries.slice(0, 4).map((entry: { step: number; state: string }) => [entry.step, entry.state])).toEqual([
          [3, "done"],
          [2, "done"],
          [2, "failed"],
          [1, "done"],
        ]);
        expect((await at.project.run(["status", "--json"])).json().failed).toEqual([]);
      }),
  );

  it(
    "is over when somebody has built the same index; another one of that name is left for a person to judge",
    TIMEOUT,
    () =>
      scene(INDEX, async (at) => {
        await at.other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
        const run = start(at);
        await untilWaiting(at, run, "CREATE INDEX CONCURRENTLY%");
        await kill(run);
        await untilGone(at);
        await at.other.query("COMMIT");
        // Waits until the server has noticed.
        await at.other.query(
          "LOCK TABLE users; DROP INDEX ix_users_name; CREATE INDEX ix_users_name ON users (name, id)",
        );
        const asked = await at.project.run(["upgrade", "--json"]);
        expect(asked.exitCode).toBe(5);
        expect(asked.json().error).toMatchObject({ code: "TSM_STEP_UNRESOLVED", revision: "bbbb", step: 2 });
        await at.other.query("DROP INDEX ix_users_name; CREATE INDEX ix_users_name ON users (name)");
        expect((await at.project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: true, columns: 1 }]);
        expect(await at.marks()).toBe("first part,last part");
      }),
  );

  it(
    "is not needed for an invalid index: a unique one over equal rows fails, and is built when they are gone",
    TIMEOUT,
    () =>
      scene(INDEX.replace("concurrently: true", "concurrently: true, unique: true"), async (at) => {
        await at.other.query("INSERT INTO users VALUES (3, 'ada', 1)");
        const failed = await at.project.run(["upgrade", "--json"]);
        expect(failed.exitCode).toBe(5);
        expect(failed.stdout).not.toContain("(name)=(ada)");
        expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: false, columns: 1 }]);
        expect((await at.project.run(["log", "-n", "1", "--json"])).json().entries).toMatchObject([
          { revision: "bbbb", step: 2, state: "failed", error: "23505" },
        ]);
        await at.other.query("DELETE FROM users WHERE id = 3");
        expect((await at.project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: true, columns: 1 }]);
        expect(await at.marks()).toBe("first part,last part");
      }),
  );

  /** The statement that outlived its run has ended too. */
  async function untilEnded({ url }: Scene): Promise<void> {
    const any =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query ILIKE '%INDEX CONC%' AND pid <> pg_backend_pid()";
    while ((await query(url, any)).length > 0) await sleep(100);
  }

  const RAW =
    "/* of names */ create unique index concurrently if not exists ix_users_name on users (lower(name)) where id > 0";
  const around = (inside: string) => `${mark("first part")}
  await op.autocommitBlock(async () => { ${inside} });
${mark("last part")}`;

  it.each([
    ["op.execute", `await op.execute(${JSON.stringify(RAW)});`],
    ["op.db", `await sql.raw(${JSON.stringify(RAW)}).execute(op.db);`],
  ])("by kill -9 while the user's own SQL (%s) builds an index concurrently is gone on with", TIMEOUT, (_how, inside) =>
    scene(around(inside), async (at) => {
      await at.other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
      const run = start(at);
      await untilWaiting(at, run, "/* of names */%");
      await kill(run);
      await untilEnded(at);
      await at.other.query("COMMIT");
      expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: false, columns: 1 }]);
      const again = await at.project.run(["upgrade", "--json"]);
      expect(again.json()).toMatchObject({ from: ["aaaa"], to: ["bbbb"] });
      expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: true, columns: 1 }]);
      expect(await at.marks()).toBe("first part,last part");
    }),
  );

  it(
    "in the user's own SQL for an index is over when that index is there, and explained when another one is",
    TIMEOUT,
    () =>
      scene(around(`await op.execute(${JSON.stringify(RAW)});`), async (at) => {
        await at.other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
        const run = start(at);
        await untilWaiting(at, run, "/* of names */%");
        await kill(run);
        await untilEnded(at);
        await at.other.query("COMMIT");
        await at.other.query("DROP INDEX ix_users_name; CREATE UNIQUE INDEX ix_users_name ON users (lower(name))");
        const asked = await at.project.run(["upgrade", "--json"]);
        expect(asked.json().error).toMatchObject({ code: "TSM_STEP_UNRESOLVED", revision: "bbbb", step: 2 });
        await at.other.query(
          "DROP INDEX ix_users_name; CREATE UNIQUE INDEX ix_users_name ON public.users (LOWER(name)) WHERE (id > 0)",
        );
        expect((await at.project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await at.marks()).toBe("first part,last part");
        expect((await at.project.run(["log", "--json"])).json().entries[1]).toMatchObject({ step: 2, state: "done" });
      }),
  );

  it("in the user's own DROP INDEX CONCURRENTLY is gone on with, and over when the index is gone", TIMEOUT, () =>
    scene(around('await op.execute("DROP INDEX CONCURRENTLY public.ix_users_name");'), async (at) => {
      for (const isGone of [false, true]) {
        await at.other.query("CREATE INDEX ix_users_name ON users (name)");
        await at.other.query("BEGIN; INSERT INTO users VALUES (3, 'cyd', 1)");
        const run = start(at);
        await untilWaiting(at, run, "DROP INDEX CONCURRENTLY%");
        await kill(run);
        await untilEnded(at);
        await at.other.query("ROLLBACK");
        if (isGone) await at.other.query("DROP INDEX ix_users_name");
        const again = await at.project.run(["upgrade", "--json"]);
        expect(again.json()).toMatchObject({ from: ["aaaa"], to: ["bbbb"] });
        expect(await indexes(at.url)).toEqual([]);
        await at.project.run(["downgrade", "aaaa", "--allow-data-loss"]);
        await at.other.query("DELETE FROM marks");
        await at.project.run(["stamp", "aaaa"]);
      }
    }),
  );

  it("is not needed for the user's own index to be left invalid: one that failed is built anew", TIMEOUT, () =>
    scene(around(`await op.execute(${JSON.stringify(RAW)});`), async (at) => {
      await at.other.query("INSERT INTO users VALUES (3, 'Ada', 1)");
      expect((await at.project.run(["upgrade"])).exitCode).toBe(5);
      expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: false, columns: 1 }]);
      await at.other.query("DELETE FROM users WHERE id = 3");
      expect((await at.project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
      expect(await indexes(at.url)).toEqual([{ name: "ix_users_name", valid: true, columns: 1 }]);
      expect(await at.marks()).toBe("first part,last part");
    }),
  );

  describe.each([
    ["--retry", "first part,last part,outside"],
    ["--done", "first part,last part"],
  ])("in a statement of the user's own outside a transaction", (answer, marks) => {
    it(`is explained, and gone on with after \`resolve ${answer}\``, TIMEOUT, () =>
      scene(
        `${mark("first part")}
  await op.autocommitBlock(() => op.execute("INSERT INTO marks SELECT 'outside' FROM users WHERE id = 1 FOR UPDATE"));
${mark("last part")}`,
        async (at) => {
          await at.other.query("BEGIN; UPDATE users SET name = 'eve' WHERE id = 1");
          const run = start(at);
          await untilWaiting(at, run, "INSERT INTO marks SELECT%");
          at.project.write(
            "migrate.config.ts",
            "export default { url: process.env.DATABASE_URL, lockTimeout: 100 };\n",
          );
          expect((await at.project.run(["resolve", "bbbb", answer])).exitCode).toBe(4);
          at.project.write("migrate.config.ts", "export default { url: process.env.DATABASE_URL };\n");
          await kill(run);
          const asked = await at.project.run(["upgrade", "--json"]);
          expect(asked.exitCode).toBe(5);
          expect(asked.json().error).toMatchObject({ code: "TSM_STEP_UNRESOLVED", revision: "bbbb", step: 2 });
          expect(asked.json().error.hint).toContain("tsmigrate resolve bbbb --done");
          await at.other.query("COMMIT");
          expect((await at.project.run(["resolve", "bb", answer, "--json"])).json()).toEqual({
            revision: "bbbb",
            direction: "upgrade",
            step: 2,
            outcome: answer.slice(2),
          });
          expect((await at.project.run(["resolve", "bb", answer])).exitCode).toBe(2);
          expect((await at.project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
          expect(await at.marks()).toBe(marks);
        },
      ),
    );
  });

  it("by kill -9 of the run that holds the lock lets the one that waits go on, which had named it", TIMEOUT, () =>
    scene(`${mark("second")}\n  await op.addColumn("users", "mail", text());`, async (at) => {
      at.project.write(
        "migrate.config.ts",
        "export default { url: process.env.DATABASE_URL, retry: false, ddlLockTimeout: 0 };\n",
      );
      await at.other.query("BEGIN; SELECT * FROM users");
      const first = start(at);
      await untilWaiting(at, first, "ALTER TABLE%");
      const second = start(at);
      expect(await second.says("waiting for another run: process ")).toBe(true);
      await kill(first);
      await at.other.query("COMMIT");
      const { code, stderr } = await second.ended;
      expect([code, stderr]).toEqual([0, expect.stringMatching(/process \d+ \('tsmigrate'\), for \d+ s/)]);
      expect(await at.marks()).toBe("second");
      expect(await query(at.url, "SELECT id FROM posts JOIN notes USING (id)")).toEqual([{ id: 1 }]);
    }),
  );

  it("of the connection while COMMIT is answered is found out by transaction id: it happened", TIMEOUT, () =>
    scene(mark("second"), async ({ url, project, marks }) => {
      let isLast = false;
      let isSent = false;
      const proxy = await startProxy(url, ({ from, sql }) => {
        if (sql?.includes('SET "rev" = ')) isLast = true;
        if (isSent && from === "server") {
          isSent = false;
          return "cut";
        }
        if (isLast && sql === "COMMIT") {
          isLast = false;
          isSent = true;
        }
        return "pass";
      });
      try {
        const run = await project.run(["--url", proxy.url(new URL(url).pathname.slice(1)), "upgrade", "--json"]);
        expect([run.exitCode, run.json().to]).toEqual([0, ["bbbb"]]);
        expect(await marks()).toBe("second");
        expect((await project.run(["upgrade", "--json"])).json().steps).toEqual([]);
      } finally {
        await proxy.close();
      }
    }),
  );

  it("of the connection before COMMIT arrives is found out by transaction id: it did not happen", TIMEOUT, () =>
    scene(mark("second"), async ({ url, project, marks }) => {
      let isLast = false;
      const proxy = await startProxy(url, ({ sql }) => {
        if (sql?.includes('SET "rev" = ')) isLast = true;
        if (!isLast || sql !== "COMMIT") return "pass";
        isLast = false;
        return "cut";
      });
      try {
        const run = await project.run(["--url", proxy.url(new URL(url).pathname.slice(1)), "upgrade", "--json"]);
        expect(run.exitCode).toBe(5);
        expect(run.json().error.message).toContain("the database rolled back");
        expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
        expect(await marks()).toBe("");
        expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
        expect(await marks()).toBe("second");
      } finally {
        await proxy.close();
      }
    }),
  );

  it("is not hidden by a revision that swallows the error of its own statement: nothing is applied", TIMEOUT, () =>
    scene(
      `${mark("second")}
  try { await op.execute("INSERT INTO nowhere VALUES (1)"); } catch {}
`,
      async ({ project, marks }) => {
        const run = await project.run(["upgrade", "--json"]);
        expect(run.exitCode).toBe(5);
        expect(run.json().error.message).toContain("swallowed");
        expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
        expect(await marks()).toBe("");
      },
    ),
  );
});
