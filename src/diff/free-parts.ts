/**
 * An index or key that a partitioned table gets would take what is alike on a partition for its part, which then cannot be
 * dropped any more, and of two primary keys none is made: what goes from the partitions goes first.
 */
import type { Operation } from "../operations/operation.js";
import { withAncestors } from "../schema/inheritance.js";
import { objectKey, type SchemaDef } from "../schema/schema.js";
import type { NamedPair } from "./free-names.js";

/** To be done before anything is made; a pair would have done them later. */
export function freeParts(to: SchemaDef, pairs: readonly NamedPair[]): readonly Operation[] {
  const getting = new Set(
    pairs.filter(({ constraints }) => constraints.created.some(makesIndex)).map((pair) => objectKey(pair.to)),
  );
  if (getting.size === 0) return [];
  return pairs.flatMap((pair) => {
    const { partitionOf } = pair.to;
    const above = partitionOf === undefined ? [] : withAncestors(to, partitionOf.table);
    return above.some((table) => getting.has(objectKey(table))) ? pair.constraints.dropped.filter(dropsIndex) : [];
  });
}

function makesIndex({ kind }: Operation): boolean {
  return (
    kind === "createIndex" ||
    kind === "createPrimaryKey" ||
    kind === "createUniqueConstraint" ||
    kind === "createExcludeConstraint"
  );
}

function dropsIndex(op: Operation): boolean {
  return op.kind === "dropIndex" || (op.kind === "dropConstraint" && op.type !== "check" && op.type !== "foreignKey");
}
