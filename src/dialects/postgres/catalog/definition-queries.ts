/** Objects that are carried as the statement that makes them. */
import { asJson } from "./catalog-queries.js";
import { isOwn, named, nameOf, operatorNamed, statements } from "./definition-parts.js";
import { foreignDataWrappers, foreignServers, foreignTables, userMappings } from "./foreign-queries.js";
import { accessMethods, conversions, languages, transforms } from "./language-queries.js";
import { operatorClasses, operatorFamilies, operators } from "./operator-queries.js";
import { textSearch } from "./text-search-queries.js";

export type DefinitionRow = readonly [
  type: string,
  /** As SQL calls it after DROP and COMMENT ON. */
  name: string,
  definition: string,
  tableSchema: string | null,
  table: string | null,
  comment: string | null,
  /** Statements after it. */
  further: readonly string[] | null,
];

interface DefinitionKind {
  /** Where its objects are that did not come with the server. */
  readonly rows: string;
  readonly query: string;
}

/** The first oid that the server gives to what is made in a database. */
const FIRST_OWN = 16384;

const madeHere = (catalog: string, oid = "oid"): string => `pg_catalog.${catalog} WHERE ${oid} >= ${FIRST_OWN}`;

function kindsOf(versionNumber: number): readonly DefinitionKind[] {
  const [parsers, templates, dictionaries, configurations] = textSearch;
  return [
    { rows: `${madeHere("pg_rewrite")} AND rulename <> '_RETURN'`, query: rules },
    { rows: madeHere("pg_statistic_ext"), query: statistics(versionNumber) },
    { rows: madeHere("pg_event_trigger"), query: eventTriggers },
    { rows: madeHere("pg_language"), query: languages },
    { rows: madeHere("pg_am"), query: accessMethods },
    { rows: madeHere("pg_transform"), query: transforms },
    { rows: madeHere("pg_conversion"), query: conversions },
    { rows: madeHere("pg_aggregate", "aggfnoid::oid"), query: aggregates },
    { rows: madeHere("pg_range", "rngtypid"), query: ranges(versionNumber) },
    { rows: madeHere("pg_cast"), query: casts },
    { rows: madeHere("pg_operator"), query: operators },
    { rows: madeHere("pg_opfamily"), query: operatorFamilies },
    { rows: madeHere("pg_opclass"), query: operatorClasses },
    { rows: madeHere("pg_ts_parser"), query: parsers },
    { rows: madeHere("pg_ts_template"), query: templates },
    { rows: madeHere("pg_ts_dict"), query: dictionaries },
    { rows: madeHere("pg_ts_config"), query: configurations },
    { rows: madeHere("pg_collation"), query: collations(versionNumber) },
    { rows: madeHere("pg_publication"), query: publications(versionNumber) },
    { rows: madeHere("pg_foreign_data_wrapper"), query: foreignDataWrappers },
    { rows: madeHere("pg_foreign_server"), query: foreignServers },
    // Not everybody may read pg_user_mapping; there is none without a server.
    { rows: madeHere("pg_foreign_server"), query: userMappings },
    { rows: madeHere("pg_foreign_table", "ftrelid"), query: foreignTables },
  ];
}

/**
 * Of which kinds there is anything at all, in the order of {@link definitionsQuery}. Most databases have few of them, and
 * to plan the queries for all takes the server longer than to run them.
 */
export function presentKindsQuery(versionNumber: number): string {
  const exist = kindsOf(versionNumber).map(({ rows }) => `EXISTS (SELECT FROM ${rows})`);
  return `SELECT pg_catalog.json_build_array(${exist.join(", ")})::text AS rows`;
}

/** `$1`: names of schemas. */
export function definitionsQuery(versionNumber: number, present: readonly boolean[]): string {
  const kinds = kindsOf(versionNumber).filter((_kind, at) => present[at] === true);
  if (kinds.length === 0) return "SELECT '[]'";
  return asJson(
    "o.type, o.name, o.definition, o.table_schema, o.table_name, o.comment, o.further",
    `(${kinds.map(({ query }) => query).join(" UNION ALL ")}) AS o (type, name, definition, table_schema, table_name, comment, further)`,
    "o.type, o.name",
  );
}

