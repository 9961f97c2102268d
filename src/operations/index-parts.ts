/** attachIndex, and how indexes that were made `ON ONLY` a partitioned table follow its partitions. PostgreSQL only. */
import { UnsupportedOperationError } from "../errors.js";
import { putTable, sameObject } from "../schema/edit-schema.js";
import { partitionTree, partList, rootOfPart, settleIncomplete, withPartsOf } from "../schema/incomplete-indexes.js";
import { nameOfPart, sharedIndexes } from "../schema/index-parts.js";
import {
  displayName,
  type IndexDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
} from "../schema/schema.js";
import { conflict, requireTable } from "./conflict.js";
import { findIndex } from "./indexes.js";
import type { Operation, OperationKind, OperationOf, OperationSpec } from "./operation.js";
import { namesOfParts } from "./part-names.js";
import { attachStatement } from "./part-statements.js";

export const attachIndex: OperationSpec<"attachIndex"> = {
  kind: "attachIndex",
  apply(before, op) {
    const { table, index, root } = found(before, op, this.describe(op));
    const own = index.only ?? partitionTree(before, table).map(objectName);
    const only = partList([...root.index.only!, objectName(table), ...own]);
    const indexes = table.indexes.filter((other) => other !== index);
    const parent = requireTable(before, table.partitionOf!.table, this.describe(op));
    const shared = sharedIndexes(before, parent).find(({ name }) => name === op.to.name)!;
    const { indexNames, ...place } = table.partitionOf!;
    const isUsual = nameOfPart({ ...table, partitionOf: place }, shared) === op.index.name;
    const names = isUsual ? indexNames : { ...indexNames, [op.to.name]: op.index.name };
    const partitionOf = names === undefined ? place : { ...place, indexNames: names };
    const without = putTable(before, { ...table, indexes, partitionOf });
    const whole = requireTable(without, root.table, this.describe(op));
    const complete = (each: IndexDef) => (each === root.index ? { ...each, only } : each);
    return settleIncomplete(putTable(without, { ...whole, indexes: whole.indexes.map(complete) }));
  },
  /** A part leaves only with the whole, which is made again as it was. */
  reverse(op, before) {
    const { table, index, root } = found(before, op, this.describe(op));
    const parent = objectName(root.table);
    return [
      { kind: "dropIndex", index: { ...parent, name: root.index.name }, table: parent },
      ...createIncomplete(before, parent, root.index),
      ...createIncomplete(before, objectName(table), index),
    ];
  },
  toSql(op, ddl) {
    if (ddl.dialect === "postgres") return [attachStatement(op.to, op.index, ddl)];
    throw new UnsupportedOperationError(`SQLite has no partitions: cannot ${this.describe(op)}`, {
      dialect: ddl.dialect,
      operation: this.describe(op),
      hint: 'Guard the call with `if (op.dialect === "postgres")`.',
    });
  },
  describe: (op) => `attach index ${displayName(op.index)} to ${displayName(op.to)}`,
  destroys: () => null,
};

/** The index as `schema` has it, with the names of its parts. */
export function createIncomplete(schema: SchemaDef, table: ObjectName, index: IndexDef): readonly Operation[] {
  const { conventional: _source, renamedFrom: _hint, ...plain } = index;
  return [{ kind: "createIndex", table, index: plain }, ...namesOfParts(schema, { table, from: index.name })];
}

function found(before: SchemaDef, op: OperationOf<"attachIndex">, described: string) {
  const own = findIndex(before, op.index);
  if (own === undefined) throw conflict(described, "there is no such index that is no part of another");
  const parent =
    own.table.partitionOf === undefined ? undefined : before.tables[objectKey(own.table.partitionOf.table)];
  const root = parent === undefined ? undefined : rootOfPart(before, parent, op.to.name);
  if (root === undefined) {
    throw conflict(described, `'${displayName(own.table)}' is no partition of a table with an index '${op.to.name}'`);
  }
  if (root.index.only?.some((part) => sameObject(part, own.table)) !== false) {
    throw conflict(described, `'${displayName(own.table)}' has its part of that index`);
  }
  return { ...own, root };
}

type Followed = "createTable" | "dropTable" | "renameTable" | "moveTable" | "attachPartition" | "detachPartition";

/** The same operation, which indexes follow that were made `ON ONLY` a table. */
export function followedByIndexes<K extends OperationKind & Followed>(spec: OperationSpec<K>): OperationSpec<K> {
  return {
    ...spec,
    apply(before, op) {
      return withPartsOf(before, spec.apply(before, op), renaming(op as OperationOf<Followed>));
    },
  };
}

function renaming(op: OperationOf<Followed>): ((table: ObjectName) => ObjectName) | undefined {
  if (op.kind !== "renameTable" && op.kind !== "moveTable") return undefined;
  const to: ObjectName =
    op.kind === "renameTable"
      ? { ...op.table, name: op.to }
      : { name: op.table.name, ...(op.to === null ? {} : { schema: op.to }) };
  return (table) => (sameObject(table, op.table) ? to : table);
}
