/** What the builders of sequences, domains, functions, triggers, … have in common. */

import { ModelInvalidError } from "../errors.js";
import type { SchemaObjectDef } from "../schema/objects.js";
import type { DialectName, ObjectName } from "../schema/schema.js";
import { branded, brandedObject, objectBrand, tableBrand, viewBrand } from "./brand.js";
import { checkOf, text } from "./call-arguments.js";
import { checkedMethods } from "./checked-calls.js";
import { knownDialect } from "./known-options.js";
import { parseObjectName } from "./object-path.js";
import type { Table, TableSpec } from "./table.js";
import type { View, ViewSpec } from "./view.js";

/** Anything of the schema that is no table, enum or view. */
export interface SchemaObject {
  readonly [objectBrand]: ObjectSpec;
  comment(text: string): this;
  /** The name it had before, with its schema if that was another, so that it is renamed or moved. Harmless once done. */
  renamedFrom(name: string): this;
  /** Leaves the object out on the other database. */
  only(dialect: DialectName): this;
}

export interface ObjectSpec {
  readonly def: SchemaObjectDef;
  readonly only?: DialectName;
}

export interface ObjectOptions {
  /** PostgreSQL: where it is, unless in the default schema. */
  readonly schema?: string;
  readonly comment?: string;
}

/** A table or view by itself, its name, or `"schema.name"`. */
export type TableLike = string | Table<any, any> | View<any, any>;

export function isTableLike(value: unknown): value is TableLike {
  return typeof value === "string" || [tableBrand, viewBrand].some((brand) => branded(value, brand) !== undefined);
}

/** @throws ModelInvalidError for what is none */
export const aTable = checkOf("a table, or the name of one", isTableLike);

export function tableName(table: TableLike): ObjectName {
  if (typeof table === "string") return parseObjectName(table);
  const spec = branded<TableSpec>(table, tableBrand);
  if (spec !== undefined) return named(spec.name, spec.options.schema);
  const view = branded<ViewSpec>(table, viewBrand);
  if (view !== undefined) return named(view.name, view.schema);
  throw new ModelInvalidError("a table is given by its name or as what table(…) made");
}

export function named(name: string, schema: string | undefined): ObjectName {
  return schema === undefined ? { name } : { name, schema };
}

export function schemaObject(def: SchemaObjectDef): SchemaObject {
  return objectOf({ def });
}

function objectOf(spec: ObjectSpec): SchemaObject {
  return brandedObject<SchemaObject>(methods, objectBrand, spec);
}

interface Chain {
  readonly [objectBrand]: ObjectSpec;
}

const plainMethods = {
  comment(this: Chain, comment: string) {
    const { def, ...rest } = this[objectBrand];
    return objectOf({ ...rest, def: { ...def, comment } });
  },
  renamedFrom(this: Chain, renamedFrom: string) {
    const { def, ...rest } = this[objectBrand];
    return objectOf({ ...rest, def: { ...def, renamedFrom } });
  },
  only(this: Chain, only: DialectName) {
    return objectOf({ ...this[objectBrand], only: knownDialect(only) });
  },
};

const methods = checkedMethods(plainMethods, {
  comment: [text("text")],
  renamedFrom: [text("name")],
  only: [text("dialect")],
});
