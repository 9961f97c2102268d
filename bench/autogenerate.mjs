/**
 * What `check` costs when nothing has changed, on PostgreSQL with T tables (10 columns, 2 indexes, 1 foreign key each): the
 * whole process beside node alone that asks the catalog with pg, six plain queries, in the same run, and the most memory it
 * took. `node bench/autogenerate.mjs <url of an empty database> [tables] [runs]`; 500 and 5 by default.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const [url, tables = 500, runs = 5] = process.argv.slice(2).map((arg, at) => (at === 0 ? arg : Number(arg)));
if (url === undefined) {
  console.error("usage: node bench/autogenerate.mjs <url of an empty database> [tables] [runs]");
  process.exit(2);
}
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const bin = join(root, "bin/tsmigrate.js");

/** The catalog, read as plainly as it can be. */
const QUERIES = [
  "select * from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'",
  "select a.*, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid) from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0",
  "select k.*, pg_get_constraintdef(k.oid) from pg_constraint k where k.connamespace = 'public'::regnamespace",
  "select i.*, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace",
  "select * from pg_type where typnamespace = 'public'::regnamespace",
  "select * from pg_proc where pronamespace = 'public'::regnamespace",
];

try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  writeFileSync(join(folder, "models.ts"), models(tables));
  writeFileSync(
    join(folder, "migrate.config.ts"),
    `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(url)}, models: "models.ts" });\n`,
  );
  writeFileSync(
    join(folder, "raw.mjs"),
    `import { createRequire } from "node:module";\nconst pg = createRequire(${JSON.stringify(join(root, "package.json"))})("pg");\nconst client = new pg.Client({ connectionString: ${JSON.stringify(url)} });\nawait client.connect();\nfor (const sql of ${JSON.stringify(QUERIES)}) await client.query(sql);\nawait client.end();\n`,
  );
  await create(tables);
  const times = { check: [], raw: [] };
  let memory = 0;
  for (let at = -1; at < runs; at += 1) {
    const [check, raw] = [run([bin, "check"]), run(["raw.mjs"])];
    memory = Math.max(memory, check.megabytes);
    if (at < 0) continue;
    times.check.push(check.milliseconds);
    times.raw.push(raw.milliseconds);
  }
  const [check, raw] = [median(times.check), median(times.raw)];
  console.log(
    `${tables} tables: check ${check.toFixed(0)} ms, catalog alone ${raw.toFixed(0)} ms, ratio ${(check / raw).toFixed(2)}, ${memory.toFixed(0)} MB`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(args) {
  const started = performance.now();
  const code = "process.on('exit', () => process.stderr.write('\\n#' + process.resourceUsage().maxRSS))";
  const prelude = `data:text/javascript,${encodeURIComponent(code)}`;
  const done = spawnSync(process.execPath, ["--import", prelude, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`${args.join(" ")}: ${done.stderr || done.stdout}`);
  const kilobytes = Number(/#(\d+)\s*$/.exec(done.stderr)?.[1] ?? 0);
  return { milliseconds: performance.now() - started, megabytes: kilobytes / 1024 };
}

async function create(count) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let at = 0; at < count; at += 1) {
    const parent = at === 0 ? "t0" : `t${at - 1}`;
    await client.query(
      `create table t${at} (id integer constraint pk_t${at} primary key, parent_id integer constraint fk_t${at} references ${parent} (id), a varchar(100) not null, b text, c integer not null default 0, d boolean not null default true, e timestamptz not null default now(), f bigint, g numeric(12, 2), h jsonb);
       create index ix_t${at}_a on t${at} (a desc); create index ix_t${at}_f on t${at} (f) where f > 0`,
    );
  }
  await client.end();
}

function models(count) {
  const one = (at) => `export const t${at} = table("t${at}", {
  id: integer().primaryKey({ name: "pk_t${at}" }),
  parent_id: integer().references("t${at === 0 ? 0 : at - 1}.id", { name: "fk_t${at}" }),
  a: varchar(100).notNull(), b: text(), c: integer().notNull().default(0), d: boolean().notNull().default(true),
  e: timestamptz().notNull().defaultNow(), f: bigint(), g: numeric(12, 2), h: jsonb(),
}, (t) => [index("ix_t${at}_a").on(t.a.desc()), index("ix_t${at}_f").on(t.f).where(sql\`f > 0\`)]);`;
  const list = Array.from({ length: count }, (_each, at) => one(at));
  return `import { bigint, boolean, index, integer, jsonb, numeric, sql, table, text, timestamptz, varchar } from "tsmigrate/schema";\n${list.join("\n")}\n`;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
