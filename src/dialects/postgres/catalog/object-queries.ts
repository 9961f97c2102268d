/**
 * What we ask the catalog about everything that is no table, enum or view: one query a kind, however many there are.
 * Rows come as in `catalog-queries.ts`. What belongs to an extension is left out. Works from version 12 on.
 */
import { asJson, isSerialSequence, type Oid } from "./catalog-queries.js";
import { collationName } from "./definition-parts.js";
import { type DefinitionRow, definitionsQuery } from "./definition-queries.js";

/** An object of an extension, or one that the server made for another. */
function isOwn(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend xd
    WHERE xd.classid = 'pg_catalog.${catalog}'::regclass AND xd.objid = ${oid} AND xd.deptype IN ('e', 'i'))`;
}

export type FreeSequenceRow = readonly [
  schema: string,
  name: string,
  type: string,
  start: string,
  increment: string,
  min: string,
  max: string,
  cache: string,
  cycle: boolean,
  ownerSchema: string | null,
  ownerTable: string | null,
  ownerColumn: string | null,
  comment: string | null,
];

/** Sequences that are neither of an identity nor of a serial column. `$1`: names of schemas. */
const sequencesQuery = asJson(
  `n.nspname, c.relname, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart::text, s.seqincrement::text,
   s.seqmin::text, s.seqmax::text, s.seqcache::text, s.seqcycle, tn.nspname, t.relname, a.attname,
   pg_catalog.obj_description(c.oid, 'pg_class')`,
  `pg_catalog.pg_class c
   JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid
   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_catalog.pg_depend od ON od.classid = 'pg_catalog.pg_class'::regclass AND od.objid = c.oid
     AND od.refclassid = 'pg_catalog.pg_class'::regclass AND od.refobjsubid > 0 AND od.deptype = 'a'
   LEFT JOIN pg_catalog.pg_class t ON t.oid = od.refobjid
   LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
   LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = od.refobjid AND a.attnum = od.refobjsubid
   WHERE n.nspname = ANY ($1::text[]) AND c.relkind = 'S' AND ${isOwn("pg_class", "c.oid")}
     AND NOT (a.atttypid IS NOT NULL AND ${isSerialSequence("s", "a")}
       AND EXISTS (SELECT FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_depend dd ON dd.objid = d.oid
         WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND dd.classid = 'pg_catalog.pg_attrdef'::regclass
           AND dd.refclassid = 'pg_catalog.pg_class'::regclass AND dd.refobjid = c.oid))`,
  "n.nspname, c.relname",
);

/** A type with what tells enums and domains apart; for an array all but the text is about its element. */
export type TypeFactsRow = readonly [text: string, isArray: boolean, kind: string, name: string, schema: string];

function typeFacts(oid: string, modifier: string): string {
  return `(SELECT pg_catalog.json_build_array(pg_catalog.format_type(ft.oid, ${modifier}), fe.oid <> ft.oid, fe.typtype, fe.typname, fn.nspname)
    FROM pg_catalog.pg_type ft
    JOIN pg_catalog.pg_type fe ON fe.oid = CASE WHEN ft.typtype = 'b' AND ft.typelem <> 0
      AND pg_catalog.right(pg_catalog.format_type(ft.oid, NULL), 2) = '[]' THEN ft.typelem ELSE ft.oid END
    JOIN pg_catalog.pg_namespace fn ON fn.oid = fe.typnamespace WHERE ft.oid = ${oid})`;
}

/** The name of a collation that is not the usual one of the type. */
function collation(oid: string, type: string): string {
  return `(SELECT ${collationName("co")} FROM pg_catalog.pg_collation co, pg_catalog.pg_type ct
    WHERE co.oid = ${oid} AND ct.oid = ${type} AND ct.typcollation <> co.oid)`;
}

export type DomainRow = readonly [
  schema: string,
  name: string,
  type: TypeFactsRow,
  collation: string | null,
  default_: string | null,
  notNull: boolean,
  checks: readonly (readonly [name: string, expression: string, validated: boolean, comment: string | null])[],
  comment: string | null,
];

/** `$1`: names of schemas. */
const domainsQuery = asJson(
  `n.nspname, t.typname, ${typeFacts("t.typbasetype", "nullif(t.typtypmod, -1)")}, ${collation("t.typcollation", "t.typbasetype")},
   CASE WHEN t.typdefaultbin IS NULL THEN t.typdefault ELSE pg_catalog.pg_get_expr(t.typdefaultbin, 0, true) END, t.typnotnull,
   (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(k.conname, pg_catalog.pg_get_expr(k.conbin, 0, true), k.convalidated,
     pg_catalog.obj_description(k.oid, 'pg_constraint')) ORDER BY k.conname), '[]') FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
   pg_catalog.obj_description(t.oid, 'pg_type')`,
  `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'd' AND ${isOwn("pg_type", "t.oid")}`,
  "n.nspname, t.typname",
);

export type CompositeRow = readonly [
  schema: string,
  name: string,
  columns: readonly (readonly [name: string, type: TypeFactsRow, collation: string | null, comment: string | null])[],
  comment: string | null,
];

/** `$1`: names of schemas. */
const compositesQuery = asJson(
  `n.nspname, t.typname,
   (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, ${typeFacts("a.atttypid", "nullif(a.atttypmod, -1)")},
     ${collation("a.attcollation", "a.atttypid")}, pg_catalog.col_description(c.oid, a.attnum)) ORDER BY a.attnum), '[]')
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
   pg_catalog.obj_description(t.oid, 'pg_type')`,
  `pg_catalog.pg_type t
   JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
   JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'c' AND ${isOwn("pg_type", "t.oid")}`,
  "n.nspname, t.typname",
);

export type ExtensionRow = readonly [
  name: string,
  version: string,
  schema: string,
  comment: string | null,
  usual: string | null,
];

/** All but those that every new database has. */
const extensionsQuery = asJson(
  `e.extname, e.extversion, n.nspname, pg_catalog.obj_description(e.oid, 'pg_extension'),
   (SELECT av.comment FROM pg_catalog.pg_available_extensions av WHERE av.name = e.extname)`,
  `pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
   WHERE e.oid >= 16384 AND e.extname <> 'plpgsql'`,
  "e.extname",
);

export type FunctionRow = readonly [
  schema: string,
  name: string,
  kind: "f" | "p" | "w",
  signature: string,
  arguments: string,
  returns: string | null,
  language: string,
  body: string,
  sqlBody: string | null,
  library: string | null,
  volatility: "i" | "s" | "v",
  strict: boolean,
  securityDefiner: boolean,
  leakproof: boolean,
  parallel: "s" | "r" | "u",
  cost: number,
  rows: number,
  returnsSet: boolean,
  support: string | null,
  settings: readonly string[] | null,
  comment: string | null,
  transforms: readonly string[] | null,
];

/** Functions and procedures. `$1`: names of schemas. */
function functionsQuery(versionNumber: number): string {
  const sqlBody = "CASE WHEN p.prosqlbody IS NOT NULL THEN pg_catalog.pg_get_function_sqlbody(p.oid) END";
  return asJson(
    `n.nspname, p.proname, p.prokind, pg_catalog.oidvectortypes(p.proargtypes), pg_catalog.pg_get_function_arguments(p.oid),
     pg_catalog.pg_get_function_result(p.oid), l.lanname, p.prosrc, ${versionNumber >= 140_000 ? sqlBody : "NULL"}, p.probin,
     p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.procost, p.prorows, p.proretset,
     CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END, p.proconfig,
     pg_catalog.obj_description(p.oid, 'pg_proc'),
     CASE WHEN p.protrftypes IS NOT NULL THEN ARRAY(SELECT pg_catalog.format_type(k.type, NULL)
       FROM pg_catalog.unnest(p.protrftypes) WITH ORDINALITY k(type, position) ORDER BY k.position) END`,
    `pg_catalog.pg_proc p
     JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE n.nspname = ANY ($1::text[]) AND p.prokind IN ('f', 'p', 'w') AND ${isOwn("pg_proc", "p.oid")}`,
    "n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)",
  );
}

export type TriggerRow = readonly [
  table: Oid,
  name: string,
  definition: string,
  constraint: boolean,
  enabled: FiringCode,
  comment: string | null,
  /** Its clones on partitions that fire otherwise. */
  partitions: readonly (readonly [schema: string, table: string, enabled: FiringCode])[] | null,
];

export type FiringCode = "O" | "D" | "R" | "A";

/** `$2`: oids of tables and views. */
function triggersQuery(versionNumber: number): string {
  // What a partition has from its parent; before version 13 those count as internal.
  const own = versionNumber >= 130_000 ? "AND t.tgparentid = 0" : "";
  const clones = `CASE WHEN (SELECT relkind FROM pg_catalog.pg_class WHERE oid = t.tgrelid) = 'p' THEN (
     WITH RECURSIVE clone AS (
       SELECT x.oid, x.tgrelid, x.tgenabled FROM pg_catalog.pg_trigger x WHERE x.tgparentid = t.oid
       UNION ALL SELECT x.oid, x.tgrelid, x.tgenabled FROM clone JOIN pg_catalog.pg_trigger x ON x.tgparentid = clone.oid)
     SELECT pg_catalog.json_agg(pg_catalog.json_build_array(cn.nspname, cc.relname, clone.tgenabled) ORDER BY cn.nspname, cc.relname)
     FROM clone JOIN pg_catalog.pg_class cc ON cc.oid = clone.tgrelid
     JOIN pg_catalog.pg_namespace cn ON cn.oid = cc.relnamespace WHERE clone.tgenabled <> t.tgenabled) END`;
  return asJson(
    `t.tgrelid::int8, t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true), t.tgconstraint <> 0, t.tgenabled,
   pg_catalog.obj_description(t.oid, 'pg_trigger'), ${versionNumber >= 130_000 ? clones : "NULL"}`,
    `pg_catalog.pg_trigger t
   WHERE t.tgrelid = ANY ($2::oid[]) AND NOT t.tgisinternal ${own} AND ${isOwn("pg_trigger", "t.oid")}`,
    "t.tgrelid, t.tgname",
  );
}

export type PolicyRow = readonly [
  table: Oid,
  name: string,
  permissive: boolean,
  command: "r" | "a" | "w" | "d" | "*",
  roles: readonly string[],
  using: string | null,
  withCheck: string | null,
  comment: string | null,
];

/** `$2`: oids of tables. */
const policiesQuery = asJson(
  `p.polrelid::int8, p.polname, p.polpermissive, p.polcmd,
   ARRAY(SELECT CASE WHEN k.role = 0 THEN 'public' ELSE r.rolname END FROM pg_catalog.unnest(p.polroles) k(role)
     LEFT JOIN pg_catalog.pg_roles r ON r.oid = k.role ORDER BY r.rolname),
   pg_catalog.pg_get_expr(p.polqual, p.polrelid, true), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid, true),
   pg_catalog.obj_description(p.oid, 'pg_policy')`,
  `pg_catalog.pg_policy p WHERE p.polrelid = ANY ($2::oid[]) AND ${isOwn("pg_policy", "p.oid")}`,
  "p.polrelid, p.polname",
);

export interface ObjectRows {
  readonly sequences: readonly FreeSequenceRow[];
  readonly domains: readonly DomainRow[];
  readonly composites: readonly CompositeRow[];
  readonly extensions: readonly ExtensionRow[];
  readonly functions: readonly FunctionRow[];
  readonly triggers: readonly TriggerRow[];
  readonly policies: readonly PolicyRow[];
  readonly definitions: readonly DefinitionRow[];
}

/** All of them in one answer. `$1`: names of schemas. `$2`: oids of their tables and views. `present`: see {@link definitionsQuery}. */
export function objectsQuery(versionNumber: number, present: readonly boolean[]): string {
  const parts: { readonly [K in keyof ObjectRows]: string } = {
    sequences: sequencesQuery,
    domains: domainsQuery,
    composites: compositesQuery,
    extensions: extensionsQuery,
    functions: functionsQuery(versionNumber),
    triggers: triggersQuery(versionNumber),
    policies: policiesQuery,
    definitions: definitionsQuery(versionNumber, present),
  };
  const entries = Object.entries(parts).map(([key, query]) => `'${key}', (${query})::json`);
  return `SELECT pg_catalog.json_build_object(${entries.join(", ")})::text AS rows`;
}
