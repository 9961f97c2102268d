import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo } from "../support/engine.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const BIN = join(import.meta.dirname, "../../bin/tsmigrate.js");

/** 250 members of 5 teams with a composite key, children that cascade, and a self reference. */
const TABLES = `  await op.createTable("teams", { id: integer().primaryKey(), name: text() });
  await op.createTable("members", { team_id: integer().notNull().references("teams.id", { onDelete: "cascade" }), nick: varchar(20).notNull(), runs: integer().notNull(), full_name: text(), boss: integer().references("teams.id", { onDelete: "set null" }) }, [primaryKey().on("team_id", "nick")]);
  await op.bulkInsert("teams", [1, 2, 3, 4, 5].map((id) => ({ id, name: "team " + id })));
  await op.bulkInsert("members", Array.from({ length: 250 }, (_, n) => ({ team_id: 1 + (n % 5), nick: "it's #" + n, runs: 0, full_name: n % 2 ? null : "kept", boss: 1 })));`;

async function withProject(
  dialect: TestDialect,
  second: { readonly upgrade: string; readonly downgrade?: string },
  use: (made: TempProject, url: string, rows: (sql: string) => Promise<readonly any[]>) => Promise<void>,
  tables = TABLES,
): Promise<void> {
  const database = await dialect.open();
  try {
    const made = tempProject({ url: database.url });
    const imports = `import { primaryKey } from "tsmigrate";\n`;
    made.write("migrations/versions/a.ts", `${imports}${revisionText({ id: "aaaa", upgrade: tables })}`);
    made.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", ...second }));
    const first = await made.run(["upgrade", "aaaa"]);
    expect(first.stderr).not.toContain("error");
    await use(made, database.url, async (sql) => {
      await using connection = await connectTo(database.url);
      return (await connection.query(sql)).rows;
    });
  } finally {
    await database.dispose();
  }
}

const FILL =
  "  await op.backfill(\"members\", { set: { full_name: sql`nick || ' of ' || team_id`, runs: sql`runs + 1` }, where: sql`full_name IS NULL`, batchSize: 40 });";

