import type pg from "pg";
import { describe, expect, it } from "vitest";
import { type EngineEvent, openMigrator } from "../../src/index.js";
import { startProxy } from "../faults/support/postgres-proxy.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const USERS = `  await op.createTable("users", { id: integer().primaryKey(), name: text() });
  await op.createTable("marks", { what: text() });
  await op.bulkInsert("users", [{ id: 1, name: "ada" }]);`;

interface Scene {
  readonly url: string;
  readonly project: TempProject;
  /** An application's session that reads `users` in a transaction it leaves open. */
  readonly reader: pg.Client;
}

describe.each(POSTGRES_DIALECTS)("a table that others use on $name", ({ open }) => {
  async function scene(retry: string, second: string, work: (scene: Scene) => Promise<void>): Promise<void> {
    const database = await open();
    const { url } = database;
    try {
      const project = tempProject({
        config: `export default { url: ${JSON.stringify(url)}, retry: ${retry}, ddlLockTimeout: 400 };\n`,
      });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
      const reader = await connectClient(`${url}${url.includes("?") ? "&" : "?"}application_name=reporting`);
      await reader.query("BEGIN");
      await reader.query("SELECT * FROM users");
      try {
        await work({ url, project, reader });
      } finally {
        await reader.end();
      }
    } finally {
      await database.dispose();
    }
  }

  const CHANGE = `  await op.execute("INSERT INTO marks VALUES ('second')");
  await op.addColumn("users", "mail", text());`;

  it("is left alone when attempts are used up: nothing is applied, and who was in the way is named", () =>
    scene("{ attempts: 3 }", CHANGE, async ({ url, project }) => {
      const failed = await project.run(["upgrade", "--json"]);
      expect(failed.exitCode).toBe(5);
      expect(failed.json().error.message).toMatch(
        /lock timeout.*process \d+ \('reporting', .*idle in transaction, for \d+ s\) was in the way/,
      );
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      expect(await query(url, "SELECT * FROM marks")).toEqual([]);
      expect((await project.run(["log", "-n", "1", "--json"])).json().entries).toMatchObject([
        { revision: "bbbb", state: "failed", error: "55P03" },
      ]);
    }));

  it("is changed by a later attempt, whole revisions at a time and once, when the others are done", () =>
    scene("{}", CHANGE, async ({ url, project, reader }) => {
      const events: EngineEvent[] = [];
      await using migrator = await openMigrator({
        directory: "migrations",
        connectionString: url,
        cwd: project.directory,
        config: { ddlLockTimeout: 400 },
        onEvent(event) {
          events.push(event);
          if (event.type === "retry" && event.attempt === 3) void reader.query("COMMIT");
        },
      });
      await migrator.upgrade();
      expect(events.filter((event) => event.type === "retry").length).toBeGreaterThanOrEqual(2);
      expect(await query(url, "SELECT * FROM marks")).toEqual([{ what: "second" }]);
      expect(await query(url, "SELECT * FROM users")).toEqual([{ id: 1, name: "ada", mail: null }]);
    }));

  it("is read by everybody else meanwhile: nobody queues behind a statement that waits", () =>
    scene("{}", CHANGE, async ({ url, project, reader }) => {
      let attempts = 0;
      const reads: Promise<unknown>[] = [];
      const second = await connectClient(url);
      // Longer than one wait of ours, and far shorter than the reader stays.
      await second.query("SET lock_timeout = '3s'");
      await using migrator = await openMigrator({
        directory: "migrations",
        connectionString: url,
        cwd: project.directory,
        config: { ddlLockTimeout: 400 },
        onEvent(event) {
          if (event.type === "statement" || event.type === "stepStarted") return;
          if (event.type !== "retry") return;
          attempts += 1;
          reads.push(second.query("SELECT name FROM users").then(({ rows }) => rows));
          if (attempts === 6) void reader.query("COMMIT");
        },
      });
      await migrator.upgrade();
      expect(await Promise.all(reads)).toEqual(Array.from({ length: attempts }, () => [{ name: "ada" }]));
      await second.end();
    }));

  it("is waited for by a concurrent index as long as need be, whatever a revision set for its session", () =>
    scene(
      "{}",
      `  await op.execute("SET lock_timeout = '200ms'");
  await op.execute("SET statement_timeout = '300ms'");
  await op.autocommitBlock(() => op.createIndex("ix_name", "users", ["name"], { concurrently: true }));`,
      async ({ url, project, reader }) => {
        await reader.query("UPDATE users SET name = 'bob'");
        let waited = 0;
        await using migrator = await openMigrator({
          directory: "migrations",
          connectionString: url,
          cwd: project.directory,
          onEvent(event) {
            if (event.type === "progress" && ++waited === 1) void reader.query("COMMIT");
          },
        });
        await migrator.upgrade();
        expect(waited).toBeGreaterThanOrEqual(1);
        const valid = "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'ix_name'::regclass";
        expect(await query(url, valid)).toEqual([{ valid: true }]);
      },
    ));

  it("does not make a revision of several steps run one of them twice", () =>
    scene(
      "{}",
      `  await op.execute("INSERT INTO marks VALUES ('first part')");
  await op.autocommitBlock(async () => {
    await op.execute("INSERT INTO marks VALUES ('outside')");
    await op.createIndex("ix_marks_what", "marks", ["what"], { concurrently: true });
  });
