/** Options of a table that name one of its indexes: they are set when it is there, and taken away before it goes. */
import type { Operation } from "../operations/operation.js";
import { optionChanges, plainOptions } from "../operations/table-options.js";
import { objectName, type PostgresTableOptions, type TableDef, type TableOptions } from "../schema/schema.js";

export interface OptionOperations {
  /** Before anything happens to the indexes. */
  readonly before: readonly Operation[];
  /** When they are as they are to be. */
  readonly after: readonly Operation[];
}

/** `changes` are the operations on the keys and indexes of the table. */
export function diffOptions(from: TableDef, to: TableDef, changes: readonly Operation[]): OptionOperations {
  const touched = new Set(changes.flatMap((op) => indexName(op) ?? []));
  const kept = withoutMarks(from.options ?? {}, touched);
  const table = objectName(to);
  const set = (options: TableOptions | null): readonly Operation[] =>
    options === null ? [] : [{ kind: "setTableOptions", table, options }];
  const meanwhile: TableDef = { ...from, options: kept };
  return { before: set(optionChanges(from, meanwhile)), after: set(optionChanges(meanwhile, to)) };
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

function indexName(op: Operation): string | null {
  switch (op.kind) {
    case "dropConstraint":
    case "renameConstraint":
      return op.name;
    case "dropIndex":
    case "renameIndex":
      return op.index.name;
    default:
      return null;
  }
}
