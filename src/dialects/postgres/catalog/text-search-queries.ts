/** Text search: parsers, templates, dictionaries and configurations. */
import { isOwn, named, nameOf } from "./definition-parts.js";

function definition(
  type: string,
  catalog: string,
  prefix: string,
  { text, further = "NULL::text[]" }: { readonly text: string; readonly further?: string },
): string {
  return `SELECT 'text search ${type}', ${named("n.nspname", `o.${prefix}name`)},
    'CREATE TEXT SEARCH ${type.toUpperCase()} ' || ${named("n.nspname", `o.${prefix}name`)} || ' (' || ${text} || ')',
    NULL, NULL, pg_catalog.obj_description(o.oid, '${catalog}'), ${further}
  FROM pg_catalog.${catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn(catalog, "o.oid")}`;
}

/** `, HEADLINE = f`, where it has one. */
function method(word: string, column: string): string {
  return `CASE WHEN ${column}::oid <> 0 THEN ', ${word} = ' || ${column} ELSE '' END`;
}

const parsers = definition("parser", "pg_ts_parser", "prs", {
  text: `'START = ' || o.prsstart || ', GETTOKEN = ' || o.prstoken || ', END = ' || o.prsend
    || ${method("HEADLINE", "o.prsheadline")} || ', LEXTYPES = ' || o.prslextype`,
});

const templates = definition("template", "pg_ts_template", "tmpl", {
  text: `pg_catalog.substr(${method("INIT", "o.tmplinit")} || ', LEXIZE = ' || o.tmpllexize, 3)`,
});

/** Its options are kept as SQL. */
const dictionaries = definition("dictionary", "pg_ts_dict", "dict", {
  text: `'TEMPLATE = ' || ${nameOf("pg_ts_template", "tmpl", "o.dicttemplate")} || coalesce(', ' || o.dictinitoption, '')`,
});

const configuration = named("n.nspname", "o.cfgname");

/** One statement for each kind of token. */
const configurations = definition("configuration", "pg_ts_config", "cfg", {
  text: `'PARSER = ' || ${nameOf("pg_ts_parser", "prs", "o.cfgparser")}`,
  further: `nullif(ARRAY(SELECT 'ALTER TEXT SEARCH CONFIGURATION ' || ${configuration} || ' ADD MAPPING FOR ' || pg_catalog.quote_ident(t.alias)
      || ' WITH ' || pg_catalog.string_agg(${nameOf("pg_ts_dict", "dict", "m.mapdict")}, ', ' ORDER BY m.mapseqno)
    FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.ts_token_type(o.cfgparser) t ON t.tokid = m.maptokentype
    WHERE m.mapcfg = o.oid GROUP BY m.maptokentype, t.alias ORDER BY m.maptokentype), '{}')`,
});

export const textSearch = [parsers, templates, dictionaries, configurations] as const;
