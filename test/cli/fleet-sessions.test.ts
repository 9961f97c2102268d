import { describe, expect, it } from "vitest";
import { keepSessions } from "../../src/commands/fleet/keep-sessions.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const SCHEMAS = ["one", "two", "three"];

/** Notes who the session is and what it has in it, and then leaves in it all that a session can hold. */
const NOSY = `  await op.execute("CREATE TABLE seen AS SELECT pg_backend_pid() AS pid, current_setting('work_mem') AS memory, to_regclass('pg_temp.mine') IS NULL AS is_clean, (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared");
  await op.execute("CREATE TEMP TABLE mine (id int)");
  await op.execute("SET work_mem = '77MB'");
  await op.execute("SELECT pg_advisory_lock(42)");
  await op.execute("PREPARE mine AS SELECT 1");`;

function schemas(url: string, upgrade: string): TempProject {
  const targets = JSON.stringify(SCHEMAS.map((schema) => ({ schema })));
  const made = tempProject({
    config: `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(url)}, targets: ${targets}, concurrency: 1 });\n`,
  });
  made.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade }));
  return made;
}

describe.each(POSTGRES_DIALECTS)("the sessions of many targets on $name", ({ open }) => {
  it("go from one target to the next, with nothing of the first left in them", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      for (const schema of SCHEMAS) await client.query(`CREATE SCHEMA ${schema}`);
      const { exitCode, stderr } = await schemas(database.url, NOSY).run(["upgrade", "--all"]);
      expect(exitCode, stderr).toBe(0);
      const { rows } = await client.query(SCHEMAS.map((schema) => `SELECT * FROM ${schema}.seen`).join(" UNION ALL "));
      const memory = (await client.query("SELECT current_setting('work_mem') AS memory")).rows[0].memory;
      const [first] = rows;
      expect(rows.map(({ pid }) => pid)).toEqual([first.pid, first.pid, first.pid]);
      for (const row of rows) expect(row).toMatchObject({ memory, is_clean: true, locks: 0, prepared: 0 });
    } finally {
      await client.end();
      await database.dispose();
    }
  });

  it("are made anew where one has ended, and the other targets are done", async () => {
    const database = await open();
    const client = await connectClient(database.url);
    try {
      for (const schema of SCHEMAS) await client.query(`CREATE SCHEMA ${schema}`);
      const ending = `  await op.execute("CREATE TABLE here (id int)");
  if (op.args.end === "yes") await op.execute("SELECT pg_terminate_backend(pg_backend_pid())");`;
      const made = schemas(database.url, ending);
      made.write(
        "migrate.config.ts",
        `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(database.url)}, concurrency: 1, targets: [{ schema: "one" }, { schema: "two", args: { end: "yes" } }, { schema: "three" }] });\n`,
      );
      const { exitCode, stdout } = await made.run(["upgrade", "--all"]);
      expect(exitCode).not.toBe(0);
      expect(stdout).toBe("2 of 3 targets done, 1 failed.\n");
      const { rows } = await client.query(
        "SELECT to_regclass('one.here')::text AS one, to_regclass('two.here')::text AS two, to_regclass('three.here')::text AS three",
      );
      expect(rows).toEqual([{ one: "one.here", two: null, three: "three.here" }]);
    } finally {
      await client.end();
      await database.dispose();
    }
  });
});

describe("kept sessions", () => {
  it("make room for one of another server, and end with the command", async () => {
    const closed: string[] = [];
    const session = (name: string) => ({
      close: async () => {
        closed.push(name);
      },
    });
    {
      await using sessions = keepSessions();
      const first = session("first");
      sessions.keep("a", first);
      sessions.keep("b", session("second"));
      expect(sessions.take("a")).toBe(first);
      expect(sessions.take("c")).toBeUndefined();
      expect(closed).toEqual(["second"]);
      sessions.keep("a", first);
    }
    expect(closed).toEqual(["second", "first"]);
  });
});
