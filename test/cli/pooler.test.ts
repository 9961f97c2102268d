import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../src/dialects/database-url.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import { postgresServer } from "../support/dialects.js";
import { CONNECT_OPTIONS, query } from "../support/engine.js";
import { findPgBouncer, startPgBouncer } from "../support/pgbouncer.js";
import { createPostgresDatabase } from "../support/postgres-server.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const program = findPgBouncer({ install: false });
if (program === null) process.stderr.write("not tested through a pooler: PgBouncer is not installed\n");

interface Scene {
  readonly direct: string;
  readonly pooled: string;
  readonly project: TempProject;
}

const FIRST = `  await op.createTable("users", { id: integer().primaryKey(), name: text() });
  await op.createTable("marks", { what: text() });
  await op.bulkInsert("users", [{ id: 1, name: "ada" }]);
  await op.bulkInsert("marks", [{ what: "first" }]);`;
const LEAVES =
  '  await op.autocommitBlock(() => op.createIndex("ix_users_name", "users", ["name"], { concurrently: true }));';

describe.runIf(program !== null)("through PgBouncer in transaction mode", () => {
  async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
    const server = await postgresServer();
    const database = await createPostgresDatabase(server.url);
    const folder = mkdtempSync(join(tmpdir(), "tsmigrate-pgbouncer-"));
    const pooler = await startPgBouncer(program!, folder, server.url);
    try {
      const pooled = pooler.url(new URL(database.url).pathname.slice(1));
      const project = tempProject({ url: pooled });
      project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: FIRST }));
      await work({ direct: database.url, pooled, project });
    } finally {
      await pooler.close();
      await database.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  it("several runs at once do each revision once, and nobody fails", () =>
    scene(async ({ direct, project }) => {
      for (const [id, down] of [
        ["bbbb", "aaaa"],
        ["cccc", "bbbb"],
      ] as const) {
        const upgrade = `  await op.bulkInsert("marks", [{ what: "${id}" }]);\n  await op.addColumn("users", "${id}", text());`;
        project.write(`migrations/versions/${id}.ts`, revisionText({ id, down, upgrade }));
      }
      const runs = await Promise.all(Array.from({ length: 5 }, () => project.run(["upgrade", "--json"])));
      expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(runs.map(() => [0, ""]));
      expect(await query(direct, "SELECT what FROM marks ORDER BY what")).toEqual([
        { what: "bbbb" },
        { what: "cccc" },
        { what: "first" },
      ]);
    }));

  it("runs that change something are told of it, and those that read leave no setting behind in its sessions", () =>
    scene(async ({ project, pooled }) => {
      const upgrade = await project.run(["upgrade"]);
      expect([upgrade.exitCode, upgrade.stderr]).toEqual([0, expect.stringContaining("through a pooler")]);
      const status = await project.run(["status"]);
      expect([status.exitCode, status.stderr]).toEqual([0, ""]);
      expect(await query(pooled, "SHOW default_transaction_read_only")).toEqual([
        { default_transaction_read_only: "off" },
      ]);
    }));

  it("many schemas are each changed in their own, and nothing of one is met by another", () =>
    scene(async ({ direct, pooled, project }) => {
      const schemas = Array.from({ length: 12 }, (_, at) => `tenant_${at}`);
      for (const schema of schemas) await query(direct, `CREATE SCHEMA ${schema}`);
      const targets = JSON.stringify(schemas.map((schema) => ({ schema })));
      project.write(
        "migrate.config.ts",
        `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(pooled)}, targets: ${targets}, concurrency: 3 });\n`,
      );
      const notes = `  await op.execute("CREATE TABLE seen AS SELECT current_schema()::text AS place, current_setting('lock_timeout') AS lock, current_setting('work_mem') AS memory");
  await op.execute("SET LOCAL work_mem = '77MB'");`;
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: notes }));
      const [before] = await query(pooled, "SELECT current_setting('work_mem') AS memory");
      const { exitCode, stderr } = await project.run(["upgrade", "--all"]);
      expect(exitCode, stderr).toBe(0);
      const seen = await query(direct, schemas.map((schema) => `SELECT * FROM ${schema}.seen`).join(" UNION ALL "));
      expect(seen).toEqual(schemas.map((place) => ({ place, lock: "200ms", ...before })));
      const rest = `SELECT count(*)::int AS locks, current_setting('search_path') AS path, current_setting('lock_timeout') AS lock, current_user = session_user AS own FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      expect(await query(pooled, rest)).toEqual([{ locks: 0, path: '"$user", public', lock: "0", own: true }]);
      const again = await project.run(["current", "--all"]);
      expect(again.stdout).toBe(
        `${schemas.map((schema) => `${schema}: bbbb (head)\n`).join("")}12 of 12 targets done.\n`,
      );
    }));

  it("reads in transactions that can write nothing", () =>
    scene(async ({ pooled, project }) => {
      expect((await project.run(["upgrade", "--json"])).exitCode).toBe(0);
      const url = parseDatabaseUrl(pooled, project.directory);
      const connection = await postgres.connect(url, { ...CONNECT_OPTIONS, readOnly: true });
      await expect(connection.query("DELETE FROM users")).rejects.toMatchObject({ sqlState: "25006" });
      expect((await connection.query("SELECT name FROM users")).rows).toEqual([{ name: "ada" }]);
      await connection.close();
    }));

  it.each([
    ["an autocommit block", LEAVES],
    ["a concurrent index", '  await op.createIndex("ix_users_name", "users", ["name"], { concurrently: true });'],
    ["a backfill", '  await op.backfill("users", { set: { name: "x" } });'],
  ])("%s is refused before anything runs, and runs past the pooler with `directUrl`", (what, upgrade) =>
    scene(async ({ direct, pooled, project }) => {
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade }));
      const refused = await project.run(["upgrade", "--json"]);
      expect(refused.exitCode).toBe(6);
      expect(refused.json().error).toMatchObject({
        message: expect.stringContaining(`${what} runs outside a transaction, which is not safe through the pooler`),
        hint: expect.stringContaining("directUrl"),
      });
      expect((await project.run(["current", "--json"])).json().current).toEqual([]);
      project.write(
        "migrate.config.ts",
        `export default { url: ${JSON.stringify(pooled)}, directUrl: ${JSON.stringify(direct)} };\n`,
      );
      expect((await project.run(["upgrade", "--json"])).json().to).toEqual(["bbbb"]);
    }),
  );

  it("a revision that says `transaction = false` is refused too, and one that could leave but does not runs", () =>
    scene(async ({ project }) => {
      project.write(
        "migrations/versions/b.ts",
        revisionText({ id: "bbbb", down: "aaaa", upgrade: `  if (op.args.plain !== undefined) return;\n${LEAVES}` }),
      );
      expect((await project.run(["-x", "plain", "upgrade", "--json"])).json().to).toEqual(["bbbb"]);
      project.write(
        "migrations/versions/c.ts",
        revisionText({
          id: "cccc",
          down: "bbbb",
          extra: "export const transaction = false;",
          upgrade: '  await op.execute("VACUUM users");',
        }),
      );
      expect((await project.run(["upgrade"])).exitCode).toBe(6);
      expect((await project.run(["upgrade", "--transaction", "none"])).exitCode).toBe(6);
      expect((await project.run(["current", "--json"])).json().current).toEqual(["bbbb"]);
    }));
});
