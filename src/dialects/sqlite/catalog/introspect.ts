/** Reads a whole database into the neutral structure, from the texts that SQLite keeps. */
import { objectsByKey } from "../../../schema/objects.js";
import type { ForeignKeyDef, SchemaDef, TableDef, ViewDef } from "../../../schema/schema.js";
import { objectKey } from "../../../schema/schema.js";
import type { Connection, ObjectFilter } from "../../dialect.js";
import { type IndexNode, parseCreateIndex, parseCreateView } from "../text/parse-create-index.js";
import { parseCreateTable } from "../text/parse-create-table.js";
import type { StoredObject } from "./live-facts.js";
import { isVirtual } from "./probes.js";
import { readObjects } from "./read-objects.js";
import { readTable, sameName } from "./read-table.js";
import { readStoredObjects } from "./refresh.js";
import { hiddenTables } from "./shadow-tables.js";
import { isNameless, leftAlone, namelessTables } from "./unsayable.js";

/** Two queries at the most, however many tables there are. */
export async function introspect(connection: Connection, filter: ObjectFilter): Promise<SchemaDef> {
  const objects = await readStoredObjects(connection);
  const hidden = new Set([...(await hiddenTables(connection, objects)), ...leftAlone(objects).keys()]);
  const ignored = new Set(filter.ignoreTables.map((table) => table.name.toLowerCase()));
  const shown = objects.filter(
    (object) => !hidden.has(object.table.toLowerCase()) && !ignored.has(object.table.toLowerCase()),
  );
  const virtual = objects.filter((object) => isVirtual(object) && !ignored.has(object.name.toLowerCase()));
  const nameless = namelessTables(shown);
  const carried = new Set(shown.filter(isNameless).map((object) => object.table));
  const plain = shown.filter((object) => object.type === "view" || !carried.has(object.table));
  const read = readObjects([...virtual, ...plain], hidden);
  return { ...buildSchema(plain), objects: objectsByKey([...read, ...nameless]) };
}

/** The structure that these texts describe. */
export function buildSchema(objects: readonly StoredObject[]): SchemaDef {
  const indexes = new Map<string, IndexNode[]>();
  for (const object of objects) {
    if (object.type !== "index") continue;
    const key = object.table.toLowerCase();
    indexes.set(key, [...(indexes.get(key) ?? []), { ...parseCreateIndex(object.sql), name: object.name }]);
  }
  const tables = objects
    .filter((object) => object.type === "table" && !isVirtual(object))
    .map((object): TableDef => {
      const { table } = readTable(parseCreateTable(object.sql), indexes.get(object.name.toLowerCase()) ?? []);
      return { ...table, name: object.name };
    });
  const views = objects
    .filter((object) => object.type === "view")
    .map((object): ViewDef => ({ name: object.name, ...viewOf(object.sql) }));
  const byName = new Map(tables.map((table) => [table.name.toLowerCase(), table]));
  return {
    tables: Object.fromEntries(tables.map((table) => [objectKey(table), withTargets(table, byName)])),
    enums: {},
    views: Object.fromEntries(views.map((view) => [objectKey(view), view])),
    objects: {},
    schemas: [],
  };
}

/** The foreign keys with their targets spelled as the target spells itself, and implied columns said. */
export function withTargets(table: TableDef, byName: ReadonlyMap<string, TableDef>): TableDef {
  if (table.foreignKeys.length === 0) return table;
  return { ...table, foreignKeys: table.foreignKeys.map((key) => withTarget(key, byName)) };
}

function withTarget(key: ForeignKeyDef, byName: ReadonlyMap<string, TableDef>): ForeignKeyDef {
  const target = byName.get(key.target.name.toLowerCase());
  if (target === undefined) return key;
  const implied = target.primaryKey?.columns ?? [];
  const targetColumns =
    key.targetColumns.length === 0 && implied.length === key.columns.length
      ? implied
      : key.targetColumns.map((name) => target.columns.find((column) => sameName(column.name, name))?.name ?? name);
  return { ...key, target: { name: target.name }, targetColumns };
}

function viewOf(sql: string): Omit<ViewDef, "name"> {
  const { columns, query } = parseCreateView(sql);
  return { definition: query, ...(columns.length === 0 ? {} : { columns }) };
}
