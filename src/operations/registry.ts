/**
 * Every operation there is, by kind, and the functions that work on any of them. A new operation is a spec in a file of
 * its subject, its case in {@link Operation}, and a line here.
 */
import { objectKey, type SchemaDef } from "../schema/schema.js";
import { alterColumn } from "./alter-column.js";
import { alterConstraint, alterIndex, alterView } from "./alter-parts.js";
import { backfill } from "./backfill.js";
import { addColumn, dropColumn } from "./columns.js";
import { createComment } from "./comments.js";
import {
  createCheckConstraint,
  createForeignKey,
  createPrimaryKey,
  createUniqueConstraint,
  dropConstraint,
  renameConstraint,
  validateConstraint,
} from "./constraints.js";
import { batchAlterTableSpec, bulkInsert, custom, execute } from "./data.js";
import { addEnumValue, createEnum, dropEnum, renameEnumValue, replaceEnum } from "./enums.js";
import { createExcludeConstraint } from "./exclusions.js";
import { attachIndex, followedByIndexes } from "./index-parts.js";
import { createIndex, dropIndex, renameIndex } from "./indexes.js";
import { moveObject } from "./move-object.js";
import { moveTable } from "./move-table.js";
import { alterObject, createObject, dropObject, replaceObject, setRowSecurity } from "./objects.js";
import type { DdlWriter, Operation, OperationKind, OperationSpec, Statement } from "./operation.js";
import { followedByParts, renamePart } from "./part-names.js";
import { addInheritance, attachPartition, detachPartition, dropInheritance } from "./partitions.js";
import { alterOwner, grant, revoke } from "./privileges.js";
import { renameColumn } from "./rename-column.js";
import { renameObject } from "./rename-object.js";
import { setTableOptions } from "./table-options.js";
import { createTable, createTableComment, dropTable, renameTable } from "./tables.js";
import { createSchema, createView, dropSchema, dropView, replaceView } from "./views.js";

const batchAlterTable = batchAlterTableSpec({
  apply: applyOperation,
  reverse: reverseOperation,
  describe: describeOperation,
  destroys: destroyedBy,
});

const specs: { readonly [K in OperationKind]: OperationSpec<K> } = {
  createTable: followedByIndexes(createTable),
  dropTable: followedByIndexes(dropTable),
  renameTable: followedByIndexes(renameTable),
  moveTable: followedByIndexes(moveTable),
  createTableComment,
  setTableOptions,
  addColumn,
  dropColumn,
  renameColumn,
  alterColumn,
  createIndex,
  dropIndex: followedByParts(dropIndex),
  renameIndex: followedByParts(renameIndex),
  alterIndex,
  createPrimaryKey,
  createUniqueConstraint,
  createForeignKey,
  createCheckConstraint,
  createExcludeConstraint,
  dropConstraint: followedByParts(dropConstraint),
  renameConstraint: followedByParts(renameConstraint),
  validateConstraint,
  alterConstraint,
  createComment,
  attachPartition: followedByIndexes(attachPartition),
  detachPartition: followedByIndexes(detachPartition),
  renamePart,
  attachIndex,
  addInheritance,
  dropInheritance,
  createEnum,
  dropEnum,
  addEnumValue,
  renameEnumValue,
  renameObject,
  moveObject,
  replaceEnum,
  createSchema,
  dropSchema,
  createView,
  replaceView,
  alterView,
  dropView,
  createObject,
  alterObject,
  replaceObject,
  dropObject,
  setRowSecurity,
  grant,
  revoke,
  alterOwner,
  execute,
  bulkInsert,
  backfill,
  batchAlterTable,
  custom,
};

export const OPERATION_KINDS = Object.keys(specs) as readonly OperationKind[];

/** The one cast of the design: from the kind of an operation to the spec of exactly that kind. */
function specOf(op: Operation): OperationSpec<any> {
  return specs[op.kind];
}

/** The schema after the operation. @throws OperationConflictError */
export function applyOperation(before: SchemaDef, op: Operation): SchemaDef {
  return specOf(op).apply(before, op as never);
}

export function applyAll(before: SchemaDef, ops: readonly Operation[]): SchemaDef {
  return ops.reduce(applyOperation, before);
}

/** The operations that undo one, in order, or null when nothing can. */
export function reverseOperation(op: Operation, before: SchemaDef): readonly Operation[] | null {
  return specOf(op).reverse(op as never, before);
}

export type Reversal =
  | { readonly operations: readonly Operation[] }
  | { readonly operations: null; readonly irreversible: Operation };

/** What undoes all of `ops`, last first; `before` is the schema that the first of them meets. */
export function reverseAll(ops: readonly Operation[], before: SchemaDef): Reversal {
  const undone: (readonly Operation[])[] = [];
  let schema = before;
  for (const op of ops) {
    const reversed = reverseOperation(op, schema);
    if (reversed === null) return { operations: null, irreversible: op };
    undone.unshift(reversed);
    schema = applyOperation(schema, op);
  }
  return { operations: undone.flat() };
}

export function describeOperation(op: Operation): string {
  return specOf(op).describe(op as never);
}

/** What of the user's data is gone afterwards, as a phrase, or null. */
export function destroyedBy(op: Operation, before: SchemaDef): string | null {
  return specOf(op).destroys(op as never, before);
}

/** Standard SQL for it; dialects override what they do in their own way. */
export async function standardStatements(
  op: Operation,
  ddl: DdlWriter,
  before: () => Promise<SchemaDef>,
): Promise<readonly Statement[]> {
  return specOf(op).toSql(op as never, ddl, before);
}

/** The key of the table that an operation works on and nothing else, or null: neighbours with one key can share a rebuild. */
export function tableKeyOf(op: Operation, before: SchemaDef): string | null {
  switch (op.kind) {
    case "createTableComment":
    case "setTableOptions":
    case "addColumn":
    case "dropColumn":
    case "alterColumn":
    case "createIndex":
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createForeignKey":
    case "createCheckConstraint":
    case "createExcludeConstraint":
    case "dropConstraint":
    case "renameConstraint":
    case "validateConstraint":
    case "alterConstraint":
    case "batchAlterTable":
      return objectKey(op.table);
    case "dropIndex":
    case "renameIndex":
    case "alterIndex":
      return (
        Object.keys(before.tables).find((key) =>
          before.tables[key]!.indexes.some((index) => index.name === op.index.name),
        ) ?? null
      );
    default:
      return null;
  }
}
