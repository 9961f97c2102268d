/** The way back from changes that were found by comparing. */
import { replacedObject } from "../operations/objects.js";
import type { Operation } from "../operations/operation.js";
import { applyOperation, type Reversal, reverseOperation } from "../operations/registry.js";
import type { SchemaDef } from "../schema/schema.js";
import { isVirtualTable, readVirtualTable } from "../schema/virtual-table.js";
import { diffSchemas } from "./diff-schemas.js";

/**
 * As `reverseAll`, but for values that an enum got: nothing has to make way for them, and all that reads a column of the
 * enum (views, policies, …) for the type that takes its place when they go; and for a full text search of another table's
 * values, which can be filled when this has the columns it had.
 */
export function reverseChanges(operations: readonly Operation[], before: SchemaDef): Reversal {
  const undone: (readonly Operation[])[] = [];
  const last: Operation[] = [];
  let schema = before;
  for (let at = 0; at < operations.length; ) {
    const op = operations[at]!;
    const met = schema;
    const count = op.kind === "addEnumValue" ? valuesFrom(operations, at) : 1;
    schema = operations.slice(at, at + count).reduce(applyOperation, met);
    const reversed = op.kind === "addEnumValue" ? diffSchemas(schema, met) : reverseOperation(op, met);
    if (reversed === null) return { operations: null, irreversible: op };
    if (readsAnother(op, met)) last.unshift(...reversed);
    else undone.unshift(reversed);
    at += count;
  }
  return { operations: [...undone.flat(), ...last] };
}

function readsAnother(op: Operation, before: SchemaDef): boolean {
  if (op.kind !== "replaceObject") return false;
  const found = replacedObject(before, op);
  return isVirtualTable(found) && typeof readVirtualTable(found.definition)?.content === "object";
}

/** How many operations from here on give enums more values. */
function valuesFrom(operations: readonly Operation[], at: number): number {
  const end = operations.findIndex((op, index) => index > at && op.kind !== "addEnumValue");
  return (end < 0 ? operations.length : end) - at;
}
