/**
 * What `check` costs when nothing has changed, with T tables of 10 columns, 2 indexes and a foreign key each, on
 * PostgreSQL and SQLite. Beside it, in the same run: node alone that asks the catalog with the driver (six plain queries,
 * one on SQLite), and a sketch that does besides what a comparison cannot be without: it imports the models as plain
 * data, groups what the catalog answered by table and compares names, types, NULL, defaults, indexes and foreign keys.
 * Whole processes, interleaved, medians, the most memory, and the messages and statements that `check` sent.
 * `node bench/autogenerate.mjs [runs] [tables,…] [postgres,sqlite]`; 3 runs of 100, 500 and 2,000 on both by default.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../test/support/postgres-server.ts";

const [runs = "3", sizes = "100,500,2000", dialects = "postgres,sqlite"] = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, "package.json"));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const bin = join(root, "bin/tsmigrate.js");
const REVISION = [bin, "revision", "--autogenerate", "-m", "nothing"];
/** Makes a process say its own peak of memory when it ends. */
const CONFESS = prelude('process.on("exit", () => process.stderr.write("\\nused " + process.resourceUsage().maxRSS));');
/** Makes it count what it sends. */
const COUNT = prelude(
  `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(join(root, "package.json"))}); (${countStatements.toString()})(require("pg"), require("better-sqlite3"));`,
);

/** The catalog, read as plainly as it can be. */
const POSTGRES_QUERIES = [
  "select * from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'",
  "select a.*, c.relname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid) from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 order by a.attrelid, a.attnum",
  "select k.*, c.relname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid where k.connamespace = 'public'::regnamespace and k.contype = 'f'",
  "select i.*, c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace and not i.indisprimary",
  "select * from pg_type where typnamespace = 'public'::regnamespace",
  "select * from pg_proc where pronamespace = 'public'::regnamespace",
];
const SQLITE_QUERIES = [
  "select t.name as relname, c.* from sqlite_schema t, pragma_table_xinfo(t.name) c where t.type = 'table' order by t.name, c.cid",
  "select t.name as relname, k.* from sqlite_schema t, pragma_foreign_key_list(t.name) k where t.type = 'table'",
  "select t.name as relname, i.name as index_name, x.* from sqlite_schema t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) x where t.type = 'table' and i.origin = 'c' and x.key = 1 order by t.name, i.name, x.seqno",
];

try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  writeFileSync(
    join(folder, "migrate.config.ts"),
    'import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: process.env.BENCH_URL, models: "models.ts" });\n',
  );
  if (dialects.includes("postgres")) {
    const server = await startPostgresServer();
    try {
      for (const tables of sizes.split(",").map(Number)) await measurePostgres(server.url, tables);
    } finally {
      await server.stop();
    }
  }
  if (dialects.includes("sqlite")) for (const tables of sizes.split(",").map(Number)) measureSqlite(tables);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measurePostgres(server, tables) {
  const pg = require("pg");
  const url = new URL(server);
  url.pathname = `/bench_${tables}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database bench_${tables}`);
  await admin.end();
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  for (let at = 0; at < tables; at += 1) await client.query(postgresTable(at));
  await client.query("vacuum analyze");
  await client.end();
  const open = `const pg = require("pg");\nconst client = new pg.Client({ connectionString: ${JSON.stringify(url.href)} });\nawait client.connect();\nconst ask = async (sql) => (await client.query(sql)).rows;\nconst close = () => client.end();\n`;
  measure("PostgreSQL", { tables, url: url.href, open, queries: POSTGRES_QUERIES, sketch: postgresSketch });
}

function measureSqlite(tables) {
  const file = join(folder, `${tables}.db`);
  const Database = require("better-sqlite3");
  const database = new Database(file);
  database.exec("begin");
  for (let at = 0; at < tables; at += 1) database.exec(sqliteTable(at));
  database.exec("commit");
  database.close();
  const open = `const database = new (require("better-sqlite3"))(${JSON.stringify(file)}, { readonly: true });\nconst ask = async (sql) => database.prepare(sql).all();\nconst close = () => database.close();\n`;
  measure("SQLite", { tables, url: `sqlite:///${file}`, open, queries: SQLITE_QUERIES, sketch: sqliteSketch });
}