/** Null where it fires as usual. */
function enabledWords(column: string): string {
  return `CASE ${column} WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA' WHEN 'A' THEN ' ENABLE ALWAYS' END`;
}

/** Those of views that make them views are the server's own. */
const rules = `SELECT 'rule', pg_catalog.quote_ident(r.rulename) || ' ON ' || ${named("n.nspname", "c.relname")},
    pg_catalog.pg_get_ruledef(r.oid, true), n.nspname::text, c.relname::text,
    pg_catalog.obj_description(r.oid, 'pg_rewrite'),
    ${statements(`'ALTER TABLE ' || ${named("n.nspname", "c.relname")} || ${enabledWords("r.ev_enabled")} || ' RULE ' || pg_catalog.quote_ident(r.rulename)`)}
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::text[]) AND r.rulename <> '_RETURN' AND ${isOwn("pg_rewrite", "r.oid")}`;

function statistics(versionNumber: number): string {
  const target = versionNumber >= 130_000 ? "CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END" : "NULL";
  return `SELECT 'statistics', ${named("sn.nspname", "s.stxname")},
    pg_catalog.replace(pg_catalog.pg_get_statisticsobjdef(s.oid),
      'CREATE STATISTICS ' || pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(s.stxname),
      'CREATE STATISTICS ' || ${named("sn.nspname", "s.stxname")}),
    n.nspname::text, c.relname::text, pg_catalog.obj_description(s.oid, 'pg_statistic_ext'),
    ${statements(`'ALTER STATISTICS ' || ${named("sn.nspname", "s.stxname")} || ' SET STATISTICS ' || ${target}`)}
  FROM pg_catalog.pg_statistic_ext s
  JOIN pg_catalog.pg_namespace sn ON sn.oid = s.stxnamespace
  JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE sn.nspname = ANY ($1::text[]) AND ${isOwn("pg_statistic_ext", "s.oid")}`;
}

/** Of the whole database; those on other tables than the one it names are nobody's. */
const eventTriggers = `SELECT 'event trigger', pg_catalog.quote_ident(e.evtname),
    'CREATE EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ' ON ' || e.evtevent
      || coalesce(' WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(tag), ', ' ORDER BY tag) FROM pg_catalog.unnest(e.evttags) tag) || ')', '')
      || ' EXECUTE FUNCTION ' || e.evtfoid::regproc::text || '()',
    NULL, NULL, pg_catalog.obj_description(e.oid, 'pg_event_trigger'),
    ${statements(`'ALTER EVENT TRIGGER ' || pg_catalog.quote_ident(e.evtname) || ${enabledWords("e.evtenabled")}`)}
  FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_event_trigger", "e.oid")}`;

/** Those of ordered sets write into their state unless it is said otherwise. */
function finalModify(column: string, words: string): string {
  return `CASE WHEN ${column} = CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END THEN ''
      ELSE ', ${words} = ' || CASE ${column} WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END`;
}

