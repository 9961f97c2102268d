import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { graphProject } from "../support/graph-project.js";
import { zoo } from "../support/graphs.js";
import { ledgerRows } from "../support/ledger-rows.js";
import { livedInBodies } from "../support/lived-in-revisions.js";
import { hasShell, runScript } from "../support/run-script.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const databases = DIALECTS.filter(({ name }) => name !== "sqlite-worker");

const SPLIT = revisionText({
  id: "bbbb",
  down: "aaaa",
  upgrade: `  await op.bulkInsert("users", [{ id: 3, boss: 1 }]);
  await op.autocommitBlock(async () => { await op.execute("INSERT INTO later (id) VALUES (7)"); });
  await op.execute("UPDATE users SET boss = 2 WHERE id = 3");`,
});
const FIRST = revisionText({
  id: "aaaa",
  upgrade: `  await op.createTable("users", { id: integer().primaryKey(), boss: integer().references("users.id") });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.bulkInsert("users", [{ id: 1, boss: null }, { id: 2, boss: 1 }]);
  await op.bulkInsert("posts", [{ id: 1, author: 2 }]);
  await op.bulkInsert("notes", [{ id: 1, author: 2 }]);`,
});

/** What does not say who ran it and when. */
const FACTS =
  "id, format, rev, direction, step, generation, completes, state, what, plan_hash, source_hash, error, cursor";
const ledgerOf = (url: string) => ledgerRows(url, FACTS);

