/**
 * What `check` costs when nothing has changed, with T tables of 10 columns, 2 indexes and a foreign key each, on
 * PostgreSQL and SQLite. Beside it, in the same run: node alone that asks the catalog with the driver (six plain queries,
 * four on SQLite), and a sketch that does besides what a comparison cannot be without: it imports a module that builds a
 * model of each table, column, key and index, builds the same of what the catalog answered, and compares names, types,
 * NULL, defaults, keys, and indexes with their order and predicates, every text as it stands.
 * Whole processes, interleaved, medians, the most memory, and the messages and statements that `check` sent.
 * `node bench/autogenerate.mjs [runs] [tables,…] [postgres,sqlite]`; 3 runs of 100, 500 and 2,000 on both by default.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgresServer } from "../test/support/postgres-server.ts";
import { median, POSTGRES_QUERIES, parentOf, postgresDatabase, SQLITE_QUERIES, sqliteFile } from "./tables.mjs";

const [runs = "3", sizes = "100,500,2000", dialects = "postgres,sqlite"] = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const bin = join(root, "bin/tsmigrate.js");
const REVISION = [bin, "revision", "--autogenerate", "-m", "nothing"];
/** Makes a process say its own peak of memory and its time of computing when it ends. */
const CONFESS = prelude(`process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\nused " + maxRSS + " computed " + (userCPUTime + systemCPUTime));
});`);
/** Makes it count what it sends. */
const COUNT = prelude(
  `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(join(root, "package.json"))}); (${countStatements.toString()})(require("pg"), require("better-sqlite3"));`,
);