const aggregates = `SELECT 'aggregate', ${named("n.nspname", "p.proname")} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')',
    'CREATE AGGREGATE ' || ${named("n.nspname", "p.proname")} || '(' || pg_catalog.pg_get_function_arguments(p.oid) || ') (SFUNC = '
      || a.aggtransfn::regproc || ', STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL)
      || CASE WHEN a.aggtransspace <> 0 THEN ', SSPACE = ' || a.aggtransspace ELSE '' END
      || CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc ELSE '' END
      || CASE WHEN a.aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END
      || ${finalModify("a.aggfinalmodify", "FINALFUNC_MODIFY")}
      || CASE WHEN a.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || a.aggcombinefn::regproc ELSE '' END
      || CASE WHEN a.aggserialfn <> 0 THEN ', SERIALFUNC = ' || a.aggserialfn::regproc || ', DESERIALFUNC = ' || a.aggdeserialfn::regproc ELSE '' END
      || coalesce(', INITCOND = ' || pg_catalog.quote_literal(a.agginitval), '')
      || CASE WHEN a.aggmtransfn <> 0 THEN ', MSFUNC = ' || a.aggmtransfn::regproc || ', MINVFUNC = ' || a.aggminvtransfn::regproc
         || ', MSTYPE = ' || pg_catalog.format_type(a.aggmtranstype, NULL)
         || CASE WHEN a.aggmtransspace <> 0 THEN ', MSSPACE = ' || a.aggmtransspace ELSE '' END ELSE '' END
      || CASE WHEN a.aggmfinalfn <> 0 THEN ', MFINALFUNC = ' || a.aggmfinalfn::regproc
         || CASE WHEN a.aggmfinalextra THEN ', MFINALFUNC_EXTRA' ELSE '' END
         || ${finalModify("a.aggmfinalmodify", "MFINALFUNC_MODIFY")} ELSE '' END
      || coalesce(', MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval), '')
      || CASE WHEN a.aggsortop <> 0 THEN ', SORTOP = ' || ${operatorNamed("a.aggsortop")} ELSE '' END
      || CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END
      || CASE WHEN a.aggkind = 'h' THEN ', HYPOTHETICAL' ELSE '' END || ')',
    NULL, NULL, pg_catalog.obj_description(p.oid, 'pg_proc'), NULL::text[]
  FROM pg_catalog.pg_aggregate a JOIN pg_catalog.pg_proc p ON p.oid = a.aggfnoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_proc", "p.oid")}`;

function ranges(versionNumber: number): string {
  const multirange =
    versionNumber >= 140_000
      ? `|| coalesce(', MULTIRANGE_TYPE_NAME = ' || (SELECT ${named("n.nspname", "mt.typname")} FROM pg_catalog.pg_type mt WHERE mt.oid = r.rngmultitypid), '')`
      : "";
  return `SELECT 'type', ${named("n.nspname", "t.typname")},
    'CREATE TYPE ' || ${named("n.nspname", "t.typname")} || ' AS RANGE (SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL)
      || CASE WHEN oc.opcdefault THEN '' ELSE ', SUBTYPE_OPCLASS = ' || ${nameOf("pg_opclass", "opc", "oc.oid")} END
      || CASE WHEN r.rngcollation <> st.typcollation THEN ', COLLATION = ' || ${nameOf("pg_collation", "coll", "r.rngcollation")} ELSE '' END
      || CASE WHEN r.rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc ELSE '' END ${multirange} || ')',
    NULL, NULL, pg_catalog.obj_description(t.oid, 'pg_type'), NULL::text[]
  FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_catalog.pg_opclass oc ON oc.oid = r.rngsubopc
  JOIN pg_catalog.pg_type st ON st.oid = r.rngsubtype
  WHERE n.nspname = ANY ($1::text[]) AND r.rngcanonical = 0 AND ${isOwn("pg_type", "t.oid")}`;
}

/** Casts have no schema: those that name a type or function of the schemas are theirs. */
const casts = `SELECT 'cast', '(' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL) || ')',
    'CREATE CAST (' || pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL) || ') '
      || CASE c.castmethod WHEN 'i' THEN 'WITH INOUT' WHEN 'b' THEN 'WITHOUT FUNCTION' ELSE 'WITH FUNCTION ' || c.castfunc::regprocedure END
      || CASE c.castcontext WHEN 'i' THEN ' AS IMPLICIT' WHEN 'a' THEN ' AS ASSIGNMENT' ELSE '' END,
    NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_cast'), NULL::text[]
  FROM pg_catalog.pg_cast c
  WHERE c.oid >= 16384 AND ${isOwn("pg_cast", "c.oid")} AND EXISTS (
    SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[]) AND n.oid IN (
      (SELECT s.typnamespace FROM pg_catalog.pg_type s WHERE s.oid = c.castsource),
      (SELECT s.typnamespace FROM pg_catalog.pg_type s WHERE s.oid = c.casttarget),
      (SELECT f.pronamespace FROM pg_catalog.pg_proc f WHERE f.oid = c.castfunc)))`;

