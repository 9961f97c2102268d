/**
 * What many targets cost: `upgrade head --all` on 1,000 SQLite files and on 500 PostgreSQL schemas, 10 revisions each,
 * beside a loop without any tool that runs the same statements in a durable transaction a revision: files one after the
 * other, as one thread has to, and schemas on as many connections as the tool works on at once.
 * Whole processes, interleaved, medians; only the ratios mean anything on another machine. Peak memory is told for a
 * tenth of the targets too: it must not grow with them. `node bench/fleet.mjs [runs] [files] [schemas]`.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../test/support/postgres-server.ts";

const REVISIONS = 10;
/** The tool's own, unless it is told another. */
const CONCURRENCY = 4;
const [runs = 3, files = 1000, schemas = 500] = process.argv.slice(2).map(Number);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const bin = join(root, "bin/tsmigrate.js");
let databases = 0;

/** Makes a process say its own peak of memory and time of computing when it ends. */
const confess = `data:text/javascript,${encodeURIComponent('process.on("exit", () => { const used = process.resourceUsage(); console.error(`used ${used.maxRSS} ${used.userCPUTime + used.systemCPUTime}`); })')}`;

try {
  project();
  await compare(`${files} SQLite files`, files, sqliteCase);
  // The test server's settings leave nothing on the disk, and the answer to COMMIT is what is waited for.
  const server = await startPostgresServer(undefined, ["fsync=on", "synchronous_commit=on"]);
  try {
    await compare(`${schemas} PostgreSQL schemas`, schemas, (count) => postgresCase(server.url, count));
  } finally {
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(name, count, prepare) {
  const seen = { tool: [], raw: [] };
  for (let run = 0; run < runs; run += 1) {
    for (const kind of run % 2 === 0 ? ["tool", "raw"] : ["raw", "tool"]) {
      const { args, env } = await prepare(count);
      seen[kind].push(node(kind === "tool" ? [bin, "upgrade", "head", "--all", "--quiet"] : args, env));
    }
  }
  const { env } = await prepare(Math.max(1, count / 10));
  const small = node([bin, "upgrade", "head", "--all", "--quiet"], env);
  const [tool, raw] = [median(seen.tool, "ms"), median(seen.raw, "ms")];
  console.log(
    `${name} x ${REVISIONS}: ${tool.toFixed(0)} ms  raw ${raw.toFixed(0)} ms  ratio ${(tool / raw).toFixed(2)}  (cpu ${median(seen.tool, "cpu").toFixed(0)} of ${median(seen.raw, "cpu").toFixed(0)})  peak ${megabytes(median(seen.tool, "peak"))} MB (a tenth of them ${megabytes(small.peak)}, raw ${megabytes(median(seen.raw, "peak"))})`,
  );
}

function sqliteCase(count) {
  const data = mkdtempSync(join(folder, "files-"));
  const script = `
const Database = require(${JSON.stringify(join(root, "node_modules/better-sqlite3"))});
const revisions = ${JSON.stringify(statements())};
for (let at = 0; at < ${count}; at += 1) {
  const db = new Database(${JSON.stringify(data)} + "/" + at + ".db");
  db.exec("CREATE TABLE version (rev text NOT NULL PRIMARY KEY)");
  revisions.forEach((sql, index) => {
    db.exec("BEGIN IMMEDIATE");
    for (const statement of sql) db.exec(statement);
    if (index === 0) db.prepare("INSERT INTO version VALUES (?)").run("rev0");
    else db.prepare("UPDATE version SET rev = ? WHERE rev = ?").run("rev" + index, "rev" + (index - 1));
    db.exec("COMMIT");
  });
  db.close();
}`;
  return { args: ["-e", script], env: { COUNT: String(count), DATA: data, BASE: "" } };
}

async function postgresCase(url, count) {
  const { default: pg } = await import("pg");
  const fresh = await freshDatabase(pg, url);
  const client = new pg.Client({ connectionString: fresh });
  await client.connect();
  for (let at = 0; at < count; at += 1) await client.query(`CREATE SCHEMA tenant_${at}`);
  await client.query("CHECKPOINT");
  await client.end();
  const script = `
const pg = require(${JSON.stringify(join(root, "node_modules/pg"))});
const revisions = ${JSON.stringify(statements())};
let next = 0;
const work = async () => {
  const client = new pg.Client({ connectionString: ${JSON.stringify(fresh)} });
  await client.connect();
  while (next < ${count}) {
    const at = next++;
    await client.query("SET search_path = tenant_" + at);
    await client.query("CREATE TABLE version (rev text NOT NULL PRIMARY KEY)");
    for (const [index, sql] of revisions.entries()) {
      await client.query("BEGIN");
      for (const statement of sql) await client.query(statement);
      if (index === 0) await client.query("INSERT INTO version VALUES ($1)", ["rev0"]);
      else await client.query("UPDATE version SET rev = $1 WHERE rev = $2", ["rev" + index, "rev" + (index - 1)]);
      await client.query("COMMIT");
    }
  }
  await client.end();
};
Promise.all(Array.from({ length: ${CONCURRENCY} }, work));`;
  return { args: ["-e", script], env: { COUNT: String(count), DATA: "", BASE: fresh } };
}

/** Nothing of the run before: dropped schemas leave dead rows in the catalogs, which the next run would meet. */
async function freshDatabase(pg, url) {
  databases += 1;
  const name = `fleet_${databases}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}

/** What a revision runs: a table of six columns and an index. */
function statements() {
  return Array.from({ length: REVISIONS }, (_, at) => [
    `CREATE TABLE "t${at}" ("id" integer NOT NULL PRIMARY KEY, "a" text, "b" text, "c" integer, "d" integer NOT NULL, "e" text)`,
    `CREATE INDEX "ix_t${at}_c" ON "t${at}" ("c")`,
  ]);
}

function project() {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "migrate.config.ts"),
    `import { defineConfig } from "tsmigrate/config";
const { COUNT, DATA, BASE } = process.env;
const at = [...Array(Number(COUNT)).keys()];
export default defineConfig({
  url: BASE || undefined,
  targets: at.map((n) => (BASE ? { schema: \`tenant_\${n}\` } : { name: \`file \${n}\`, url: \`sqlite:///\${DATA}/\${n}.db\` })),
});
`,
  );
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  for (let at = 0; at < REVISIONS; at += 1) {
    writeFileSync(
      join(folder, `migrations/versions/r${at}.ts`),
      `/** revision ${at} */\nimport { integer, type Operations, text } from "tsmigrate";\nexport const revision = "rev${at}";\nexport const downRevision = ${at === 0 ? "null" : `"rev${at - 1}"`};\nexport async function upgrade(op: Operations) {\n  await op.createTable("t${at}", { id: integer().primaryKey(), a: text(), b: text(), c: integer(), d: integer().notNull(), e: text() });\n  await op.createIndex("ix_t${at}_c", "t${at}", ["c"]);\n}\nexport async function downgrade(op: Operations) {\n  await op.dropTable("t${at}");\n}\n`,
    );
  }
}

function node(args, env) {
  const started = performance.now();
  const options = { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8" };
  const { status, stderr } = spawnSync(process.execPath, ["--import", confess, ...args], options);
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr.slice(0, 2000)}`);
  const [, peak, cpu] = /used (\d+) (\d+)/.exec(stderr);
  return { ms, cpu: Number(cpu) / 1000, peak: Number(peak) * 1024 };
}

function median(results, key) {
  return results.map((result) => result[key]).toSorted((a, b) => a - b)[Math.floor(results.length / 2)];
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}
