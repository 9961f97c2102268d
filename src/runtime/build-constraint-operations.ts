/** Keys, checks, comments and parents: from the arguments of `op.…(…)` to operations as data. Pure. */
import { UsageError } from "../errors.js";
import { bareExpressionText, expressionText } from "../model/expression-text.js";
import { indexElements } from "../model/item-drafts.js";
import type { Operation } from "../operations/operation.js";
import { compact, type ObjectName } from "../schema/schema.js";
import type { ForeignKeyConstraintOptions, Operations } from "./operations.js";

type ConstraintBuilders = {
  readonly [K in
    | "createPrimaryKey"
    | "createUniqueConstraint"
    | "createForeignKey"
    | "createCheckConstraint"
    | "createExcludeConstraint"
    | "dropConstraint"
    | "renameConstraint"
    | "validateConstraint"
    | "alterConstraint"
    | "createComment"
    | "attachPartition"
    | "detachPartition"
    | "renamePart"
    | "attachIndex"
    | "addInheritance"
    | "dropInheritance"]: (...args: Parameters<Operations[K]>) => readonly Operation[];
};

const yes = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);
const one = (op: object) => [compact(op) as Operation];

export function constraintBuilders(): ConstraintBuilders {
  return {
    createPrimaryKey: (name, table, columns, { schema, ...options } = {}) =>
      one({
        kind: "createPrimaryKey",
        table: named(table, schema),
        constraint: compact({ name, columns, ...options }),
      }),
    createUniqueConstraint: (name, table, columns, { schema, nullsNotDistinct, ...options } = {}) =>
      one({
        kind: "createUniqueConstraint",
        table: named(table, schema),
        constraint: compact({ name, columns, nullsNotDistinct: yes(nullsNotDistinct), ...options }),
      }),
    createForeignKey: (name, table, columns, targetTable, targetColumns, options = {}) =>
      one({
        kind: "createForeignKey",
        table: named(table, options.schema),
        constraint: foreignKeyDef(name, columns, targetTable, targetColumns, options),
      }),
    createCheckConstraint: (name, table, expression, options = {}) =>
      one({
        kind: "createCheckConstraint",
        table: named(table, options.schema),
        constraint: compact({
          name,
          expression: bareExpressionText(expression, `the check '${name ?? ""}'`),
          noInherit: yes(options.noInherit),
          notValid: yes(options.notValid),
          notEnforced: yes(options.notEnforced),
          comment: options.comment,
        }),
      }),
    createExcludeConstraint: (name, table, elements, { schema, using, where, ...options } = {}) =>
      one({
        kind: "createExcludeConstraint",
        table: named(table, schema),
        constraint: compact({
          name,
          method: using === "btree" ? undefined : using,
          elements: indexElements(elements.map(([part]) => part)).map((element, at) => ({
            ...element,
            operator: elements[at]![1],
          })),
          where: where === undefined ? undefined : bareExpressionText(where, `the predicate of '${name ?? ""}'`),
          ...options,
        }),
      }),
    dropConstraint: (name, table, options = {}) =>
      one({
        kind: "dropConstraint",
        table: named(table, options.schema),
        name,
        type: options.type,
        columns: options.columns,
        expression: options.expression === undefined ? undefined : bareExpressionText(options.expression),
        ifExists: yes(options.ifExists),
      }),
    renameConstraint: (name, table, to, options = {}) =>
      one({ kind: "renameConstraint", table: named(table, options.schema), name, to }),
    validateConstraint: (name, table, options = {}) =>
      one({ kind: "validateConstraint", table: named(table, options.schema), name }),

    alterConstraint: (name, table, { schema, notEnforced, ...changes }) =>
      one({
        kind: "alterConstraint",
        table: named(table, schema),
        name,
        changes: compact({
          ...changes,
          notEnforced: notEnforced === undefined ? undefined : notEnforced === true ? true : null,
        }),
      }),

    createComment(type, name, comment, { on, schema } = {}) {
      if (on === undefined && (type === "constraint" || type === "viewColumn")) {
        const what = type === "constraint" ? "a constraint needs its table" : "a view's column needs its view";
        throw new UsageError(`op.createComment: ${what}`, { hint: "Name it with the option `on`." });
      }
      return one({
        kind: "createComment",
        type,
        object: named(name, on === undefined ? schema : undefined),
        on: on === undefined ? undefined : named(on, schema),
        comment,
      });
    },
    attachPartition: (parent, partition, bounds, { schema, parentSchema, indexNames } = {}) =>
      one({
        kind: "attachPartition",
        table: named(partition, schema),
        partitionOf: compact({
          table: parentOf(parent, schema, parentSchema),
          bounds: expressionText(bounds, `the bounds of '${partition}'`),
          indexNames,
        }),
      }),
    detachPartition: (parent, partition, { schema, parentSchema } = {}) =>
      one({
        kind: "detachPartition",
        table: named(partition, schema),
        from: parentOf(parent, schema, parentSchema),
      }),
    renamePart: (partition, index, to, options) =>
      one({ kind: "renamePart", table: named(partition, options?.schema), index, to }),
    attachIndex: (parent, index, { schema, parentSchema } = {}) =>
      one({ kind: "attachIndex", index: named(index, schema), to: parentOf(parent, schema, parentSchema) }),
    addInheritance: (table, parent, { schema, parentSchema } = {}) =>
      one({
        kind: "addInheritance",
        table: named(table, schema),
        parent: parentOf(parent, schema, parentSchema),
      }),
    dropInheritance: (table, parent, { schema, parentSchema } = {}) =>
      one({
        kind: "dropInheritance",
        table: named(table, schema),
        parent: parentOf(parent, schema, parentSchema),
      }),
  };
}

function foreignKeyDef(
  name: string | null,
  columns: readonly string[],
  targetTable: string,
  targetColumns: readonly string[],
  options: ForeignKeyConstraintOptions,
) {
  const action = (given: ForeignKeyConstraintOptions["onDelete"]) => (given === "no action" ? undefined : given);
  return compact({
    name,
    columns,
    target: parentOf(targetTable, options.schema, options.targetSchema),
    targetColumns,
    onDelete: action(options.onDelete),
    onUpdate: action(options.onUpdate),
    match: options.match === "simple" ? undefined : options.match,
    deferrable: options.deferrable,
    notValid: yes(options.notValid),
    onDeleteColumns: options.onDeleteColumns,
    notEnforced: yes(options.notEnforced),
    period: yes(options.period),
    unchecked: yes(options.unchecked),
    comment: options.comment,
  });
}

/** In the same schema where nothing is said, in the default one for null. */
function parentOf(name: string, schema: string | undefined, given: string | null | undefined): ObjectName {
  return named(name, given === undefined ? schema : (given ?? undefined));
}

function named(name: string, schema: string | undefined): ObjectName {
  return schema === undefined ? { name } : { name, schema };
}
