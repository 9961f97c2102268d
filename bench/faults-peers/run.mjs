/**
 * Some of the faults of `npm run test:faults` against other tools: `npm install && node run.mjs [runs]` in this folder,
 * with the Node.js of the repository and after `npm run build` in it. Prints a table.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import pg from "pg";
import { writeMigrations } from "./migrations.mjs";

// The tests' own server and proxy, which say `x.js` where there is `x.ts`.
module.registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith(".") && context.parentURL?.endsWith(".ts");
    return next(isOurs ? specifier.replace(/\.js$/, ".ts") : specifier, context);
  },
});
const { startPostgresServer } = await import("../../test/support/postgres-server.ts");
const { startProxy } = await import("../../test/faults/support/postgres-proxy.ts");

const RUNS = Number(process.argv[2] ?? 100);
const ROUNDS = Math.max(2, Math.round(RUNS / 10));
const HANGS = 30_000;
const here = import.meta.dirname;
const bin = join(here, "../../bin/tsmigrate.js");
const folder = mkdtempSync(join(tmpdir(), "faults-peers-"));
const SQLITE_TOOLS = ["kysely", "knex", "drizzle", "tsmigrate"];
const POSTGRES_TOOLS = ["kysely", "knex", "drizzle", "node-pg-migrate", "tsmigrate"];
const server = await startPostgresServer(undefined, ["synchronous_commit=on", "max_connections=300"]);
const results = [];

try {
  for (const tool of SQLITE_TOOLS) await rebuild(tool);
  for (const tool of SQLITE_TOOLS) await killed(tool);
  for (const tool of SQLITE_TOOLS) await together(tool, "sqlite");
  for (const tool of POSTGRES_TOOLS) await together(tool, "postgres");
  for (const tool of POSTGRES_TOOLS) if (tool !== "drizzle") await waiting(tool);
  for (const tool of POSTGRES_TOOLS) if (tool !== "drizzle") await swallowed(tool);
  for (const tool of POSTGRES_TOOLS) await lostCommit(tool);
  console.log("\n| what | tool | result |\n|---|---|---|");
  for (const [what, tool, result] of results) console.log(`| ${what} | ${tool} | ${result} |`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

function report(what, tool, result) {
  results.push([what, tool, result]);
  console.log(`${what}: ${tool}: ${result}`);
}

/** A folder with the migrations of a tool. */
function project(tool, migrations) {
  const place = join(folder, tool);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, "migrations/versions"), { recursive: true });
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  if (tool === "tsmigrate") {
    mkdirSync(join(place, "node_modules"));
    symlinkSync(join(here, "../.."), join(place, "node_modules/tsmigrate"), "junction");
    const config = 'import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({});\n';
    writeFileSync(join(place, "migrate.config.ts"), config);
  } else symlinkSync(join(here, "node_modules"), join(place, "node_modules"), "junction");
  writeMigrations(tool, join(place, "migrations/versions"), migrations);
  return place;
}

function start(tool, place, target, env = {}) {
  const versions = join(place, "migrations/versions");
  const isOurs = tool === "tsmigrate";
  const args = isOurs ? [bin, "upgrade"] : [join(here, "migrate.mjs"), tool, target, versions];
  const url = target.startsWith("postgres") ? target : `sqlite:///${target}`;
  const given = { PATH: process.env.PATH, NO_COLOR: "1", ...env, ...(isOurs ? { DATABASE_URL: url } : {}) };
  const child = spawn(process.execPath, args, { cwd: place, env: given, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), HANGS);
  const started = performance.now();
  const ended = new Promise((resolve) =>
    child.once("close", (code) => {
      clearTimeout(timer);
      const milliseconds = performance.now() - started;
      resolve({ code, stderr, milliseconds, hung: milliseconds >= HANGS });
    }),
  );
  return { child, ended };
}

