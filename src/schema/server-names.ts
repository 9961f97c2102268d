/** Names that PostgreSQL makes up, as it makes them. */
import { beginning, MAXIMUM_NAME_BYTES } from "./naming.js";

/**
 * `table_columns_label`, of which the longer of the first two is cut until it fits.
 *
 * @see makeObjectName in https://github.com/postgres/postgres/blob/master/src/backend/commands/indexcmds.c
 */
export function objectNameOf(table: string, columns: string | null, label: string): string {
  const room = MAXIMUM_NAME_BYTES - Buffer.byteLength(label) - (columns === null ? 1 : 2);
  let [first, second] = [Buffer.byteLength(table), columns === null ? 0 : Buffer.byteLength(columns)];
  while (first + second > room) {
    if (first > second) first--;
    else second--;
  }
  const parts = [beginning(table, first), ...(columns === null ? [] : [beginning(columns, second)]), label];
  return parts.join("_");
}

export type IndexPurpose = "p" | "u" | "x" | null;

/** The name of an index or key that nobody named; a number follows where it is taken. */
export function indexNameOf(table: string, columns: readonly string[], purpose: IndexPurpose): string {
  if (purpose === "p") return objectNameOf(table, null, "pkey");
  const label = purpose === "u" ? "key" : purpose === "x" ? "excl" : "idx";
  let joined = "";
  for (const column of columns) {
    joined += joined === "" ? column : `_${column}`;
    if (Buffer.byteLength(joined) > MAXIMUM_NAME_BYTES) break;
  }
  return objectNameOf(table, joined, label);
}

export function notNullNameOf(table: string, column: string): string {
  return objectNameOf(table, column, "not_null");
}
