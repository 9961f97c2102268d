/** Operations as the text of a revision, and what that text makes. */
import type { Operation } from "../../src/operations/operation.js";
import { print } from "../../src/render/document.js";
import { renderOperation } from "../../src/render/render-operation.js";
import { toDocument } from "../../src/render/source.js";
import { operationBuilders } from "../../src/runtime/build-operations.js";
import { checkedBuilders } from "../../src/runtime/checked-builders.js";
import { DEFAULT_NAMING } from "../../src/schema/naming.js";
import type { DialectName } from "../../src/schema/schema.js";
import * as builders from "../../src/schema.js";

/** The text of one call, as it stands in a revision after `await op.`. */
export function callText(op: Operation): string {
  return print([toDocument(renderOperation(op, { use: (name) => name }))], 2);
}

/** Each operation rendered, evaluated, and built again. */
export function renderedOperations(
  operations: readonly Operation[],
  dialect: DialectName = "postgres",
): readonly Operation[] {
  const op = checkedBuilders(operationBuilders({ naming: DEFAULT_NAMING, dialect }));
  const names = Object.keys(builders);
  const values = names.map((name) => (builders as Readonly<Record<string, unknown>>)[name]);
  return operations.flatMap((operation) => {
    const text = callText(operation);
    return new Function("op", ...names, `"use strict"; return op.${text}`)(op, ...values) as readonly Operation[];
  });
}
