import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { graphProject } from "../support/graph-project.js";
import { graph, zoo } from "../support/graphs.js";
import { contentOf, livedInBodies, versionRows } from "../support/lived-in-revisions.js";
import { hasShell, runScript } from "../support/run-script.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const databases = DIALECTS.filter(({ name }) => name !== "sqlite-worker");

const VALUES = `  await op.createTable("things", { id: integer().primaryKey().autoIncrement(), name: text(), amount: integer(), share: text(), made: text(), raw: text() });
  await op.bulkInsert("things", [
    { name: "it's; -- \\"quoted\\"", amount: 1, share: "\\\\ and \\n", made: null, raw: "\${x} {{ y }}" },
    { name: "", amount: -2, share: "ß 😀", made: "2026-01-02", raw: "$1 ? :name" },
  ]);
  await op.db.insertInto("things").values({ name: "by Kysely's", amount: 3n, share: null }).execute();
  await op.db.updateTable("things").set({ made: "now; then" }).where("amount", "=", 3).execute();
  await op.execute(sql\`UPDATE things SET raw = \${"it's"} WHERE amount = \${-2}\`);
  await op.execute("DELETE FROM things WHERE name = 'nobody'");`;

describe.each(databases)("--sql on $name", ({ open, family }) => {
  it.each(hasShell(family) ? (["driver", "shell"] as const) : (["driver"] as const))(
    "writes values as literals that mean the same, run through the %s",
    async (road) => {
      const [online, offline] = [await open(), await open()];
      try {
        const project = tempProject({ url: online.url });
        project.write(
          "migrations/versions/a.ts",
          revisionText({ id: "aaaa", upgrade: VALUES, downgrade: '  await op.dropTable("things");' }),
        );
        expect((await project.run(["upgrade", "head"])).stderr).toMatch(/^✔/);
        const script = await project.run(["upgrade", "head", "--sql"]);
        await runScript(family, offline.url, script.stdout, road);
        const content = async (url: string) => {
          await using connection = await connectTo(url);
          return await contentOf(connection);
        };
        const found = await content(offline.url);
        expect(found).toEqual(await content(online.url));
        expect(found).toMatchObject({
          rows: { things: [{ amount: 1 }, { amount: -2, raw: "it's" }, { name: "by Kysely's", made: "now; then" }] },
        });
        await runScript(family, offline.url, (await project.run(["downgrade", "aaaa:base", "--sql"])).stdout, road);
        expect(await content(offline.url)).toMatchObject({ rows: {}, version: [] });
      } finally {
        await online.dispose();
        await offline.dispose();
      }
    },
  );

  it("opens no connection, names each revision, and puts transactions where the mode says", async () => {
    const url = family === "sqlite" ? "sqlite:///./never.db" : "postgres://127.0.0.1:1/nowhere";
    const project = graphProject(zoo.merge(), { url, bodies: livedInBodies });
    const script = async (...args: readonly string[]) => {
      const { exitCode, stdout, stderr } = await project.run([...args, "--sql"]);
      expect(exitCode, stderr).toBe(0);
      return stdout;
    };
    const upgrade = await script("upgrade", "head");
    expect(upgrade.match(/^-- Running upgrade .*$/gm)).toEqual([
      "-- Running upgrade <base> -> aaaa",
      "-- Running upgrade aaaa -> bbbb",
      "-- Running upgrade bbbb -> c2c2",
      "-- Running upgrade c2c2 -> d2d2",
      "-- Running upgrade bbbb -> c1c1",
      "-- Running upgrade c1c1 -> d1d1",
      "-- Running upgrade d1d1, d2d2 -> eeee",
      "-- Running upgrade eeee -> ffff",
    ]);
    const count = (text: string, word: string) => text.match(new RegExp(`^${word}\\b`, "gm"))?.length ?? 0;
    expect(count(upgrade, "COMMIT")).toBe(9);
    const together = await script("upgrade", "head", "--transaction", "all");
    expect(count(together, "BEGIN")).toBe(2);
    expect(upgrade).toMatch(/UPDATE .*tsmigrate_version.* SET "rev" = 'bbbb' WHERE "rev" = 'aaaa'/);
    expect(await script("downgrade", "head:bbbb")).toMatch(/^-- Running downgrade ffff -> eeee$/m);
    expect(await script("stamp", "bbbb")).toMatch(/INSERT INTO .*'bbbb'/);
    expect(existsSync(project.path("never.db"))).toBe(false);
  });

  it("begins where several branches stand", async () => {
    const database = await open();
    try {
      const project = graphProject(zoo.fork(), { url: database.url, bodies: livedInBodies });
      for (const target of ["c1c1", "d2d2"]) await project.run(["upgrade", target]);
      const sql = async (...args: readonly string[]) => (await project.run([...args, "--sql"])).stdout;
      const rows = async (script: string) => {
        await runScript(family, database.url, script, "driver");
        await using connection = await connectTo(database.url);
        return await versionRows(connection);
      };
      await expect(rows(await sql("upgrade", "c1c1,c2c2:heads"))).rejects.toThrow();
      expect(await rows(await sql("upgrade", "c1c1,d2d2:heads"))).toEqual(["d1d1", "d2d2"]);
      expect(await rows(await sql("stamp", "d1d1,d2d2:c1c1"))).toEqual(["c1c1", "d2d2"]);
      expect(await rows(await sql("stamp", "d2d2,c1c1:d1d1"))).toEqual(["d1d1", "d2d2"]);
      expect(await rows(await sql("downgrade", "d1d1,d2d2:bbbb"))).toEqual(["bbbb"]);
    } finally {
      await database.dispose();
    }
  });

  it("changes nothing of a database that is somewhere else", async () => {
    const database = await open();
    try {
      const project = graphProject(zoo.line(), { url: database.url });
      await project.run(["upgrade", "bbbb"]);
      const { stdout } = await project.run(["upgrade", "cccc:head", "--sql"]);
      await expect(runScript(family, database.url, stdout, "driver")).rejects.toThrow(
        /not at cccc|JSON path error near/,
      );
      await using connection = await connectTo(database.url);
      expect(await versionRows(connection)).toEqual(["bbbb"]);
    } finally {
      await database.dispose();
    }
  });

  it("from base changes nothing of a database that has revisions, its own or others", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const table = 'await op.execute("CREATE TABLE IF NOT EXISTS notes (x integer)");';
      const upgrade = `  ${table}\n  await op.execute("INSERT INTO notes VALUES (1)");`;
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade }));
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa" }));
      const { stdout } = await project.run(["upgrade", "head", "--sql"]);
      await runScript(family, database.url, stdout, "driver");
      await expect(runScript(family, database.url, stdout, "driver")).rejects.toThrow(
        /not at base|JSON path error near/,
      );
      await using connection = await connectTo(database.url);
      expect(await versionRows(connection)).toEqual(["bbbb"]);
      expect((await connection.query("SELECT x FROM notes")).rows).toEqual([{ x: 1 }]);
    } finally {
      await database.dispose();
    }
  });

  it("says which revision reads, instead of making something up", async () => {
    const database = await open();
    try {
      const project = graphProject(graph("aaaa <- bbbb"), {
        url: database.url,
        bodies: ({ id }) => ({
          upgrade:
            id === "aaaa"
              ? 'await op.createTable("t", { id: integer().primaryKey() });'
              : 'await op.db.selectFrom("t").selectAll().execute();',
          downgrade: "",
        }),
      });
      const refused = await project.run(["upgrade", "head", "--sql"]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toMatch(/bbbb[\s\S]*cannot read the database/);
      expect((await project.run(["upgrade", "head"])).exitCode).toBe(0);
    } finally {
      await database.dispose();
    }
  });
});
