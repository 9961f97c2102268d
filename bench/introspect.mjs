/**
 * What reading a database costs beside the catalog's rows alone, with T tables of 10 columns, 2 indexes and a foreign key
 * each: in one process and on one connection the whole of `introspect`, plain questions to the catalog through the driver
 * (six on PostgreSQL, three joins of pragmas on SQLite), and the statements that `introspect` itself sends. Interleaved,
 * medians, and the most memory. `node bench/introspect.mjs [runs] [tables,…] [postgres,sqlite]`.
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { startPostgresServer } from "../test/support/postgres-server.ts";
import { median, POSTGRES_QUERIES, postgresDatabase, SQLITE_QUERIES, sqliteFile } from "./tables.mjs";

const [runs = "9", sizes = "100,500,2000", dialects = "postgres,sqlite"] = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, "package.json"));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const pg = require("pg");
const Database = require("better-sqlite3");
const OPTIONS = {
  ...{ resolveFrom: [root], create: false, readOnly: true, applicationName: "bench" },
  ...{ statementTimeoutMilliseconds: 0, ddlLockTimeoutMilliseconds: 0 },
};
const sent = [];

try {
  const { loadDialect, parseDatabaseUrl } = await ours();
  listen();
  const read = (url) => measured(loadDialect, parseDatabaseUrl(url, folder));
  if (dialects.includes("postgres")) {
    const server = await startPostgresServer();
    try {
      for (const tables of sizes.split(",").map(Number)) {
        await report("PostgreSQL", tables, await read(await postgresDatabase(server.url, tables)));
      }
    } finally {
      await server.stop();
    }
  }
  if (dialects.includes("sqlite")) {
    for (const tables of sizes.split(",").map(Number))
      await report("SQLite", tables, await read(`sqlite:///${sqliteFile(folder, tables)}`));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The dialects as one bundle of their own; the command line shows no such part of itself. */
async function ours() {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const outfile = join(folder, "dialects.mjs");
  const contents = `export { loadDialect } from "./dialects/registry.js"; export { parseDatabaseUrl } from "./dialects/database-url.js";`;
  await build({
    ...{ stdin: { contents, resolveDir: join(root, "src"), loader: "ts" }, outfile, bundle: true },
    ...{ format: "esm", platform: "node", packages: "external", logLevel: "error" },
  });
  return await import(pathToFileURL(outfile).href);
}

/** Keeps what goes to the drivers, and through which object. */
function listen() {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (...args) {
    const [first, values] = args;
    sent.push({ through: this, sql: first.text ?? first, values: first.values ?? values });
    return query.apply(this, args);
  };
  const { prepare } = Database.prototype;
  Database.prototype.prepare = function (sql) {
    sent.push({ through: this, sql });
    return prepare.call(this, sql);
  };
}

async function measured(loadDialect, url) {
  const dialect = await loadDialect(url.dialect);
  const connection = await dialect.connect(url, OPTIONS);
  try {
    const whole = () => dialect.introspect(connection, { ignoreTables: [], schemas: [] });
    sent.length = 0;
    const schema = await whole();
    const own = sent.splice(0);
    const { through } = own[0];
    const plain = url.dialect === "postgres" ? POSTGRES_QUERIES : SQLITE_QUERIES;
    const kinds = {
      whole,
      plain: () =>
        askAll(
          through,
          plain.map((sql) => ({ sql })),
        ),
      own: () => askAll(through, own),
    };
    const times = { whole: [], plain: [], own: [] };
    for (let at = -1; at < Number(runs); at += 1) {
      for (const [kind, run] of Object.entries(kinds)) {
        const started = performance.now();
        await run();
        if (at >= 0) times[kind].push(performance.now() - started);
      }
    }
    return { times, own: own.length, found: Object.keys(schema.tables).length };
  } finally {
    await connection.close();
  }
}

async function askAll(through, statements) {
  for (const { sql, values } of statements) {
    if (through instanceof pg.Client) await through.query(sql, values);
    else {
      const statement = through.prepare(sql);
      if (statement.reader) statement.all();
    }
  }
}

function report(name, tables, { times, own, found }) {
  if (found !== tables) throw new Error(`${found} tables were read where ${tables} are`);
  const [whole, plain, alone] = [times.whole, times.plain, times.own].map(median);
  const ratio = (other) => `${other.toFixed(1)} ms (ratio ${(whole / other).toFixed(2)})`;
  const megabytes = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  console.log(
    `${name}, ${tables} tables: introspect ${whole.toFixed(1)} ms, plain questions ${ratio(plain)}, its own ${own} statements alone ${ratio(alone)}, ${megabytes} MB`,
  );
}
