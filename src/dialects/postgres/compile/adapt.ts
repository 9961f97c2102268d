/** What PostgreSQL makes of models: names that fit, columns that it can hold, attributes that it has. */
import { ModelInvalidError } from "../../../errors.js";
import { displayObject } from "../../../schema/objects.js";
import {
  type ColumnDef,
  displayName,
  type EnumDef,
  type ForeignKeyDef,
  type ObjectName,
  type SchemaDef,
  type TableDef,
  type ViewDef,
} from "../../../schema/schema.js";
import { isSerial } from "../../../schema/serials.js";
import { quoteName } from "../../../util/quote.js";
import { MAXIMUM_IDENTIFIER_BYTES } from "../text/identifiers.js";
import { isIntegerType } from "../text/types.js";

/** @throws {@link ModelInvalidError} naming the object and the alternative. */
export function adapt(wanted: SchemaDef): SchemaDef {
  for (const name of wanted.schemas) checkName(name, `schema '${name}'`);
  for (const view of Object.values(wanted.views)) checkName(view.name, `view '${displayName(view)}'`);
  for (const definition of Object.values(wanted.enums)) checkEnum(definition);
  for (const object of Object.values(wanted.objects)) {
    if (object.kind !== "definition") checkName(object.name, displayObject(object));
    else if (object.type === "virtual table") {
      throw invalid(`${displayObject(object)}: PostgreSQL has no virtual tables`, 'Mark it with `.only("sqlite")`.');
    }
  }
  for (const table of Object.values(wanted.tables)) checkTable(table);
  checkRelationNames(wanted);
  const tables = Object.entries(wanted.tables).map(([key, table]) => [key, adaptTable(table)] as const);
  const views = Object.entries(wanted.views).map(([key, view]) => [key, adaptView(view)] as const);
  return { ...wanted, tables: Object.fromEntries(tables), views: Object.fromEntries(views) };
}

/** PostgreSQL keeps the names of a view's columns within its query. */
function adaptView({ columns, ...view }: ViewDef): ViewDef {
  if (columns === undefined) return view;
  const names = columns.map((name) => quoteName(name)).join(", ");
  return { ...view, definition: `WITH "_columns" (${names}) AS (${view.definition}\n) SELECT * FROM "_columns"` };
}

function adaptTable(table: TableDef): TableDef {
  // The server looks itself whether what a key refers to is there.
  const foreignKeys = table.foreignKeys.map(withoutMark);
  return { ...table, columns: table.columns.map(adaptColumn), foreignKeys };
}

function withoutMark(key: ForeignKeyDef): ForeignKeyDef {
  if (!("unchecked" in key)) return key;
  const { unchecked: _mark, ...rest } = key;
  return rest;
}

function adaptColumn(column: ColumnDef): ColumnDef {
  if (isAsItIs(column)) return column;
  const { default: value, identity, ...rest } = column;
  const isNull = value?.kind === "literal" && value.value === null;
  // PostgreSQL never gives a number twice, so that wish is always fulfilled.
  const { reuseIds: _never, ...sequence } = identity ?? { generation: "byDefault" };
  return {
    ...rest,
    nullable: column.nullable && identity === undefined && !isSerial(column.type),
    ...(value === undefined || isNull ? {} : { default: value }),
    ...(identity === undefined ? {} : { identity: sequence }),
  };
}

/** As most columns are. */
function isAsItIs(column: ColumnDef): boolean {
  const { default: value } = column;
  const hasValue = value !== undefined && !(value.kind === "literal" && value.value === null);
  return !("identity" in column) && "default" in column === hasValue && !isSerial(column.type);
}

