import { describe, expect, it } from "vitest";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, tempProject } from "../support/temp-project.js";

describe.each(POSTGRES_DIALECTS)("a login with few rights on $name", ({ open }) => {
  it("upgrades and downgrades with the grants of the documentation, as the owner, outside transactions too", async () => {
    const database = await open();
    const admin = await connectClient(database.url);
    const [owner, login] = ["owner", "deployer"].map(
      (name) => `${name}_${process.pid}_${Math.floor(performance.now())}`,
    );
    try {
      // docs/security.md, "As few rights as possible".
      for (const sql of [
        `CREATE ROLE ${owner} NOLOGIN`,
        `CREATE ROLE ${login} LOGIN PASSWORD 'secret'`,
        `GRANT ${owner} TO ${login}`,
        `CREATE SCHEMA app AUTHORIZATION ${owner}`,
        `ALTER ROLE ${login} SET search_path = app`,
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
      ]) {
        await admin.query(sql);
      }
      const url = new URL(database.url);
      [url.username, url.password] = [login!, "secret"];
      const made = tempProject({
        config: `export default { url: ${JSON.stringify(url.href)}, role: "${owner}" };`,
      });
      made.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `  await op.createTable("users", { id: integer().primaryKey(), name: text() });
  await op.bulkInsert("users", [{ id: 1, name: "Ada" }]);
  await op.backfill("users", { set: { name: sql\`upper(name)\` } });
  await op.autocommitBlock(async () => {
    await op.createIndex("ix_name", "users", ["name"], { concurrently: true });
  });`,
          downgrade: '  await op.dropTable("users");',
        }),
      );
      const up = await made.run(["upgrade"]);
      expect(up.stderr).not.toContain("error");
      expect(up.exitCode).toBe(0);
      const { rows } = await admin.query(
        "SELECT relname, relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'i') ORDER BY 1",
      );
      expect(rows.map(({ relname }) => relname)).toEqual(
        expect.arrayContaining(["ix_name", "tsmigrate_version", "users"]),
      );
      expect([...new Set(rows.map((row) => row.owner))]).toEqual([owner]);
      expect((await admin.query("SELECT name FROM app.users")).rows).toEqual([{ name: "ADA" }]);
      expect((await made.run(["current", "--role", owner!])).exitCode).toBe(0);
      const wrong = await made.run(["downgrade", "base", "--role", "postgres"]);
      expect(wrong.exitCode).not.toBe(0);
      expect((await admin.query("SELECT name FROM app.users")).rows).toHaveLength(1);
      expect((await made.run(["downgrade", "base"])).exitCode).toBe(0);
    } finally {
      for (const role of [login, owner]) {
        await admin.query(`DROP OWNED BY ${role} CASCADE`).catch(() => {});
        await admin.query(`DROP ROLE ${role}`).catch(() => {});
      }
      await admin.end();
      await database.dispose();
    }
  });
});
