/**
 * What we ask the catalog: a constant number of queries for any number of tables.
 *
 * Each gives one row with one column `rows` of JSON text, which no type parser of the application's can change, and in
 * it an array for every row, in the order of the tuple type beside the query. Names of columns, types, operator classes
 * and collations go over once; elsewhere they are numbers. Works from version 12 on.
 *
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */

export type Oid = number;

export type RelationRow = readonly [
  oid: Oid,
  schema: string,
  name: string,
  kind: "r" | "p" | "v" | "m",
  viewDefinition: string | null,
  unlogged: boolean,
  partitionBy: string | null,
  tablespace: string | null,
  storage: readonly string[] | null,
  rowSecurity: boolean,
  rowSecurityForced: boolean,
];

/**
 * Views, materialized or not, and the tables that are nobody's part: no partitions, no inheriting tables, nothing of an extension.
 * `$1`: names of schemas.
 */
export const relationsQuery = asJson(
  `r.oid::int8, n.nspname, r.relname, r.relkind,
   CASE WHEN r.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid, true) END, r.relpersistence = 'u',
   CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END, ts.spcname, r.reloptions,
   r.relrowsecurity, r.relforcerowsecurity`,
  `pg_catalog.pg_class r
   JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
   LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = r.reltablespace
   WHERE n.nspname = ANY ($1::text[]) AND r.relkind IN ('r', 'p', 'v', 'm') AND NOT r.relispartition
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid)
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid AND d.deptype = 'e')`,
  "n.nspname, r.relname",
);

export type ColumnRow = readonly [
  table: Oid,
  number: number,
  name: string,
  type: Oid,
  /** `format_type`, where the type has modifiers. */
  typeText: string | null,
  notNull: boolean,
  default_: string | null,
  identity: "" | "a" | "d",
  generated: "" | "s" | "v",
  collation: Oid,
  sequence: SequenceRow | null,
  /** Is the default the next value of that sequence? */
  isSerial: boolean,
];

/** Numbers as text, since they may be larger than JavaScript's. */
export type SequenceRow = readonly [
  start: string,
  increment: string,
  min: string,
  max: string,
  cache: string,
  cycle: boolean,
];

/**
 * Is the sequence as SERIAL makes it: by its name, with no options, for a column that is NOT NULL? Any other is an object
 * of its own. `sequence` and `attribute` are rows of pg_sequence and pg_attribute.
 */
export function isSerialSequence(sequence: string, attribute: string): string {
  const usual = `tc.relname || '_' || ${attribute}.attname || '_seq'`;
  return `(${attribute}.attnotnull AND ${attribute}.atttypid = ${sequence}.seqtypid
    AND ${attribute}.atttypid IN ('pg_catalog.int4'::regtype, 'pg_catalog.int8'::regtype)
    AND ${sequence}.seqstart = 1 AND ${sequence}.seqincrement = 1 AND ${sequence}.seqmin = 1 AND ${sequence}.seqcache = 1
    AND NOT ${sequence}.seqcycle
    AND ${sequence}.seqmax = CASE WHEN ${attribute}.atttypid = 'pg_catalog.int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END
    AND pg_catalog.obj_description(${sequence}.seqrelid, 'pg_class') IS NULL
    AND EXISTS (SELECT FROM pg_catalog.pg_class sc JOIN pg_catalog.pg_class tc ON tc.relnamespace = sc.relnamespace
      WHERE sc.oid = ${sequence}.seqrelid AND tc.oid = ${attribute}.attrelid
        AND (octet_length(${usual}) > 63 OR (starts_with(sc.relname, ${usual})
          AND substr(sc.relname, length(${usual}) + 1) ~ '^[0-9]*$'))))`;
}

