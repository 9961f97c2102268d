/**
 * What running revisions costs: `upgrade` of N revisions from nothing (a table of 6 columns and an index each), one
 * transaction a revision and all in one, each beside a program without any tool that runs the same statements and keeps the
 * same version row; and then what it costs when there is nothing left to do. Whole processes, interleaved, medians of wall
 * time and of computing, and the most memory; only the ratios mean anything on another machine. The first run of each kind,
 * in which the revisions are bundled, is told apart.
 * `node bench/upgrade.mjs [runs] [counts] [postgres counts]`: 3, `100,1000,5000` and `1000` by default; `0` leaves one out.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../test/support/postgres-server.ts";

const [runs, sqlite, postgres] = [
  process.argv[2] ?? "3",
  process.argv[3] ?? "100,1000,5000",
  process.argv[4] ?? "1000",
];
const numbers = (text) => text.split(",").map(Number).filter(Boolean);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "bin/tsmigrate.js");
const requireRoot = `const { createRequire } = require("node:module"); const load = createRequire(${JSON.stringify(join(root, "package.json"))});`;
const ID = (at) => `r${String(at).padStart(6, "0")}`;

for (const count of numbers(sqlite)) await measure(`SQLite, ${count}`, count, sqliteKind);
if (numbers(postgres).length > 0) {
  const server = await startPostgresServer();
  try {
    for (const count of numbers(postgres)) await measure(`PostgreSQL, ${count}`, count, postgresKind(server.url));
  } finally {
    await server.stop();
  }
}

async function measure(name, count, kind) {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
  try {
    const { url, empty, raw, query } = kind(folder, statements(count));
    writeProject(folder, count, url);
    console.log(`${name} revisions`);
    for (const [label, args, script] of [
      ["a transaction each", ["upgrade"], raw(false)],
      ["one transaction", ["upgrade", "--transaction", "all"], raw(true)],
    ]) {
      const seen = { tool: [], raw: [] };
      // Longer than an argument may be.
      writeFileSync(join(folder, "raw.cjs"), script);
      await empty();
      rmSync(join(folder, "node_modules/.cache"), { recursive: true, force: true });
      const first = run(folder, [bin, ...args, "--quiet"]);
      for (let at = 0; at < Number(runs); at += 1) {
        for (const which of at % 2 === 0 ? ["tool", "raw"] : ["raw", "tool"]) {
          await empty();
          seen[which].push(run(folder, which === "tool" ? [bin, ...args, "--quiet"] : ["raw.cjs"]));
        }
      }
      tell(label, seen, `, the first time ${first.time.toFixed(0)} ms`);
    }
    await empty();
    run(folder, [bin, "upgrade", "--transaction", "all", "--quiet"]);
    const floors = { heads: "", upgrade: query, current: query };
    for (const args of [["upgrade"], ["current"], ["current", "--check-heads"], ["heads"]]) {
      const seen = { tool: [], raw: [] };
      for (let at = 0; at < Number(runs) * 3; at += 1) {
        seen.tool.push(run(folder, [bin, ...args]));
        seen.raw.push(run(folder, ["-e", floors[args[0]]]));
      }
      tell(`nothing to do, ${args.join(" ")}`, seen);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(label, { tool, raw }, more = "") {
  const [a, b] = [median(tool, "time"), median(raw, "time")];
  const cpu = `${median(tool, "cpu").toFixed(0)} of ${median(raw, "cpu").toFixed(0)} ms of CPU`;
  console.log(
    `  ${label.padEnd(30)} ${a.toFixed(0).padStart(6)} ms  without a tool ${b.toFixed(0).padStart(6)} ms  ratio ${(a / b).toFixed(2)}, ${(a - b).toFixed(0)} ms more  (${cpu})  peak ${Math.max(...tool.map(({ memory }) => memory))} MiB${more}`,
  );
}

function sqliteKind(folder, revisions) {
  const open = `${requireRoot} const db = new (load("better-sqlite3"))("app.db");`;
  return {
    url: "sqlite:///./app.db",
    empty: () => {
      for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(join(folder, `app.db${end}`), { force: true });
    },
    query: `${open} db.prepare("SELECT * FROM tsmigrate_version").all();`,
    raw: (isWhole) => `${open}
const revisions = ${JSON.stringify(revisions)};
db.exec("CREATE TABLE version (rev text NOT NULL PRIMARY KEY)");
${isWhole ? 'db.exec("BEGIN IMMEDIATE");' : ""}
revisions.forEach((sql, at) => {
  ${isWhole ? "" : 'db.exec("BEGIN IMMEDIATE");'}
  for (const statement of sql) db.exec(statement);
  if (at === 0) db.prepare("INSERT INTO version VALUES (?)").run("r0");
  else db.prepare("UPDATE version SET rev = ? WHERE rev = ?").run("r" + at, "r" + (at - 1));
  ${isWhole ? "" : 'db.exec("COMMIT");'}
});
${isWhole ? 'db.exec("COMMIT");' : ""}
db.close();`,
  };
}

function postgresKind(url) {
  return (_folder, revisions) => {
    const open = `${requireRoot} const { Client } = load("pg"); const client = new Client({ connectionString: ${JSON.stringify(url)} });`;
    return {
      url,
      empty: async () => {
        const { default: pg } = await import("pg");
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
        // All in one statement would need more locks than a server has.
        for (const { tablename } of rows) await client.query(`DROP TABLE "${tablename}"`);
        await client.end();
      },
      query: `${open} (async () => { await client.connect(); await client.query("SELECT * FROM tsmigrate_version"); await client.end(); })();`,
      raw: (isWhole) => `${open}
const revisions = ${JSON.stringify(revisions)};
(async () => {
  await client.connect();
  await client.query("CREATE TABLE version (rev text NOT NULL PRIMARY KEY)");
  ${isWhole ? 'await client.query("BEGIN");' : ""}
  for (const [at, sql] of revisions.entries()) {
    ${isWhole ? "" : 'await client.query("BEGIN");'}
    for (const statement of sql) await client.query(statement);
    if (at === 0) await client.query("INSERT INTO version VALUES ($1)", ["r0"]);
    else await client.query("UPDATE version SET rev = $1 WHERE rev = $2", ["r" + at, "r" + (at - 1)]);
    ${isWhole ? "" : 'await client.query("COMMIT");'}
  }
  ${isWhole ? 'await client.query("COMMIT");' : ""}
  await client.end();
})();`,
    };
  };
}

function statements(count) {
  return Array.from({ length: count }, (_, at) => [
    `CREATE TABLE t${at} (id integer PRIMARY KEY, name text NOT NULL, note text, amount integer, rate integer DEFAULT 1, flag integer)`,
    `CREATE INDEX ix_t${at}_name ON t${at} (name)`,
  ]);
}

function writeProject(folder, count, url) {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "migrate.config.ts"),
    `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(url)} });\n`,
  );
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  for (let at = 0; at < count; at += 1) {
    writeFileSync(
      join(folder, `migrations/versions/${ID(at)}_add_table.ts`),
      `/**
 * add table ${at}
 *
 * Revision ID: ${ID(at)}
 * Revises: ${at === 0 ? "<base>" : ID(at - 1)}
 * Create Date: 2026-01-02T03:04:05.000Z
 */
