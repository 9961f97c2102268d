/**
 * Grants and the owner of what is dropped and made again, as queries: one says what there is, another what statements
 * give it back to the thing that has come in its place. Both run on the server alone, so that a script can do the same.
 */
import type { KeptTarget } from "../../../operations/kept-targets.js";
import { GRANT_WORDS, OWNER_WORDS } from "../../../operations/privileges.js";
import type { PrivilegeTarget } from "../../../schema/privileges.js";
import { quoteText } from "../../../util/quote.js";
import type { PrivilegeKeeping } from "../../privilege-keeping.js";
import { ddl } from "../text/ddl.js";

export const keeping: PrivilegeKeeping = {
  read: (target) => `SELECT pg_catalog.json_build_object('owner', o.owner, 'acl', ${entries("o.acl")}, 'columns', (
      SELECT pg_catalog.json_object_agg(t.attname, ${entries("t.attacl")}) FROM pg_catalog.pg_attribute t
      WHERE t.attrelid = o.relation AND t.attnum > 0 AND NOT t.attisdropped AND t.attacl IS NOT NULL
    ))::text AS kept, ${refusal(target)} AS refusal FROM (${thing(target)}) o`,
  giveBack,
  readInScript: (target, slot, isLocal) =>
    block(
      `BEGIN PERFORM pg_catalog.set_config('${slot}', (SELECT kept FROM (${keeping.read(target)}) k), ${isLocal}); END`,
      KEEPS,
    ),
  giveBackInScript: (target, slot) =>
    block(
      `DECLARE statement text; BEGIN FOR statement IN ${giveBack(target, setting(slot))} LOOP EXECUTE statement; END LOOP; END`,
      GIVES_BACK,
    ),
};

const KEEPS = "remembers whose the next is and who may do what";
const GIVES_BACK = "its owner and grants as they were";

/** The setting as JSON; null where there was no such thing. */
function setting(slot: string): string {
  return `nullif(pg_catalog.current_setting('${slot}', true), '')`;
}

/** The remark stands on one line, whatever names are in it. */
export function block(body: string, remark: string): string {
  let tag = "$$";
  for (let number = 1; body.includes(tag); number++) tag = `$tsm${number}$`;
  return `-- ${remark.replace(/\s+/g, " ")}\nDO ${tag} ${body} ${tag}`;
}

