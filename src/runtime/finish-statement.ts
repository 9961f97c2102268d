/** Statements of the user's own outside a transaction: what became of one that was stopped, and what stands in its way. */
import type { Connection } from "../dialects/dialect.js";
import type { Emit } from "./events.js";

export interface StatementPlace {
  readonly connection: Connection;
  readonly emit: Emit;
}

/** Null where nothing tells. */
export async function finishInterrupted(sql: string, place: StatementPlace): Promise<"done" | "again" | null> {
  const { connection } = place;
  const found = (await connection.dialect.finishInterrupted?.(connection, sql, warning(place))) ?? null;
  return found ?? (isRepeatable(sql) ? "again" : null);
}

/** To be called before the statement runs. */
export async function clearWay(sql: string, place: StatementPlace): Promise<void> {
  const { connection } = place;
  if (connection.isOffline !== true) await connection.dialect.clearWay?.(connection, sql, warning(place));
}

function warning({ emit }: StatementPlace): (text: string) => void {
  return (text) => emit({ type: "warning", text });
}

/** Doing it again comes to the same, whether it happened or not. */
function isRepeatable(sql: string): boolean {
  return /^\s*(?:vacuum|analyze|reindex|refresh\s+materialized\s+view|pragma|checkpoint)\b[^;]*(?:;\s*)?$/i.test(sql);
}
