/**
 * replaceEnum: a new type takes the old one's name, and every column that uses it moves over.
 *
 * What the server has parsed against the old type (defaults, checks, indexes with expressions) is dropped before and made
 * again after. A row that holds a value which is neither kept nor mapped makes the whole of it fail.
 */
import { conflict } from "../../../operations/conflict.js";
import { usesEnum } from "../../../operations/enums.js";
import { type OperationOf, type Statement, statement } from "../../../operations/operation.js";
import { sameObject } from "../../../schema/edit-schema.js";
import { castsTo } from "../../../schema/expression.js";
import {
  type CheckDef,
  type ColumnDef,
  displayName,
  type IndexDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../../../schema/schema.js";
import { ddl } from "../text/ddl.js";
import { cutName } from "../text/identifiers.js";
import { mentionsName } from "../text/sql-text.js";
import { typeDdl } from "../text/types.js";
import { aroundGenerated } from "./compile-generated.js";

type ReplaceEnum = OperationOf<"replaceEnum">;

export async function compileReplaceEnum(op: ReplaceEnum, before: SchemaDef): Promise<readonly Statement[]> {
  const found = before.enums[objectKey(op.enum)];
  const what = `replace enum ${displayName(op.enum)}`;
  if (found === undefined) throw conflict(what, "there is no such enum");
  const users = Object.keys(before.tables)
    .sort()
    .flatMap((key) => usersIn(before.tables[key]!, op));
  const keys = foreignKeysOf(users, before);
  const oldName = { ...op.enum, name: cutName(`tsm_old_${op.enum.name}`) };
  const values = op.values.map((value) => ddl.literal(value)).join(", ");
  const statements = [
    ...keys.map(({ table, key }) => statement(`ALTER TABLE ${ddl.name(table)} DROP CONSTRAINT ${ddl.id(key.name!)}`)),
    ...users.flatMap(dropDependants),
    statement(`ALTER TYPE ${ddl.name(op.enum)} RENAME TO ${ddl.id(oldName.name)}`, {
      remakes: { on: { type: "type", ...objectName(op.enum) } },
    }),
    statement(`CREATE TYPE ${ddl.name(op.enum)} AS ENUM (${values})`),
    ...attributesOf(before, op).map((sql) => statement(sql)),
    ...users.filter(({ columns }) => columns.length > 0).map((user) => moveColumns(user, op)),
    ...users.flatMap(createDependants),
    ...keys.map(({ table, key }) => statement(`ALTER TABLE ${ddl.name(table)} ADD ${ddl.foreignKey(key)}`)),
    statement(`DROP TYPE ${ddl.name(oldName)}`),
    ...(found.comment === undefined
      ? []
      : [statement(`COMMENT ON TYPE ${ddl.name(op.enum)} IS ${ddl.literal(found.comment)}`)]),
  ];
  let all: readonly Statement[] = statements;
  for (const { table, columns } of users) {
    all = await aroundGenerated(
      table,
      columns.map(({ name }) => name),
      before,
      all,
    );
  }
  return all;
}

interface User {
  readonly table: TableDef;
  readonly columns: readonly ColumnDef[];
  /** Of another type, whose default says a value of the enum. */
  readonly defaults: readonly ColumnDef[];
  readonly checks: readonly CheckDef[];
  readonly indexes: readonly IndexDef[];
}

function usersIn(table: TableDef, op: ReplaceEnum): readonly User[] {
  const columns = table.columns.filter((column) => usesEnum(column.type, op.enum));
  const depends = (text: string | undefined) =>
    text !== undefined && (castsTo(text, op.enum.name) || columns.some((column) => mentionsName(text, column.name)));
  const user = {
    table,
    columns,
    defaults: table.columns.filter(
      (column) =>
        !columns.includes(column) && column.default?.kind === "sql" && castsTo(column.default.text, op.enum.name),
    ),
    checks: table.checks.filter((check) => depends(check.expression)),
    indexes: table.indexes.filter(
      (index) => depends(index.where) || index.elements.some((element) => depends(element.expression)),
    ),
  };
  return [columns, user.defaults, user.checks, user.indexes].some((list) => list.length > 0) ? [user] : [];
}

/** Of composite types. Where a table holds such a type the server refuses, and says so. */
function attributesOf(before: SchemaDef, op: ReplaceEnum): readonly string[] {
  return Object.values(before.objects).flatMap((object) =>
    object.kind !== "compositeType"
      ? []
      : object.columns
          .filter(({ type }) => usesEnum(type, op.enum))
          .map(
            ({ name, type }) => `ALTER TYPE ${ddl.name(object)} ALTER ATTRIBUTE ${ddl.id(name)} TYPE ${typeDdl(type)}`,
          ),
  );
}

/** One side of them would be of the old type for a while. */
function foreignKeysOf(users: readonly User[], before: SchemaDef) {
  const isUser = (table: ObjectName, names: readonly string[]) =>
    users.some((user) => sameObject(user.table, table) && user.columns.some((column) => names.includes(column.name)));
  return Object.values(before.tables).flatMap((table) =>
    table.foreignKeys
      .filter((key) => isUser(table, key.columns) || isUser(key.target, key.targetColumns))
      .map((key) => ({ table, key })),
  );
}

function dropDependants({ table, defaults, checks, indexes }: User): readonly Statement[] {
  return [
    ...defaults.map(({ name }) =>
      statement(`ALTER TABLE ${ddl.name(table)} ALTER COLUMN ${ddl.id(name)} DROP DEFAULT`),
    ),
    ...checks.map((check) => statement(`ALTER TABLE ${ddl.name(table)} DROP CONSTRAINT ${ddl.id(check.name!)}`)),
    ...indexes.map((index) => statement(`DROP INDEX ${ddl.name({ ...table, name: index.name })}`)),
  ];
}

function createDependants({ table, defaults, checks, indexes }: User): readonly Statement[] {
  return [
    ...defaults.map(({ name, default: value, type }) =>
      statement(
        `ALTER TABLE ${ddl.name(table)} ALTER COLUMN ${ddl.id(name)} SET DEFAULT ${ddl.defaultExpression(value!, type)}`,
      ),
    ),
    ...checks.map((check) => statement(`ALTER TABLE ${ddl.name(table)} ADD ${ddl.check(check)}`)),
    ...indexes.map((index) => statement(ddl.createIndex(table, index))),
  ];
}

function moveColumns({ table, columns }: User, op: ReplaceEnum): Statement {
  const actions = columns.flatMap((column) => {
    const alter = `ALTER COLUMN ${ddl.id(column.name)}`;
    const value = column.default;
    return [
      ...(value === undefined ? [] : [`${alter} DROP DEFAULT`]),
      `${alter} TYPE ${typeDdl(column.type)} USING ${converted(column, op)}`,
      ...(value === undefined
        ? []
        : [`${alter} SET DEFAULT ${ddl.defaultExpression(mappedDefault(value, op), column.type)}`]),
    ];
  });
  return statement(`ALTER TABLE ${ddl.name(table)} ${actions.join(", ")}`, {
    hazards: ["rewritesTable", "blocksWrites"],
  });
}

function mappedDefault(value: NonNullable<ColumnDef["default"]>, op: ReplaceEnum): NonNullable<ColumnDef["default"]> {
  if (value.kind !== "literal" || typeof value.value !== "string") return value;
  return { kind: "literal", value: op.mapping?.[value.value] ?? value.value };
}

function converted(column: ColumnDef, op: ReplaceEnum): string {
  const name = ddl.id(column.name);
  const pairs = Object.entries(op.mapping ?? {});
  const type = typeDdl(column.type);
  if (column.type.name === "array") {
    const text = pairs.reduce(
      (inner, [from, to]) => `pg_catalog.array_replace(${inner}, ${ddl.literal(from)}, ${ddl.literal(to)})`,
      `${name}::text[]`,
    );
    return `${text}::${type}`;
  }
  if (pairs.length === 0) return `${name}::text::${type}`;
  const cases = pairs.map(([from, to]) => `WHEN ${ddl.literal(from)} THEN ${ddl.literal(to)}`);
  return `(CASE ${name}::text ${cases.join(" ")} ELSE ${name}::text END)::${type}`;
}
