/** Runs that wait for one another while an index is built concurrently, which waits for every older transaction. */
import { setTimeout as sleep } from "node:timers/promises";
import { must, type Scenario } from "./support/bench.js";
import { BEGINNING, revisionFile, runCli, STAMPED, startCli, tell, writeProject } from "./support/cli.js";
import { databaseUrl, withClient } from "./support/postgres-state.js";

const WAITERS = 8;
const ROUNDS = 100;

const FILES = {
  "begin.ts": BEGINNING,
  "a.ts": revisionFile({
    id: "aaaa",
    down: "begin",
    upgrade: `  await op.autocommitBlock(async () => {
    await op.createIndex("ix_items_name", "items", ["name"], { concurrently: true });
  });`,
    downgrade: "",
  }),
};

export const waiters: Scenario = {
  name: "waiters",
  title: `PostgreSQL: ${WAITERS} runs wait while an index is built concurrently: no deadlock, no hang`,
  async run(bench) {
    const folder = bench.folder("waiters");
    writeProject(folder, FILES);
    const { url: serverUrl } = await bench.server();
    await bench.series(
      "round",
      bench.count(ROUNDS),
      async ({ index }) => {
        const name = `round_${index}`;
        await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name}`));
        const url = databaseUrl(serverUrl, name);
        await withClient(url, (client) => oneRound(folder, url, client));
        await withClient(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
        bench.note("waiting runs", WAITERS);
      },
      1,
    );
  },
};

async function oneRound(folder: string, url: string, client: import("pg").Client): Promise<void> {
  await client.query("CREATE TABLE items (id int PRIMARY KEY, name text)");
  await client.query("INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 1000) i");
  await client.query(STAMPED);
  const options = { cwd: folder, url, timeout: 60_000 };
  const holder = await withClient(url, async (other) => {
    // As an application does: an open transaction that has written to the table, which the build has to wait for.
    await other.query("BEGIN");
    await other.query("UPDATE items SET name = name WHERE id = 1");
    const building = startCli(["upgrade"], options);
    await until(
      client,
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%' AND state = 'active'",
      1,
    );
    const all = Array.from({ length: WAITERS }, () => startCli(["upgrade"], options));
    await Promise.all(all.map((waiter) => waiter.says("waiting")));
    await sleep(100);
    await other.query("COMMIT");
    return Promise.all([building, ...all].map((started) => started.ended));
  });
  const bad = holder.filter((ended) => ended.code !== 0);
  must(bad.length === 0, `${bad.length} of ${holder.length} did not end with 0, such as ${bad[0] && tell(bad[0])}`);
  const { rows } = await client.query(
    "SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()",
  );
  must(rows[0].n === 0, `${rows[0].n} deadlocks`);
  const { rows: valid } = await client.query(
    "SELECT bool_and(indisvalid) AS valid, count(*)::int AS n FROM pg_index WHERE indrelid = 'items'::regclass",
  );
  must(valid[0].valid === true && valid[0].n === 2, "the index is not there, or invalid");
  const again = await runCli(["current", "--check-heads"], options);
  must(again.code === 0, tell(again));
}

async function until(client: import("pg").Client, query: string, wanted: number): Promise<void> {
  for (const started = performance.now(); performance.now() - started < 60_000; await sleep(10)) {
    if ((await client.query(query)).rows[0].n >= wanted) return;
  }
  throw new Error(`it never happened: ${query}`);
}
