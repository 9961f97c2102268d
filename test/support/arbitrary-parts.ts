/**
 * Random schemas as a catalogue of parts: each is there in one of a few ways, or not. Two schemas of one draw share most
 * of them, and a counter-example shrinks to the parts that it needs.
 */
import fc from "fast-check";
import { refKey, type SchemaObjectDef } from "../../src/schema/objects.js";
import {
  type ColumnDef,
  findColumn,
  type ObjectName,
  objectKey,
  type SchemaDef,
  type TableDef,
} from "../../src/schema/schema.js";

export type Edit = (schema: SchemaDef) => SchemaDef;

export interface Part {
  /** The first version of the server that has it, as `server_version_num`. */
  readonly since?: number;
  readonly edits: readonly Edit[];
}

/** Names and texts that would be code if they were not data. */
export const HOSTILE = {
  name: `we"ird; --'$$`,
  texts: ["it's; DROP TABLE users; --", "back\\slash and `tick` ${one}", 'two\nlines "quoted" $$ */ \u{1F980}'],
} as const;

/** The schema with some of the parts, one after the other; absent is twice as likely as any. */
export function withParts(
  schemas: fc.Arbitrary<SchemaDef>,
  partsOf: (schema: SchemaDef) => readonly Part[],
  versionNumber = Number.POSITIVE_INFINITY,
): fc.Arbitrary<SchemaDef> {
  return schemas.chain((schema) => {
    const parts = partsOf(schema).filter(({ since = 0 }) => since <= versionNumber);
    const absent = ({ edits }: Part) => edits.length * 2;
    return fc.tuple(...parts.map((part) => fc.nat({ max: absent(part) + part.edits.length - 1 }))).map((choices) =>
      choices.reduce((made, choice, at) => {
        const part = parts[at]!;
        return part.edits[choice - absent(part)]?.(made) ?? made;
      }, schema),
    );
  });
}

export const part = (...edits: readonly Edit[]): Part => ({ edits });
export const since = (version: number, ...edits: readonly Edit[]): Part => ({ since: version, edits });

export function slugOf(table: TableDef): string {
  return table.name.replace(/\W+/g, "_").toLowerCase();
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** As the server shows it: in quotes only where it has to be. */
export function shownName(name: string): string {
  return /^[a-z_]+$/.test(name) && name !== "select" ? name : quotedName(name);
}

/** As SQL calls it. */
export function calledName({ name, schema }: ObjectName): string {
  return schema === undefined ? quotedName(name) : `${quotedName(schema)}.${quotedName(name)}`;
}

/** Changes a table where it is there. */
export function onTable(table: TableDef, change: (table: TableDef) => TableDef): Edit {
  const key = objectKey(table);
  return (schema) => {
    const found = schema.tables[key];
    return found === undefined ? schema : { ...schema, tables: { ...schema.tables, [key]: change(found) } };
  };
}

export function onColumns(table: TableDef, change: (column: ColumnDef, table: TableDef) => ColumnDef): Edit {
  return onTable(table, (it) => ({ ...it, columns: it.columns.map((column) => change(column, it)) }));
}

export function withColumn(table: TableDef, column: ColumnDef): Edit {
  return onTable(table, (it) =>
    findColumn(it, column.name) === undefined ? { ...it, columns: [...it.columns, column] } : it,
  );
}

export function withTable(table: TableDef): Edit {
  return (schema) => ({ ...schema, tables: { ...schema.tables, [objectKey(table)]: table } });
}

export function withObject(object: SchemaObjectDef): Edit {
  return (schema) => ({ ...schema, objects: { ...schema.objects, [refKey(object)]: object } });
}

/** All of them, in this order. */
export const all =
  (...edits: readonly Edit[]): Edit =>
  (schema) =>
    edits.reduce((made, edit) => edit(made), schema);

/** Only where the schema, as it is by then, is such. */
export const when =
  (is: (schema: SchemaDef) => boolean, edit: Edit): Edit =>
  (schema) =>
    is(schema) ? edit(schema) : schema;
