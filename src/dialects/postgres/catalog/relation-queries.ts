/** What we ask the catalog about tables and views as a whole. Rows come as in `catalog-queries.ts`. */
import { asJson, type Oid } from "./catalog-queries.js";

export type RelationRow = readonly [
  oid: Oid,
  schema: string,
  name: string,
  kind: "r" | "p" | "v" | "m",
  viewDefinition: string | null,
  unlogged: boolean,
  partitionBy: string | null,
  tablespace: string | null,
  /** Of a view: `security_barrier` and the like. */
  storage: readonly string[] | null,
  rowSecurity: boolean,
  rowSecurityForced: boolean,
  toastStorage: readonly string[] | null,
  /** Null: heap. */
  accessMethod: string | null,
  replicaIdentity: "d" | "n" | "f" | "i",
  replicaIndex: string | null,
  clusterIndex: string | null,
  /** Of a partition: its bounds. */
  bounds: string | null,
  parents: readonly (readonly [oid: Oid, schema: string, name: string])[] | null,
  ofType: string | null,
];

/** Views, materialized or not, and tables, but nothing of an extension. `$1`: names of schemas. */
export const relationsQuery = asJson(
  `r.oid::int8, n.nspname, r.relname, r.relkind,
   CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid, true) END, r.relpersistence = 'u',
   CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END, ts.spcname, r.reloptions,
   r.relrowsecurity, r.relforcerowsecurity, toast.reloptions, nullif(am.amname, 'heap'), r.relreplident, ri.name, ci.name,
   CASE WHEN r.relispartition THEN pg_catalog.pg_get_expr(r.relpartbound, r.oid) END, parents.list,
   CASE WHEN r.reloftype <> 0 THEN pg_catalog.format_type(r.reloftype, NULL) END`,
  `pg_catalog.pg_class r
   JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
   LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = r.reltablespace
   LEFT JOIN pg_catalog.pg_am am ON am.oid = r.relam
   LEFT JOIN pg_catalog.pg_class toast ON toast.oid = r.reltoastrelid
   LEFT JOIN (${flaggedIndex("indisreplident")}) ri ON ri.indrelid = r.oid
   LEFT JOIN (${flaggedIndex("indisclustered")}) ci ON ci.indrelid = r.oid
   LEFT JOIN (SELECT h.inhrelid, pg_catalog.json_agg(pg_catalog.json_build_array(h.inhparent::int8, pn.nspname, p.relname) ORDER BY h.inhseqno) AS list
     FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace WHERE p.relkind IN ('r', 'p') GROUP BY h.inhrelid
   ) parents ON parents.inhrelid = r.oid
   WHERE n.nspname = ANY ($1::text[]) AND r.relkind IN ('r', 'p', 'v', 'm')
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')`,
  "n.nspname, r.relname",
);

function flaggedIndex(flag: string): string {
  return `SELECT xi.indrelid, xc.relname AS name FROM pg_catalog.pg_index xi
     JOIN pg_catalog.pg_class xc ON xc.oid = xi.indexrelid WHERE xi.${flag}`;
}

export type ViewColumnRow = readonly [view: Oid, name: string, comment: string | null, default_: string | null];

/** Columns of views about which something is said. `$1`: oids of views. */
export const viewColumnsQuery = asJson(
  "a.attrelid::int8, a.attname, c.description, pg_catalog.pg_get_expr(d.adbin, d.adrelid, true)",
  `pg_catalog.pg_attribute a
   LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   LEFT JOIN pg_catalog.pg_description c ON c.objoid = a.attrelid AND c.objsubid = a.attnum
     AND c.classoid = 'pg_catalog.pg_class'::regclass
   WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND (d.oid IS NOT NULL OR c.objoid IS NOT NULL)`,
  "a.attrelid, a.attnum",
);
