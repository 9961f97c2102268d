import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const TABLES = `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.bulkInsert("users", [{ id: 1, boss: 1 }]);`;

describe.each(POSTGRES_DIALECTS)("rights on $name that a run need not have", ({ open }) => {
  async function scene(work: (project: TempProject, url: string) => Promise<void>): Promise<void> {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: TABLES }));
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa" }));
      await work(project, database.url);
    } finally {
      await database.dispose();
    }
  }
  const warnings = (text: string) => text.split("\n").filter((line) => line.startsWith("warning:"));

  it("are told of after the first revisions on a server of this machine, each once, and not again", () =>
    scene(async (project, url) => {
      await query(url, "GRANT CREATE ON SCHEMA public TO PUBLIC");
      const first = await project.run(["upgrade", "+1"]);
      expect([first.exitCode, warnings(first.stderr)]).toEqual([
        0,
        [
          expect.stringMatching(/'postgres', a superuser: set `role`/),
          expect.stringContaining('`REVOKE CREATE ON SCHEMA "public" FROM PUBLIC`'),
        ],
      ]);
      expect(warnings((await project.run(["upgrade"])).stderr)).toEqual([]);
      expect(warnings((await project.run(["status"])).stderr)).toEqual([]);
    }));

  it("are not there when steps run as a role that is no superuser", () =>
    scene(async (project, url) => {
      const role = `owner_${new URL(url).pathname.slice(-12)}`;
      await query(url, `CREATE ROLE ${role}`);
      try {
        await query(url, `REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
        await query(url, `GRANT ALL ON SCHEMA public TO ${role}`);
        const run = await project.run(["--role", role, "upgrade"]);
        expect([run.exitCode, warnings(run.stderr)]).toEqual([0, []]);
      } finally {
        await query(url, `DROP OWNED BY ${role} CASCADE`);
        await query(url, `DROP ROLE ${role}`);
      }
    }));

  it("a name of the version table that the server would cut is refused before anything runs", () =>
    scene(async (project, url) => {
      const name = "v".repeat(60);
      project.write("migrate.config.ts", `export default { url: ${JSON.stringify(url)}, versionTable: "${name}" };\n`);
      const run = await project.run(["upgrade", "--json"]);
      expect([run.exitCode, run.json().error.message]).toEqual([2, expect.stringMatching(/60 bytes, and 54/)]);
      expect((await project.run(["upgrade", "--sql"])).exitCode).toBe(2);
      expect(await query(url, "SELECT relname FROM pg_class WHERE relname LIKE 'vvv%'")).toEqual([]);
    }));
});
