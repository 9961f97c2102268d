/** Grants and owners of everything in the schemas, in one query. What belongs to an extension is left out. */
import { plainPrivileges } from "../../../schema/column-privileges.js";
import {
  type OwnerDef,
  type PrivilegeDef,
  type PrivilegeTarget,
  privilegeKey,
  targetKey,
} from "../../../schema/privileges.js";
import type { SchemaDef } from "../../../schema/schema.js";
import type { PostgresConnection } from "../connection/connection.js";
import { isOwn } from "./definition-parts.js";
import { FIRST_OWN } from "./language-queries.js";
import type { NameOf } from "./read-table.js";

type Place = readonly [type: PrivilegeTarget["type"], schema: string | null, name: string, signature: string | null];
interface Rows {
  readonly grants: readonly (readonly [...Place, role: string, privilege: string, grantable: boolean])[];
  readonly withheld: readonly Place[];
  readonly owners: readonly (readonly [...Place, role: string])[];
}

export async function readPrivileges(
  connection: PostgresConnection,
  schemas: readonly string[],
  nameOf: NameOf,
  wanted: { readonly grants: boolean; readonly owners: boolean },
): Promise<Pick<SchemaDef, "privileges" | "owners">> {
  const { rows } = await connection.query<{ rows: string }>(query, [schemas]);
  const found = JSON.parse(rows[0]!.rows) as Rows;
  const on = ([type, schema, name, signature]: Place): PrivilegeTarget => ({
    type,
    ...(schema === null ? { name } : nameOf(schema, name)),
    ...(signature === null ? {} : { signature }),
  });
  const grants = new Map<string, PrivilegeDef>();
  const add = (place: Omit<PrivilegeDef, "privileges">, privilege: string) => {
    const key = privilegeKey(place);
    const all = [...(grants.get(key)?.privileges ?? []), ...plainPrivileges(privilege)];
    grants.set(key, { ...place, privileges: all.sort() });
  };
  for (const [type, schema, name, signature, role, privilege, grantable] of found.grants) {
    const way = grantable ? { way: "grantable" as const } : {};
    add({ on: on([type, schema, name, signature]), role, ...way }, privilege);
  }
  for (const place of found.withheld) {
    add({ on: on(place), role: "public", way: "withheld" }, place[0] === "function" ? "execute" : "usage");
  }
  const owners = found.owners.map(([type, schema, name, signature, role]): OwnerDef => {
    return { on: on([type, schema, name, signature]), role };
  });
  return {
    ...(wanted.grants ? { privileges: Object.fromEntries(grants) } : {}),
    ...(wanted.owners ? { owners: Object.fromEntries(owners.map((one) => [targetKey(one.on), one])) } : {}),
  };
}

/** A sequence of a column has the owner of its table. */
const isFree = `NOT EXISTS (SELECT FROM pg_catalog.pg_depend sd WHERE sd.classid = 'pg_catalog.pg_class'::regclass
    AND sd.objid = c.oid AND sd.refobjsubid > 0 AND sd.deptype IN ('a', 'i'))`;

const inSchema = "n.nspname = ANY ($1::text[])";
const usual = `SELECT 'language' AS type, NULL::name AS schema, l.lanname AS name, NULL::text AS signature, l.lanacl AS acl, l.lanowner AS owner, true AS owned
    FROM pg_catalog.pg_language l WHERE l.oid >= ${FIRST_OWN} AND ${isOwn("pg_language", "l.oid")}`;

const objects = [
  usual,
  `SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname, NULL, c.relacl, c.relowner,
     c.relkind <> 'S' OR ${isFree}
   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE ${inSchema} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')`,
  `SELECT 'function', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), p.proacl, p.proowner, true
   FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
   WHERE ${inSchema} AND ${isOwn("pg_proc", "p.oid")}`,
  `SELECT 'type', n.nspname, t.typname, NULL, t.typacl, t.typowner, true
   FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
   WHERE ${inSchema} AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c')) AND ${isOwn("pg_type", "t.oid")}`,
  `SELECT 'schema', NULL, n.nspname, NULL, n.nspacl, n.nspowner, n.nspname <> 'public'
   FROM pg_catalog.pg_namespace n WHERE ${inSchema}`,
  `SELECT 'foreign server', NULL, s.srvname, NULL, s.srvacl, s.srvowner, true
   FROM pg_catalog.pg_foreign_server s WHERE ${isOwn("pg_foreign_server", "s.oid")}`,
  `SELECT 'foreign data wrapper', NULL, w.fdwname, NULL, w.fdwacl, w.fdwowner, true
   FROM pg_catalog.pg_foreign_data_wrapper w WHERE ${isOwn("pg_foreign_data_wrapper", "w.oid")}`,
].join(" UNION ALL ");

const place = "o.type, o.schema, o.name, o.signature";
const role = "CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee) END";
/** What a new database has on its schema `public`, and everybody on a new function, type or language. */
const isUsual = `(a.grantee = 0 AND ((o.type = 'schema' AND o.name = 'public' AND a.privilege_type = 'USAGE')
    OR (o.type IN ('function', 'type', 'language') AND NOT a.is_grantable)))`;

const query = `WITH o AS MATERIALIZED (${objects})
  SELECT pg_catalog.json_build_object(
    'grants', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(g.type, g.schema, g.name, g.signature, g.role, g.privilege, g.grantable)), '[]') FROM (
      SELECT ${place}, ${role} AS role, pg_catalog.lower(a.privilege_type) AS privilege, a.is_grantable AS grantable
      FROM o, LATERAL pg_catalog.aclexplode(o.acl) a WHERE a.grantee <> o.owner AND NOT ${isUsual}
      UNION ALL SELECT 'table', n.nspname, c.relname, NULL, ${role}, pg_catalog.lower(a.privilege_type) || ' (' || pg_catalog.quote_ident(t.attname) || ')', a.is_grantable
      FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, LATERAL pg_catalog.aclexplode(t.attacl) a
      WHERE ${inSchema} AND t.attnum > 0 AND NOT t.attisdropped AND t.attacl IS NOT NULL AND a.grantee <> c.relowner) g),
    'withheld', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(${place})), '[]') FROM o
      WHERE o.acl IS NOT NULL AND o.type IN ('function', 'type', 'language')
        AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(o.acl) a WHERE a.grantee = 0)),
    'owners', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(${place}, pg_catalog.pg_get_userbyid(o.owner))), '[]') FROM o WHERE o.owned)
  )::text AS rows`;
