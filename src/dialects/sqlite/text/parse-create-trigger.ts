/** Reads the head of the CREATE TRIGGER text that SQLite keeps in `sqlite_schema`. */
import { createTokenCursor } from "./token-cursor.js";

export interface TriggerNode {
  readonly name: string;
  readonly event: "insert" | "update" | "delete";
  /** After UPDATE OF; empty when every update fires it. */
  readonly columns: readonly string[];
  readonly table: string;
}

/** @throws InternalError for text that SQLite would not have stored. */
export function parseCreateTrigger(sql: string): TriggerNode {
  const cursor = createTokenCursor(sql);
  cursor.expect("CREATE");
  if (!cursor.takeIf("TEMP")) cursor.takeIf("TEMPORARY");
  cursor.expect("TRIGGER");
  cursor.takeIf("IF", "NOT", "EXISTS");
  const name = cursor.qualifiedName();
  if (!cursor.takeIf("INSTEAD", "OF") && !cursor.takeIf("BEFORE")) cursor.takeIf("AFTER");
  const event = cursor.takeIf("INSERT") ? "insert" : cursor.takeIf("DELETE") ? "delete" : "update";
  const columns: string[] = [];
  if (event === "update") {
    cursor.expect("UPDATE");
    if (cursor.takeIf("OF")) {
      do columns.push(cursor.name());
      while (cursor.takeIf(","));
    }
  }
  cursor.expect("ON");
  return { name, event, columns, table: cursor.qualifiedName() };
}
