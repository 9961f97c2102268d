/**
 * What we ask the catalog: a constant number of queries for any number of tables.
 *
 * Each gives one row with one column `rows` of JSON text, which no type parser of the application's can change, and in
 * it an array for every row, in the order of the tuple type beside the query. Names of columns, types, operator classes
 * and collations go over once; elsewhere they are numbers. Works from version 12 on.
 *
 * @see https://www.postgresql.org/docs/current/catalogs.html
 */

import { collationName } from "./definition-parts.js";

export type Oid = number;

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
  /** Is it there only since a parent of the table has it? */
  inherited: boolean,
  /** What is not as the type and the server have it. */
  storage: ColumnStorageRow | null,
  notNullName: string | null,
  notNullNoInherit: boolean,
  notNullNotValid: boolean,
];

export type ColumnStorageRow = readonly [
  storage: "p" | "e" | "x" | "m" | null,
  compression: "p" | "l" | null,
  statistics: number | null,
  options: readonly string[] | null,
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
        AND (pg_catalog.octet_length(${usual}) > 63 OR (pg_catalog.starts_with(sc.relname, ${usual})
          AND pg_catalog.substr(sc.relname, pg_catalog.length(${usual}) + 1) ~ '^[0-9]*$'))))`;
}

/** `$1`: oids of tables. */
export function columnsQuery(versionNumber: number): string {
  const compression = versionNumber >= 140_000 ? "nullif(a.attcompression, '')" : "NULL";
  // Before version 17 every column has a target, and -1 is what none has.
  const statistics = "nullif(a.attstattarget, -1)";
  const named = versionNumber >= 180_000;
  const notNull = named
    ? "nn.conname, coalesce(nn.connoinherit, false), NOT coalesce(nn.convalidated, true)"
    : "NULL, false, false";
  return asJson(
    `a.attrelid::int8, a.attnum, a.attname, a.atttypid::int8,
   CASE WHEN a.atttypmod <> -1 THEN pg_catalog.format_type(a.atttypid, a.atttypmod) END,
   a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid, true), a.attidentity, a.attgenerated,
   a.attcollation::int8,
   CASE WHEN s.seqrelid IS NOT NULL THEN pg_catalog.json_build_array(s.seqstart::text, s.seqincrement::text, s.seqmin::text,
     s.seqmax::text, s.seqcache::text, s.seqcycle) END,
   CASE WHEN d.oid IS NULL OR s.seqrelid IS NULL THEN false
     ELSE EXISTS (SELECT FROM pg_catalog.pg_depend dd
       WHERE dd.classid = 'pg_catalog.pg_attrdef'::regclass AND dd.objid = d.oid
         AND dd.refclassid = 'pg_catalog.pg_class'::regclass AND dd.refobjid = s.seqrelid)
       AND ${isSerialSequence("s", "a")} END,
   NOT a.attislocal,
   CASE WHEN a.attstorage <> at.typstorage OR ${compression} IS NOT NULL OR ${statistics} IS NOT NULL OR a.attoptions IS NOT NULL
     THEN pg_catalog.json_build_array(nullif(a.attstorage, at.typstorage), ${compression}, ${statistics}, a.attoptions) END,
   ${notNull}`,
    `pg_catalog.pg_attribute a
   JOIN pg_catalog.pg_type at ON at.oid = a.atttypid
   ${named ? "LEFT JOIN pg_catalog.pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum] AND nn.conislocal" : ""}
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
}

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
   CASE WHEN pg_catalog.pg_opclass_is_visible(c.oid) THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || pg_catalog.quote_ident(c.opcname)`,
  `pg_catalog.pg_opclass c
   JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod
   JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace`,
  "c.oid",
);

export type CollationRow = readonly [oid: Oid, name: string];

/** `$1`: oids of collations. */
export const collationsQuery = asJson(
  `c.oid::int8, ${collationName("c")}`,
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

export type SchemaRow = readonly [name: string, comment: string | null];

/** `$1`: names of schemas. */
export const schemasQuery = asJson(
  "n.nspname, pg_catalog.obj_description(n.oid, 'pg_namespace')",
  "pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1::text[])",
  "n.nspname",
);

export function asJson(columns: string, from: string, order: string): string {
  return `SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(${columns}) ORDER BY ${order}), '[]')::text AS rows FROM ${from}`;
}
