/** Options of a table that name one of its indexes: they are set when it is there, and taken away before it goes. */
import { withRenamedMarks } from "../operations/index-marks.js";
import type { Operation } from "../operations/operation.js";
import { optionChanges, plainOptions } from "../operations/table-options.js";
import { objectName, type PostgresTableOptions, type TableDef, type TableOptions } from "../schema/schema.js";

export interface OptionOperations {
  /** Before anything happens to the indexes. */
  readonly before: readonly Operation[];
  /** When they are as they are to be. */
  readonly after: readonly Operation[];
}

/** `changes` are the operations on the keys and indexes of the table: what names one that is renamed follows it by itself. */
export function diffOptions(from: TableDef, to: TableDef, changes: readonly Operation[]): OptionOperations {
  const dropped = new Set(changes.flatMap((op) => droppedName(op) ?? []));
  const kept = withoutMarks(from.options ?? {}, dropped);
  const table = objectName(to);
  const set = (options: TableOptions | null): readonly Operation[] =>
    options === null ? [] : [{ kind: "setTableOptions", table, options }];
  const meanwhile: TableDef = { ...from, options: kept };
  const renamed = changes.reduce(followed, meanwhile);
  return { before: set(optionChanges(from, meanwhile)), after: set(optionChanges(renamed, to)) };
}

function withoutMarks(options: TableOptions, indexes: ReadonlySet<string>): TableOptions {
  const { clusterOn, replicaIdentity, ...rest } = options.postgres ?? {};
  const isKept = (name: string | undefined) => name !== undefined && !indexes.has(name);
  const postgres: PostgresTableOptions = {
    ...rest,
    ...(isKept(clusterOn) ? { clusterOn: clusterOn! } : {}),
    ...(replicaIdentity === undefined || (typeof replicaIdentity === "object" && !isKept(replicaIdentity.index))
      ? {}
      : { replicaIdentity }),
  };
  return plainOptions({ ...options, postgres }) ?? {};
}

function droppedName(op: Operation): string | null {
  if (op.kind === "dropConstraint") return op.name;
  return op.kind === "dropIndex" ? op.index.name : null;
}

function followed(table: TableDef, op: Operation): TableDef {
  if (op.kind === "renameConstraint") return withRenamedMarks(table, op.name, op.to);
  return op.kind === "renameIndex" ? withRenamedMarks(table, op.index.name, op.to) : table;
}
