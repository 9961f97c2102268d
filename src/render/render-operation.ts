/** One operation as the call that makes it, e.g. `op.addColumn("users", "email", varchar(100))`. */
import type { ColumnChanges, Operation, OperationOf } from "../operations/operation.js";
import { conventionalName } from "../schema/naming.js";
import { compact, type ObjectName, type TableDef } from "../schema/schema.js";
import { backfillArguments } from "./render-backfill.js";
import {
  expression,
  options,
  parentOptions,
  type RenderContext,
  renderCheck,
  renderColumn,
  renderDefaultValue,
  renderExclude,
  renderForeignKey,
  renderPrimaryKey,
  renderType,
  renderUnique,
  schemaOption,
  strings,
  viewOptions,
} from "./render-column.js";
import { constraintCall, indexCall } from "./render-constraint.js";
import { objectCall } from "./render-object.js";
import { privilegeCall } from "./render-privilege.js";
import { array, type Call, chain, literal, object, type Source, string, text } from "./source.js";

/** The call without `await op.`; {@link RenderContext.use} hears of every builder in it. */
export function renderOperation(op: Operation, context: RenderContext): Source {
  const [name, args] = callOf(op, context);
  return chain([{ name, args } satisfies Call]);
}

function callOf(op: Operation, context: RenderContext): readonly [string, readonly Source[]] {
  const name = op.kind;
  switch (op.kind) {
    case "createTable":
      return [name, createTableArguments(op.table, op.ifNotExists, context)];
    case "dropTable":
      return [
        name,
        [string(op.table.name), ...options({ ...schemaOption(op.table), ifExists: op.ifExists, cascade: op.cascade })],
      ];
    case "renameTable":
      return [name, [string(op.table.name), string(op.to), ...options(schemaOption(op.table))]];
    case "moveTable":
      return [name, [string(op.table.name), literal(op.to), ...options(schemaOption(op.table))]];
    case "createTableComment":
      if (op.comment === null) return ["dropTableComment", [string(op.table.name), ...options(schemaOption(op.table))]];
      return [name, [string(op.table.name), string(op.comment), ...options(schemaOption(op.table))]];
    case "setTableOptions":
      return [name, [string(op.table.name), literal({ ...op.options, ...schemaOption(op.table) })]];
    case "addColumn":
      return [
        name,
        [
          string(op.table.name),
          string(op.column.name),
          renderColumn(op.column, false, context),
          ...options({ ...schemaOption(op.table), ifNotExists: op.ifNotExists }),
        ],
      ];
    case "dropColumn":
      return [
        name,
        [string(op.table.name), string(op.column), ...options({ ...schemaOption(op.table), ifExists: op.ifExists })],
      ];
    case "renameColumn":
      return [name, [string(op.table.name), string(op.column), string(op.to), ...options(schemaOption(op.table))]];
    case "alterColumn":
      return [
        name,
        [string(op.table.name), string(op.column), changesObject(op.changes, op.using, op.table.schema, context)],
      ];
    case "createIndex":
    case "dropIndex":
    case "renameIndex":
    case "alterIndex":
      return indexCall(op, context);
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createForeignKey":
    case "createCheckConstraint":
    case "createExcludeConstraint":
    case "dropConstraint":
    case "renameConstraint":
    case "validateConstraint":
    case "alterConstraint":
      return constraintCall(op, context);
    case "grant":
    case "revoke":
    case "alterOwner":
      return privilegeCall(op);
    case "createComment":
      return [name, commentArguments(op)];
    case "attachPartition": {
      const { table, bounds, indexNames } = op.partitionOf;
      const more = { indexNames, ...schemaOption(op.table), parentSchema: parentSchema(op.table, table) };
      return [name, [string(table.name), string(op.table.name), expression(bounds, context), ...options(more)]];
    }
    case "detachPartition":
      return [
        name,
        [
          string(op.from.name),
          string(op.table.name),
          ...options({ ...schemaOption(op.table), parentSchema: parentSchema(op.table, op.from) }),
        ],
      ];
    case "renamePart":
      return [name, [string(op.table.name), string(op.index), string(op.to), ...options(schemaOption(op.table))]];
    case "attachIndex":
      return [
        name,
        [
          string(op.to.name),
          string(op.index.name),
          ...options({ ...schemaOption(op.index), parentSchema: parentSchema(op.index, op.to) }),
        ],
      ];
    case "addInheritance":
    case "dropInheritance":
      return [
        name,
        [
          string(op.table.name),
          string(op.parent.name),
          ...options({ ...schemaOption(op.table), parentSchema: parentSchema(op.table, op.parent) }),
        ],
      ];
    case "createEnum":
    case "dropEnum":
    case "addEnumValue":
    case "renameEnumValue":
    case "replaceEnum":
      return enumCall(op);
    case "createSchema":
      return [name, [string(op.name), ...options({ ifNotExists: op.ifNotExists })]];
    case "dropSchema":
      return [name, [string(op.name), ...options({ ifExists: op.ifExists, cascade: op.cascade })]];
    case "createView":
    case "replaceView":
      return [
        name,
        [
          string(op.view.name),
          expression(op.view.definition, context),
          ...options({ ...schemaOption(op.view), ...viewOptions(op.view) }),
        ],
      ];
    case "alterView":
      return [name, [string(op.view.name), viewChanges(op, context)]];
    case "dropView":
      return [
        name,
        [string(op.view.name), ...options({ ...schemaOption(op.view), ifExists: op.ifExists, cascade: op.cascade })],
      ];
    case "createObject":
    case "alterObject":
    case "replaceObject":
    case "dropObject":
    case "renameObject":
    case "moveObject":
    case "setRowSecurity":
      return objectCall(op, context);
    case "execute":
      return [name, [string(op.sql)]];
    case "bulkInsert":
      return [name, [string(op.table.name), literal(op.rows), ...options(schemaOption(op.table))]];
    case "backfill":
      return [name, backfillArguments(op, context)];
    case "batchAlterTable":
      return [name, batchArguments(op, context)];
    case "custom":
      return [name, [literal(compact({ describe: op.name, upgradeSql: op.upgradeSql, reverse: op.downgradeSql }))]];
  }
}