describe.each(databases)("the ledger in scripts on $name", ({ open, family }) => {
  it.each(hasShell(family) ? (["driver", "shell"] as const) : (["driver"] as const))(
    "has the rows of a run, through the %s, up and down and stamped",
    async (road) => {
      const [online, offline] = [await open(), await open()];
      try {
        const project = graphProject(zoo.merge(), { url: online.url, bodies: livedInBodies });
        const both = async (command: string, from: string, to: string, ...more: readonly string[]) => {
          expect((await project.run([command, to, ...more])).exitCode).toBe(0);
          const script = await project.run([command, `${from}:${to}`, ...more, "--sql"]);
          expect(script.exitCode, script.stderr).toBe(0);
          await runScript(family, offline.url, script.stdout, road);
          expect(await ledgerOf(offline.url)).toEqual(await ledgerOf(online.url));
        };
        await both("upgrade", "base", "bbbb");
        await both("upgrade", "bbbb", "head", "--transaction", "all");
        await both("downgrade", "head", "bbbb");
        await both("upgrade", "bbbb", "eeee");
        await both("stamp", "eeee", "bbbb");
        await both("stamp", "bbbb", "head");
        const there = ["--url", offline.url, "--json"];
        expect((await project.run(["status", ...there])).json()).toMatchObject({ pending: [], edited: [], failed: [] });
        const { entries } = (await project.run(["log", "-n", "1", ...there])).json();
        expect(entries).toMatchObject([{ revision: "ffff", direction: "stamp", state: "done", host: "script" }]);
        expect(new Date(entries[0].startedAt).toISOString()).toBe(entries[0].startedAt);
        expect(Math.abs(Date.now() - Date.parse(entries[0].startedAt))).toBeLessThan(3_600_000);
      } finally {
        await online.dispose();
        await offline.dispose();
      }
    },
  );

  it.each(["per-revision", "none"])("has a row for each step where a revision is cut (%s)", async (mode) => {
    const [online, offline] = [await open(), await open()];
    try {
      const project = tempProject({ url: online.url });
      project.write("migrations/versions/a.ts", FIRST);
      project.write("migrations/versions/b.ts", SPLIT);
      const args = ["upgrade", "aaaa:bbbb", "--transaction", mode];
      for (const url of [online.url, offline.url]) {
        await project.run(["upgrade", "aaaa", "--url", url]);
        await query(url, "CREATE TABLE later (id integer)");
      }
      await project.run(["upgrade", "bbbb", "--transaction", mode]);
      await runScript(family, offline.url, (await project.run([...args, "--sql"])).stdout, "driver");
      expect(await ledgerOf(offline.url)).toEqual(await ledgerOf(online.url));
    } finally {
      await online.dispose();
      await offline.dispose();
    }
  });

  it("tells of a file that is edited after a script has applied it", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("migrations/versions/a.ts", FIRST);
      await runScript(family, database.url, (await project.run(["upgrade", "head", "--sql"])).stdout, "driver");
      const edited = async () => (await project.run(["status", "--json"])).json().edited;
      project.write("migrations/versions/a.ts", FIRST.replaceAll("  await", "\tawait").replace("/**", "/** Why: "));
      expect(await edited()).toEqual([]);
      project.write("migrations/versions/a.ts", FIRST.replace("id: 2, boss: 1", "id: 2, boss: 2"));
      expect(await edited()).toEqual(["aaaa"]);
      expect((await project.run(["upgrade"])).exitCode).toBe(3);
    } finally {
      await database.dispose();
    }
  });

  it("lets a run go on where a script has failed", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("migrations/versions/a.ts", FIRST);
      project.write("migrations/versions/b.ts", SPLIT);
      // The shell sends one statement at a time, as people do who run scripts by hand.
      const script = (await project.run(["upgrade", "head", "--sql"])).stdout;
      const cut = script.slice(0, script.indexOf("INSERT INTO later"));
      // What was on record as running is undone by nobody.
      await runScript(family, database.url, cut.slice(0, cut.lastIndexOf("INSERT INTO")), "driver");
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      expect((await project.run(["status", "--json"])).json()).toMatchObject({ failed: ["bbbb"], pending: ["bbbb"] });
      await query(database.url, "CREATE TABLE later (id integer)");
      expect(await project.run(["upgrade"])).toMatchObject({ exitCode: 0 });
      expect(await query(database.url, "SELECT id, boss FROM users ORDER BY id")).toEqual([
        { id: 1, boss: null },
        { id: 2, boss: 1 },
        { id: 3, boss: 2 },
      ]);
      expect(await query(database.url, "SELECT id FROM later")).toEqual([{ id: 7 }]);
    } finally {
      await database.dispose();
    }
  });

  it("has the same plan for a template with values as a run, in a transaction and outside one", async () => {
    const [online, offline] = [await open(), await open()];
    try {
      const project = tempProject({ url: online.url });
      project.write("migrations/versions/a.ts", FIRST);
      const upgrade = `  const boss = 1;
  await op.execute(sql\`INSERT INTO users (id, boss) VALUES (\${4}, \${boss})\`);
  await op.autocommitBlock(async () => { await op.execute(sql\`UPDATE users SET boss = \${2} WHERE id = \${4}\`); });`;
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade }));
      expect((await project.run(["upgrade"])).exitCode).toBe(0);
      const script = (await project.run(["upgrade", "head", "--sql"])).stdout;
      await runScript(family, offline.url, script, "driver");
      const hashes = (url: string) => query(url, "SELECT rev, step, plan_hash FROM tsmigrate_log ORDER BY id");
      expect(await hashes(offline.url)).toEqual(await hashes(online.url));
      expect(await query(offline.url, "SELECT boss FROM users WHERE id = 4")).toEqual([{ boss: 2 }]);
    } finally {
      await online.dispose();
      await offline.dispose();
    }
  });

  it.each([["aaaa"], ["bbbb"]])("ends what is unfinished by a stamp of %s, as a run does", async (target) => {
    const [online, offline] = [await open(), await open()];
    try {
      const project = tempProject({ url: online.url });
      project.write("migrations/versions/a.ts", FIRST);
      project.write("migrations/versions/b.ts", SPLIT);
      for (const url of [online.url, offline.url]) {
        expect((await project.run(["upgrade", "--url", url])).exitCode).toBe(5);
        expect((await project.run(["status", "--url", url, "--json"])).json().failed).toEqual(["bbbb"]);
      }
      await project.run(["stamp", target]);
      const script = await project.run(["stamp", `aaaa:${target}`, "--sql"]);
      await runScript(family, offline.url, script.stdout, "driver");
      expect((await project.run(["status", "--url", offline.url, "--json"])).json().failed).toEqual([]);
      expect(await ledgerOf(offline.url)).toEqual(await ledgerOf(online.url));
    } finally {
      await online.dispose();
      await offline.dispose();
    }
  });

  it("records of a stamp with --purge what counts as applied no more", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("migrations/versions/a.ts", FIRST);
      project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa" }));
      project.write("migrations/versions/c.ts", revisionText({ id: "cccc", down: "bbbb" }));
      await project.run(["upgrade"]);
      await runScript(
        family,
        database.url,
        (await project.run(["stamp", "aaaa", "--purge", "--sql"])).stdout,
        "driver",
      );
      expect((await project.run(["current", "--json"])).json().current).toEqual(["aaaa"]);
      const rows = await query(
        database.url,
        "SELECT rev, what FROM tsmigrate_log WHERE direction = 'stamp' ORDER BY id",
      );
      expect(rows).toEqual([
        { rev: "bbbb", what: "no longer counts as applied" },
        { rev: "cccc", what: "no longer counts as applied" },
        { rev: "aaaa", what: "counts as applied" },
      ]);
    } finally {
      await database.dispose();
    }
  });

  it("makes no ledger in a database that is somewhere else", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      project.write("migrations/versions/a.ts", FIRST);
      project.write("migrations/versions/b.ts", SPLIT);
      await query(database.url, "CREATE TABLE tsmigrate_version (rev text PRIMARY KEY)");
      const script = (await project.run(["upgrade", "aaaa:head", "--sql"])).stdout;
      await expect(runScript(family, database.url, script, "driver")).rejects.toThrow(
        /not at aaaa|JSON path error near/,
      );
      await expect(query(database.url, "SELECT * FROM tsmigrate_log")).rejects.toThrow();
    } finally {
      await database.dispose();
    }
  });

  it("is made by `ensure-version --sql` too", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      await runScript(family, database.url, (await project.run(["ensure-version", "--sql"])).stdout, "driver");
      expect(await ledgerOf(database.url)).toEqual([]);
    } finally {
      await database.dispose();
    }
  });
});
