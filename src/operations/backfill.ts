/** backfill: new values for the rows of a table, in many small transactions where it is run on a database. */
import { displayName } from "../schema/schema.js";
import type { BackfillValue, DdlWriter, OperationOf, OperationSpec } from "./operation.js";
import { statement } from "./operation.js";

export const backfill: OperationSpec<"backfill"> = {
  kind: "backfill",
  apply: (before) => before,
  reverse({ reverse, ...op }) {
    if (reverse === undefined) return null;
    const { set, where, ...rest } = op;
    return [{ ...rest, ...reverse, reverse: where === undefined ? { set } : { set, where } }];
  },
  /** All of it in one statement: scripts, and runs that are one transaction. */
  toSql: (op, ddl) => [statement(updateText(op, ddl))],
  describe: ({ table, set }) => `backfill ${displayName(table)} (${Object.keys(set).join(", ")})`,
  destroys: () => null,
};

function updateText({ table, set, where }: OperationOf<"backfill">, ddl: DdlWriter): string {
  const assignments = Object.entries(set).map(([column, value]) => `${ddl.id(column)} = ${valueText(value, ddl)}`);
  return `UPDATE ${ddl.name(table)} SET ${assignments.join(", ")}${where === undefined ? "" : ` WHERE ${where}`}`;
}

function valueText(value: BackfillValue, ddl: DdlWriter): string {
  if (value.kind === "now") return "CURRENT_TIMESTAMP";
  return value.kind === "sql" ? value.text : ddl.literal(value.value);
}
