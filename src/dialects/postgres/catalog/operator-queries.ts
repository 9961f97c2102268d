/** Operators, and the classes and families that say which of them an index works with. */
import { bareOperator, isOwn, named, nameOf, operatorNamed, statements } from "./definition-parts.js";

/** An operator is not quoted; its schema would have to be said in `OPERATOR(schema.+)`, where others name it. */
export const operators = `SELECT 'operator', ${operatorName()} || ' (' || ${side("o.oprleft")} || ', ' || ${side("o.oprright")} || ')',
    'CREATE OPERATOR ' || ${operatorName()} || ' (FUNCTION = ' || o.oprcode::regproc
      || CASE WHEN o.oprleft <> 0 THEN ', LEFTARG = ' || pg_catalog.format_type(o.oprleft, NULL) ELSE '' END
      || CASE WHEN o.oprright <> 0 THEN ', RIGHTARG = ' || pg_catalog.format_type(o.oprright, NULL) ELSE '' END
      || CASE WHEN o.oprcom <> 0 THEN ', COMMUTATOR = ' || ${operatorNamed("o.oprcom")} ELSE '' END
      || CASE WHEN o.oprnegate <> 0 THEN ', NEGATOR = ' || ${operatorNamed("o.oprnegate")} ELSE '' END
      || CASE WHEN o.oprrest <> 0 THEN ', RESTRICT = ' || o.oprrest::regproc ELSE '' END
      || CASE WHEN o.oprjoin <> 0 THEN ', JOIN = ' || o.oprjoin::regproc ELSE '' END
      || CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END || CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END || ')',
    NULL, NULL, pg_catalog.obj_description(o.oid, 'pg_operator'), NULL::text[]
  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE n.nspname = ANY ($1::text[]) AND o.oprcode <> 0 AND ${isOwn("pg_operator", "o.oid")}`;

function operatorName(): string {
  return "CASE WHEN n.nspname = pg_catalog.current_schema() THEN '' ELSE pg_catalog.quote_ident(n.nspname) || '.' END || o.oprname";
}

function side(type: string): string {
  return `CASE WHEN ${type} = 0 THEN 'NONE' ELSE pg_catalog.format_type(${type}, NULL) END`;
}

/** Of an operator that an index sorts by: the order. */
const purpose = `CASE WHEN ao.amoppurpose = 'o' THEN ' FOR ORDER BY ' || ${nameOf("pg_opfamily", "opf", "ao.amopsortfamily")} ELSE '' END`;

function operand(type: string): string {
  return `pg_catalog.format_type(${type}, NULL)`;
}

/** Operators and functions that hang on a class or, loose, on its family. */
function members(catalog: "pg_opclass" | "pg_opfamily", oid: string): string {
  const hangsOn = (member: string, entry: string) => `EXISTS (SELECT FROM pg_catalog.pg_depend md
      WHERE md.classid = 'pg_catalog.${member}'::regclass AND md.objid = ${entry} AND md.refclassid = 'pg_catalog.${catalog}'::regclass
        AND md.refobjid = ${oid})`;
  return `(SELECT pg_catalog.string_agg(m.text, ', ' ORDER BY m.what, m.number, m.text) FROM (
      SELECT 1 AS what, ao.amopstrategy AS number, 'OPERATOR ' || ao.amopstrategy || ' ' || ${bareOperator("ao.amopopr")}
        || ' (' || ${operand("ao.amoplefttype")} || ', ' || ${operand("ao.amoprighttype")} || ')' || ${purpose} AS text
      FROM pg_catalog.pg_amop ao WHERE ${hangsOn("pg_amop", "ao.oid")}
      UNION ALL SELECT 2, ap.amprocnum, 'FUNCTION ' || ap.amprocnum
        || ' (' || ${operand("ap.amproclefttype")} || ', ' || ${operand("ap.amprocrighttype")} || ') ' || ap.amproc::regprocedure
      FROM pg_catalog.pg_amproc ap WHERE ${hangsOn("pg_amproc", "ap.oid")}) m)`;
}

/** With its members that are of no class. */
export const operatorFamilies = `SELECT 'operator family', ${named("n.nspname", "f.opfname")} || ' USING ' || pg_catalog.quote_ident(am.amname),
    'CREATE OPERATOR FAMILY ' || ${named("n.nspname", "f.opfname")} || ' USING ' || pg_catalog.quote_ident(am.amname),
    NULL, NULL, pg_catalog.obj_description(f.oid, 'pg_opfamily'),
    ${statements(`'ALTER OPERATOR FAMILY ' || ${named("n.nspname", "f.opfname")} || ' USING ' || pg_catalog.quote_ident(am.amname) || ' ADD ' || ${members("pg_opfamily", "f.oid")}`)}
  FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod
  JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_opfamily", "f.oid")}`;

export const operatorClasses = `SELECT 'operator class', ${named("n.nspname", "c.opcname")} || ' USING ' || pg_catalog.quote_ident(am.amname),
    'CREATE OPERATOR CLASS ' || ${named("n.nspname", "c.opcname")} || CASE WHEN c.opcdefault THEN ' DEFAULT' ELSE '' END
      || ' FOR TYPE ' || ${operand("c.opcintype")} || ' USING ' || pg_catalog.quote_ident(am.amname)
      || ' FAMILY ' || ${nameOf("pg_opfamily", "opf", "c.opcfamily")} || ' AS '
      || pg_catalog.concat_ws(', ', CASE WHEN c.opckeytype <> 0 THEN 'STORAGE ' || ${operand("c.opckeytype")}
           WHEN ${members("pg_opclass", "c.oid")} IS NULL THEN 'STORAGE ' || ${operand("c.opcintype")} END,
         ${members("pg_opclass", "c.oid")}),
    NULL, NULL, pg_catalog.obj_description(c.oid, 'pg_opclass'), NULL::text[]
  FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod
  JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
  WHERE n.nspname = ANY ($1::text[]) AND ${isOwn("pg_opclass", "c.oid")}`;
