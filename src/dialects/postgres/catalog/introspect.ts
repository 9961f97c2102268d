/** Reads a schema out of PostgreSQL's catalog. */
import { filterObjectDefs } from "../../../schema/edit-objects.js";
import { tableOf } from "../../../schema/objects.js";
import type { PrivilegeTarget } from "../../../schema/privileges.js";
import {
  compact,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type ViewDef,
} from "../../../schema/schema.js";
import type { ObjectFilter } from "../../dialect.js";
import type { PostgresConnection } from "../connection/connection.js";
import { qualifiedName } from "../text/identifiers.js";
import { type Catalog, commentKey, readCatalog } from "./catalog.js";
import { readObjects } from "./read-objects.js";
import { readStorage } from "./read-parts.js";
import { readPrivileges } from "./read-privileges.js";
import { columnComments, type NameOf } from "./read-table.js";
import { readTables } from "./read-tables.js";
import type { RelationRow } from "./relation-queries.js";

/** Everything in the default schema and those of the filter, as the database stands now. */
export async function introspect(connection: PostgresConnection, filter: ObjectFilter): Promise<SchemaDef> {
  const { defaultSchema } = connection;
  const named = [...new Set(filter.schemas)].filter((name) => name !== defaultSchema);
  const scope: Scope = { defaultSchema, namedSchemas: named, searchPath: [defaultSchema] };
  const { privileges } = filter;
  const schema = await connection.isolated("read", async () => {
    const read = await readSchema(connection, scope);
    if (privileges === undefined || !(privileges.grants || privileges.owners)) return read;
    const all = [defaultSchema, ...named];
    return { ...read, ...(await readPrivileges(connection, all, nameIn(defaultSchema), privileges)) };
  });
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
  const schemas = [scope.defaultSchema, ...scope.namedSchemas];
  const catalog = await readCatalog(connection, schemas);
  const nameOf = nameIn(scope.defaultSchema);
  const { relations } = catalog;
  return {
    tables: keyed(readTables(catalog, nameOf)),
    enums: keyed(
      catalog.enums.map(([schema, name, values, comment]) => ({
        ...nameOf(schema, name),
        values,
        ...compact({ comment: comment ?? undefined }),
      })),
    ),
    views: keyed(relations.filter(([, , , kind]) => kind === "v").map((row) => readView(row, catalog, nameOf))),
    objects: await readObjects(connection, catalog, schemas, nameOf),
    ...readSchemas(catalog, scope),
  };
}

function readSchemas({ schemas }: Catalog, { defaultSchema }: Scope): Pick<SchemaDef, "schemas" | "schemaComments"> {
  const named = schemas.filter(([name]) => name !== defaultSchema);
  const comments = named.flatMap(([name, comment]) => (comment === null ? [] : [[name, comment] as const]));
  return {
    schemas: named.map(([name]) => name),
    ...(comments.length === 0 ? {} : { schemaComments: Object.fromEntries(comments) }),
  };
}

function nameIn(defaultSchema: string): NameOf {
  return (schema, name) => (schema === defaultSchema ? { name } : { name, schema });
}

function readView(row: RelationRow, catalog: Catalog, nameOf: NameOf): ViewDef {
  const [oid, schema, name, , definition, , , , options] = row;
  const rows = catalog.viewColumns.get(oid) ?? [];
  const defaults = rows.flatMap(([, column, , value]) => (value === null ? [] : [[column, value] as const]));
  return {
    ...nameOf(schema, name),
    definition: definition!.trim().replace(/;$/, ""),
    ...compact({
      comment: catalog.comments.get(commentKey(oid, 0)),
      options: readStorage(options),
      columnComments: columnComments(rows.map(([, column, comment]) => [column, comment])),
      columnDefaults: defaults.length === 0 ? undefined : Object.fromEntries(defaults),
    }),
  };
}

function keyed<T extends ObjectName>(objects: readonly T[]): Record<string, T> {
  return Object.fromEntries(objects.map((object) => [objectKey(object), object]));
}

function withoutIgnored(schema: SchemaDef, ignored: ObjectFilter["ignoreTables"], defaultSchema: string): SchemaDef {
  const nameOf = nameIn(defaultSchema);
  const keys = new Set(ignored.map((table) => objectKey(nameOf(table.schema ?? defaultSchema, table.name))));
  const kept = Object.entries(schema.tables).filter(([, table]) => !keys.has(objectKey(objectName(table))));
  const isShown = (table: ObjectName | undefined) => table === undefined || !keys.has(objectKey(table));
  const shown = filterObjectDefs(schema, (object) => isShown(tableOf(object)));
  return { ...shown, ...shownPrivileges(schema, keys), tables: Object.fromEntries(kept) };
}

function shownPrivileges(
  { privileges, owners }: SchemaDef,
  ignored: ReadonlySet<string>,
): Pick<SchemaDef, "privileges" | "owners"> {
  const isShown = (on: PrivilegeTarget) => on.type !== "table" || !ignored.has(objectKey(on));
  const shown = <T extends { readonly on: PrivilegeTarget }>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, { on }]) => isShown(on)));
  return {
    ...(privileges === undefined ? {} : { privileges: shown(privileges) }),
    ...(owners === undefined ? {} : { owners: shown(owners) }),
  };
}
