import type { Connection } from "../dialects/dialect.js";
import { UnsupportedOperationError } from "../errors.js";

/** A database refuses this by itself; a script would run on in the wrong transaction. */
export function refuseControl(connection: Connection, sql: string): void {
  if (!connection.inTransaction || !connection.dialect.script.controlsTransaction(sql)) return;
  throw new UnsupportedOperationError(
    "the statement begins or ends a transaction inside the transaction of a revision",
    {
      dialect: connection.dialect.name,
      operation: sql,
      hint: "Take BEGIN, COMMIT, END and ROLLBACK out, or say `export const transaction = false` in the revision.",
    },
  );
}
