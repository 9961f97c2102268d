/** Many processes that all want the same at once. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { findPgBouncer, startPgBouncer } from "../support/pgbouncer.js";
import { type Bench, must, type Scenario } from "./support/bench.js";
import { revisionFile, runCli, tell, writeProject } from "./support/cli.js";
import { startProxy } from "./support/postgres-proxy.js";
import { databaseUrl, withClient } from "./support/postgres-state.js";
import { sqliteUrl } from "./support/sqlite-family.js";
import { removeDatabase } from "./support/sqlite-state.js";

/** At full size; a part of it is at least eight. */
const PROCESSES = 64;
const ROUNDS = 20;

const mark = (what: string) => `  await op.execute("INSERT INTO marks (what) VALUES ('${what}')");`;
/** `-x plain` leaves out what a pooler cannot do. */
const FILES = {
  "a.ts": revisionFile({
    id: "aaaa",
    down: null,
    upgrade: `  await op.createTable("marks", { what: text().notNull() });
  await op.createTable("items", { id: integer().primaryKey(), name: text() });
${mark("aaaa")}`,
    downgrade: "",
  }),
  "b.ts": revisionFile({
    id: "bbbb",
    down: "aaaa",
    upgrade: `  await op.alterColumn("items", "name", { type: varchar(100), nullable: false });\n${mark("bbbb")}`,
    downgrade: "",
  }),
  "c.ts": revisionFile({
    id: "cccc",
    down: "bbbb",
    upgrade: `${mark("cccc")}
  if (op.dialect === "sqlite" || op.args.plain !== undefined) return;
  await op.autocommitBlock(async () => {
    await op.createIndex("ix_items_name", "items", ["name"], { concurrently: true });
  });`,
    downgrade: "",
  }),
  "d.ts": revisionFile({ id: "dddd", down: "cccc", upgrade: mark("dddd"), downgrade: "" }),
};
const MARKS = "aaaa,bbbb,cccc,dddd";

export const processesSqlite: Scenario = {
  name: "processes-sqlite",
  title: `SQLite: ${PROCESSES} processes (8 at small parts of the full size) \`upgrade head\` at once on an empty file: exactly once, each exit 0`,
  async run(bench) {
    const folder = bench.folder("processes");
    writeProject(folder, FILES);
    await bench.series(
      "round",
      bench.count(ROUNDS),
      async ({ index }) => {
        const file = join(folder, `round-${index}.db`);
        await allAtOnce(bench, folder, () => sqliteUrl(file));
        const db = new Database(file);
        const marks = db.prepare("SELECT what FROM marks ORDER BY what").pluck().all().join();
        const heads = db.prepare("SELECT rev FROM tsmigrate_version").pluck().all().join();
        db.close();
        removeDatabase(file);
        must(marks === MARKS && heads === "dddd", `marks ${marks}, at ${heads}`);
      },
      1,
    );
  },
};

export const processesPostgres: Scenario = {
  name: "processes-postgres",
  title: `PostgreSQL: ${PROCESSES} processes (8 at small parts of the full size) \`upgrade head\` at once on an empty database: exactly once, each exit 0`,
  run: (bench) => postgresRounds(bench, async (serverUrl) => ({ url: (name) => databaseUrl(serverUrl, name) })),
};

/** Every `pg_try_advisory_xact_lock` answers true, as if there were no locks; what is left is the fence. */
export const processesUnlocked: Scenario = {
  name: "processes-unlocked",
  title: `PostgreSQL: the same processes with the advisory lock answered "yes" to everybody`,
  run: (bench) =>
    postgresRounds(bench, async (serverUrl) => {
      const proxy = await startProxy(serverUrl, ({ sql }) => {
        if (sql?.includes("pg_try_advisory") !== true) return "pass";
        bench.note("locks given to everybody");
        return { sql: sql.replace(/pg_catalog\.pg_try_advisory_(?:xact_)?lock\([^)]*\)/, "true") };
      });
      bench.onEnd(() => proxy.close());
      return { url: proxy.url };
    }),
};

export const processesPooler: Scenario = {
  name: "processes-pooler",
  title: `PostgreSQL: the same processes through PgBouncer in transaction mode`,
  async run(bench) {
    const program = findPgBouncer({ install: true });
    if (program === null) {
      bench.skip("PgBouncer is not installed, and `apt-get install pgbouncer` needs root and Debian");
      return;
    }
    const start = async (serverUrl: string) => {
      const pooler = await startPgBouncer(program, bench.folder("pgbouncer"), serverUrl);
      bench.onEnd(pooler.close);
      return pooler;
    };
    await postgresRounds(bench, start, ["-x", "plain"]);
  },
};

interface Route {
  url(database: string): string;
}

async function postgresRounds(
  bench: Bench,
  open: (serverUrl: string) => Promise<Route>,
  args: readonly string[] = [],
): Promise<void> {
  const folder = bench.folder("processes");
  writeProject(folder, FILES);
  const { url: serverUrl } = await bench.server();
  const route = await open(serverUrl);
  await bench.series(
    "round",
    bench.count(ROUNDS),
    async ({ index }) => {
      const name = `round_${index}`;
      await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`));
      await allAtOnce(bench, folder, () => route.url(name), args);
      await withClient(databaseUrl(serverUrl, name), async (client) => {
        const { rows } = await client.query("SELECT string_agg(what, ',' ORDER BY what) AS marks FROM marks");
        const { rows: heads } = await client.query("SELECT string_agg(rev, ',') AS heads FROM tsmigrate_version");
        must(rows[0].marks === MARKS && heads[0].heads === "dddd", `marks ${rows[0].marks}, at ${heads[0].heads}`);
        const { rows: bad } = await client.query("SELECT count(*)::int AS n FROM pg_index WHERE NOT indisvalid");
        must(bad[0].n === 0, "an invalid index is left");
      });
      await withClient(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
    1,
  );
}

async function allAtOnce(bench: Bench, folder: string, url: () => string, args: readonly string[] = []): Promise<void> {
  const processes = bench.count(PROCESSES, 8);
  // So many on a machine of two cores do not even get to connect within the usual ten seconds.
  const options = { cwd: folder, url: url(), timeout: 240_000, env: { PGCONNECT_TIMEOUT: "120" } };
  const all = await Promise.all(
    Array.from({ length: processes }, () => runCli([...args, "upgrade", "--lock-timeout", "200000"], options)),
  );
  const bad = all.filter((ended) => ended.code !== 0);
  bench.note("processes", all.length);
  bench.note("found it done", all.filter((ended) => ended.code === 0 && !ended.stderr.includes("✔")).length);
  must(bad.length === 0, `${bad.length} of ${all.length} did not end with 0, such as ${bad[0] && tell(bad[0])}`);
}
