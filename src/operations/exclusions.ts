/** createExcludeConstraint. */
import { putTable } from "../schema/edit-schema.js";
import { wholeTable } from "../schema/inheritance.js";
import { displayName, type ExcludeDef, type TableDef } from "../schema/schema.js";
import { requireColumn, requireTable } from "./conflict.js";
import { addConstraint, dropOf, refuseName } from "./constraints.js";
import type { OperationSpec } from "./operation.js";

export const createExcludeConstraint: OperationSpec<"createExcludeConstraint"> = {
  kind: "createExcludeConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    for (const { column } of op.constraint.elements) {
      if (column !== undefined) requireColumn(wholeTable(before, table), column, this.describe(op));
    }
    refuseName(table, op.constraint.name, this.describe(op));
    return putTable(before, { ...table, excludes: [...(table.excludes ?? []), op.constraint] });
  },
  reverse: (op) => [dropOf(op.table, "exclude", op.constraint.name, [])],
  toSql: (op, ddl) => addConstraint(ddl, op.table, op.constraint, ddl.exclude(op.constraint)),
  describe: (op) => `create exclude constraint ${op.constraint.name ?? ""} on ${displayName(op.table)}`,
  destroys: () => null,
};

/** The key of a table for its exclusions, which is not there when it has none. */
export function excludesOf(excludes: readonly ExcludeDef[]): Pick<TableDef, "excludes"> {
  return excludes.length === 0 ? {} : { excludes };
}