/** `$1`: oids of tables. */
export const columnsQuery = asJson(
  `a.attrelid::int8, a.attnum, a.attname, a.atttypid::int8,
   CASE WHEN a.atttypmod <> -1 THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END,
   a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid, true), a.attidentity, a.attgenerated,
   a.attcollation::int8,
   CASE WHEN s.seqrelid IS NOT NULL THEN json_build_array(s.seqstart::text, s.seqincrement::text, s.seqmin::text,
     s.seqmax::text, s.seqcache::text, s.seqcycle) END,
   CASE WHEN d.oid IS NULL OR s.seqrelid IS NULL THEN false
     ELSE EXISTS (SELECT FROM pg_catalog.pg_depend dd
       WHERE dd.classid = 'pg_catalog.pg_attrdef'::regclass AND dd.objid = d.oid
         AND dd.refclassid = 'pg_catalog.pg_class'::regclass AND dd.refobjid = s.seqrelid)
       AND ${isSerialSequence("s", "a")} END`,
  `pg_catalog.pg_attribute a
   LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   LEFT JOIN (
     SELECT DISTINCT ON (od.refobjid, od.refobjsubid) od.refobjid, od.refobjsubid, os.*
     FROM pg_catalog.pg_sequence os JOIN pg_catalog.pg_depend od ON od.objid = os.seqrelid
     WHERE od.classid = 'pg_catalog.pg_class'::regclass AND od.refclassid = 'pg_catalog.pg_class'::regclass
       AND od.refobjsubid > 0 AND od.deptype IN ('a', 'i')
     ORDER BY od.refobjid, od.refobjsubid, od.deptype DESC, os.seqrelid
   ) s ON s.refobjid = a.attrelid AND s.refobjsubid = a.attnum
   WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped`,
  "a.attrelid, a.attnum",
);

export type TypeRow = readonly [
  oid: Oid,
  /** `format_type` without modifiers. */
  text: string,
  isArray: boolean,
  collation: Oid,
  /** Of the type, or of its element: `typtype`, name and schema. */
  kind: string,
  name: string,
  schema: string,
];

/** The types of all columns of the tables. `$1`: oids of tables. */
export const typesQuery = asJson(
  `t.oid::int8, t.text, b.oid <> t.oid, t.typcollation::int8, b.typtype, b.typname, n.nspname`,
  `(SELECT *, pg_catalog.format_type(oid, NULL) AS text FROM pg_catalog.pg_type WHERE oid IN (
      SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = ANY ($1::oid[]) AND attnum > 0)) t
   JOIN pg_catalog.pg_type b ON b.oid = CASE
     WHEN t.typtype = 'b' AND t.typelem <> 0 AND pg_catalog.right(t.text, 2) = '[]' THEN t.typelem ELSE t.oid END
   JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace`,
  "t.oid",
);

export type ConstraintRow = readonly [
  table: Oid,
  name: string,
  kind: "p" | "u" | "f" | "c",
  columns: readonly number[] | null,
  /** Numbers of columns, in which those after the first {@link columns} are only included; null for no index. */
  indexColumns: string | null,
  targetSchema: string | null,
  target: string | null,
  targetColumns: readonly string[] | null,
  onDelete: string,
  onUpdate: string,
  match: string,
  deferrable: boolean,
  deferred: boolean,
  validated: boolean,
  noInherit: boolean,
  nullsNotDistinct: boolean,
  expression: string | null,
];

/** `$1`: oids of tables. What the server makes of a foreign key for each partition of its target is left out. */
export function constraintsQuery(versionNumber: number): string {
  return asJson(
    `con.conrelid::int8, con.conname, con.contype, con.conkey, i.indkey::text, fn.nspname, f.relname,
     CASE WHEN con.contype = 'f' THEN ARRAY(
       SELECT fa.attname FROM unnest(con.confkey) WITH ORDINALITY k(number, position)
       JOIN pg_catalog.pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = k.number ORDER BY k.position) END,
     con.confdeltype, con.confupdtype, con.confmatchtype, con.condeferrable, con.condeferred, con.convalidated,
     con.connoinherit, ${nullsNotDistinct(versionNumber)},
     CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid, true) END`,
    `pg_catalog.pg_constraint con
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid AND con.contype IN ('p', 'u')
     LEFT JOIN pg_catalog.pg_class f ON f.oid = con.confrelid
     LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
     WHERE con.conrelid = ANY ($1::oid[]) AND con.contype IN ('p', 'u', 'f', 'c') AND con.conparentid = 0`,
    "con.conrelid, con.conname",
  );
}