function family(file, parents) {
  for (const side of ["", "-journal", "-wal", "-shm"]) rmSync(`${file}${side}`, { force: true });
  const db = new Database(file);
  db.exec(`CREATE TABLE parents (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);
    CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE);
    CREATE TABLE guests (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id) ON DELETE SET NULL);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${parents}) INSERT INTO parents SELECT i, 'parent ' || i FROM n;
    CREATE INDEX ix_children ON children (parent_id);
    CREATE INDEX ix_guests ON guests (parent_id);
    INSERT INTO children SELECT id, id FROM parents;
    INSERT INTO guests SELECT id, id FROM parents;`);
  // tsmigrate refuses tables that nothing accounts for.
  db.exec("CREATE TABLE tsmigrate_version (rev text NOT NULL, CONSTRAINT tsmigrate_version_pkc PRIMARY KEY (rev))");
  db.close();
}

function countFamily(file) {
  const db = new Database(file);
  const one = (sql) => {
    try {
      return db.prepare(sql).pluck().get();
    } catch {
      return null;
    }
  };
  const counts = {
    parents: one("SELECT count(*) FROM parents"),
    children: one("SELECT count(*) FROM children"),
    guests: one("SELECT count(parent_id) FROM guests"),
    leftovers: one("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%new_parents' OR name LIKE '_knex_temp%'"),
    isNew: one("SELECT count(*) FROM pragma_table_info('parents') WHERE lower(type) = 'varchar(80)'"),
  };
  db.close();
  return counts;
}

async function rebuild(tool) {
  const place = project(tool, ["rebuild"]);
  const file = join(place, "app.db");
  family(file, 1000);
  const { code, stderr } = await start(tool, place, file).ended;
  const { children, guests } = countFamily(file);
  const said =
    code === 0
      ? "exit 0"
      : `exit ${code} (${stderr
          .trim()
          .split("\n")
          .find((line) => /error/i.test(line))})`;
  const lost = `${1000 - children} of 1000 cascading children deleted, ${1000 - guests} of 1000 references set to null`;
  report("SQLite: a parent table rebuilt", tool, `${said}; ${lost}`);
}

async function killed(tool) {
  const place = project(tool, ["rebuild"]);
  const file = join(place, "app.db");
  const parents = 4_000;
  family(file, parents);
  const { milliseconds } = await start(tool, place, file).ended;
  const expected = countFamily(file);
  let mixed = 0;
  let lost = 0;
  let stuck = 0;
  for (let run = 0; run < RUNS; run++) {
    family(file, parents);
    const { child, ended } = start(tool, place, file);
    await sleep(milliseconds * (0.2 + (0.8 * (run + 0.5)) / RUNS));
    child.kill("SIGKILL");
    await ended;
    const after = countFamily(file);
    if (after.leftovers > 0 || after.parents !== parents) mixed++;
    const again = await start(tool, place, file).ended;
    const end = countFamily(file);
    if (again.code !== 0) stuck++;
    // What the tool loses when nobody kills it is another line.
    if (end.parents !== parents || end.children < expected.children || end.guests < expected.guests) lost++;
  }
  report(
    "SQLite: kill -9 in the rebuild",
    tool,
    `${RUNS} runs: ${mixed} half done, ${lost} with rows lost, ${stuck} re-runs fail`,
  );
}

async function freshPostgres(name) {
  await withClient(server.url, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  });
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

async function withClient(url, use) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function together(tool, dialect) {
  const processes = 16;
  const place = project(tool, dialect === "postgres" ? ["marks", "slow", "mark"] : ["marks", "mark"]);
  let failed = 0;
  let wrong = 0;
  let example = "";
  for (let round = 0; round < ROUNDS; round++) {
    const target = dialect === "postgres" ? await freshPostgres("together") : join(place, `round-${round}.db`);
    const all = await Promise.all(Array.from({ length: processes }, () => start(tool, place, target).ended));
    const bad = all.filter(({ code }) => code !== 0);
    failed += bad.length;
    example ||=
      bad[0]?.stderr
        .split("\n")
        .find((line) => /error|lock/i.test(line))
        ?.trim()
        .slice(0, 90) ?? "";
    const marks =
      dialect === "postgres"
        ? await withClient(
            target,
            async (client) => (await client.query("SELECT count(*)::int AS n FROM marks")).rows[0].n,
          ).catch(() => 0)
        : countMarks(target);
    if (marks !== 1) wrong++;
  }
  const what = `${dialect === "postgres" ? "PostgreSQL" : "SQLite"}: ${processes} processes at once`;
  const why = example === "" ? "" : ` (${example})`;
  report(
    what,
    tool,
    `${ROUNDS} rounds: ${failed} of ${ROUNDS * processes} processes fail${why}, ${wrong} rounds not applied exactly once`,
  );
}

