/** Foreign data: wrappers, servers, user mappings, and tables that are elsewhere. */
import { isOwn, named, nameOf, optionList } from "./definition-parts.js";

/** Handlers are functions of C: of an extension, mostly. */
export const foreignDataWrappers = `SELECT 'foreign data wrapper', pg_catalog.quote_ident(w.fdwname),
    'CREATE FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname)
      || CASE WHEN w.fdwhandler <> 0 THEN ' HANDLER ' || w.fdwhandler::regproc ELSE '' END
      || CASE WHEN w.fdwvalidator <> 0 THEN ' VALIDATOR ' || w.fdwvalidator::regproc ELSE '' END
      || ${optionList("w.fdwoptions")},
    NULL, NULL, pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper'), NULL::text[]
  FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${isOwn("pg_foreign_data_wrapper", "w.oid")}`;

export const foreignServers = `SELECT 'server', pg_catalog.quote_ident(s.srvname),
    'CREATE SERVER ' || pg_catalog.quote_ident(s.srvname) || coalesce(' TYPE ' || pg_catalog.quote_literal(s.srvtype), '')
      || coalesce(' VERSION ' || pg_catalog.quote_literal(s.srvversion), '') || ' FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname)
      || ${optionList("s.srvoptions")},
    NULL, NULL, pg_catalog.obj_description(s.oid, 'pg_foreign_server'), NULL::text[]
  FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
  WHERE ${isOwn("pg_foreign_server", "s.oid")}`;

/** Names of options that say nothing secret. A mapping with any other is not read, so that no password gets into models. */
export const PLAIN_MAPPING = `NOT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(um.umoptions) x
    WHERE x.option_name NOT IN ('user', 'username'))`;

export const userMappings = `SELECT 'user mapping', 'FOR ' || ${mapped()} || ' SERVER ' || pg_catalog.quote_ident(um.srvname),
    'CREATE USER MAPPING FOR ' || ${mapped()} || ' SERVER ' || pg_catalog.quote_ident(um.srvname) || ${optionList("um.umoptions")},
    NULL, NULL, NULL, NULL::text[]
  FROM pg_catalog.pg_user_mappings um WHERE ${PLAIN_MAPPING}`;

function mapped(): string {
  return "CASE WHEN um.umuser = 0 THEN 'public' ELSE pg_catalog.quote_ident(um.usename) END";
}

const name = named("n.nspname", "c.relname");
const isOfParent = "c.relispartition";

/** Columns of its own, then its checks; of a partition no more than what it was made with by itself. */
function foreignColumns(): string {
  const value = "pg_catalog.pg_get_expr(d.adbin, d.adrelid, true)";
  const generated = `CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || ${value} || ') STORED'
      WHEN a.attgenerated = 'v' THEN ' GENERATED ALWAYS AS (' || ${value} || ') VIRTUAL'
      ELSE coalesce(' DEFAULT ' || ${value}, '') END`;
  const collation = `coalesce(' COLLATE ' || (SELECT ${nameOf("pg_collation", "coll", "a.attcollation")}
       FROM pg_catalog.pg_type ct WHERE ct.oid = a.atttypid AND ct.typcollation <> a.attcollation), '')`;
  return `(SELECT pg_catalog.string_agg(e.text, ', ' ORDER BY e.what, e.number, e.text) FROM (
      SELECT 1 AS what, a.attnum AS number, pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
        || ${optionList("a.attfdwoptions")} || ${collation}
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || ${generated} AS text
      FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal
      UNION ALL SELECT 2, 0, 'CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid, true)
      FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal AND k.convalidated) e)`;
}

function foreignTablesText(): string {
  const parents = (
    words: string,
  ) => `(SELECT ${words} || pg_catalog.string_agg(${named("hn.nspname", "hc.relname")}, ', ' ORDER BY h.inhseqno)
      FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class hc ON hc.oid = h.inhparent
      JOIN pg_catalog.pg_namespace hn ON hn.oid = hc.relnamespace WHERE h.inhrelid = c.oid)`;
  const each = (text: string, from: string) => `ARRAY(SELECT ${text} ${from} ORDER BY a.attnum)`;
  const columns = `FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;
  return `SELECT 'foreign table', ${name},
    'CREATE FOREIGN TABLE ' || ${name}
      || CASE WHEN ${isOfParent} THEN ${parents("' PARTITION OF '")} || ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)
         ELSE ' (' || coalesce(${foreignColumns()}, '') || ')' || coalesce(${parents("' INHERITS ('")} || ')', '') END
      || ' SERVER ' || pg_catalog.quote_ident(s.srvname) || ${optionList("f.ftoptions")},
    NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_class'),
    nullif(${[
      each(
        `'COMMENT ON COLUMN ' || ${name} || '.' || pg_catalog.quote_ident(a.attname) || ' IS ' || pg_catalog.quote_literal(pg_catalog.col_description(c.oid, a.attnum))`,
        `${columns} AND pg_catalog.col_description(c.oid, a.attnum) IS NOT NULL`,
      ),
      each(
        `'ALTER FOREIGN TABLE ' || ${name} || ' ALTER COLUMN ' || pg_catalog.quote_ident(a.attname) || ' SET STATISTICS ' || a.attstattarget`,
        `${columns} AND a.attstattarget >= 0`,
      ),
    ].join(" || ")}, '{}')
  FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_class", "c.oid")}`;
}

export const foreignTables = foreignTablesText();