import { integer, type Operations, type RevisionId, text } from "tsmigrate";

export const revision: RevisionId = "${ID(at)}";
export const downRevision: RevisionId | readonly RevisionId[] | null = ${at === 0 ? "null" : `"${ID(at - 1)}"`};
export const branchLabels: readonly string[] | null = null;
export const dependsOn: RevisionId | readonly RevisionId[] | null = null;

export async function upgrade(op: Operations): Promise<void> {
  await op.createTable("t${at}", {
    id: integer().primaryKey(),
    name: text().notNull(),
    note: text(),
    amount: integer(),
    rate: integer().default(1),
    flag: integer(),
  });
  await op.createIndex("ix_t${at}_name", "t${at}", ["name"]);
}

export async function downgrade(op: Operations): Promise<void> {
  await op.dropIndex("ix_t${at}_name", "t${at}");
  await op.dropTable("t${at}");
}
`,
    );
  }
}

/** Runs Node with a preload that tells the most memory it held and its time of computing. */
function run(folder, args) {
  const tell = `data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();process.stderr.write("\\nused "+Math.ceil(u.maxRSS/1024)+" "+(u.userCPUTime+u.systemCPUTime)/1000)})`;
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", tell, ...args], {
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  const time = performance.now() - started;
  if (status !== 0)
    throw new Error(`${args.slice(0, 3).join(" ").slice(0, 200)} failed: ${String(stderr).slice(0, 2000)}`);
  const [, memory, cpu] = /used (\d+) ([\d.]+)$/.exec(String(stderr));
  return { time, memory: Number(memory), cpu: Number(cpu) };
}

function median(values, key) {
  return values.map((value) => value[key]).toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
