/** What has to go before an enum loses values that it names: it is made again with the values that stay, which come later. */
import { usesEnum } from "../operations/enums.js";
import type { Operation } from "../operations/operation.js";
import { objectKey, objectName, type SchemaDef, type TableDef } from "../schema/schema.js";
import type { ConstraintOperations } from "./diff-constraints.js";

export interface ClearedValues {
  readonly operations: readonly Operation[];
  /** Those of them that a pair would have done later. */
  readonly moved: ReadonlySet<Operation>;
}

export function clearValues(
  from: SchemaDef,
  pairs: readonly {
    readonly from: TableDef;
    readonly constraints: ConstraintOperations;
    readonly columns: { readonly altered: readonly Operation[] };
  }[],
  enumChanges: readonly Operation[],
): ClearedValues {
  const losing = enumChanges.flatMap((op) => {
    if (op.kind !== "replaceEnum") return [];
    const gone = (from.enums[objectKey(op.enum)]?.values ?? []).filter((value) => !op.values.includes(value));
    return gone.length === 0 ? [] : [{ enum: op.enum, gone, mapping: op.mapping ?? {} }];
  });
  const moved: Operation[] = [];
  const defaults: Operation[] = [];
  for (const pair of losing.length === 0 ? [] : pairs) {
    for (const column of pair.from.columns) {
      const lost = losing.find((one) => usesEnum(column.type, one.enum));
      if (lost === undefined) continue;
      for (const op of pair.constraints.dropped) {
        const isText = op.kind === "dropIndex" || (op.kind === "dropConstraint" && op.type === "check");
        if (isText && !moved.includes(op)) moved.push(op);
      }
      const changesDefault = pair.columns.altered.some(
        (op) => op.kind === "alterColumn" && op.column === column.name && op.changes.default !== undefined,
      );
      if (!changesDefault || column.default === undefined) continue;
      if (column.default.kind === "literal" && String(column.default.value) in lost.mapping) continue;
      const table = objectName(pair.from);
      defaults.push({ kind: "alterColumn", table, column: column.name, changes: { default: null } });
    }
  }
  return { operations: [...moved, ...defaults], moved: new Set(moved) };
}