/** What the sketch builds models with, of the declared and of the found. */
const BUILDERS = `export const column = (name, type, required = false, value = null) => ({ name, type, nullable: !required, default: value });
export const key = (name, text) => ({ name, text });
export const index = (name, text) => ({ name, text });
export const table = (name, columns, keys, indexes) => ({ name, columns, keys, indexes });
`;

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
      for (const tables of sizes.split(",").map(Number)) {
        measurePostgres(await postgresDatabase(server.url, tables), tables);
      }
    } finally {
      await server.stop();
    }
  }
  if (dialects.includes("sqlite")) {
    for (const tables of sizes.split(",").map(Number)) measureSqlite(sqliteFile(folder, tables), tables);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measurePostgres(url, tables) {
  const open = `const pg = require("pg");\nconst client = new pg.Client({ connectionString: ${JSON.stringify(url)} });\nawait client.connect();\nconst ask = async (sql) => (await client.query(sql)).rows;\nconst close = () => client.end();\n`;
  measure("PostgreSQL", { tables, url, open, queries: POSTGRES_QUERIES, sketch: postgresSketch });
}

function measureSqlite(file, tables) {
  const open = `const database = new (require("better-sqlite3"))(${JSON.stringify(file)}, { readonly: true });\nconst ask = async (sql) => database.prepare(sql).all();\nconst close = () => database.close();\n`;
  measure("SQLite", { tables, url: `sqlite:///${file}`, open, queries: SQLITE_QUERIES, sketch: sqliteSketch });
}

function measure(name, { tables, url, open, queries, sketch }) {
  const isPostgres = name === "PostgreSQL";
  writeFileSync(join(folder, "models.ts"), models(tables, isPostgres));
  writeFileSync(join(folder, "plain.mjs"), plain(tables, isPostgres));
  const head = `import { createRequire } from "node:module";\nconst require = createRequire(${JSON.stringify(join(root, "package.json"))});\n${open}const queries = ${JSON.stringify(queries)};\n`;
  writeFileSync(join(folder, "raw.mjs"), `${head}for (const sql of queries) await ask(sql);\nawait close();\n`);
  writeFileSync(
    join(folder, "sketch.mjs"),
    `${head}import wanted, * as build from "./plain.mjs";\n${[differing, byName].map(String).join("\n")}\nconst answers = [];\nfor (const sql of queries) answers.push(await ask(sql));\nawait close();\nconst differences = (${sketch.toString()})(wanted, build, answers);\nif (differences.length > 0) { console.error(JSON.stringify(differences.slice(0, 2))); process.exitCode = 1; }\n`,
  );
  const kinds = { check: [bin, "check"], revision: REVISION, sketch: ["sketch.mjs"], raw: ["raw.mjs"] };
  const times = { check: [], revision: [], sketch: [], raw: [] };
  const computed = { check: [], revision: [], sketch: [], raw: [] };
  let memory = 0;
  for (let at = -1; at < Number(runs); at += 1) {
    for (const [kind, args] of Object.entries(kinds)) {
      const { milliseconds, cpu, megabytes } = run(args, url);
      if (kind === "check" || kind === "revision") memory = Math.max(memory, megabytes);
      if (at < 0) continue;
      times[kind].push(milliseconds);
      computed[kind].push(cpu);
    }
  }
  const [check, revision, plainSketch, raw] = Object.values(times).map(median);
  const sent = run([bin, "check"], url, COUNT).sent;
  console.log(
    `${name}, ${tables} tables: check ${check.toFixed(0)} ms, revision --autogenerate ${revision.toFixed(0)}, sketch ${plainSketch.toFixed(0)} (ratio ${(check / plainSketch).toFixed(2)}, of computing ${(median(computed.check) / median(computed.sketch)).toFixed(2)}), catalog alone ${raw.toFixed(0)} (ratio ${(check / raw).toFixed(2)}), ${memory.toFixed(0)} MB, ${sent} statements`,
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
  const cpu = Number(/computed (\d+)/.exec(done.stderr)?.[1] ?? 0);
  return { milliseconds, cpu, megabytes: kilobytes / 1024, sent: Number(/sent (\d+)/.exec(done.stderr)?.[1] ?? 0) };
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

/** The same as a module for the sketch, in the words in which the catalog answers it. */
function plain(count, isPostgres) {
  const one = (at) => `table("t${at}", [
  column("id", "${isPostgres ? "integer" : "INTEGER"}", ${isPostgres}), column("parent_id", "${isPostgres ? "integer" : "INTEGER"}"),
  column("a", "${isPostgres ? "character varying" : "varchar"}(100)", true), column("b", "${isPostgres ? "text" : "TEXT"}"),
  column("c", "${isPostgres ? "integer" : "INTEGER"}", true, "0"), column("d", "boolean", true, "true"),
  column("e", "${isPostgres ? "timestamp with time zone" : "timestamp"}", true, "${isPostgres ? "now()" : "current_timestamp"}"),
  column("f", "bigint"), column("g", "${isPostgres ? "numeric(12,2)" : "numeric(12, 2)"}"), column("h", "${isPostgres ? "jsonb" : "TEXT"}"),
], [${
    isPostgres
      ? `key("pk_t${at}", "PRIMARY KEY (id)"), key("fk_t${at}", "FOREIGN KEY (parent_id) REFERENCES t${parentOf(at)}(id)")`
      : `key("", "id"), key("", "parent_id t${parentOf(at)} id")`
  }], [${
    isPostgres
      ? `index("ix_t${at}_a", "CREATE INDEX ix_t${at}_a ON public.t${at} USING btree (a DESC)"), index("ix_t${at}_f", "CREATE INDEX ix_t${at}_f ON public.t${at} USING btree (f) WHERE (f > 0)")`
      : `index("ix_t${at}_a", "a 1 "), index("ix_t${at}_f", "f 0 f > 0")`
  }])`;
  const tables = Array.from({ length: count }, (_each, at) => one(at));
  return `${BUILDERS}export default [${tables.join(",\n")}];\n`;
}

/** Runs in the process of the sketch. */
function postgresSketch(wanted, { table, column, key, index }, [, columns, keys, indexes]) {
  const byTable = (rows) => Map.groupBy(rows, (row) => row.relname);
  const [columnsOf, keysOf, indexesOf] = [byTable(columns), byTable(keys), byTable(indexes)];
  const found = new Map();
  for (const [name, rows] of columnsOf) {
    const keyModels = (keysOf.get(name) ?? []).map((row) => key(row.conname, row.pg_get_constraintdef));
    const indexModels = (indexesOf.get(name) ?? []).map((row) =>
      index(/INDEX (\w+)/.exec(row.pg_get_indexdef)[1], row.pg_get_indexdef),
    );
    const columnModels = rows.map((row) => column(row.attname, row.format_type, row.attnotnull, row.pg_get_expr));
    found.set(name, table(name, columnModels, keyModels.sort(byName).reverse(), indexModels.sort(byName)));
  }
  return differing(wanted, found);
}

/** Runs in the process of the sketch. */
function sqliteSketch(wanted, { table, column, key, index }, [texts, columns, keys, indexes]) {
  const byTable = (rows) => Map.groupBy(rows, (row) => row.relname);
  const [columnsOf, keysOf, indexesOf] = [byTable(columns), byTable(keys), byTable(indexes)];
  const predicates = new Map(texts.map((row) => [row.name, / where (.*)$/.exec(row.sql)?.[1] ?? ""]));
  const found = new Map();
  for (const [name, rows] of columnsOf) {
    const own = rows.filter((row) => row.pk > 0).map((row) => key("", row.name));
    const keyModels = (keysOf.get(name) ?? []).map((row) => key("", [row.from, row.table, row.to].join(" ")));
    const indexModels = (indexesOf.get(name) ?? []).map((row) =>
      index(row.index_name, [row.name, row.desc, predicates.get(row.index_name)].join(" ")),
    );
    const columnModels = rows.map((row) => column(row.name, row.type, row.notnull === 1, row.dflt_value));
    found.set(name, table(name, columnModels, [...own, ...keyModels], indexModels.sort(byName)));
  }
  return differing(wanted, found);
}

/** Runs in the process of the sketch. */
function differing(wanted, found) {
  const same = (a, b) => {
    if (a === b || typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((name) => same(a[name], b[name]));
  };
  return wanted.filter((table) => !same(table, found.get(table.name))).map((table) => [table, found.get(table.name)]);
}

/** Runs in the process of the sketch. */
function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}
