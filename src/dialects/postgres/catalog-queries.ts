/**
 * What we ask the catalog, a constant number of queries for any number of tables.
 *
 * Each gives one row with one column of JSON text, which no type parser of the application's can change.
 * `$1` is the list of schema names. Works from version 12 on.
 *
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */

/** Tables that are nobody's part (no partitions, no inheriting children, nothing of an extension), and views. */
const RELATIONS = `
  relations AS (
    SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.reloptions, c.reltablespace, n.nspname
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  )`;

export interface RelationRow {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "r" | "p" | "v";
  readonly comment: string | null;
  readonly definition: string | null;
  readonly unlogged: boolean;
  readonly partition: string | null;
  readonly tablespace: string | null;
  readonly storage: readonly string[] | null;
}

export const relationsQuery = asJson(
  RELATIONS,
  `SELECT r.oid::int8 AS id, r.nspname AS schema, r.relname AS name, r.relkind AS kind, ds.description AS comment,
     CASE WHEN r.relkind = 'v' THEN pg_catalog.pg_get_viewdef(r.oid, true) END AS definition,
     r.relpersistence = 'u' AS unlogged,
     CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END AS partition,
     ts.spcname AS tablespace, r.reloptions AS storage
   FROM relations r
   LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = r.reltablespace
   LEFT JOIN pg_catalog.pg_description ds
     ON ds.objoid = r.oid AND ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objsubid = 0
   ORDER BY r.nspname, r.relname`,
);

export interface ColumnRow {
  readonly table: number;
  readonly name: string;
  readonly type: string;
  /** Without modifiers. */
  readonly typeName: string;
  readonly isArray: boolean;
  /** Of the type, or of its element: */
  readonly baseKind: string;
  readonly baseName: string;
  readonly baseSchema: string;
  readonly notNull: boolean;
  readonly default: string | null;
  /** Empty, `a` or `d`. */
  readonly identity: string;
  /** Empty, `s` or `v`. */
  readonly generated: string;
  readonly collation: string | null;
  readonly comment: string | null;
  readonly sequence: SequenceRow | null;
  /** Is the default the next value of that sequence? */
  readonly isSerial: boolean;
}

