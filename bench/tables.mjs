/** The tables that are compared and read here: 10 columns, 2 indexes and a foreign key each, and plain questions about them. */
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** A database with so many of them on the server; gives its URL. */
export async function postgresDatabase(server, tables) {
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
  return url.href;
}

/** A file with so many of them in the folder; gives its path. */
export function sqliteFile(folder, tables) {
  const file = join(folder, `${tables}.db`);
  const database = new (require("better-sqlite3"))(file);
  database.exec("begin");
  for (let at = 0; at < tables; at += 1) database.exec(sqliteTable(at));
  database.exec("commit");
  database.close();
  return file;
}

function postgresTable(at) {
  return `create table t${at} (id integer constraint pk_t${at} primary key, parent_id integer constraint fk_t${at} references t${parentOf(at)} (id), a varchar(100) not null, b text, c integer not null default 0, d boolean not null default true, e timestamptz not null default now(), f bigint, g numeric(12, 2), h jsonb);
create index ix_t${at}_a on t${at} (a desc); create index ix_t${at}_f on t${at} (f) where f > 0`;
}

function sqliteTable(at) {
  return `create table t${at} (id integer constraint pk_t${at} primary key, parent_id integer constraint fk_t${at} references t${parentOf(at)} (id), a varchar(100) not null, b text, c integer not null default 0, d boolean not null default true, e timestamp not null default current_timestamp, f bigint, g numeric(12, 2), h text);
create index ix_t${at}_a on t${at} (a desc); create index ix_t${at}_f on t${at} (f) where f > 0;`;
}

export function parentOf(at) {
  return at === 0 ? 0 : at - 1;
}

/** The catalog, read as plainly as it can be. */
export const POSTGRES_QUERIES = [
  "select * from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'",
  "select a.*, c.relname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid) from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 order by a.attrelid, a.attnum",
  "select k.*, c.relname, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid where k.connamespace = 'public'::regnamespace and k.contype <> 'n'",
  "select i.*, c.relname, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = 'public'::regnamespace and not i.indisprimary",
  "select * from pg_type where typnamespace = 'public'::regnamespace",
  "select * from pg_proc where pronamespace = 'public'::regnamespace",
];

/** No pragma tells the names of keys, the checks and the predicates: those are in the texts. */
export const SQLITE_QUERIES = [
  "select type, name, tbl_name, sql from sqlite_schema where sql is not null",
  "select t.name as relname, c.* from sqlite_schema t, pragma_table_xinfo(t.name) c where t.type = 'table' order by t.name, c.cid",
  "select t.name as relname, k.* from sqlite_schema t, pragma_foreign_key_list(t.name) k where t.type = 'table'",
  "select t.name as relname, i.name as index_name, x.* from sqlite_schema t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) x where t.type = 'table' and i.origin = 'c' and x.key = 1 order by t.name, i.name, x.seqno",
];

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