function createTableArguments(
  table: TableDef,
  ifNotExists: true | undefined,
  context: RenderContext,
): readonly Source[] {
  const inlineKey = inlineKeyColumn(table);
  const columns = object(
    table.columns.map((column) => [column.name, renderColumn(column, column.name === inlineKey, context)] as const),
    true,
  );
  const constraints = [
    ...(table.primaryKey === undefined || inlineKey !== null ? [] : [renderPrimaryKey(table.primaryKey, context)]),
    ...table.uniques.map((unique) => renderUnique(unique, context)),
    ...table.checks.map((check) => renderCheck(check, context)),
    ...(table.excludes ?? []).map((exclude) => renderExclude(exclude, context)),
    ...table.foreignKeys.map((key) => renderForeignKey(key, context)),
  ];
  const rest = options({
    ...schemaOption(table),
    comment: table.comment,
    ...parentOptions(table),
    ...table.options,
    rowSecurity: rowSecurityOption(table),
    ifNotExists,
  });
  if (constraints.length === 0 && rest.length === 0) return [string(table.name), columns];
  return [string(table.name), columns, array(constraints), ...rest];
}

/** Absent: that of the table. */
function parentSchema(table: ObjectName, parent: ObjectName): string | null | undefined {
  return table.schema === parent.schema ? undefined : (parent.schema ?? null);
}

function commentArguments(op: Extract<Operation, { kind: "createComment" }>): readonly Source[] {
  const { type, object: named, on, comment } = op;
  return [
    string(type),
    string(named.name),
    comment === null ? text("null") : string(comment),
    ...options({ on: on?.name, ...schemaOption(on ?? named) }),
  ];
}

function rowSecurityOption({ rowSecurity }: TableDef): boolean | "forced" | undefined {
  if (rowSecurity === undefined) return undefined;
  return rowSecurity.forced ? "forced" : true;
}