function measure(name, { tables, url, open, queries, sketch }) {
  const isPostgres = name === "PostgreSQL";
  writeFileSync(join(folder, "models.ts"), models(tables, isPostgres));
  writeFileSync(join(folder, "plain.mjs"), `export default ${JSON.stringify(plain(tables, isPostgres))};\n`);
  const head = `import { createRequire } from "node:module";\nconst require = createRequire(${JSON.stringify(join(root, "package.json"))});\n${open}const queries = ${JSON.stringify(queries)};\n`;
  writeFileSync(join(folder, "raw.mjs"), `${head}for (const sql of queries) await ask(sql);\nawait close();\n`);
  writeFileSync(
    join(folder, "sketch.mjs"),
    `${head}import wanted from "./plain.mjs";\nconst answers = [];\nfor (const sql of queries) answers.push(await ask(sql));\nawait close();\nconst differences = (${sketch.toString()})(wanted, answers);\nif (differences.length > 0) { console.error(differences.slice(0, 5)); process.exitCode = 1; }\n`,
  );
  const kinds = { check: [bin, "check"], revision: REVISION, sketch: ["sketch.mjs"], raw: ["raw.mjs"] };
  const times = { check: [], revision: [], sketch: [], raw: [] };
  let memory = 0;
  for (let at = -1; at < Number(runs); at += 1) {
    for (const [kind, args] of Object.entries(kinds)) {
      const { milliseconds, megabytes } = run(args, url);
      if (kind === "check" || kind === "revision") memory = Math.max(memory, megabytes);
      if (at >= 0) times[kind].push(milliseconds);
    }
  }
  const [check, revision, plainSketch, raw] = Object.values(times).map(median);
  const sent = run([bin, "check"], url, COUNT).sent;
  console.log(
    `${name}, ${tables} tables: check ${check.toFixed(0)} ms, revision --autogenerate ${revision.toFixed(0)}, sketch ${plainSketch.toFixed(0)} (ratio ${(check / plainSketch).toFixed(2)}), catalog alone ${raw.toFixed(0)} (ratio ${(check / raw).toFixed(2)}), ${memory.toFixed(0)} MB, ${sent} statements`,
  );
}

/** Counts what goes to the driver, from inside the process. */
function countStatements(pg, sqlite) {
  let count = 0;
  const wrap = (prototype, name) => {
    const original = prototype[name];
    prototype[name] = function (...args) {
      count += 1;
      return original.apply(this, args);
    };
  };
  wrap(pg.Client.prototype, "query");
  wrap(sqlite.prototype, "prepare");
  process.on("exit", () => process.stderr.write(`\nsent ${count}`));
}

function prelude(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function run(args, url, before = CONFESS) {
  const started = performance.now();
  const done = spawnSync(process.execPath, ["--import", before, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, BENCH_URL: url },
  });
  const milliseconds = performance.now() - started;
  if (done.status !== 0) throw new Error(`${args.join(" ")}: ${done.stderr || done.stdout}`);
  const kilobytes = Number(/used (\d+)/.exec(done.stderr)?.[1] ?? 0);
  return { milliseconds, megabytes: kilobytes / 1024, sent: Number(/sent (\d+)/.exec(done.stderr)?.[1] ?? 0) };
}

function postgresTable(at) {
  return `create table t${at} (id integer constraint pk_t${at} primary key, parent_id integer constraint fk_t${at} references t${parentOf(at)} (id), a varchar(100) not null, b text, c integer not null default 0, d boolean not null default true, e timestamptz not null default now(), f bigint, g numeric(12, 2), h jsonb);
create index ix_t${at}_a on t${at} (a desc); create index ix_t${at}_f on t${at} (f) where f > 0`;
}

function sqliteTable(at) {
  return `create table t${at} (id integer constraint pk_t${at} primary key, parent_id integer constraint fk_t${at} references t${parentOf(at)} (id), a varchar(100) not null, b text, c integer not null default 0, d boolean not null default true, e timestamp not null default current_timestamp, f bigint, g numeric(12, 2), h text);
create index ix_t${at}_a on t${at} (a desc); create index ix_t${at}_f on t${at} (f) where f > 0;`;
}

function parentOf(at) {
  return at === 0 ? 0 : at - 1;
}