/** Numbers as text, since they may be larger than JavaScript's. */
export interface SequenceRow {
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

export const columnsQuery = asJson(
  `${RELATIONS},
  sequences AS (
    SELECT DISTINCT ON (d.refobjid, d.refobjsubid) d.refobjid, d.refobjsubid, s.*
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    ORDER BY d.refobjid, d.refobjsubid, d.deptype DESC, s.seqrelid
  )`,
  `SELECT a.attrelid::int8 AS table, a.attname AS name,
     pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
     pg_catalog.format_type(a.atttypid, NULL) AS "typeName",
     b.oid <> t.oid AS "isArray", b.typtype AS "baseKind", b.typname AS "baseName", bn.nspname AS "baseSchema",
     a.attnotnull AS "notNull", pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) AS default,
     a.attidentity AS identity, a.attgenerated AS generated,
     CASE WHEN a.attcollation <> t.typcollation THEN co.collname END AS collation, ds.description AS comment,
     CASE WHEN s.seqrelid IS NOT NULL THEN json_build_object('start', s.seqstart::text,
       'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cache', s.seqcache::text,
       'cycle', s.seqcycle) END AS sequence,
     d.oid IS NOT NULL AND s.seqrelid IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_depend dd
       WHERE dd.classid = 'pg_catalog.pg_attrdef'::regclass AND dd.objid = d.oid
         AND dd.refclassid = 'pg_catalog.pg_class'::regclass AND dd.refobjid = s.seqrelid) AS "isSerial"
   FROM relations r
   JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
   JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'b' AND t.typelem <> 0
     AND pg_catalog.right(pg_catalog.format_type(t.oid, NULL), 2) = '[]' THEN t.typelem ELSE t.oid END
   JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace
   LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
   LEFT JOIN pg_catalog.pg_description ds
     ON ds.objoid = a.attrelid AND ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objsubid = a.attnum
   LEFT JOIN sequences s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
   WHERE r.relkind <> 'v'
   ORDER BY a.attrelid, a.attnum`,
);

export interface ConstraintRow {
  readonly table: number;
  readonly name: string;
  readonly kind: "p" | "u" | "f" | "c";
  readonly columns: readonly string[];
  readonly include: readonly string[] | null;
  readonly targetSchema: string | null;
  readonly target: string | null;
  readonly targetColumns: readonly string[] | null;
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly match: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly validated: boolean;
  readonly noInherit: boolean;
  readonly nullsNotDistinct: boolean;
  readonly expression: string | null;
}

export function constraintsQuery(versionNumber: number): string {
  return asJson(
    RELATIONS,
    `SELECT con.conrelid::int8 AS table, con.conname AS name, con.contype AS kind,
       ${columnNames("con.conrelid", "con.conkey")} AS columns, ${INCLUDED_COLUMNS} AS include,
       fn.nspname AS "targetSchema", f.relname AS target,
       CASE WHEN con.contype = 'f' THEN ${columnNames("con.confrelid", "con.confkey")} END AS "targetColumns",
       con.confdeltype AS "onDelete", con.confupdtype AS "onUpdate", con.confmatchtype AS match,
       con.condeferrable AS deferrable, con.condeferred AS deferred, con.convalidated AS validated,
       con.connoinherit AS "noInherit", ${nullsNotDistinct(versionNumber)} AS "nullsNotDistinct",
       CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid, true) END AS expression
     FROM relations r
     JOIN pg_catalog.pg_constraint con ON con.conrelid = r.oid
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid AND con.contype IN ('p', 'u')
     LEFT JOIN pg_catalog.pg_class f ON f.oid = con.confrelid
     LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
     WHERE con.contype IN ('p', 'u', 'f', 'c') AND con.conparentid = 0
     ORDER BY con.conrelid, con.conname`,
  );
}

export interface IndexRow {
  readonly table: number;
  readonly name: string;
  readonly method: string;
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly where: string | null;
  readonly storage: readonly string[] | null;
  readonly include: readonly string[] | null;
  readonly elements: readonly IndexElementRow[];
}

export interface IndexElementRow {
  readonly column: string | null;
  readonly expression: string | null;
  /** Bit 1: descending, bit 2: nulls first. */
  readonly option: number;
  readonly collation: string | null;
  readonly operatorClass: string | null;
}

/** Indexes that back no constraint. One that was never finished (INVALID) is none. */
export function indexesQuery(versionNumber: number): string {
  return asJson(
    RELATIONS,
    `SELECT i.indrelid::int8 AS table, ic.relname AS name, am.amname AS method, i.indisunique AS unique,
       ${nullsNotDistinct(versionNumber)} AS "nullsNotDistinct",
       pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS where, ic.reloptions AS storage,
       ${INCLUDED_COLUMNS} AS include, ${indexElements(versionNumber)} AS elements
     FROM relations r
     JOIN pg_catalog.pg_index i ON i.indrelid = r.oid AND (i.indisvalid OR r.relkind = 'p')
     JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
     JOIN pg_catalog.pg_am am ON am.oid = ic.relam
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint con
       WHERE con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x'))
     ORDER BY i.indrelid, ic.relname`,
  );
}

export interface EnumRow {
  readonly schema: string;
  readonly name: string;
  readonly values: readonly string[];
  readonly comment: string | null;
}

export const enumsQuery = asJson(
  null,
  `SELECT n.nspname AS schema, t.typname AS name, ds.description AS comment,
     ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS values
   FROM pg_catalog.pg_type t
   JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   LEFT JOIN pg_catalog.pg_description ds
     ON ds.objoid = t.oid AND ds.classoid = 'pg_catalog.pg_type'::regclass AND ds.objsubid = 0
   WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'e'
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
   ORDER BY n.nspname, t.typname`,
);

export const schemasQuery = asJson(
  null,
  "SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1::text[]) ORDER BY nspname",
);

function asJson(tables: string | null, query: string): string {
  return `${tables === null ? "" : `WITH ${tables}\n`}SELECT coalesce(json_agg(q), '[]')::text AS rows FROM (${query}) q`;
}

function columnNames(table: string, numbers: string): string {
  return `ARRAY(SELECT ka.attname FROM unnest(${numbers}) WITH ORDINALITY k(number, position)
    JOIN pg_catalog.pg_attribute ka ON ka.attrelid = ${table} AND ka.attnum = k.number ORDER BY k.position)`;
}

const INCLUDED_COLUMNS = `(SELECT json_agg(ia.attname ORDER BY p) FROM generate_series(i.indnkeyatts, i.indnatts - 1) p
  JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indrelid AND ia.attnum = i.indkey[p])`;

function nullsNotDistinct(versionNumber: number): string {
  return versionNumber >= 150_000 ? "coalesce(i.indnullsnotdistinct, false)" : "false";
}

/**
 * An operator class is named where it is not the one that the column's own type gets by default, or has parameters.
 */
function indexElements(versionNumber: number): string {
  const parameters = versionNumber >= 130_000 ? "xa.attoptions" : "NULL::text[]";
  const className = `CASE WHEN pg_catalog.pg_opclass_is_visible(oc.oid) THEN quote_ident(oc.opcname)
    ELSE quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) END`;
  const isDefault = `oc.opcdefault AND NOT EXISTS (SELECT FROM pg_catalog.pg_opclass own WHERE own.opcmethod = oc.opcmethod
    AND own.opcdefault AND own.opcintype = ea.atttypid AND own.oid <> oc.oid)`;
  const parameterText = `(SELECT ' (' || string_agg(split_part(o, '=', 1) || '=' ||
    quote_literal(substr(o, strpos(o, '=') + 1)), ', ') || ')' FROM unnest(${parameters}) o)`;
  return `(SELECT json_agg(json_build_object(
      'column', ea.attname,
      'expression', CASE WHEN i.indkey[p] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, p + 1, true) END,
      'option', i.indoption[p],
      'collation', CASE WHEN i.indkey[p] = 0 THEN nullif(co.collname, 'default')
        WHEN i.indcollation[p] <> ea.attcollation THEN co.collname END,
      'operatorClass', CASE WHEN ${parameters} IS NOT NULL THEN ${className} || ${parameterText}
        WHEN NOT (${isDefault}) THEN ${className} END
    ) ORDER BY p) FROM generate_series(0, i.indnkeyatts - 1) p
    JOIN pg_catalog.pg_attribute xa ON xa.attrelid = i.indexrelid AND xa.attnum = p + 1
    JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[p]
    JOIN pg_catalog.pg_namespace ocn ON ocn.oid = oc.opcnamespace
    LEFT JOIN pg_catalog.pg_attribute ea ON ea.attrelid = i.indrelid AND ea.attnum = i.indkey[p] AND i.indkey[p] <> 0
    LEFT JOIN pg_catalog.pg_collation co ON co.oid = i.indcollation[p])`;
}