/** The column that can say `.primaryKey()` for itself: alone, and under the name that a reader would expect. */
function inlineKeyColumn(table: TableDef): string | null {
  const key = table.primaryKey;
  if (key === undefined || key.columns.length !== 1) return null;
  const { name, columns: _columns, conventional: _source, ...rest } = key;
  if (Object.keys(rest).length > 0) return null;
  return name === conventionalName("primaryKey", { table: table.name, columns: key.columns }) ? key.columns[0]! : null;
}

function changesObject(
  changes: ColumnChanges,
  using: string | undefined,
  schema: string | undefined,
  context: RenderContext,
): Source {
  const entries: (readonly [string, Source])[] = [];
  if (changes.type !== undefined) entries.push(["type", chain(renderType(changes.type, context))]);
  if (changes.nullable !== undefined) entries.push(["nullable", text(String(changes.nullable))]);
  if (changes.default !== undefined) {
    entries.push(["default", changes.default === null ? text("null") : renderDefaultValue(changes.default, context)]);
  }
  if (changes.identity !== undefined) entries.push(["identity", literal(changes.identity)]);
  if (changes.generated !== undefined) {
    entries.push([
      "generated",
      changes.generated === null
        ? text("null")
        : object([
            ["expression", expression(changes.generated.expression, context)],
            ["stored", text(String(changes.generated.stored))],
          ]),
    ]);
  }
  if (changes.collation !== undefined) entries.push(["collation", literal(changes.collation)]);
  if (changes.comment !== undefined) entries.push(["comment", literal(changes.comment)]);
  if (changes.sqlite !== undefined) entries.push(["sqlite", literal(changes.sqlite)]);
  if (changes.postgres !== undefined) entries.push(["postgres", literal(changes.postgres)]);
  if (changes.notNull !== undefined) entries.push(["notNull", literal(changes.notNull)]);
  if (using !== undefined) entries.push(["using", expression(using, context)]);
  if (schema !== undefined) entries.push(["schema", string(schema)]);
  return object(entries);
}

type EnumOperation = Extract<
  Operation,
  { kind: "createEnum" | "dropEnum" | "addEnumValue" | "renameEnumValue" | "replaceEnum" }
>;
function enumCall(op: EnumOperation): readonly [string, readonly Source[]] {
  const name = string(op.enum.name);
  const schema = schemaOption(op.enum);
  switch (op.kind) {
    case "createEnum":
      return [op.kind, [name, strings(op.enum.values), ...options({ comment: op.enum.comment, ...schema })]];
    case "dropEnum":
      return [op.kind, [name, ...options({ ifExists: op.ifExists, ...schema })]];
    case "addEnumValue":
      return [op.kind, [name, string(op.value), ...options({ before: op.before, after: op.after, ...schema })]];
    case "renameEnumValue":
      return [op.kind, [name, string(op.value), string(op.to), ...options(schema)]];
    case "replaceEnum":
      return [op.kind, [name, strings(op.values), ...options({ mapping: op.mapping, ...schema })]];
  }
}

function batchArguments(
  op: Extract<Operation, { kind: "batchAlterTable" }>,
  context: RenderContext,
): readonly Source[] {
  const calls = op.operations.map((inner) => {
    const [name, args] = callOf(inner, context);
    // Inside the batch the table goes without saying: it is the first argument of column changes, the second of others.
    const table = /Column$/.test(name) ? 0 : 1;
    return chain([{ name, args: args.toSpliced(table, 1) }]);
  });
  return [
    string(op.table.name),
    { kind: "body", parameter: "batch", statements: calls },
    ...options({ recreate: op.recreate === "auto" ? undefined : op.recreate, ...schemaOption(op.table) }),
  ];
}

function viewChanges({ changes, view }: OperationOf<"alterView">, context: RenderContext): Source {
  const { definition, ...rest } = changes;
  return object([
    ...(definition === undefined ? [] : ([["query", expression(definition, context)]] as const)),
    ...Object.entries({ ...rest, ...schemaOption(view) }).map(([key, value]) => [key, literal(value)] as const),
  ]);
}