function models(count, isPostgres) {
  const [time, json] = isPostgres ? ["timestamptz", "jsonb"] : ["timestamp", "text"];
  const one = (at) => `export const t${at} = table("t${at}", {
  id: integer().primaryKey({ name: "pk_t${at}" }),
  parent_id: integer().references("t${parentOf(at)}.id", { name: "fk_t${at}" }),
  a: varchar(100).notNull(), b: text(), c: integer().notNull().default(0), d: boolean().notNull().default(true),
  e: ${time}().notNull().defaultNow(), f: bigint(), g: numeric(12, 2), h: ${json}(),
}, (t) => [index("ix_t${at}_a").on(t.a.desc()), index("ix_t${at}_f").on(t.f).where(sql\`f > 0\`)]);`;
  const list = Array.from({ length: count }, (_each, at) => one(at));
  const words = [
    ...new Set(["bigint", "boolean", "index", "integer", json, "numeric", "sql", "table", "text", time, "varchar"]),
  ];
  return `import { ${words.join(", ")} } from "tsmigrate/schema";\n${list.join("\n")}\n`;
}

/** The same as data, in the words in which the catalog answers the sketch. */
function plain(count, isPostgres) {
  return Array.from({ length: count }, (_each, at) => {
    const column = (name, type, required = false, value = null) => [name, type, required, value];
    const name = `t${at}`;
    return isPostgres
      ? {
          name,
          columns: [
            column("id", "integer", true),
            column("parent_id", "integer"),
            column("a", "character varying(100)", true),
            column("b", "text"),
            column("c", "integer", true, "0"),
            column("d", "boolean", true, "true"),
            column("e", "timestamp with time zone", true, "now()"),
            column("f", "bigint"),
            column("g", "numeric(12,2)"),
            column("h", "jsonb"),
          ],
          indexes: [
            `CREATE INDEX ix_${name}_a ON public.${name} USING btree (a DESC)`,
            `CREATE INDEX ix_${name}_f ON public.${name} USING btree (f) WHERE (f > 0)`,
          ],
          keys: [`fk_${name} FOREIGN KEY (parent_id) REFERENCES t${parentOf(at)}(id)`],
        }
      : {
          name,
          columns: [
            column("id", "INTEGER"),
            column("parent_id", "INTEGER"),
            column("a", "varchar(100)", true),
            column("b", "TEXT"),
            column("c", "INTEGER", true, "0"),
            column("d", "boolean", true, "true"),
            column("e", "timestamp", true, "current_timestamp"),
            column("f", "bigint"),
            column("g", "numeric(12, 2)"),
            column("h", "TEXT"),
          ],
          indexes: [`ix_${name}_a a 1`, `ix_${name}_f f 0`],
          keys: [`parent_id t${parentOf(at)} id`],
        };
  });
}

/** Runs in the process of the sketch. */
function postgresSketch(wanted, [, columns, keys, indexes]) {
  const byTable = (rows) => Map.groupBy(rows, (row) => row.relname);
  const [columnsOf, keysOf, indexesOf] = [byTable(columns), byTable(keys), byTable(indexes)];
  const found = [...columnsOf].map(([name, rows]) => ({
    name,
    columns: rows.map((row) => [row.attname, row.format_type, row.attnotnull, row.pg_get_expr]),
    indexes: (indexesOf.get(name) ?? []).map((row) => row.pg_get_indexdef).sort(),
    keys: (keysOf.get(name) ?? []).map((row) => `${row.conname} ${row.pg_get_constraintdef}`),
  }));
  const known = new Map(found.map((table) => [table.name, JSON.stringify(table)]));
  return wanted
    .filter((table) => known.get(table.name) !== JSON.stringify(table))
    .map(({ name }) => [name, known.get(name)]);
}

/** Runs in the process of the sketch. */
function sqliteSketch(wanted, [columns, keys, indexes]) {
  const byTable = (rows) => Map.groupBy(rows, (row) => row.relname);
  const [columnsOf, keysOf, indexesOf] = [byTable(columns), byTable(keys), byTable(indexes)];
  const found = [...columnsOf].map(([name, rows]) => ({
    name,
    columns: rows.map((row) => [row.name, row.type, row.notnull === 1, row.dflt_value]),
    indexes: (indexesOf.get(name) ?? []).map((row) => [row.index_name, row.name, row.desc].join(" ")).sort(),
    keys: (keysOf.get(name) ?? []).map((row) => [row.from, row.table, row.to].join(" ")),
  }));
  const known = new Map(found.map((table) => [table.name, JSON.stringify(table)]));
  return wanted
    .filter((table) => known.get(table.name) !== JSON.stringify(table))
    .map(({ name }) => [name, known.get(name)]);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