describe.each(DIALECTS)("op.backfill on $name", (dialect) => {
  it("gives every row that matches its value once, in batches of the key's order, and leaves the rest", async () => {
    await withProject(dialect, { upgrade: FILL }, async (made, _url, rows) => {
      const { exitCode, stderr } = await made.run(["upgrade", "--verbose"]);
      expect(exitCode).toBe(0);
      expect(stderr.match(/UPDATE "members" SET/g)).toHaveLength(dialect.family === "sqlite" ? 8 : 7);
      expect(stderr).toMatch(/\("team_id", "nick"\) > \('?1'?, 'it''s #\d+'\)/);
      const [filled] = await rows("SELECT count(*) AS n FROM members WHERE full_name = nick || ' of ' || team_id");
      expect(Number(filled.n)).toBe(125);
      const [sums] = await rows(
        "SELECT sum(runs) AS ran, count(*) AS n, min(runs) AS low, max(runs) AS high FROM members",
      );
      expect([sums.ran, sums.n, sums.low, sums.high].map(Number)).toEqual([125, 250, 0, 1]);
      const [kept] = await rows("SELECT count(*) AS n FROM members WHERE full_name = 'kept' AND runs = 0");
      expect(Number(kept.n)).toBe(125);
    });
  });

  it("goes on where a killed run has stopped, and does no row twice", async () => {
    const slow = `  await op.execute("UPDATE teams SET name = 'before'");
  await op.backfill("members", { set: { runs: sql\`runs + 1\` }, batchSize: 10 });
  await op.execute("UPDATE teams SET name = 'after'");`;
    await withProject(dialect, { upgrade: slow }, async (made, _url, rows) => {
      for (let kills = 0, late = 40; kills < 6; kills += 1, late += 25) {
        const child = spawn(process.execPath, [BIN, "upgrade", "-v"], {
          cwd: made.directory,
          stdio: ["ignore", "ignore", "pipe"],
        });
        const exit = new Promise((resolve) => child.once("exit", resolve));
        let seen = "";
        child.stderr.on("data", (data) => (seen += data));
        while ((seen.match(/UPDATE "members"/g) ?? []).length < 2 && child.exitCode === null) await sleep(2);
        await sleep(late % 17);
        child.kill("SIGKILL");
        await exit;
      }
      const { exitCode, stderr } = await made.run(["upgrade"]);
      expect(stderr).not.toContain("error");
      expect(exitCode).toBe(0);
      expect(await rows("SELECT DISTINCT runs FROM members")).toEqual([{ runs: 1 }]);
      expect(await rows("SELECT DISTINCT name FROM teams")).toEqual([{ name: "after" }]);
      expect((await made.run(["current", "--json"])).json().isAtHead).toBe(true);
    });
  });

  it("keeps what is done when a batch fails, says so, and finishes once the rows allow it", async () => {
    const check = `${TABLES}\n  await op.createCheckConstraint("ck_runs", "members", "runs < 8");`;
    const breaking = '  await op.backfill("members", { set: { runs: sql`runs + 1` }, batchSize: 25 });';
    await withProject(
      dialect,
      { upgrade: breaking },
      async (made, url, rows) => {
        await using connection = await connectTo(url);
        await connection.query("UPDATE members SET runs = 7 WHERE team_id = 3 AND nick = 'it''s #2'");
        const failed = await made.run(["upgrade"]);
        expect(failed.exitCode).toBe(5);
        const [some] = await rows("SELECT count(*) AS n FROM members WHERE runs = 1");
        expect(Number(some.n)).toBeGreaterThan(0);
        expect(Number(some.n)).toBeLessThan(249);
        const dry = await made.run(["upgrade", "--dry-run"]);
        expect([dry.exitCode, dry.stderr]).toEqual([
          5,
          expect.stringContaining("a dry run cannot begin in the middle"),
        ]);
        await connection.query("UPDATE members SET runs = 0 WHERE runs = 7");
        const again = await made.run(["upgrade"]);
        expect(again.stderr).not.toContain("error");
        expect(again.exitCode).toBe(0);
        expect(await rows("SELECT DISTINCT runs FROM members")).toEqual([{ runs: 1 }]);
      },
      check,
    );
  });

  it("is one statement in a script, and where the whole run is one transaction", async () => {
    await withProject(dialect, { upgrade: FILL }, async (made, _url, rows) => {
      const script = await made.run(["upgrade", "aaaa:bbbb", "--sql"]);
      expect(script.exitCode).toBe(0);
      expect(script.stdout).toContain(
        `UPDATE "members" SET "full_name" = nick || ' of ' || team_id, "runs" = runs + 1 WHERE full_name IS NULL;`,
      );
      expect((await made.run(["upgrade", "--transaction", "all"])).exitCode).toBe(0);
      const [sums] = await rows("SELECT sum(runs) AS ran FROM members");
      expect(Number(sums.ran)).toBe(125);
    });
  });

  it("is listed and not run by a dry run", async () => {
    const upgrade = `  await op.addColumn("teams", "size", integer());\n${FILL}\n  await op.autocommitBlock(async () => { await op.createIndex("ix_size", "teams", ["size"]); });`;
    await withProject(dialect, { upgrade }, async (made, _url, rows) => {
      const { exitCode, stdout, stderr } = await made.run(["upgrade", "--dry-run"]);
      expect(stderr).not.toContain("error");
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/ALTER TABLE "teams" ADD COLUMN "size" integer; -- \d+ ms/i);
      expect(stdout).toContain(`-- not run, since it cannot be taken back:\n-- UPDATE "members" SET "full_name"`);
      expect(stdout).toContain(`-- not run, since it cannot be taken back:\n-- CREATE INDEX "ix_size"`);
      const document = (await made.run(["upgrade", "--dry-run", "--json"])).json();
      expect(document.notRun).toHaveLength(2);
      const [sums] = await rows("SELECT sum(runs) AS ran FROM members");
      expect(Number(sums.ran)).toBe(0);
      expect((await made.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
    });
  });

  it("takes the rows in the order of a named key, be it neither unique nor without nulls", async () => {
    const upgrade = '  await op.backfill("members", { set: { runs: sql`runs + 1` }, key: "boss", batchSize: 7 });';
    await withProject(dialect, { upgrade }, async (made, url, rows) => {
      {
        await using connection = await connectTo(url);
        await connection.query("UPDATE members SET boss = NULL WHERE team_id = 2");
        await connection.query("UPDATE members SET boss = 3 WHERE team_id = 4");
      }
      expect((await made.run(["upgrade"])).exitCode).toBe(0);
      expect(await rows("SELECT DISTINCT runs FROM members")).toEqual([{ runs: 1 }]);
    });
  });

  it("refuses to move the key it walks, and a table without one where rows have no name of their own", async () => {
    const moving = '  await op.backfill("members", { set: { nick: "x" } });';
    await withProject(dialect, { upgrade: moving }, async (made) => {
      const { exitCode, stderr } = await made.run(["upgrade"]);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain("op.backfill of 'members' sets 'nick', which is in the key");
    });
    const loose = '  await op.backfill("loose", { set: { b: 5 }, batchSize: 2 });';
    const tables =
      '  await op.createTable("loose", { a: integer(), b: integer() });\n  await op.bulkInsert("loose", [1, 1, 2, null, 3].map((a) => ({ a, b: null })));';
    await withProject(
      dialect,
      { upgrade: loose },
      async (made, _url, rows) => {
        const { exitCode, stderr } = await made.run(["upgrade"]);
        if (dialect.family === "sqlite") {
          expect(exitCode).toBe(0);
          expect(await rows("SELECT DISTINCT b FROM loose")).toEqual([{ b: 5 }]);
        } else {
          expect(exitCode).toBe(6);
          expect(stderr).toContain("the table has no primary key to take its rows in the order of");
        }
      },
      tables,
    );
  });
});
