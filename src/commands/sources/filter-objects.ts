/** What `includeObject` of the config leaves out of comparing, on both sides alike. */
import type { ComparedObject, EnvironmentConfig } from "../../config/config.js";
import { filterObjectDefs } from "../../schema/edit-objects.js";
import { wholeTable } from "../../schema/inheritance.js";
import { tableOf } from "../../schema/objects.js";
import { privilegesWithin } from "../../schema/privilege-scope.js";
import { compact, type ObjectName, objectKey, objectName, type SchemaDef, type TableDef } from "../../schema/schema.js";

/** The schema without what the hook says no to; what belongs to a column or table that is out is out as well. */
export function filterObjects(
  schema: SchemaDef,
  source: ComparedObject["source"],
  include: EnvironmentConfig["includeObject"],
): SchemaDef {
  if (include === undefined) return schema;
  const wanted = (object: Omit<ComparedObject, "source">) => include({ ...object, source });
  const objects = <T extends { readonly name: string; readonly schema?: string }>(
    kind: ComparedObject["kind"],
    all: Readonly<Record<string, T>>,
  ) => Object.fromEntries(Object.entries(all).filter(([, object]) => wanted({ kind, ...objectName(object) })));
  const tables = objects("table", schema.tables);
  const isThere = (table: ObjectName | undefined) =>
    table === undefined || !(objectKey(table) in schema.tables) || objectKey(table) in tables;
  const shown = filterObjectDefs(schema, (object) => {
    const table = tableOf(object);
    const named = compact({ kind: object.kind, ...objectName(object), table: table?.name });
    return isThere(table) && wanted({ ...named, ...compact({ schema: object.schema ?? table?.schema }) });
  });
  const kept = {
    ...shown,
    tables: Object.fromEntries(Object.entries(tables).map(([key, table]) => [key, filterTable(table, wanted, schema)])),
    enums: objects("enum", schema.enums),
    views: objects("view", schema.views),
    schemas: schema.schemas.filter((name) => wanted({ kind: "schema", name })),
  };
  return { ...kept, ...privilegesWithin(schema, kept) };
}

function filterTable(
  table: TableDef,
  wanted: (object: Omit<ComparedObject, "source">) => boolean,
  schema: SchemaDef,
): TableDef {
  const place = compact({ schema: table.schema, table: table.name });
  const columns = table.columns.filter((column) => wanted({ kind: "column", name: column.name, ...place }));
  const isOut = (name: string) => table.columns.some((column) => column.name === name && !columns.includes(column));
  const all = wholeTable(schema, table).columns.map((column) => column.name);
  const names = new Set(all.filter((name) => !isOut(name)));
  const known = (list: readonly string[]) => list.every((name) => names.has(name));
  const keys = <T extends { readonly name: string | null; readonly columns: readonly string[] }>(
    kind: ComparedObject["kind"],
    items: readonly T[],
  ) => items.filter((item) => known(item.columns) && wanted({ kind, name: item.name, ...place }));
  const { primaryKey, excludes = [], ...rest } = table;
  const keptExcludes = excludes.filter(({ elements }) => known(elements.flatMap(({ column }) => column ?? [])));
  const [keptKey] = primaryKey === undefined ? [] : keys("primaryKey", [primaryKey]);
  return {
    ...rest,
    columns,
    ...(keptExcludes.length === 0 ? {} : { excludes: keptExcludes }),
    ...(keptKey === undefined ? {} : { primaryKey: keptKey }),
    uniques: keys("unique", table.uniques),
    foreignKeys: keys("foreignKey", table.foreignKeys),
    checks: table.checks.filter((check) => wanted({ kind: "check", name: check.name, ...place })),
    indexes: table.indexes.filter(
      (index) =>
        known(index.elements.flatMap((element) => (element.column === undefined ? [] : [element.column]))) &&
        wanted({ kind: "index", name: index.name, ...place }),
    ),
  };
}
