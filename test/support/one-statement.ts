/** What an operation sends is one statement a message, as PostgreSQL's own parser reads it. SQLite's refuses more itself. */
import { loadModule, parseSync } from "libpg-query";
import type { Operation } from "../../src/operations/operation.js";

await loadModule();

/** How many statements the text is; one that the parser does not know, or that is not SQL, throws. */
export function countStatements(sql: string): number {
  return parseSync(sql).stmts?.length ?? 0;
}

/** Of a statement that these operations were compiled to. SQL of the user's own may be more than one. */
export function expectOneStatement(sql: string, operations: readonly Operation[]): void {
  if (operations.some((op) => op.kind === "execute" || op.kind === "custom")) return;
  const count = countStatements(sql);
  if (count !== 1) throw new Error(`one message holds ${count} statements: ${sql}`);
}