export type IndexRow = readonly [
  table: Oid,
  name: string,
  method: string,
  unique: boolean,
  nullsNotDistinct: boolean,
  /** Vectors as text, numbers with spaces between. A column of 0 is an expression. */
  columns: string,
  keyCount: number,
  options: string,
  operatorClasses: string,
  collations: string,
  /** One for every key that is an expression, in order. */
  expressions: readonly string[] | null,
  where: string | null,
  storage: readonly string[] | null,
  /** Parameters of operator classes: position from 1, and `name=value`. */
  parameters: readonly (readonly [position: number, texts: readonly string[]])[] | null,
];

/** Indexes that back no constraint. One that was never finished (INVALID) is none. `$1`: oids of tables. */
export function indexesQuery(versionNumber: number): string {
  const parameters = `(SELECT json_agg(json_build_array(xa.attnum, xa.attoptions))
    FROM pg_catalog.pg_attribute xa WHERE xa.attrelid = i.indexrelid AND xa.attoptions IS NOT NULL)`;
  return asJson(
    `i.indrelid::int8, ic.relname, am.amname, i.indisunique, ${nullsNotDistinct(versionNumber)},
     i.indkey::text, i.indnkeyatts, i.indoption::text, i.indclass::text, i.indcollation::text,
     CASE WHEN i.indexprs IS NOT NULL THEN (
       SELECT json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, p + 1, true) ORDER BY p)
       FROM generate_series(0, i.indnkeyatts - 1) p WHERE i.indkey[p] = 0) END,
     pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), ic.reloptions,
     ${versionNumber >= 130_000 ? parameters : "NULL"}`,
    `pg_catalog.pg_index i
     JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
     JOIN pg_catalog.pg_am am ON am.oid = ic.relam
     WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisvalid OR ic.relkind = 'I')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint con
         WHERE con.conindid = i.indexrelid AND con.conrelid = i.indrelid AND con.contype IN ('p', 'u', 'x'))`,
    "i.indrelid, ic.relname",
  );
}

export type OperatorClassRow = readonly [
  oid: Oid,
  method: string,
  type: Oid,
  isDefault: boolean,
  /** As it is written: with its schema where it has to be. */
  name: string,
];

export const operatorClassesQuery = asJson(
  `c.oid::int8, am.amname, c.opcintype::int8, c.opcdefault,
   CASE WHEN pg_catalog.pg_opclass_is_visible(c.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END || quote_ident(c.opcname)`,
  `pg_catalog.pg_opclass c
   JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod
   JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace`,
  "c.oid",
);

export type CollationRow = readonly [oid: Oid, name: string];

/** `$1`: oids of collations. */
export const collationsQuery = asJson(
  "c.oid::int8, c.collname",
  "pg_catalog.pg_collation c WHERE c.oid = ANY ($1::oid[])",
  "c.oid",
);

/** `column` is 0 for the table itself. */
export type CommentRow = readonly [table: Oid, column: number, text: string];

/** `$1`: oids of tables and views. */
export const commentsQuery = asJson(
  "d.objoid::int8, d.objsubid, d.description",
  "pg_catalog.pg_description d WHERE d.objoid = ANY ($1::oid[]) AND d.classoid = 'pg_catalog.pg_class'::regclass",
  "d.objoid, d.objsubid",
);

export type EnumRow = readonly [schema: string, name: string, values: readonly string[], comment: string | null];

/** `$1`: names of schemas. */
export const enumsQuery = asJson(
  `n.nspname, t.typname,
   ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
   pg_catalog.obj_description(t.oid, 'pg_type')`,
  `pg_catalog.pg_type t
   JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE n.nspname = ANY ($1::text[]) AND t.typtype = 'e'
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
       WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')`,
  "n.nspname, t.typname",
);

export type SchemaRow = readonly [name: string];

/** `$1`: names of schemas. */
export const schemasQuery = asJson(
  "n.nspname",
  "pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[])",
  "n.nspname",
);

export function asJson(columns: string, from: string, order: string): string {
  return `SELECT coalesce(json_agg(json_build_array(${columns}) ORDER BY ${order}), '[]')::text AS rows FROM ${from}`;
}

function nullsNotDistinct(versionNumber: number): string {
  return versionNumber >= 150_000 ? "coalesce(i.indnullsnotdistinct, false)" : "false";
}
