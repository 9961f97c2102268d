/** What is in a database and comes out of no other query: told, so that nobody takes it for pulled. */

import type { PostgresConnection } from "../connection/connection.js";
import { PLAIN_MAPPING } from "./foreign-queries.js";

/** Catalogs of which every entry is read. */
const READ = [
  "proc",
  "operator",
  "opclass",
  "opfamily",
  "collation",
  "conversion",
  "ts_parser",
  "ts_template",
  "ts_dict",
  "ts_config",
  "statistic_ext",
  "extension",
]
  .map((name) => `'pg_catalog.pg_${name}'::regclass`)
  .join(", ");

/** Whatever depends on a schema and is of no kind that we know: also kinds that came after this was written. */
const inSchemas = `SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS what
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
  LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid
  LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n' AND n.nspname = ANY ($1::text[])
    AND d.classid NOT IN (${READ}) AND coalesce(c.relkind NOT IN ('r', 'p', 'v', 'm', 'S', 'f', 'c', 'i', 'I'), true)
    AND (t.oid IS NULL OR t.typtype NOT IN ('e', 'd', 'c', 'r', 'm') OR r.rngcanonical <> 0)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = d.classid AND x.objid = d.objid AND x.deptype = 'e')`;

/** Their connection strings hold passwords. */
const subscriptions = `SELECT 'subscription ' || s.subname FROM pg_catalog.pg_subscription s
  JOIN pg_catalog.pg_database b ON b.oid = s.subdbid WHERE b.datname = pg_catalog.current_database()`;

const mappings = `SELECT 'options of user mapping for ' || coalesce(um.usename, 'public') || ' on server ' || um.srvname
  FROM pg_catalog.pg_user_mappings um WHERE NOT (${PLAIN_MAPPING})`;

const labels = `SELECT 'security label on ' || l.objtype || ' ' || l.objname FROM pg_catalog.pg_seclabels l
  WHERE l.objnamespace IS NULL OR l.objnamespace IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1::text[]))`;

const onForeignTables = `SELECT pg_catalog.pg_describe_object('pg_catalog.pg_trigger'::regclass, t.oid, 0)
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'f' AND NOT t.tgisinternal AND n.nspname = ANY ($1::text[])
  UNION ALL SELECT pg_catalog.pg_describe_object('pg_catalog.pg_constraint'::regclass, k.oid, 0)
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'f' AND k.contype = 'c' AND NOT k.convalidated AND n.nspname = ANY ($1::text[])`;

/** Keys made `ON ONLY` their table, and not whole as long as some partition has no part of them. */
const unfinished = `SELECT 'index ' || pg_catalog.quote_ident(c.relname) || ' of ' || i.indrelid::pg_catalog.regclass
      || ' ON ONLY that table, without parts on '
      || (SELECT pg_catalog.string_agg(h.inhrelid::pg_catalog.regclass::text, ', ' ORDER BY h.inhrelid::pg_catalog.regclass::text)
        FROM pg_catalog.pg_inherits h WHERE h.inhparent = i.indrelid AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_index pi JOIN pg_catalog.pg_inherits ph ON ph.inhrelid = pi.indexrelid
          WHERE pi.indrelid = h.inhrelid AND ph.inhparent = i.indexrelid))
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'I'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE NOT i.indisvalid AND NOT c.relispartition AND n.nspname = ANY ($1::text[])`;

/** What a role grants on what it makes from then on: no privilege of anything that is there. */
const defaultPrivileges = `SELECT 'default privileges of role ' || pg_catalog.pg_get_userbyid(d.defaclrole) || ' on '
      || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' ELSE 'objects of the sort ' || d.defaclobjtype::text END
      || coalesce(' in schema ' || n.nspname, '')
  FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
  WHERE d.defaclnamespace = 0 OR n.nspname = ANY ($1::text[])`;

/** As people would name them: `subscription news`, `type public.point3d`. One query. */
export async function findUnread(
  connection: PostgresConnection,
  schemas: readonly string[],
  wantsGrants: boolean,
): Promise<readonly string[]> {
  const parts = [
    inSchemas,
    subscriptions,
    mappings,
    labels,
    onForeignTables,
    unfinished,
    ...(wantsGrants ? [defaultPrivileges] : []),
  ];
  const { rows } = await connection.query<{ what: string }>(
    `SELECT what FROM (${parts.join(" UNION ALL ")}) AS unread WHERE what IS NOT NULL ORDER BY what COLLATE "C"`,
    [[connection.defaultSchema, ...schemas]],
  );
  return rows.map(({ what }) => what);
}
