/** A definition as SQLite will hold it: enums as text with a check, comments and what has no meaning here left out. */
import { conventionalName } from "../../../schema/naming.js";
import type { SchemaObjectDef } from "../../../schema/objects.js";
import type {
  CheckDef,
  ColumnDef,
  EnumDef,
  ForeignKeyDef,
  IndexDef,
  ObjectName,
  SchemaDef,
  SqliteColumn,
  TableDef,
  TypeDef,
  TypeName,
  ViewDef,
} from "../../../schema/schema.js";
import { displayName, objectKey, objectName } from "../../../schema/schema.js";
import { quoteName } from "../../../util/quote.js";
import { literalText } from "../text/defaults.js";
import { parseCreateTable } from "../text/parse-create-table.js";
import { parseType } from "../text/types.js";

export type Enums = SchemaDef["enums"];

/** The whole schema. What SQLite cannot hold at all stays in, for {@link tableProblems} to find. */
export function lowerSchema(schema: SchemaDef): SchemaDef {
  return {
    ...schema,
    tables: mapValues(schema.tables, (table) => lowerTable(table, schema.enums)),
    views: mapValues(schema.views, lowerView),
    objects: mapValues(schema.objects, lowerObject),
    enums: {},
    schemas: [],
  };
}

/** One table of the schema, and the rest as it is. */
export function lowerTableIn(schema: SchemaDef, name: ObjectName): SchemaDef {
  const key = objectKey(name);
  const table = schema.tables[key];
  return table === undefined
    ? schema
    : { ...schema, tables: { ...schema.tables, [key]: lowerTable(table, schema.enums) } };
}

export function lowerTable(table: TableDef, enums: Enums): TableDef {
  const { comment: _comment, options, rowSecurity: _rowSecurity, ...rest } = table;
  const { strict, withoutRowid } = options?.sqlite ?? {};
  const kept = { ...(strict ? { strict } : {}), ...(withoutRowid ? { withoutRowid } : {}) };
  return {
    ...rest,
    columns: table.columns.map((column) => lowerColumn(column)),
    foreignKeys: table.foreignKeys.map(lowerForeignKey),
    checks: [...table.checks.map(lowerCheck), ...enumChecks(table, enums)],
    indexes: table.indexes.map(lowerIndex),
    ...(Object.keys(kept).length === 0 ? {} : { options: { sqlite: kept } }),
  };
}

/** The very column, where there is nothing to do; so with the others. */
export function lowerColumn(column: ColumnDef): ColumnDef {
  if (!("comment" in column) && !("sqlite" in column) && !TO_LOWER.has(column.type.name)) return column;
  const { comment: _comment, sqlite, ...rest } = column;
  const said = column.nullable || sqlite === undefined ? {} : lowerSqlite(sqlite);
  const lowered: ColumnDef = { ...rest, ...said, ...lowerType(column.type) };
  if (column.type.name !== "serial" && column.type.name !== "bigserial") return lowered;
  return { ...lowered, type: { name: "integer" }, identity: column.identity ?? { generation: "byDefault" } };
}

const TO_LOWER: ReadonlySet<TypeName> = new Set(["serial", "bigserial", "enum", "custom"]);

/** ABORT is what happens anyway. */
function lowerSqlite({ notNullConflict, ...rest }: SqliteColumn): Pick<ColumnDef, "sqlite"> {
  const sqlite = {
    ...rest,
    ...(notNullConflict === undefined || notNullConflict.toUpperCase() === "ABORT"
      ? {}
      : { notNullConflict: notNullConflict.toUpperCase() }),
  };
  return Object.keys(sqlite).length === 0 ? {} : { sqlite };
}

/** `TEXT COLLATE NOCASE` as a type of the user's own words is a type and a collation. */
function lowerType(type: TypeDef): Pick<ColumnDef, "type" | "collation"> {
  if (type.name === "enum") return { type: { name: "text" } };
  if (type.name !== "custom" || !/\bcollate\b/i.test(type.text ?? "")) return { type };
  const [column] = parseCreateTable(`CREATE TABLE t (c ${type.text})`).columns;
  const collation = column?.constraints.find((constraint) => constraint.kind === "collate")?.collation;
  if (column === undefined || collation === undefined || column.constraints.length !== 1) return { type };
  return { type: parseType(column.type), collation };
}

/** SQLite checks every row of what it is given, and has no inheritance. */
export function lowerCheck(check: CheckDef): CheckDef {
  if (!("notValid" in check) && !("noInherit" in check)) return check;
  const { notValid: _notValid, noInherit: _noInherit, ...lowered } = check;
  return lowered;
}

/** SQLite checks every row of what it is given. MATCH it keeps and does not look at. */
export function lowerForeignKey(key: ForeignKeyDef): ForeignKeyDef {
  if (!("notValid" in key)) return key;
  const { notValid: _notValid, ...lowered } = key;
  return lowered;
}

/** NULLs come first in an ascending index and last in a descending one: saying so changes nothing, and SQLite refuses it. */
export function lowerIndex(index: IndexDef): IndexDef {
  if (!("method" in index) && index.elements.every((element) => !("nulls" in element))) return index;
  const { method, ...rest } = index;
  return {
    ...rest,
    ...(method === undefined || method.toLowerCase() === "btree" ? {} : { method }),
    elements: index.elements.map(({ nulls, ...element }) =>
      nulls === undefined || nulls === (element.order === "desc" ? "last" : "first") ? element : { ...element, nulls },
    ),
  };
}

function lowerView({ comment: _comment, ...view }: ViewDef): ViewDef {
  return view;
}

function lowerObject({ comment: _comment, ...object }: SchemaObjectDef): SchemaObjectDef {
  return object as SchemaObjectDef;
}

function enumChecks(table: TableDef, enums: Enums): readonly CheckDef[] {
  const taken = new Set(table.checks.flatMap((check) => (check.name === null ? [] : [check.name])));
  return table.columns.flatMap((column): readonly CheckDef[] => {
    const definition = enumOf(column.type, enums);
    if (definition === undefined) return [];
    const name = conventionalName("check", { table: table.name, columns: [column.name] }, undefined, taken);
    taken.add(name);
    const values = definition.values.map(literalText).join(", ");
    const { renamedValues } = definition;
    const ofEnum = {
      enum: objectName(definition),
      column: column.name,
      values: definition.values,
      ...(renamedValues === undefined ? {} : { renamedValues }),
    };
    const expression = `${quoteName(column.name)} IN (${values})`;
    return [{ name, conventional: true, expression, ofEnum }];
  });
}

export function enumOf(type: TypeDef, enums: Enums): EnumDef | undefined {
  if (type.name !== "enum" || type.object === undefined) return undefined;
  const byKey = enums[objectKey(type.object)];
  return byKey ?? Object.values(enums).find((one) => displayName(one) === displayName(type.object!));
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