function collations(versionNumber: number): string {
  const locale =
    versionNumber >= 170_000 ? "c.colllocale" : versionNumber >= 150_000 ? "c.colliculocale" : "NULL::text";
  const rules =
    versionNumber >= 160_000 ? "coalesce(', RULES = ' || pg_catalog.quote_literal(c.collicurules), '')" : "''";
  const own = `coalesce(${locale}, CASE WHEN c.collcollate = c.collctype THEN c.collcollate END)`;
  return `SELECT 'collation', ${named("n.nspname", "c.collname")},
    'CREATE COLLATION ' || ${named("n.nspname", "c.collname")} || ' (PROVIDER = '
      || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
      || CASE WHEN ${own} IS NOT NULL THEN ', LOCALE = ' || pg_catalog.quote_literal(${own})
         ELSE ', LC_COLLATE = ' || pg_catalog.quote_literal(c.collcollate) || ', LC_CTYPE = ' || pg_catalog.quote_literal(c.collctype) END
      || CASE WHEN c.collisdeterministic THEN '' ELSE ', DETERMINISTIC = false' END || ${rules} || ')',
    NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_collation'), NULL::text[]
  FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_collation", "c.oid")}`;
}

/** Of the whole database; told apart by the tables of the schemas that they publish. */
function publications(versionNumber: number): string {
  const columns =
    versionNumber >= 150_000
      ? `|| coalesce(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum = ANY (pr.prattrs)) || ')', '')
         || coalesce(' WHERE (' || pg_catalog.pg_get_expr(pr.prqual, pr.prrelid) || ')', '')`
      : "";
  const viaRoot =
    versionNumber >= 130_000 ? "CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END" : "''";
  const generated =
    versionNumber >= 180_000
      ? "CASE p.pubgencols WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END"
      : "''";
  const inSchemas =
    versionNumber >= 150_000
      ? `SELECT 'TABLES IN SCHEMA ' || pg_catalog.string_agg(pg_catalog.quote_ident(sn.nspname), ', ' ORDER BY sn.nspname) FROM pg_catalog.pg_publication_namespace pn
         JOIN pg_catalog.pg_namespace sn ON sn.oid = pn.pnnspid WHERE pn.pnpubid = p.oid`
      : "SELECT NULL::text";
  // Children that are published are there by themselves.
  const only =
    "CASE WHEN c.relkind <> 'p' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid) THEN 'ONLY ' ELSE '' END";
  const tables = `SELECT 'TABLE ' || pg_catalog.string_agg(${only} || ${named("n.nspname", "c.relname")} ${columns}, ', ' ORDER BY n.nspname, c.relname)
    FROM pg_catalog.pg_publication_rel pr JOIN pg_catalog.pg_class c ON c.oid = pr.prrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE pr.prpubid = p.oid`;
  return `SELECT 'publication', pg_catalog.quote_ident(p.pubname),
    'CREATE PUBLICATION ' || pg_catalog.quote_ident(p.pubname)
      || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE coalesce(' FOR ' || nullif(pg_catalog.concat_ws(', ', (${tables}), (${inSchemas})), ''), '') END
      || ' WITH (publish = ' || pg_catalog.quote_literal(pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
        CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END))
      || ${viaRoot} || ${generated} || ')',
    NULL, NULL, pg_catalog.obj_description(p.oid, 'pg_publication'), NULL::text[]
  FROM pg_catalog.pg_publication p WHERE ${isOwn("pg_publication", "p.oid")}
    AND EXISTS (SELECT FROM pg_catalog.pg_namespace xn WHERE xn.nspname = ANY ($1::text[]) AND NOT pg_catalog.starts_with(xn.nspname, 'tsm_scratch_'))`;
}
