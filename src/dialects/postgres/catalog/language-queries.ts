/** Languages and what reads other encodings and types: conversions, transforms, access methods. */
import { isOwn, named } from "./definition-parts.js";

/** Objects with lower numbers every new database has. */
export const FIRST_OWN = 16_384;

export const languages = `SELECT 'language', pg_catalog.quote_ident(l.lanname),
    'CREATE ' || CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END || 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname)
      || CASE WHEN l.lanplcallfoid <> 0 THEN ' HANDLER ' || l.lanplcallfoid::regproc ELSE '' END
      || CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::regproc ELSE '' END
      || CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::regproc ELSE '' END,
    NULL, NULL, pg_catalog.obj_description(l.oid, 'pg_language'), NULL::text[]
  FROM pg_catalog.pg_language l WHERE l.oid >= ${FIRST_OWN} AND ${isOwn("pg_language", "l.oid")}`;

export const accessMethods = `SELECT 'access method', pg_catalog.quote_ident(a.amname),
    'CREATE ACCESS METHOD ' || pg_catalog.quote_ident(a.amname) || ' TYPE ' || CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END
      || ' HANDLER ' || a.amhandler,
    NULL, NULL, pg_catalog.obj_description(a.oid, 'pg_am'), NULL::text[]
  FROM pg_catalog.pg_am a WHERE a.oid >= ${FIRST_OWN} AND ${isOwn("pg_am", "a.oid")}`;

const side = (words: string, oid: string) =>
  `CASE WHEN ${oid}::oid <> 0 THEN '${words} SQL WITH FUNCTION ' || ${oid}::regprocedure END`;
const transform =
  "'FOR ' || pg_catalog.format_type(t.trftype, NULL) || ' LANGUAGE ' || pg_catalog.quote_ident(l.lanname)";

/** They have no schema: those of a type of the schemas are theirs, and those that call a function of theirs. */
export const transforms = `SELECT 'transform', ${transform},
    'CREATE TRANSFORM ' || ${transform} || ' (' || pg_catalog.concat_ws(', ', ${side("FROM", "t.trffromsql")}, ${side("TO", "t.trftosql")}) || ')',
    NULL, NULL, pg_catalog.obj_description(t.oid, 'pg_transform'), NULL::text[]
  FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang
  WHERE ${isOwn("pg_transform", "t.oid")} AND EXISTS (
    SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[]) AND n.oid IN (
      (SELECT s.typnamespace FROM pg_catalog.pg_type s WHERE s.oid = t.trftype),
      (SELECT f.pronamespace FROM pg_catalog.pg_proc f WHERE f.oid = t.trffromsql::oid),
      (SELECT f.pronamespace FROM pg_catalog.pg_proc f WHERE f.oid = t.trftosql::oid)))`;

export const conversions = `SELECT 'conversion', ${named("n.nspname", "c.conname")},
    'CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END || 'CONVERSION ' || ${named("n.nspname", "c.conname")}
      || ' FOR ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.conforencoding))
      || ' TO ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(c.contoencoding)) || ' FROM ' || c.conproc,
    NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_conversion'), NULL::text[]
  FROM pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_conversion", "c.oid")}`;
