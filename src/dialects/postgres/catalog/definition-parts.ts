/** Parts of the queries that write definitions. */

/** The name without the schema that comes first in the search path. */
export function named(schema: string, name: string): string {
  return `CASE WHEN ${schema} = pg_catalog.current_schema() THEN '' ELSE pg_catalog.quote_ident(${schema}) || '.' END || pg_catalog.quote_ident(${name})`;
}

/** As models and operations say it: by its name, and with its schema in double quotes where the search path lacks that. */
export function collationName(of: string): string {
  const quoted = (name: string) => `'"' || pg_catalog.replace(${name}, '"', '""') || '"'`;
  return `CASE WHEN pg_catalog.pg_collation_is_visible(${of}.oid) AND ${of}.collname !~ '^"' THEN ${of}.collname ELSE
    (SELECT ${quoted("cn.nspname")} FROM pg_catalog.pg_namespace cn WHERE cn.oid = ${of}.collnamespace)
    || '.' || ${quoted(`${of}.collname`)} END`;
}

/** No object of an extension, and none that the server made for another. */
export function isOwn(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend xd
    WHERE xd.classid = 'pg_catalog.${catalog}'::regclass AND xd.objid = ${oid} AND xd.deptype IN ('e', 'i'))`;
}

/** The name of what a catalog has under this number: `pg_opclass`, `opc`. */
export function nameOf(catalog: string, prefix: string, oid: string): string {
  return `(SELECT ${named("zn.nspname", `z.${prefix}name`)} FROM pg_catalog.${catalog} z
    JOIN pg_catalog.pg_namespace zn ON zn.oid = z.${prefix}namespace WHERE z.oid = ${oid})`;
}

export function operatorNamed(oid: string): string {
  return `(SELECT 'OPERATOR(' || pg_catalog.quote_ident(xn.nspname) || '.' || xo.oprname || ')' FROM pg_catalog.pg_operator xo
    JOIN pg_catalog.pg_namespace xn ON xn.oid = xo.oprnamespace WHERE xo.oid = ${oid})`;
}

/** As where only an operator can stand. */
export function bareOperator(oid: string): string {
  return `(SELECT pg_catalog.quote_ident(xn.nspname) || '.' || xo.oprname FROM pg_catalog.pg_operator xo
    JOIN pg_catalog.pg_namespace xn ON xn.oid = xo.oprnamespace WHERE xo.oid = ${oid})`;
}

export function optionList(column: string): string {
  return `coalesce(' OPTIONS (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(option_name) || ' ' || pg_catalog.quote_literal(option_value), ', ')
    FROM pg_catalog.pg_options_to_table(${column})) || ')', '')`;
}

/** Statements after the definition, without those that are null; null when none is left. */
export function statements(...texts: readonly string[]): string {
  return `nullif(pg_catalog.array_remove(ARRAY[${texts.join(", ")}]::text[], NULL), '{}')`;
}
