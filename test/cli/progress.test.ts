/** How far a long work is: copies of a SQLite table, builds of indexes on PostgreSQL, and the line that tells of it. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { createLiveLine } from "../../src/cli/live-line.js";
import { type EngineEvent, openMigrator } from "../../src/index.js";
import { POSTGRES_DIALECTS, SQLITE_DIALECTS } from "../support/dialects.js";
import { query } from "../support/engine.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

type Progress = Extract<EngineEvent, { type: "progress" }>;

const ROWS = 120_000;
/** Rows with numbers below zero, with gaps, and beyond what a number of JavaScript can hold. */
const FAMILY = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.createTable("plain", { name: text() });
  await op.createTable("posts", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "cascade" }) });
  await op.createTable("notes", { id: integer().primaryKey(), author: integer().references("users.id", { onDelete: "set null" }) });
  await op.createIndex("ix_users_name", "users", ["name"]);
  await op.execute("INSERT INTO users SELECT value * 3 - 1000, 'name ' || value, value * 3 - 1000 FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${ROWS - 1}) SELECT value FROM n)");
  await op.execute("INSERT INTO users VALUES (9223372036854775807, 'last', -997)");
  await op.execute("INSERT INTO plain SELECT name FROM users");
  await op.execute("DELETE FROM plain WHERE rowid % 7 = 0");
  await op.execute("INSERT INTO posts SELECT id, id FROM users WHERE id % 1000 = 2");
  await op.execute("INSERT INTO notes SELECT id, id FROM users WHERE id % 1000 = 5");`;
const REBUILD = `  await op.alterColumn("users", "name", { default: "-" });
  await op.alterColumn("plain", "name", { default: "-" });`;

async function open(project: TempProject, url: string, onEvent: (event: EngineEvent) => void, signal?: AbortSignal) {
  return openMigrator({
    directory: "migrations",
    connectionString: url,
    cwd: project.directory,
    onEvent,
    ...(signal === undefined ? {} : { signal }),
  });
}

function twoRevisions(second: string, first = FAMILY): TempProject {
  const project = tempProject();
  project.write("migrations/versions/a.ts", revisionText({ id: "aaaa", upgrade: first }));
  project.write("migrations/versions/b.ts", revisionText({ id: "bbbb", down: "aaaa", upgrade: second }));
  return project;
}

describe.each(SQLITE_DIALECTS)("a table of many rows that is rebuilt on $name", ({ open: openDatabase }) => {
  const facts = (file: string) => {
    const database = new Database(file, { readonly: true });
    database.defaultSafeIntegers();
    const rows = ["users", "plain", "posts", "notes"].map((table) =>
      database
        .prepare(
          `SELECT count(*) AS rows, sum(rowid % 1000003) AS numbers, min(rowid) AS first, max(rowid) AS last FROM ${table}`,
        )
        .get(),
    );
    const names = database.prepare("SELECT sum(rowid % 1009 * length(name)) AS names FROM plain").get();
    database.close();
    return [...rows, names];
  };

  it("tells how many rows are copied, and every row keeps its number, children and parents too", async () => {
    const { url, dispose } = await openDatabase();
    const file = new URL(url).pathname;
    const project = twoRevisions(REBUILD);
    const seen: Progress[] = [];
    await using migrator = await open(project, url, (event) => {
      if (event.type === "progress") seen.push(event);
    });
    await migrator.upgrade({ revision: "aaaa" });
    expect(seen).toEqual([]);
    const before = facts(file);
    await migrator.upgrade();
    for (const [text, total] of [
      ["copying users", ROWS],
      ["copying plain", 102_858],
    ] as const) {
      const told = seen.filter((progress) => progress.text === text && progress.done > 0);
      expect(told.length).toBeGreaterThanOrEqual(3);
      expect(told.map(({ done }) => done)).toEqual([...new Set(told.map(({ done }) => done))].sort((a, b) => a - b));
      expect(new Set(told.map((progress) => progress.total))).toEqual(new Set([total]));
      expect(told.at(-1)).toMatchObject({ done: total, unit: "rows" });
    }
    expect(seen.map(({ text }) => text)).toContain("building the indexes of users");
    expect(facts(file)).toEqual(before);
    await dispose();
  });

  it("is as it was when the run is stopped between two ranges of rows", async () => {
    const { url, dispose } = await openDatabase();
    const file = new URL(url).pathname;
    const project = twoRevisions(REBUILD);
    const stop = new AbortController();
    await using migrator = await open(
      project,
      url,
      (event) => {
        if (event.type === "progress") stop.abort();
      },
      stop.signal,
    );
    await migrator.upgrade({ revision: "aaaa" });
    const before = facts(file);
    await expect(migrator.upgrade()).rejects.toThrow();
    expect(facts(file)).toEqual(before);
    await using again = await open(project, url, () => {});
    expect(await again.getCurrentHeads()).toEqual(["aaaa"]);
    await again.upgrade();
    expect(facts(file)).toEqual(before);
    await dispose();
  });

  it("is copied whole where a value depends on other rows", async () => {
    const { url, dispose } = await openDatabase();
    const file = new URL(url).pathname;
    const project = twoRevisions(
      '  await op.alterColumn("plain", "name", { type: integer(), using: sql`row_number() over (order by rowid)` });',
    );
    await using migrator = await open(project, url, () => {});
    await migrator.upgrade();
    const database = new Database(file, { readonly: true });
    expect(database.prepare("SELECT count(DISTINCT name) AS names, max(name) AS last FROM plain").get()).toEqual({
      names: 102_858,
      last: 102_858,
    });
    database.close();
    await dispose();
  });
});

describe.each(POSTGRES_DIALECTS)("an index that is built on $name", ({ open: openDatabase }) => {
  const TABLES = `  await op.createTable("users", { id: integer().primaryKey(), name: text(), boss: integer().references("users.id") });
  await op.bulkInsert("users", [{ id: 1, name: "ada", boss: 1 }]);`;

  it("concurrently tells whom it waits for, and the watching does not hold it up", { timeout: 60_000 }, async () => {
    const { url, dispose } = await openDatabase();
    const project = twoRevisions(
      '  await op.autocommitBlock(() => op.createIndex("ix_name", "users", ["name"], { concurrently: true }));',
      TABLES,
    );
    const other = await connectClient(url);
    const seen: Progress[] = [];
    await using migrator = await open(project, url, (event) => {
      if (event.type !== "progress") return;
      seen.push(event);
      if (seen.length === 2) void other.query("COMMIT");
    });
    await migrator.upgrade({ revision: "aaaa" });
    await other.query("BEGIN; UPDATE users SET name = 'bob'");
    await migrator.upgrade();
    expect(seen[0]).toMatchObject({
      text: "building ix_name, waiting for writers before build",
      done: 0,
      total: 1,
      unit: "transactions",
    });
    expect(await query(url, "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'ix_name'::regclass")).toEqual(
      [{ valid: true }],
    );
    const sessions =
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tsmigrate' AND datname = current_database()";
    await migrator[Symbol.asyncDispose]();
    while ((await query(url, sessions)).length > 0);
    await other.end();
    await dispose();
  });
});

describe("the line that tells what is being done", () => {
  it("comes now and then where there is no terminal, with the latest words, and not after the end", async () => {
    const lines: string[] = [];
    // A terminal of no width is as good as none.
    const stream = { write: (text: string) => lines.push(text), isTTY: true, columns: 0 };
    const live = createLiveLine({ stream, write: (line) => lines.push(line), everyMilliseconds: 5 });
    live.begin("upgrade aaaa");
    live.update("copying users: 5 of 10 rows (50%)");
    while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(lines[0]).toMatch(/^copying users: 5 of 10 rows \(50%\) \(\d+ s\)$/);
    live.end();
    const count = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(lines).toHaveLength(count);
    live.close();
  });
});
