/** The way back from changes that were found by comparing. */
import type { Operation } from "../operations/operation.js";
import { applyOperation, type Reversal, reverseOperation } from "../operations/registry.js";
import type { SchemaDef } from "../schema/schema.js";
import { diffSchemas } from "./diff-schemas.js";

/**
 * As `reverseAll`, but for values that an enum got: nothing has to make way for them, and all that reads a column of the
 * enum (views, policies, …) for the type that takes its place when they go.
 */
export function reverseChanges(operations: readonly Operation[], before: SchemaDef): Reversal {
  const undone: (readonly Operation[])[] = [];
  let schema = before;
  for (let at = 0; at < operations.length; ) {
    const op = operations[at]!;
    const met = schema;
    const count = op.kind === "addEnumValue" ? valuesFrom(operations, at) : 1;
    schema = operations.slice(at, at + count).reduce(applyOperation, met);
    const reversed = op.kind === "addEnumValue" ? diffSchemas(schema, met) : reverseOperation(op, met);
    if (reversed === null) return { operations: null, irreversible: op };
    undone.unshift(reversed);
    at += count;
  }
  return { operations: undone.flat() };
}

/** How many operations from here on give enums more values. */
function valuesFrom(operations: readonly Operation[], at: number): number {
  const end = operations.findIndex((op, index) => index > at && op.kind !== "addEnumValue");
  return (end < 0 ? operations.length : end) - at;
}
