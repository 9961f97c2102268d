/** renamePart: the name of the part that an index of a partitioned table has on one partition. PostgreSQL only. */
import { UnsupportedOperationError } from "../errors.js";
import { putTable } from "../schema/edit-schema.js";
import { findShared, nameOfPart, partitionsOf } from "../schema/index-parts.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type PartitionOf,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { indexNameOf } from "../schema/server-names.js";
import { conflict, requireTable } from "./conflict.js";
import { findConstraint } from "./constraints.js";
import { marksAgain, withoutMarks, withRenamedMarks } from "./index-marks.js";
import { findIndex } from "./indexes.js";
import type { Operation, OperationKind, OperationOf, OperationSpec } from "./operation.js";
import { renamePart as renameStatement } from "./table-sql.js";

export const renamePart: OperationSpec<"renamePart"> = {
  kind: "renamePart",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const { partitionOf } = table;
    const shared = partitionOf === undefined ? undefined : findShared(before, partitionOf.table, op.index);
    if (partitionOf === undefined || shared === undefined) {
      throw conflict(this.describe(op), `it is no partition of a table with an index '${op.index}'`);
    }
    const usual = indexNameOf(table.name, shared.columns, shared.purpose);
    const name = op.to === usual ? undefined : op.to;
    const old = nameOfPart(table, shared);
    const marked = withRenamedMarks(table, old, op.to);
    const renamed = putTable(before, { ...marked, partitionOf: withName(partitionOf, op.index, name) });
    return withParts(renamed, { table, from: old, to: op.to });
  },
  reverse(op, before) {
    const table = requireTable(before, op.table, this.describe(op));
    const shared = table.partitionOf === undefined ? undefined : findShared(before, table.partitionOf.table, op.index);
    return shared === undefined ? null : [{ ...op, to: nameOfPart(table, shared) }];
  },
  toSql(op, ddl) {
    if (ddl.dialect === "postgres") return [renameStatement(op.table, op.index, op.to, ddl)];
    throw new UnsupportedOperationError(`SQLite has no partitions: cannot ${this.describe(op)}`, {
      dialect: ddl.dialect,
      operation: this.describe(op),
      hint: 'Guard the call with `if (op.dialect === "postgres")`.',
    });
  },
  describe: (op) => `rename the part of ${op.index} on ${displayName(op.table)} to ${op.to}`,
  destroys: () => null,
};

function withName(partitionOf: PartitionOf, index: string, name: string | undefined): PartitionOf {
  const { indexNames: { [index]: _old, ...others } = {}, ...rest } = partitionOf;
  const names = name === undefined ? others : { ...others, [index]: name };
  return Object.keys(names).length === 0 ? rest : { ...rest, indexNames: names };
}

interface NameChange {
  readonly table: ObjectName;
  readonly from: string;
  /** Null: it goes, and its parts with it. */
  readonly to: string | null;
}

/** The same operation, which partitions follow that have parts of the index or key. */
export function followedByParts<K extends OperationKind>(spec: OperationSpec<K>): OperationSpec<K> {
  return {
    ...spec,
    apply(before, op) {
      const change = changeOf(before, op);
      const after = spec.apply(before, op);
      if (change === null) return after;
      const parts = withParts(after, change);
      return change.to === null ? withoutMarksOfParts(parts, marksOfParts(before, change)) : parts;
    },
    reverse(op, before) {
      const back = spec.reverse(op, before);
      const change = changeOf(before, op);
      if (back === null || change === null || change.to !== null) return back;
      const marks = marksOfParts(before, change).flatMap(([table, part]) => marksAgain(table, part));
      return [...back, ...namesOfParts(before, change), ...marks];
    },
  };
}

function changeOf(before: SchemaDef, given: OperationOf<OperationKind>): NameChange | null {
  const isNamed = ({ partitionOf, options }: TableDef) =>
    partitionOf !== undefined && (partitionOf.indexNames ?? options?.postgres) !== undefined;
  if (!Object.values(before.tables).some(isNamed)) return null;
  const op: Operation = given;
  switch (op.kind) {
    case "dropIndex":
    case "renameIndex": {
      const found = findIndex(before, op.index);
      if (found === undefined) return null;
      return { table: objectName(found.table), from: op.index.name, to: op.kind === "renameIndex" ? op.to : null };
    }
    case "renameConstraint":
      return { table: op.table, from: op.name, to: op.to };
    case "dropConstraint": {
      const found = findConstraint(requireTable(before, op.table, "drop it"), op);
      const name = found?.constraint.name ?? null;
      return name === null ? null : { table: op.table, from: name, to: null };
    }
    default:
      return null;
  }
}

/** With the parts of an index that gets another name, or goes, on the partitions of its table. */
export function withParts(schema: SchemaDef, { table, from, to }: NameChange): SchemaDef {
  let after = schema;
  for (const child of partitionsOf(schema, table)) {
    const { partitionOf } = child;
    const own = partitionOf?.indexNames?.[from];
    if (partitionOf === undefined || own === undefined) continue;
    const without = withName(partitionOf, from, undefined);
    after = putTable(after, { ...child, partitionOf: to === null ? without : withName(without, to, own) });
    if (to === null) after = withParts(after, { table: child, from: own, to: null });
  }
  return after;
}

type Part = readonly [table: TableDef, name: string];

/** Parts that the rows of their partitions are known or sorted by. */
function marksOfParts(schema: SchemaDef, { table, from }: Pick<NameChange, "table" | "from">): readonly Part[] {
  const shared = findShared(schema, table, from);
  if (shared === undefined) return [];
  return partitionsOf(schema, table).flatMap((child): readonly Part[] => {
    const name = nameOfPart(child, shared);
    const isMarked = withoutMarks(child, name) !== child;
    return [...(isMarked ? [[child, name] as const] : []), ...marksOfParts(schema, { table: child, from: name })];
  });
}

function withoutMarksOfParts(schema: SchemaDef, parts: readonly Part[]): SchemaDef {
  return parts.reduce((after, [child, name]) => {
    const table = after.tables[objectKey(child)];
    return table === undefined ? after : putTable(after, withoutMarks(table, name));
  }, schema);
}

/** Those that the server would not give them again. */
export function namesOfParts(
  schema: SchemaDef,
  { table, from }: Pick<NameChange, "table" | "from">,
): readonly Operation[] {
  return partitionsOf(schema, table).flatMap((child): readonly Operation[] => {
    const own = child.partitionOf?.indexNames?.[from];
    if (own === undefined) return [];
    return [
      { kind: "renamePart", table: objectName(child), index: from, to: own },
      ...namesOfParts(schema, { table: child, from: own }),
    ];
  });
}
