/** What a ledger says, without who ran it and when. */
import { readStoredSource } from "../../src/util/source-text.js";
import { query } from "./engine.js";

/** `columns` besides the text of the file, which runs and scripts store in ways of their own. */
export async function ledgerRows(url: string, columns: string): Promise<readonly Record<string, unknown>[]> {
  const rows = await query(url, `SELECT ${columns}, source FROM tsmigrate_log ORDER BY id`);
  return rows.map((row) => ({ ...row, source: row.source === null ? null : readStoredSource(String(row.source)) }));
}
