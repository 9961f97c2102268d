/** One operation as the call that makes it, e.g. `op.addColumn("users", "email", varchar(100))`. */
import type { ColumnChanges, Operation } from "../operations/operation.js";
import { conventionalName } from "../schema/naming.js";
import { compact, type TableDef } from "../schema/schema.js";
import { backfillArguments } from "./render-backfill.js";
import {
  expression,
  foreignKeyOptions,
  options,
  type RenderContext,
  renderCheck,
  renderColumn,
  renderDefaultValue,
  renderForeignKey,
  renderIndexElement,
  renderPrimaryKey,
  renderType,
  renderUnique,
  schemaOption,
  strings,
} from "./render-column.js";
import { objectCall } from "./render-object.js";
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
      return indexCall(op, context);
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createForeignKey":
    case "createCheckConstraint":
    case "dropConstraint":
    case "renameConstraint":
    case "validateConstraint":
      return constraintCall(op, context);
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
          ...options({ ...schemaOption(op.view), columns: op.view.columns, comment: op.view.comment }),
        ],
      ];
    case "dropView":
      return [
        name,
        [string(op.view.name), ...options({ ...schemaOption(op.view), ifExists: op.ifExists, cascade: op.cascade })],
      ];
    case "createObject":
    case "alterObject":
    case "replaceObject":
    case "dropObject":
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
    ...table.foreignKeys.map((key) => renderForeignKey(key, context)),
  ];
  const rest = options({
    ...schemaOption(table),
    comment: table.comment,
    ...table.options,
    rowSecurity: rowSecurityOption(table),
    ifNotExists,
  });
  if (constraints.length === 0 && rest.length === 0) return [string(table.name), columns];
  return [string(table.name), columns, array(constraints), ...rest];
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
  if (using !== undefined) entries.push(["using", expression(using, context)]);
  if (schema !== undefined) entries.push(["schema", string(schema)]);
  return object(entries);
}

type IndexOperation = Extract<Operation, { kind: "createIndex" | "dropIndex" | "renameIndex" }>;
function indexCall(op: IndexOperation, context: RenderContext): readonly [string, readonly Source[]] {
  switch (op.kind) {
    case "createIndex": {
      const { name, unique, elements, where, method, include, nullsNotDistinct, with: storage } = op.index;
      const plain = {
        ...schemaOption(op.table),
        unique: unique ? true : undefined,
        using: method,
        include,
        nullsNotDistinct,
        with: storage,
        concurrently: op.concurrently,
        ifNotExists: op.ifNotExists,
      };
      const entries = Object.entries(plain)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]): readonly [string, Source] => [key, literal(value)]);
      if (where !== undefined) entries.push(["where", expression(where, context)]);
      return [
        op.kind,
        [
          string(name),
          string(op.table.name),
          array(elements.map((element) => renderIndexElement(element, context))),
          ...(entries.length === 0 ? [] : [object(entries)]),
        ],
      ];
    }
    case "dropIndex":
      return [
        op.kind,
        [
          string(op.index.name),
          ...(op.table === undefined ? [] : [string(op.table.name)]),
          ...options({ ...schemaOption(op.index), concurrently: op.concurrently, ifExists: op.ifExists }),
        ],
      ];
    case "renameIndex":
      return [op.kind, [string(op.index.name), string(op.to), ...options(schemaOption(op.index))]];
  }
}

type ConstraintOperation = Extract<
  Operation,
  {
    kind:
      | "createPrimaryKey"
      | "createUniqueConstraint"
      | "createForeignKey"
      | "createCheckConstraint"
      | "dropConstraint"
      | "renameConstraint"
      | "validateConstraint";
  }
>;
function constraintCall(op: ConstraintOperation, context: RenderContext): readonly [string, readonly Source[]] {
  const table = string(op.table.name);
  const schema = schemaOption(op.table);
  switch (op.kind) {
    case "createPrimaryKey": {
      const { name, columns, conventional: _source, ...rest } = op.constraint;
      return [op.kind, [literal(name), table, strings(columns), ...options({ ...rest, ...schema })]];
    }
    case "createUniqueConstraint": {
      const { name, columns, conventional: _source, ...rest } = op.constraint;
      return [op.kind, [literal(name), table, strings(columns), ...options({ ...rest, ...schema })]];
    }
    case "createForeignKey": {
      const { name, columns, target, targetColumns, notValid } = op.constraint;
      const targetSchema = target.schema === op.table.schema ? undefined : (target.schema ?? null);
      return [
        op.kind,
        [
          literal(name),
          table,
          strings(columns),
          string(target.name),
          strings(targetColumns),
          ...options({ ...foreignKeyOptions(op.constraint), notValid, ...schema, targetSchema }),
        ],
      ];
    }
    case "createCheckConstraint": {
      const { name, expression: sql, noInherit, notValid } = op.constraint;
      return [
        op.kind,
        [literal(name), table, expression(sql, context), ...options({ noInherit, notValid, ...schema })],
      ];
    }
    case "dropConstraint": {
      const plain = {
        type: op.type,
        columns: op.name === null ? op.columns : undefined,
        ifExists: op.ifExists,
        ...schema,
      };
      const entries = Object.entries(plain)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]): readonly [string, Source] => [key, literal(value)]);
      if (op.expression !== undefined) entries.push(["expression", expression(op.expression, context)]);
      return [op.kind, [literal(op.name), table, ...(entries.length === 0 ? [] : [object(entries)])]];
    }
    case "renameConstraint":
      return [op.kind, [string(op.name), table, string(op.to), ...options(schema)]];
    case "validateConstraint":
      return [op.kind, [string(op.name), table, ...options(schema)]];
  }
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