${CHANGE}`,
      async ({ url, project, reader }) => {
        let retries = 0;
        await using migrator = await openMigrator({
          directory: "migrations",
          connectionString: url,
          cwd: project.directory,
          config: { ddlLockTimeout: 400 },
          onEvent(event) {
            if (event.type === "retry" && ++retries === 2) void reader.query("COMMIT");
          },
        });
        await migrator.upgrade();
        expect(retries).toBeGreaterThanOrEqual(2);
        expect(await query(url, "SELECT what FROM marks ORDER BY what")).toEqual([
          { what: "first part" },
          { what: "outside" },
          { what: "second" },
        ]);
      },
    ));
});

describe.each(POSTGRES_DIALECTS)("a version table that another keeps on $name", ({ open }) => {
  it("stops the run before the next revision, of which and of the one before nothing wrong is put down", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      const project = tempProject({
        config: `export default { url: ${JSON.stringify(database.url)}, retry: false };\n`,
      });
      project.write(
        "migrations/versions/a.ts",
        revisionText({ id: "aaaa", upgrade: `${USERS}\n  await op.execute("SELECT pg_sleep(1.5)");` }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({ id: "bbbb", down: "aaaa", upgrade: `  await op.addColumn("users", "age", integer());` }),
      );
      const run = project.run(["upgrade", "--json", "--lock-timeout", "300"]);
      const asleep =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'";
      while ((await client.query(asleep)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await client.query("BEGIN");
      // Comes through when the first revision is committed, and before the second begins.
      await client.query("LOCK TABLE tsmigrate_version IN SHARE ROW EXCLUSIVE MODE");
      const { exitCode, stdout } = await run;
      expect(exitCode).not.toBe(0);
      expect(stdout).toContain("another run is in the middle of a revision");
      await client.query("ROLLBACK");
      expect(await query(database.url, "SELECT rev, state, completes FROM tsmigrate_log")).toEqual([
        { rev: "aaaa", state: "done", completes: 1 },
      ]);
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
    } finally {
      await client.end();
      await database.dispose();
    }
  });
});

describe.each(POSTGRES_DIALECTS)("runs at once on $name", ({ open }) => {
  it("do each revision once although every advisory lock is given to everybody", { timeout: 120_000 }, async () => {
    const database = await open();
    const proxy = await startProxy(database.url, ({ sql }) =>
      sql?.includes("pg_try_advisory") === true
        ? { sql: sql.replace(/pg_catalog\.pg_try_advisory_(?:xact_)?lock\([^)]*\)/, "true") }
        : "pass",
    );
    try {
      const project = tempProject({ url: proxy.url(new URL(database.url).pathname.slice(1)) });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: USERS }));
      for (const [at, id] of ["bbbb", "cccc", "dddd"].entries()) {
        project.write(
          `migrations/versions/${id}.ts`,
          revisionText({
            id,
            down: ["aaaa", "bbbb", "cccc"][at]!,
            upgrade: `  await op.execute("INSERT INTO marks VALUES ('${id}')");
  await op.addColumn("users", "${id}", text());${
    id === "cccc"
      ? `
  await op.autocommitBlock(() => op.createIndex("ix_users_name", "users", ["name"], { concurrently: true }));`
      : ""
  }`,
          }),
        );
      }
      const runs = await Promise.all(Array.from({ length: 6 }, () => project.run(["upgrade", "--json"])));
      expect(runs.map((run) => [run.exitCode, run.stdout.includes("error") ? run.stdout : ""])).toEqual(
        runs.map(() => [0, ""]),
      );
      expect(await query(database.url, "SELECT what FROM marks ORDER BY what")).toEqual([
        { what: "bbbb" },
        { what: "cccc" },
        { what: "dddd" },
      ]);
      expect(await query(database.url, "SELECT rev FROM tsmigrate_version")).toEqual([{ rev: "dddd" }]);
    } finally {
      await proxy.close();
      await database.dispose();
    }
  });

  it("mean by a name what they meant when they began, whatever a revision set for its session", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: '  await op.execute("CREATE SCHEMA elsewhere");\n  await op.execute("SET search_path = elsewhere");',
        }),
      );
      project.write(
        "migrations/versions/b.ts",
        revisionText({ id: "bbbb", down: "aaaa", upgrade: '  await op.execute("CREATE TABLE here (id int)");' }),
      );
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      expect(
        await query(
          database.url,
          "SELECT relnamespace::regnamespace::text AS schema FROM pg_class WHERE relname = 'here'",
        ),
      ).toEqual([{ schema: "public" }]);
    } finally {
      await database.dispose();
    }
  });
});