function checkTable(table: TableDef): void {
  const place = `table '${displayName(table)}'`;
  checkName(table.name, place, { table: table.name });
  for (const column of table.columns) {
    checkName(column.name, `column '${displayName(table)}.${column.name}'`, { table: table.name, column: column.name });
    checkColumn(table, column);
  }
  const constraints = [
    ...(table.primaryKey === undefined ? [] : [table.primaryKey]),
    ...table.uniques,
    ...table.foreignKeys,
    ...table.checks,
  ];
  const names = new Set<string>();
  for (const { name } of constraints) {
    if (name === null) continue;
    checkName(name, `constraint '${name}' of ${place}`, { table: table.name });
    if (names.has(name))
      throw invalid(`${place} has two constraints named '${name}'`, "Give one of them another name.", {
        table: table.name,
      });
    names.add(name);
  }
  for (const index of table.indexes) checkName(index.name, `index '${index.name}' of ${place}`, { table: table.name });
  for (const key of [table.primaryKey, ...table.uniques]) {
    if (key?.order !== undefined || key?.collations !== undefined) {
      throw invalid(
        `${place} has a key with an order or a collation of its own, which PostgreSQL does not know`,
        "Make it a unique index.",
        { table: table.name },
      );
    }
    if (key?.onConflict === undefined) continue;
    throw invalid(
      `${place} has a key with ON CONFLICT ${key.onConflict}, which PostgreSQL does not know`,
      "Say what to do on conflict in each INSERT.",
      { table: table.name },
    );
  }
}

function checkColumn(table: TableDef, column: ColumnDef): void {
  const place = { table: table.name, column: column.name };
  const shown = `column '${displayName(table)}.${column.name}'`;
  const fillers = [
    isSerial(column.type) ? column.type.name : null,
    column.default === undefined || (column.default.kind === "literal" && column.default.value === null)
      ? null
      : "a default",
    column.identity === undefined ? null : "an identity",
    column.generated === undefined ? null : "a generated expression",
  ].filter((filler) => filler !== null);
  if (fillers.length > 1) {
    throw invalid(`${shown} has both ${fillers[0]} and ${fillers[1]}`, "Keep one of them.", place);
  }
  if (column.identity !== undefined && !isIntegerType(column.type)) {
    throw invalid(`${shown} is an identity but no integer`, "Use integer(), bigint() or smallint().", place);
  }
}

function checkEnum(definition: EnumDef): void {
  const shown = `enum '${displayName(definition)}'`;
  checkName(definition.name, shown);
  for (const value of definition.values) {
    // A label is kept in the same way as a name, but may be empty.
    if (value !== "") checkName(value, `value '${value}' of ${shown}`);
    if (definition.values.indexOf(value) !== definition.values.lastIndexOf(value)) {
      throw invalid(`${shown} has the value '${value}' twice`, "Keep one of them.");
    }
  }
}

/** Tables, views, indexes and the indexes of keys share one set of names in each schema. */
function checkRelationNames(wanted: SchemaDef): void {
  const owners = new Map<string, string>();
  const claim = (object: ObjectName, owner: string) => {
    const key = JSON.stringify([object.schema ?? null, object.name]);
    const other = owners.get(key);
    if (other !== undefined) {
      throw invalid(
        `the name '${displayName(object)}' is used by ${other} and by ${owner}`,
        "Give one of them another name.",
      );
    }
    owners.set(key, owner);
  };
  for (const view of Object.values(wanted.views)) claim(view, "a view");
  for (const object of Object.values(wanted.objects)) {
    const isRelation = ["sequence", "materializedView", "compositeType"].includes(object.kind);
    if (isRelation) claim(object, `the ${displayObject(object)}`);
    if (object.kind !== "materializedView") continue;
    for (const index of object.indexes) claim({ ...object, name: index.name }, `an index of ${displayObject(object)}`);
  }
  for (const table of Object.values(wanted.tables)) {
    claim(table, "a table");
    for (const key of [table.primaryKey, ...table.uniques, ...table.indexes]) {
      if (key !== undefined && key.name !== null) {
        claim({ ...table, name: key.name }, `a key or index of table '${displayName(table)}'`);
      }
    }
  }
}

function checkName(
  name: string,
  shown: string,
  place: { readonly table?: string; readonly column?: string } = {},
): void {
  if (name === "") throw invalid(`${shown} has an empty name`, "Give it a name.", place);
  if (name.includes("\0")) throw invalid(`${shown} has a NUL character in its name`, "Take it out.", place);
  const bytes = Buffer.byteLength(name);
  if (bytes > MAXIMUM_IDENTIFIER_BYTES) {
    throw invalid(
      `${shown} has a name of ${bytes} bytes; PostgreSQL keeps ${MAXIMUM_IDENTIFIER_BYTES}`,
      "Choose a shorter name.",
      place,
    );
  }
}

function invalid(
  message: string,
  hint: string,
  place: { readonly table?: string; readonly column?: string } = {},
): ModelInvalidError {
  return new ModelInvalidError(message, { hint, ...place });
}
