/** From the arguments of `op.…(…)` to operations as data. Pure: nothing here runs anything. */
import { UsageError } from "../errors.js";
import { type BuildContext, buildColumn, buildTable } from "../model/build-table.js";
import type { AnyColumn } from "../model/column.js";
import { defaultOf } from "../model/column-default.js";
import { bareExpressionText, expressionText, type SqlExpression } from "../model/expression-text.js";
import { knownTableOptions } from "../model/known-options.js";
import { parseObjectName } from "../model/object-path.js";
import { type IndexPart, indexPart } from "../model/table-items.js";
import type { Operation } from "../operations/operation.js";
import { createTableWithIndexes } from "../operations/tables.js";
import { partList } from "../schema/incomplete-indexes.js";
import { compact, type IndexDef, type JsonValue, type ObjectName } from "../schema/schema.js";
import { buildBackfill } from "./build-backfill.js";
import { constraintBuilders } from "./build-constraint-operations.js";
import { objectOperationBuilders } from "./build-object-operations.js";
import type { AlterColumnOptions, CreateViewOptions, IndexOptions, Operations } from "./operations.js";

export type OperationBuilders = {
  readonly [K in Exclude<
    keyof Operations,
    | "db"
    | "args"
    | "tag"
    | "dialect"
    | "serverVersion"
    | "isOffline"
    | "log"
    | "batchAlterTable"
    | "autocommitBlock"
    | "irreversible"
  >]: (...args: Parameters<Operations[K]>) => readonly Operation[];
};

const yes = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

/** The operations that each call makes; most make one, a column with keys of its own several. */
export function operationBuilders(context: BuildContext): OperationBuilders {
  const one = <O extends Operation>(op: object) => [compact(op) as unknown as O];
  return {
    createTable(name, columns, constraints, options = {}) {
      const { ifNotExists, ...rest } = options;
      const table = buildTable(name, columns, constraints as never, rest, context);
      const [created, ...others] = createTableWithIndexes(table);
      return [compact({ ...created!, ifNotExists: yes(ifNotExists) }) as Operation, ...others];
    },
    dropTable: (name, options = {}) =>
      one({
        kind: "dropTable",
        table: named(name, options),
        ifExists: yes(options.ifExists),
        cascade: yes(options.cascade),
      }),
    moveTable: (name, to, options) => one({ kind: "moveTable", table: named(name, options), to }),
    renameTable: (from, to, options) => one({ kind: "renameTable", table: named(from, options), to }),
    createTableComment: (table, comment, options) =>
      one({ kind: "createTableComment", table: named(table, options), comment }),
    dropTableComment: (table, options) => [{ kind: "createTableComment", table: named(table, options), comment: null }],

    setTableOptions(table, { schema, ...options }) {
      knownTableOptions(table, options);
      return one({ kind: "setTableOptions", table: named(table, { schema }), options });
    },

    addColumn: (table, name, column, options = {}) =>
      addColumn(named(table, options), name, column, yes(options.ifNotExists), context),
    dropColumn: (table, name, options = {}) =>
      one({ kind: "dropColumn", table: named(table, options), column: name, ifExists: yes(options.ifExists) }),
    renameColumn: (table, from, to, options) =>
      one({ kind: "renameColumn", table: named(table, options), column: from, to }),
    alterColumn: (table, name, changes) => one(alterColumn(table, name, changes, context)),

    createIndex: (name, table, columns, options = {}) =>
      one({
        kind: "createIndex",
        table: named(table, options),
        index: indexDef(name, columns, options),
        concurrently: yes(options.concurrently),
        ifNotExists: yes(options.ifNotExists),
      }),
    dropIndex: (name, table, options = {}) =>
      one({
        kind: "dropIndex",
        index: named(name, options),
        table: table === undefined ? undefined : named(table, options),
        concurrently: yes(options.concurrently),
        ifExists: yes(options.ifExists),
      }),
    alterIndex: (name, { schema, ...changes }) =>
      one({ kind: "alterIndex", index: named(name, { schema }), changes: compact({ ...changes }) }),
    renameIndex: (from, to, options) => one({ kind: "renameIndex", index: named(from, options), to }),

    ...constraintBuilders(),

    createEnum: (name, values, options = {}) =>
      one({ kind: "createEnum", enum: compact({ ...named(name, options), values, comment: options.comment }) }),
    dropEnum: (name, options = {}) =>
      one({ kind: "dropEnum", enum: named(name, options), ifExists: yes(options.ifExists) }),
    addEnumValue: (name, value, options = {}) =>
      one({ kind: "addEnumValue", enum: named(name, options), value, before: options.before, after: options.after }),
    renameEnumValue: (name, from, to, options) =>
      one({ kind: "renameEnumValue", enum: named(name, options), value: from, to }),
    replaceEnum: (name, values, options = {}) =>
      one({ kind: "replaceEnum", enum: named(name, options), values, mapping: options.mapping }),

    createSchema: (name, options = {}) => one({ kind: "createSchema", name, ifNotExists: yes(options.ifNotExists) }),
    dropSchema: (name, options = {}) =>
      one({ kind: "dropSchema", name, ifExists: yes(options.ifExists), cascade: yes(options.cascade) }),

    createView: (name, query, options = {}) => one({ kind: "createView", view: viewDef(name, query, options) }),
    replaceView: (name, query, options = {}) => one({ kind: "replaceView", view: viewDef(name, query, options) }),
    alterView: (name, { schema, query, ...changes }) => {
      const definition = query === undefined ? undefined : queryText(name, query);
      return one({ kind: "alterView", view: named(name, { schema }), changes: compact({ definition, ...changes }) });
    },
    dropView: (name, options = {}) =>
      one({
        kind: "dropView",
        view: named(name, options),
        ifExists: yes(options.ifExists),
        cascade: yes(options.cascade),
      }),

    ...objectOperationBuilders(),

    execute: (sql) => [{ kind: "execute", sql: sql as string }],
    bulkInsert: (table, rows, options) => [
      { kind: "bulkInsert", table: named(table, options), rows: rows.map(plainRow) },
    ],
    backfill: (table, options) => one(buildBackfill(named(table, options), options)),
    custom: (operation) =>
      one({
        kind: "custom",
        name: operation.describe,
        upgradeSql: [operation.upgradeSql].flat(),
        downgradeSql: operation.reverse === undefined ? undefined : [operation.reverse].flat(),
      }),
  };
}

