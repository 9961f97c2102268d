import { describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import type { Connection } from "../../src/dialects/dialect.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { CONNECT_OPTIONS, withPostgres } from "../support/postgres-connection.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const scratchIn = (url: string, isSpare = false): Promise<Connection> =>
  postgres.openScratch({ url: parseDatabaseUrl(url, process.cwd()), isSpare }, CONNECT_OPTIONS);

/** Those that the role owns: other tests make some at the same time. */
const ownedBy = async (connection: Connection, role: string): Promise<readonly unknown[]> =>
  (await connection.query(`SELECT datname FROM pg_database WHERE datdba = '${role}'::regrole`)).rows;

/** The same database for a role that may do little. */
async function asRole(connection: Connection, url: string, role: string): Promise<string> {
  await connection.script(`CREATE ROLE ${role} LOGIN PASSWORD 'pw'`);
  return url.replace(/\/\/[^@]*@/, `//${role}:pw@`);
}

describe.each(POSTGRES_DIALECTS)("a scratch database on $name", ({ open }) => {
  it("is empty, takes anything, and is gone when its connection is closed", async () => {
    await withPostgres(open, async (connection, url) => {
      await connection.script("CREATE TABLE users (id int)");
      const scratch = await scratchIn(url);
      const { rows } = await scratch.query<{ name: string }>("SELECT current_database()::text AS name");
      await scratch.script("CREATE TABLE users (id text); CREATE EXTENSION citext; CREATE SCHEMA billing");
      await scratch.close();
      const left = await connection.query(`SELECT 1 FROM pg_database WHERE datname = '${rows[0]!.name}'`);
      expect(left.rows).toEqual([]);
      expect((await connection.query("SELECT pg_typeof(id)::text AS t FROM users")).rows).toEqual([]);
    });
  });

  it("has the default schema of the database it stands beside", async () => {
    await withPostgres(open, async (connection, url) => {
      const name = (await connection.query<{ name: string }>("SELECT current_database() AS name")).rows[0]!.name;
      await connection.script(`CREATE SCHEMA "my app"; ALTER DATABASE ${name} SET search_path = "my app"`);
      await using scratch = await scratchIn(url);
      expect(scratch.defaultSchema).toBe("my app");
      await scratch.script("CREATE TABLE t (id int)");
    });
  });

  it("is refused with a way out to a role that may not make one", async () => {
    await withPostgres(open, async (connection, url) => {
      const limited = await asRole(connection, url, "tsm_limited");
      try {
        await expect(scratchIn(limited)).rejects.toMatchObject({
          message: expect.stringContaining(
            "the role may not make a scratch database beside 'postgres://tsm_limited:***@",
          ),
          hint: expect.stringContaining("set `scratch` in the config"),
        });
      } finally {
        await connection.script("DROP OWNED BY tsm_limited; DROP ROLE tsm_limited");
      }
    });
  });

  it("may be a spare database, which must be empty and is emptied again", async () => {
    await withPostgres(open, async (connection, url) => {
      const name = (await connection.query<{ name: string }>("SELECT current_database() AS name")).rows[0]!.name;
      const limited = await asRole(connection, url, "tsm_spare");
      try {
        await connection.script("CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)");
        await expect(scratchIn(limited, true)).rejects.toThrow("is not ours to use: it holds 'precious'");
        expect((await connection.query("SELECT id FROM precious")).rows).toEqual([{ id: 1 }]);

        await connection.script(
          `DROP TABLE precious; ALTER DATABASE ${name} OWNER TO tsm_spare; ALTER SCHEMA public OWNER TO tsm_spare`,
        );
        const spare = await scratchIn(limited, true);
        await spare.script("CREATE SCHEMA more; CREATE TABLE more.t (id int); CREATE TABLE u (id int)");
        await spare.close();
        const { rows } = await connection.query("SELECT relname FROM pg_class WHERE relname IN ('t', 'u')");
        expect(rows).toEqual([]);
        await using again = await scratchIn(limited, true);
        expect(again.defaultSchema).toBe("public");
      } finally {
        await connection.script(
          `ALTER DATABASE ${name} OWNER TO CURRENT_USER; REASSIGN OWNED BY tsm_spare TO CURRENT_USER; DROP OWNED BY tsm_spare; DROP ROLE tsm_spare`,
        );
      }
    });
  });

  it("is the one that --scratch or the config names", async () => {
    await withPostgres(open, async (_connection, spareUrl) => {
      const config = (more: string) => `export default { dialect: "postgres", models: "./schema.sql"${more} };\n`;
      const project = tempProject({ config: config("") });
      project.write("schema.sql", "CREATE TABLE users (id int)");
      const without = await project.run(["diff", "--from", "models", "--to", "schema.sql"]);
      expect([without.exitCode, without.stderr]).toEqual([2, expect.stringContaining("hint:")]);
      const given = await project.run(["diff", "--from", "models", "--to", "schema.sql", "--scratch", spareUrl]);
      expect([given.exitCode, given.stdout]).toEqual([0, "No difference between models and schema.sql.\n"]);
      project.write("migrate.config.ts", config(`, scratch: ${JSON.stringify(spareUrl)}`));
      const configured = await project.run(["check", "--offline", "--json"]);
      expect([configured.exitCode, configured.json().operations.length]).toEqual([1, 1]);
      const wrong = await project.run(["check", "--offline", "--scratch", "sqlite::memory:"]);
      expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("not of the same kind")]);
    });
  });

  it("is gone as well when what was tried in it failed", async () => {
    await withPostgres(open, async (connection, url) => {
      const role = "tsm_maker";
      const limited = await asRole(connection, url, role);
      try {
        await connection.script(`ALTER ROLE ${role} CREATEDB`);
        const project = tempProject({ url: limited, models: "" });
        project.write("broken.sql", "CREATE TABLE t (id int); SELECT nonsense;");
        project.write("good.sql", "CREATE TABLE t (id int)");
        const upgrade = 'await op.execute("SELECT nonsense");';
        project.write("migrations/versions/aaaa_wrong.ts", revisionText({ id: "aaaa", upgrade }));
        const codes = [];
        for (const to of ["good.sql", "broken.sql", "revision:head", "models"]) {
          codes.push((await project.run(["diff", "--from", "good.sql", "--to", to])).exitCode);
        }
        codes.push((await project.run(["check", "--offline"])).exitCode);
        expect(codes).toEqual([0, 2, 5, 2, 5]);
        expect(await ownedBy(connection, role)).toEqual([]);
      } finally {
        await connection.script(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });
  });
});
