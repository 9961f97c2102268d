/**
 * A chain of revisions on PostgreSQL: transactional steps, an index built concurrently, a foreign key that is added
 * unchecked and then validated, a backfill in batches. Each transactional step leaves a mark, so that one that ran twice is seen.
 */
import type { Bench } from "./bench.js";
import { must } from "./bench.js";
import { revisionFile, runCli, tell, writeProject } from "./cli.js";
import { copyTemplate, databaseUrl, type PostgresState, postgresState, withClient } from "./postgres-state.js";
import { BEGUN } from "./sqlite-family.js";

export const CHAIN = ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"] as const;

const SAY = `  process.stdout.write(${JSON.stringify(BEGUN)});`;
const mark = (what: string) => `  await op.execute("INSERT INTO marks (what) VALUES ('${what}')");`;

export const CHAIN_FILES = {
  "a.ts": revisionFile({
    id: "aaaa",
    down: null,
    upgrade: `  await op.execute("CREATE TABLE parents (id int PRIMARY KEY, name text NOT NULL)");
  await op.execute("CREATE TABLE children (id int PRIMARY KEY, parent_id int, state text)");
  await op.execute("CREATE TABLE people (id int PRIMARY KEY, boss_id int REFERENCES people ON DELETE SET NULL)");
  await op.execute("CREATE TABLE marks (what text NOT NULL)");`,
    downgrade: "",
  }),
  "b.ts": revisionFile({
    id: "bbbb",
    down: "aaaa",
    upgrade: `${SAY}
  await op.addColumn("children", "rank", integer().notNull().default(7));
${mark("bbbb up")}
  await op.execute("UPDATE people SET boss_id = NULL WHERE id % 7 = 0");`,
    downgrade: `${SAY}
  await op.dropColumn("children", "rank");
${mark("bbbb down")}`,
  }),
  "c.ts": revisionFile({
    id: "cccc",
    down: "bbbb",
    upgrade: `${mark("cccc up")}
  await op.autocommitBlock(async () => {
    await op.createIndex("ix_children_parent", "children", ["parent_id", "state"], { concurrently: true });
  });`,
    downgrade: `  await op.autocommitBlock(async () => {
    await op.dropIndex("ix_children_parent", "children", { concurrently: true });
  });
${mark("cccc down")}`,
  }),
  "d.ts": revisionFile({
    id: "dddd",
    down: "cccc",
    upgrade: `  await op.autocommitBlock(async () => {
    await op.createForeignKey("fk_children", "children", ["parent_id"], "parents", ["id"], { onDelete: "cascade", notValid: true });
    await op.validateConstraint("fk_children", "children");
  });
${mark("dddd up")}`,
    downgrade: `  await op.dropConstraint("fk_children", "children");
${mark("dddd down")}`,
  }),
  "e.ts": revisionFile({
    id: "eeee",
    down: "dddd",
    // A row that is done twice shows.
    upgrade: `  await op.backfill("children", { set: { state: sql\`coalesce(state, 'new')\`, rank: sql\`rank + 1\` }, batchSize: 1000 });
${mark("eeee up")}`,
    downgrade: `  await op.backfill("children", { set: { state: sql\`nullif(state, 'new')\`, rank: sql\`rank - 1\` }, batchSize: 1000 });
${mark("eeee down")}`,
  }),
  "f.ts": revisionFile({
    id: "ffff",
    down: "eeee",
    upgrade: `${mark("ffff up")}
  await op.alterColumn("children", "state", { nullable: false });
  await op.autocommitBlock(async () => {
    await op.createIndex("ix_people_boss", "people", ["boss_id"], { concurrently: true, unique: false });
  });`,
    downgrade: `  await op.autocommitBlock(async () => {
    await op.dropIndex("ix_people_boss", "people", { concurrently: true });
  });
  await op.alterColumn("children", "state", { nullable: true });
${mark("ffff down")}`,
  }),
};

/** Revisions that are more than one transaction: between two of them the database is between two revisions. */
const CUT = new Set(["cccc", "dddd", "eeee", "ffff"]);

export type Way = "up" | "down";

