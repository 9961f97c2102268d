import { UnsupportedOperationError } from "../../../errors.js";
import type { TableDef } from "../../../schema/schema.js";
import { tableProblems } from "./problems.js";

/**
 * Refuses a table that SQLite cannot hold. What `known`, the table as it was found, has already is no reason.
 *
 * @throws UnsupportedOperationError
 */
export function refuseUnsupported(table: TableDef, operation: string, known?: TableDef): void {
  const old = new Set(known === undefined ? [] : tableProblems(known).map((problem) => problem.message));
  const problem = tableProblems(table).find((candidate) => !old.has(candidate.message));
  if (problem === undefined) return;
  throw new UnsupportedOperationError(problem.message, {
    dialect: "sqlite",
    operation,
    hint: 'Guard the call with `if (op.dialect === "postgres")`, or leave that out.',
  });
}