/** A column, and the keys and checks that its builder says on the way. */
function addColumn(
  table: ObjectName,
  name: string,
  builder: AnyColumn,
  ifNotExists: true | undefined,
  context: BuildContext,
): readonly Operation[] {
  const built = buildColumn(table.name, name, builder, context);
  // `.only()` of the other database.
  if (built.elsewhere === true) return [];
  return [
    compact({ kind: "addColumn", table, column: built.column, ifNotExists } as const) as Operation,
    ...(built.primaryKey === undefined
      ? []
      : [{ kind: "createPrimaryKey", table, constraint: built.primaryKey } as const]),
    ...(built.unique === undefined
      ? []
      : [{ kind: "createUniqueConstraint", table, constraint: built.unique } as const]),
    ...built.checks.map((constraint) => ({ kind: "createCheckConstraint", table, constraint }) as const),
    ...built.foreignKeys.map((constraint) => ({ kind: "createForeignKey", table, constraint }) as const),
  ];
}

function alterColumn(table: string, name: string, given: AlterColumnOptions, context: BuildContext): object {
  const { type, nullable, identity, generated, collation, comment, sqlite, postgres, notNull, using } = given;
  const what = `the default of '${table}.${name}'`;
  const newType = type === undefined ? undefined : buildColumn(table, name, type, context).column.type;
  const changes = compact({
    type: newType,
    nullable,
    default:
      given.default === undefined ? undefined : given.default === null ? null : defaultOf(given.default, what, newType),
    identity,
    generated:
      generated === undefined || generated === null
        ? generated
        : {
            expression: bareExpressionText(generated.expression, `the expression of '${table}.${name}'`),
            stored: generated.stored ?? true,
          },
    collation,
    comment,
    sqlite: context.dialect === "postgres" ? undefined : sqlite,
    postgres,
    notNull,
  });
  return {
    kind: "alterColumn",
    table: named(table, given),
    column: name,
    changes,
    using: using === undefined ? undefined : expressionText(using, `the conversion of '${table}.${name}'`),
  };
}

function indexDef(name: string, columns: readonly IndexPart[], options: IndexOptions): IndexDef {
  return compact({
    name,
    unique: options.unique === true,
    elements: columns.map((part) => {
      const { expression, ...rest } = indexPart(part);
      return compact({
        ...rest,
        expression:
          expression === undefined ? undefined : bareExpressionText(expression, `an expression of index '${name}'`),
      });
    }),
    where:
      options.where === undefined ? undefined : bareExpressionText(options.where, `the predicate of index '${name}'`),
    method: options.using === "btree" ? undefined : options.using,
    include: options.include,
    nullsNotDistinct: yes(options.nullsNotDistinct),
    with: options.with,
    tablespace: options.tablespace,
    comment: options.comment,
    only: partsOf(options.only),
  });
}

function partsOf(only: IndexOptions["only"]): IndexDef["only"] {
  if (only === undefined || only === false) return undefined;
  return only === true ? [] : partList(only.map(parseObjectName));
}

function viewDef(name: string, query: SqlExpression | string, { schema: _schema, ...rest }: CreateViewOptions) {
  return compact({ ...named(name, { schema: _schema }), definition: queryText(name, query), ...rest });
}

function queryText(name: string, query: SqlExpression | string): string {
  return expressionText(query, `the view '${name}'`).replace(/;\s*$/, "");
}

function named(name: string, options?: { readonly schema?: string | undefined }): ObjectName {
  return options?.schema === undefined ? { name } : { name, schema: options.schema };
}

/** A row as JSON values: dates as ISO text, big integers as digits, what a database reads back by its column's type. */
function plainRow(row: Readonly<Record<string, unknown>>): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plainValue(key, value)]));
}

function plainValue(key: string, value: unknown): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) {
    throw new UsageError(`op.bulkInsert cannot write the bytes of '${key}'`, {
      hint: "Insert them with `op.db.insertInto(…)`.",
    });
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new UsageError(`op.bulkInsert cannot write ${value} into '${key}'`, {
      hint: "Insert it with `op.db.insertInto(…)`.",
    });
  }
  return value as JsonValue;
}
