/** What we ask the catalog about keys, checks and indexes. Rows come as in `catalog-queries.ts`. */
import { asJson, type Oid } from "./catalog-queries.js";

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
  onDeleteColumns: readonly number[] | null,
  enforced: boolean,
  /** WITHOUT OVERLAPS of a key, PERIOD of a foreign key. */
  period: boolean,
  storage: readonly string[] | null,
  tablespace: string | null,
  comment: string | null,
];

/**
 * `$1`: oids of tables. What a partition or child has from its parent is left out, and what the server makes of a foreign
 * key for each partition of its target.
 */
export function constraintsQuery(versionNumber: number): string {
  const since = (version: number, column: string, otherwise: string) => (versionNumber >= version ? column : otherwise);
  return asJson(
    `con.conrelid::int8, con.conname, con.contype, con.conkey, i.indkey::text, fn.nspname, f.relname,
     CASE WHEN con.contype = 'f' THEN ARRAY(
       SELECT fa.attname FROM pg_catalog.unnest(con.confkey) WITH ORDINALITY k(number, position)
       JOIN pg_catalog.pg_attribute fa ON fa.attrelid = con.confrelid AND fa.attnum = k.number ORDER BY k.position) END,
     con.confdeltype, con.confupdtype, con.confmatchtype, con.condeferrable, con.condeferred, con.convalidated,
     con.connoinherit, ${nullsNotDistinct(versionNumber)},
     CASE WHEN con.contype = 'c' THEN pg_catalog.pg_get_expr(con.conbin, con.conrelid, true) END,
     ${since(150_000, "con.confdelsetcols", "NULL")}, ${since(180_000, "con.conenforced", "true")},
     ${since(180_000, "con.conperiod", "false")}, ic.reloptions, ts.spcname, cd.description`,
    `pg_catalog.pg_constraint con
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid AND con.contype IN ('p', 'u')
     LEFT JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
     LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
     LEFT JOIN pg_catalog.pg_class f ON f.oid = con.confrelid
     LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
     LEFT JOIN pg_catalog.pg_description cd ON cd.objoid = con.oid AND cd.objsubid = 0
       AND cd.classoid = 'pg_catalog.pg_constraint'::regclass
     WHERE con.conrelid = ANY ($1::oid[]) AND con.contype IN ('p', 'u', 'f', 'c') AND con.conparentid = 0
       AND (con.contype <> 'c' OR con.conislocal)`,
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
  tablespace: string | null,
  /** Targets of expressions: position from 1. */
  statistics: readonly (readonly [position: number, target: number])[] | null,
  comment: string | null,
  exclusion: readonly [operators: readonly string[], deferrable: boolean, deferred: boolean] | null,
  /** The partitions that have a part of it; null where none lacks one, and for what is no index of a partitioned table. */
  parts: readonly (readonly [schema: string, table: string])[] | null,
];

/** Of an index that was made `ON ONLY` its table: it stays invalid as long as some partition has no part of it. */
const incompleteParts = `WITH RECURSIVE part(oid) AS (
    SELECT h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent = i.indexrelid
    UNION ALL SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN part ON h.inhparent = part.oid),
  tree(oid) AS (
    SELECT h.inhrelid FROM pg_catalog.pg_inherits h WHERE h.inhparent = i.indrelid
    UNION ALL SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN tree ON h.inhparent = tree.oid)
  SELECT CASE WHEN (SELECT pg_catalog.count(*) FROM tree) > (SELECT pg_catalog.count(*) FROM part) THEN (
    SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(pn.nspname, pt.relname)), '[]'::json)
    FROM part JOIN pg_catalog.pg_index pi ON pi.indexrelid = part.oid
    JOIN pg_catalog.pg_class pt ON pt.oid = pi.indrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = pt.relnamespace) END`;

/**
 * Indexes that back no constraint but an exclusion. One that was never finished (INVALID) is none, and one that is part of
 * the parent's goes with that. `$1`: oids of tables.
 */
export function indexesQuery(versionNumber: number): string {
  const parameters = `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(xa.attnum, xa.attoptions))
    FROM pg_catalog.pg_attribute xa WHERE xa.attrelid = i.indexrelid AND xa.attoptions IS NOT NULL)`;
  const operator = `CASE WHEN pg_catalog.pg_operator_is_visible(o.oid) THEN o.oprname
    ELSE 'OPERATOR(' || pg_catalog.quote_ident(opn.nspname) || '.' || o.oprname || ')' END`;
  return asJson(
    `i.indrelid::int8, ic.relname, am.amname, i.indisunique, ${nullsNotDistinct(versionNumber)},
     i.indkey::text, i.indnkeyatts, i.indoption::text, i.indclass::text, i.indcollation::text,
     CASE WHEN i.indexprs IS NOT NULL THEN (
       SELECT pg_catalog.json_agg(pg_catalog.pg_get_indexdef(i.indexrelid, p + 1, true) ORDER BY p)
       FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) p WHERE i.indkey[p] = 0) END,
     pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), ic.reloptions,
     ${versionNumber >= 130_000 ? parameters : "NULL"}, ts.spcname,
     CASE WHEN i.indexprs IS NOT NULL THEN (
       SELECT pg_catalog.json_agg(pg_catalog.json_build_array(xs.attnum, xs.attstattarget) ORDER BY xs.attnum)
       FROM pg_catalog.pg_attribute xs WHERE xs.attrelid = i.indexrelid AND xs.attstattarget >= 0) END,
     coalesce(cd.description, id.description),
     CASE WHEN con.contype = 'x' THEN pg_catalog.json_build_array(ARRAY(
       SELECT ${operator} FROM pg_catalog.unnest(con.conexclop) WITH ORDINALITY k(oid, position)
       JOIN pg_catalog.pg_operator o ON o.oid = k.oid JOIN pg_catalog.pg_namespace opn ON opn.oid = o.oprnamespace
       ORDER BY k.position), con.condeferrable, con.condeferred) END,
     CASE WHEN ic.relkind = 'I' AND NOT i.indisvalid AND con.oid IS NULL THEN (${incompleteParts}) END`,
    `pg_catalog.pg_index i
     JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
     JOIN pg_catalog.pg_am am ON am.oid = ic.relam
     LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = ic.reltablespace
     LEFT JOIN pg_catalog.pg_constraint con ON con.conindid = i.indexrelid AND con.conrelid = i.indrelid
       AND con.contype IN ('p', 'u', 'x')
     LEFT JOIN pg_catalog.pg_description id ON id.objoid = ic.oid AND id.objsubid = 0
       AND id.classoid = 'pg_catalog.pg_class'::regclass
     LEFT JOIN pg_catalog.pg_description cd ON cd.objoid = con.oid AND cd.objsubid = 0
       AND cd.classoid = 'pg_catalog.pg_constraint'::regclass
     WHERE i.indrelid = ANY ($1::oid[]) AND (i.indisvalid OR ic.relkind = 'I') AND NOT ic.relispartition
       AND (con.oid IS NULL OR con.contype = 'x')`,
    "i.indrelid, ic.relname",
  );
}

export type AttachedIndexRow = readonly [
  table: Oid,
  parentIndex: string,
  name: string,
  columns: readonly string[],
  constraint: "p" | "u" | "x" | null,
];

/** Indexes of partitions that are part of an index of the parent. `$1`: oids of tables. */
export const attachedIndexesQuery = asJson(
  `i.indrelid::int8, pc.relname, ic.relname,
   ARRAY(SELECT pa.attname FROM pg_catalog.pg_attribute pa WHERE pa.attrelid = pc.oid ORDER BY pa.attnum), con.contype`,
  `pg_catalog.pg_inherits h
   JOIN pg_catalog.pg_class ic ON ic.oid = h.inhrelid AND ic.relkind IN ('i', 'I')
   JOIN pg_catalog.pg_index i ON i.indexrelid = ic.oid
   JOIN pg_catalog.pg_class pc ON pc.oid = h.inhparent
   LEFT JOIN pg_catalog.pg_constraint con ON con.conindid = ic.oid AND con.conrelid = i.indrelid
     AND con.contype IN ('p', 'u', 'x')
   WHERE i.indrelid = ANY ($1::oid[])`,
  "i.indrelid, pc.relname",
);

function nullsNotDistinct(versionNumber: number): string {
  return versionNumber >= 150_000 ? "coalesce(i.indnullsnotdistinct, false)" : "false";
}
