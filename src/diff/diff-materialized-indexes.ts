import type { Operation } from "../operations/operation.js";
import type { SchemaObjectDef } from "../schema/objects.js";
import { type IndexDef, objectName, sameDef } from "../schema/schema.js";
import { plainConstraint } from "./diff-constraints.js";

/** Indexes of a materialized view that stays. */
export function diffIndexes(from: SchemaObjectDef, to: SchemaObjectDef): readonly Operation[] {
  if (from.kind !== "materializedView" || to.kind !== "materializedView") return [];
  const table = objectName(to);
  const plain = (indexes: readonly IndexDef[]) => indexes.map((index) => plainConstraint(index));
  const [old, wanted] = [plain(from.indexes), plain(to.indexes)];
  const has = (indexes: readonly IndexDef[], index: IndexDef) => indexes.some((other) => sameDef(other, index));
  return [
    ...old
      .filter((index) => !has(wanted, index))
      .map((index): Operation => ({ kind: "dropIndex", index: { ...table, name: index.name }, table })),
    ...wanted.filter((index) => !has(old, index)).map((index): Operation => ({ kind: "createIndex", table, index })),
  ];
}