function countMarks(file) {
  const db = new Database(file);
  try {
    return db.prepare("SELECT count(*) FROM marks").pluck().get();
  } catch {
    return 0;
  } finally {
    db.close();
  }
}

async function waiting(tool) {
  const place = project(tool, ["concurrent"]);
  const env = { NO_TRANSACTION: "1" };
  let deadlocks = 0;
  let hangs = 0;
  let failed = 0;
  let invalid = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const target = await freshPostgres("waiting");
    await withClient(target, async (client) => {
      await client.query(
        "CREATE TABLE items (id int, name text); INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 1000) i",
      );
      await client.query(
        "CREATE TABLE tsmigrate_version (rev text NOT NULL, CONSTRAINT tsmigrate_version_pkc PRIMARY KEY (rev))",
      );
      const application = new pg.Client({ connectionString: target });
      await application.connect();
      await application.query("BEGIN; UPDATE items SET name = name WHERE id = 1");
      const all = [start(tool, place, target, env).ended];
      await sleep(1_000);
      for (let waiter = 0; waiter < 8; waiter++) all.push(start(tool, place, target, env).ended);
      await sleep(3_000);
      await application.query("COMMIT");
      await application.end();
      const ended = await Promise.all(all);
      hangs += ended.filter(({ hung }) => hung).length;
      failed += ended.filter(({ code, hung }) => code !== 0 && !hung).length;
      deadlocks += ended.filter(({ stderr }) => /deadlock detected/.test(stderr)).length;
      const { rows } = await client.query("SELECT count(*)::int AS n FROM pg_index WHERE NOT indisvalid");
      invalid += rows[0].n;
    });
  }
  const counts = `${failed} of ${ROUNDS * 9} processes fail, ${deadlocks} of them by a deadlock, ${hangs} hang, ${invalid} invalid indexes`;
  report("PostgreSQL: 8 runs wait while an index is built concurrently", tool, `${ROUNDS} rounds: ${counts}`);
}

async function swallowed(tool) {
  const place = project(tool, ["swallowed"]);
  const target = await freshPostgres("swallowed");
  const { code } = await start(tool, place, target).ended;
  const again = await start(tool, place, target).ended;
  const wanted = await withClient(
    target,
    async (client) => (await client.query("SELECT to_regclass('wanted') AS found")).rows[0].found,
  );
  const said = code === 0 ? "reported as applied" : "reported as failed";
  report(
    "PostgreSQL: a migration swallows an error",
    tool,
    `${said}, ${wanted === null ? "nothing of it is there" : "it is there"}; the next run ends with ${again.code}`,
  );
}

async function lostCommit(tool) {
  const place = project(tool, ["marks", "mark"]);
  const target = await freshPostgres("lost");
  let seen = 0;
  const proxy = await startProxy(target, ({ from, type, sql }) => {
    if (/^\s*commit/i.test(sql ?? "")) seen++;
    // The answer to the commit that applies the migrations is lost.
    return from === "server" && type === "C" && seen >= commitToLose(tool) && seen < 1_000 ? lose() : "pass";
  });
  const lose = () => {
    seen = 1_000;
    return "cutAll";
  };
  const { code, hung } = await start(tool, place, proxy.url("lost")).ended;
  await sleep(300);
  const rows = await withClient(
    target,
    async (client) => (await client.query("SELECT count(*)::int AS n FROM marks")).rows[0].n,
  ).catch(() => 0);
  await proxy.close();
  const happened = rows > 0 ? "it had been committed" : "nothing had been committed";
  report(
    "PostgreSQL: the answer to the last COMMIT is lost",
    tool,
    `exit ${hung ? "never" : code}, ${seen < 1_000 ? "no such COMMIT seen" : happened}`,
  );
}

/** Which COMMIT it is that applies the last migration. */
function commitToLose(tool) {
  return { kysely: 1, knex: 3, drizzle: 1, "node-pg-migrate": 2, tsmigrate: 3 }[tool];
}
