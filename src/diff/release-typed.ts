/** Typed tables let go of their type while it or their columns change: the server lets neither be changed otherwise. */
import type { Operation } from "../operations/operation.js";
import { plainOptions } from "../operations/table-options.js";
import type { SchemaObjectDef } from "../schema/objects.js";
import { objectName, type SchemaDef, sameDef, type TableDef } from "../schema/schema.js";
import { mentions } from "./provided-names.js";

export interface Released {
  /** Before types and tables change; what the tables are to be of comes back as any other option does. */
  readonly operations: readonly Operation[];
  /** The schema as it is then. */
  readonly schema: SchemaDef;
}

export function releaseTyped(from: SchemaDef, to: SchemaDef): Released {
  const released = Object.entries(from.tables).filter(([key, table]) => isInTheWay(table, to.tables[key], from, to));
  if (released.length === 0) return { operations: [], schema: from };
  const free = released.map(([key, table]): readonly [string, TableDef] => [key, withoutType(table)]);
  return {
    operations: free.map(([, table]) => ({
      kind: "setTableOptions",
      table: objectName(table),
      options: { postgres: table.options?.postgres ?? {} },
    })),
    schema: { ...from, tables: { ...from.tables, ...Object.fromEntries(free) } },
  };
}

function isInTheWay(table: TableDef, wanted: TableDef | undefined, from: SchemaDef, to: SchemaDef): boolean {
  const type = table.options?.postgres?.ofType;
  if (type === undefined) return false;
  const isOther = wanted !== undefined && !sameDef(table.columns, wanted.columns);
  const isItsType = (object: SchemaObjectDef) => object.kind === "compositeType" && mentions([type], object.name);
  const changes = Object.entries(from.objects).some(
    ([key, object]) => isItsType(object) && !sameDef(object, to.objects[key] ?? null),
  );
  return isOther || changes || (wanted !== undefined && wanted.options?.postgres?.ofType !== type);
}

function withoutType({ options, ...table }: TableDef): TableDef {
  const { ofType: _type, ...postgres } = options?.postgres ?? {};
  const left = plainOptions({ ...options, postgres });
  return left === undefined ? table : { ...table, options: left };
}
