/** Small pure edits of a {@link SchemaDef}: each gives a new one and leaves the old one as it was. */
import { type ObjectName, objectKey, type SchemaDef, type TableDef } from "./schema.js";

export function getTable(schema: SchemaDef, table: ObjectName): TableDef | undefined {
  return schema.tables[objectKey(table)];
}

export function putTable(schema: SchemaDef, table: TableDef): SchemaDef {
  return { ...schema, tables: { ...schema.tables, [objectKey(table)]: table } };
}

export function withoutKey<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const rest = { ...record };
  delete rest[key];
  return rest;
}

/** Applies `edit` to every table and keeps the rest; used when something that others refer to is renamed. */
export function mapTables(schema: SchemaDef, edit: (table: TableDef) => TableDef): SchemaDef {
  const tables = Object.fromEntries(
    Object.entries(schema.tables).map(([key, table]) => {
      const edited = edit(table);
      return edited === table ? [key, table] : [objectKey(edited), edited];
    }),
  );
  return { ...schema, tables };
}

export function sameObject(a: ObjectName, b: ObjectName): boolean {
  return a.name === b.name && a.schema === b.schema;
}

/** Tables other than `table` that have a foreign key to it, in key order. */
export function referencingTables(schema: SchemaDef, table: ObjectName): readonly TableDef[] {
  return Object.keys(schema.tables)
    .sort()
    .map((key) => schema.tables[key]!)
    .filter((other) => !sameObject(other, table) && other.foreignKeys.some((key) => sameObject(key.target, table)));
}