function entries(acl: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.grantee, a.privilege_type, a.is_grantable))
      FROM pg_catalog.aclexplode(${acl}) a)`;
}

/** Where a thing stands in the catalogs, and the letter that the defaults of its privileges have there. */
const CATALOGS: Readonly<Record<PrivilegeTarget["type"], readonly [table: string, prefix: string, letter: string]>> = {
  table: ["pg_class", "rel", "r"],
  sequence: ["pg_class", "rel", "s"],
  function: ["pg_proc", "pro", "f"],
  type: ["pg_type", "typ", "T"],
  schema: ["pg_namespace", "nsp", "n"],
  language: ["pg_language", "lan", "l"],
  "foreign server": ["pg_foreign_server", "srv", "S"],
  "foreign data wrapper": ["pg_foreign_data_wrapper", "fdw", "F"],
};

const FINDERS: Readonly<Partial<Record<PrivilegeTarget["type"], string>>> = {
  table: "to_regclass",
  sequence: "to_regclass",
  function: "to_regprocedure",
  type: "to_regtype",
  schema: "to_regnamespace",
};

/** A query of its owner and privileges, with those that go without saying; `relation` is null where it has no columns. */
function thing(target: KeptTarget): string {
  const { on } = target;
  const [table, prefix, letter] = CATALOGS[on.type];
  const finder = FINDERS[on.type];
  const name = on.type === "function" ? `${nameIn(target)}(${on.signature ?? ""})` : nameIn(target);
  const found =
    finder === undefined
      ? `pg_catalog.quote_ident(x.${prefix}name) = pg_catalog.quote_ident(${quoteText(on.name)})`
      : `x.oid = pg_catalog.${finder}(${quoteText(name)})`;
  const relation = on.type === "table" ? "x.oid" : "NULL::oid";
  const place = IN_SCHEMAS.has(on.type) ? `x.${prefix}namespace` : "NULL::oid";
  return `SELECT x.${prefix}owner AS owner, ${relation} AS relation, ${place} AS place,
      coalesce(x.${prefix}acl, pg_catalog.acldefault('${letter}', x.${prefix}owner)) AS acl
    FROM pg_catalog.${table} x WHERE ${found}`;
}

const IN_SCHEMAS: ReadonlySet<string> = new Set(["table", "sequence", "function", "type"]);

/**
 * Why this role could not give the thing back to its owner, as JSON; null where it can, or where it is the owner itself.
 * A column keeps the owner of its table.
 */
function refusal({ column }: KeptTarget): string {
  if (column !== undefined) return "NULL";
  const may = `CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END`;
  const isMember = `pg_catalog.pg_has_role(current_user, o.owner, ${may})`;
  return `(SELECT pg_catalog.json_build_object('owner', pg_catalog.pg_get_userbyid(o.owner), 'role', current_user,
      'schema', CASE WHEN ${isMember} THEN (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = o.place) END)
    FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND NOT r.rolsuper AND r.oid <> o.owner
      AND NOT (${isMember} AND (o.place IS NULL OR pg_catalog.has_schema_privilege(o.owner, o.place, 'CREATE'))))`;
}

function nameIn({ on, written }: KeptTarget): string {
  return written ?? ddl.name(on);
}

function giveBack(target: KeptTarget, kept: string): string {
  const { on, column } = target;
  const signature = on.type === "function" ? `(${on.signature ?? ""})` : "";
  const named = (words: Readonly<Record<string, string>>) =>
    quoteText(`${words[on.type] ?? on.type.toUpperCase()} ${nameIn(target)}${signature}`);
  const role = (oid: string) =>
    `CASE WHEN ${oid} = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(${oid})) END`;
  // Whoever makes it again owns it, until it is given back: what the maker may do is what the owner may.
  const isOwner = "CASE WHEN a.grantee = o.owner THEN o.was ELSE a.grantee END";
  const entry = (json: string) =>
    `(${json}->>0)::oid AS grantee, ${json}->>1 AS privilege, (${json}->>2)::boolean AS grantable`;
  return `WITH o AS (SELECT x.*, (k.kept->>'owner')::oid AS was, k.kept FROM (${thing(target)}) x,
      (SELECT (${kept})::json AS kept) k WHERE k.kept IS NOT NULL),
    own AS (SELECT t.attname::text AS name, t.attacl AS acl FROM o JOIN pg_catalog.pg_attribute t ON t.attrelid = o.relation
      WHERE t.attnum > 0 AND NOT t.attisdropped${column === undefined ? "" : ` AND t.attname = ${quoteText(column)}`}),
    wanted AS (
      SELECT NULL::text AS name, ${entry("e")} FROM o, pg_catalog.json_array_elements(o.kept->'acl') e
      UNION SELECT c.key, ${entry("e")} FROM o, pg_catalog.json_each(nullif(o.kept->>'columns', 'null')::json) c
        JOIN own ON own.name = c.key, pg_catalog.json_array_elements(c.value) e),
    found AS (
      SELECT NULL::text AS name, ${isOwner} AS grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
      FROM o, pg_catalog.aclexplode(o.acl) a
      UNION SELECT own.name, ${isOwner}, a.privilege_type, a.is_grantable FROM o, own, pg_catalog.aclexplode(own.acl) a),
    changes AS (
      SELECT 1 AS step, * FROM (TABLE found EXCEPT TABLE wanted) gone
      UNION ALL SELECT 2, * FROM (TABLE wanted EXCEPT TABLE found) missing)
    SELECT s.sql FROM (
      SELECT 0 AS step, '' AS role, 'ALTER ' || ${named(OWNER_WORDS)} || ' OWNER TO ' || ${role("o.was")} AS sql
      FROM o WHERE o.was <> o.owner${column === undefined ? "" : " AND false"}
      UNION ALL SELECT c.step, ${role("c.grantee")}, CASE c.step WHEN 1 THEN 'REVOKE ' ELSE 'GRANT ' END
        || pg_catalog.string_agg(c.privilege || coalesce(' (' || pg_catalog.quote_ident(c.name) || ')', ''), ', ' ORDER BY c.name NULLS FIRST, c.privilege)
        || ' ON ' || ${named(GRANT_WORDS)} || CASE c.step WHEN 1 THEN ' FROM ' ELSE ' TO ' END || ${role("c.grantee")}
        || CASE WHEN c.step = 2 AND c.grantable THEN ' WITH GRANT OPTION' ELSE '' END
      FROM changes c WHERE ${column === undefined ? "true" : "c.name IS NOT NULL"} GROUP BY c.step, c.grantee, c.grantable
    ) s ORDER BY s.step, s.role, s.sql`;
}
