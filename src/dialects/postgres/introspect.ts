/** Reads a schema out of PostgreSQL's catalog. */
import type { SchemaDef, ViewDef } from "../../schema/schema.js";
import { compact, type ObjectName, objectKey, objectName } from "../../schema/schema.js";
import type { ObjectFilter } from "../dialect.js";
import * as catalog from "./catalog-queries.js";
import type { PostgresConnection } from "./connection.js";
import { qualifiedName } from "./identifiers.js";
import { type CatalogRows, type NameOf, readTable } from "./read-table.js";

/** Everything in the default schema and those of the filter, as the database stands now. */
export async function introspect(connection: PostgresConnection, filter: ObjectFilter): Promise<SchemaDef> {
  const { defaultSchema } = connection;
  const named = [...new Set(filter.schemas)].filter((name) => name !== defaultSchema);
  const scope: Scope = { defaultSchema, namedSchemas: named, searchPath: [defaultSchema] };
  const schema = await connection.isolated("read", () => readSchema(connection, scope));
  return withoutIgnored(schema, filter.ignoreTables, defaultSchema);
}

export interface Scope {
  /** Objects in it have no `schema`. */
  readonly defaultSchema: string;
  readonly namedSchemas: readonly string[];
  /**
   * What names are printed against. With the default schema alone its objects come out bare and all others qualified,
   * so that every text means the same wherever it is run again.
   */
  readonly searchPath: readonly string[];
}

/** Reads within the open transaction, whose search path stays changed. */
export async function readSchema(connection: PostgresConnection, scope: Scope): Promise<SchemaDef> {
  const path = scope.searchPath.map((name) => qualifiedName({ name })).join(", ");
  await connection.query("SELECT pg_catalog.set_config('search_path', $1, true)", [path]);
  const all = [scope.defaultSchema, ...scope.namedSchemas];
  const { versionNumber } = connection.facts;
  const ask = async <Row>(sql: string): Promise<readonly Row[]> => {
    const { rows } = await connection.query<{ rows: string }>(sql, [all]);
    return JSON.parse(rows[0]!.rows) as readonly Row[];
  };
  const relations = await ask<catalog.RelationRow>(catalog.relationsQuery);
  const rows: CatalogRows = {
    columns: byTable(await ask<catalog.ColumnRow>(catalog.columnsQuery)),
    constraints: byTable(await ask<catalog.ConstraintRow>(catalog.constraintsQuery(versionNumber))),
    indexes: byTable(await ask<catalog.IndexRow>(catalog.indexesQuery(versionNumber))),
  };
  const enums = await ask<catalog.EnumRow>(catalog.enumsQuery);
  const schemas = await ask<{ readonly name: string }>(catalog.schemasQuery);
  const nameOf = nameIn(scope.defaultSchema);
  const tables = relations.filter((row) => row.kind !== "v").map((row) => readTable(row, rows, nameOf));
  return {
    tables: keyed(tables),
    enums: keyed(
      enums.map(({ schema, name, values, comment }) => ({
        ...nameOf(schema, name),
        values,
        ...compact({ comment: comment ?? undefined }),
      })),
    ),
    views: keyed(relations.filter((row) => row.kind === "v").map((row) => readView(row, nameOf))),
    schemas: schemas.map((row) => row.name).filter((name) => name !== scope.defaultSchema),
  };
}

function nameIn(defaultSchema: string): NameOf {
  return (schema, name) => (schema === defaultSchema ? { name } : { name, schema });
}

function readView(row: catalog.RelationRow, nameOf: NameOf): ViewDef {
  return {
    ...nameOf(row.schema, row.name),
    definition: row.definition!.trim().replace(/;$/, ""),
    ...compact({ comment: row.comment ?? undefined }),
  };
}

function byTable<Row extends { readonly table: number }>(rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> {
  const grouped = new Map<number, Row[]>();
  for (const row of rows) {
    const group = grouped.get(row.table);
    if (group === undefined) grouped.set(row.table, [row]);
    else group.push(row);
  }
  return grouped;
}

function keyed<T extends ObjectName>(objects: readonly T[]): Record<string, T> {
  return Object.fromEntries(objects.map((object) => [objectKey(object), object]));
}

function withoutIgnored(schema: SchemaDef, ignored: ObjectFilter["ignoreTables"], defaultSchema: string): SchemaDef {
  const nameOf = nameIn(defaultSchema);
  const keys = new Set(ignored.map((table) => objectKey(nameOf(table.schema ?? defaultSchema, table.name))));
  const kept = Object.entries(schema.tables).filter(([, table]) => !keys.has(objectKey(objectName(table))));
  return { ...schema, tables: Object.fromEntries(kept) };
}