export interface Chain {
  readonly folder: string;
  readonly serverUrl: string;
  /** A database at the start of the way. */
  open(way: Way, name: string): Promise<string>;
  arguments(way: Way): readonly string[];
  start(way: Way): string;
  goal(way: Way): string;
  /** What is wrong with a state on the way; null when it belongs to its head, or to a revision that is half done and may be. */
  wrong(state: PostgresState, way: Way): string | null;
  /** What is wrong with the end of the way. */
  wrongEnd(state: PostgresState, way: Way): string | null;
}

export async function openChain(bench: Bench, rows: number): Promise<Chain> {
  const folder = bench.folder("chain");
  writeProject(folder, CHAIN_FILES);
  const { url: serverUrl } = await bench.server();
  const expected = new Map<string, PostgresState>();
  const move = async (url: string, args: readonly string[]) => {
    const ended = await runCli(args, { cwd: folder, url });
    must(ended.code === 0, `${args.join(" ")}: ${tell(ended)}`);
    return withClient(url, postgresState);
  };
  await withClient(serverUrl, (client) => client.query("CREATE DATABASE chain_up"));
  const bottom = databaseUrl(serverUrl, "chain_up");
  await move(bottom, ["upgrade", CHAIN[0]]);
  await withClient(bottom, (client) => fill(client, rows));
  const walk = await copyTemplate(serverUrl, "chain_up", "chain_down");
  expected.set(`up ${CHAIN[0]}`, await withClient(walk, postgresState));
  for (const head of CHAIN.slice(1)) expected.set(`up ${head}`, await move(walk, ["upgrade", head]));
  const back = await copyTemplate(serverUrl, "chain_down", "chain_back");
  expected.set(`down ${CHAIN.at(-1)}`, expected.get(`up ${CHAIN.at(-1)}`)!);
  for (const head of CHAIN.slice(0, -1).reverse()) expected.set(`down ${head}`, await move(back, ["downgrade", head]));
  const goal = (way: Way): string => (way === "up" ? CHAIN.at(-1)! : CHAIN[0]);
  const differs = (state: PostgresState, way: Way, head: string) => {
    const wanted = expected.get(`${way} ${head}`);
    if (wanted === undefined) return `no such head: '${head}'`;
    for (const part of ["schema", "rows"] as const) {
      if (wanted[part] !== state[part]) return `${part} at ${head}: ${difference(wanted[part], state[part])}`;
    }
    return null;
  };
  return {
    folder,
    serverUrl,
    open: (way, name) => copyTemplate(serverUrl, way === "up" ? "chain_up" : "chain_down", name),
    arguments: (way) => (way === "up" ? ["upgrade"] : ["downgrade", CHAIN[0]]),
    start: (way) => goal(way === "up" ? "down" : "up"),
    goal,
    wrong(state, way) {
      const [head] = state.heads;
      if (state.heads.length !== 1 || head === undefined) return `heads are ${JSON.stringify(state.heads)}`;
      const at = CHAIN.indexOf(head as (typeof CHAIN)[number]);
      // Going up the next one may be half done; going down it is the one that the database is still at.
      const running = way === "up" ? CHAIN[at + 1] : head;
      return running !== undefined && CUT.has(running) ? null : differs(state, way, head);
    },
    wrongEnd(state, way) {
      if (state.heads.join() !== goal(way)) return `it is at ${JSON.stringify(state.heads)}, not at ${goal(way)}`;
      if (state.invalid.length > 0) return `invalid: ${state.invalid.join(", ")}`;
      return differs(state, way, goal(way));
    },
  };
}

function difference(wanted: string, found: string): string {
  const [have, want] = [found.split("\n"), wanted.split("\n")];
  const more = have.filter((line) => !want.includes(line)).map((line) => `+ ${line}`);
  return [...more, ...want.filter((line) => !have.includes(line)).map((line) => `- ${line}`)].join("; ").slice(0, 500);
}

async function fill(client: import("pg").Client, rows: number): Promise<void> {
  await client.query("INSERT INTO parents SELECT i, 'parent ' || i FROM generate_series(1, $1) i", [rows]);
  await client.query(
    "INSERT INTO children SELECT i, 1 + i % $1::int, CASE WHEN i % 3 = 0 THEN 'old' END FROM generate_series(1, $1::int * 3) i",
    [rows],
  );
  await client.query("INSERT INTO people SELECT i, nullif(i / 2, 0) FROM generate_series(1, $1) i", [rows]);
  await client.query("VACUUM ANALYZE");
}
