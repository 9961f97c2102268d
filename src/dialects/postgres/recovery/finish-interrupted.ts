/** Statements of the user's outside a transaction that were stopped, and of which the catalogs tell how far they came. */

import { quoteText } from "../../../util/quote.js";
import type { PostgresConnection } from "../connection/connection.js";
import { ddl } from "../text/ddl.js";
import { invalidIndexes, isOfReindex } from "./leftovers.js";
import { becameOf, onlyStatement, readRawIndex } from "./raw-index.js";

const NAME = '(?:"(?:[^"]|"")+"|[\\w$]+)';
const QUALIFIED = `(${NAME}(?:\\s*\\.\\s*${NAME})?)`;
const DETACH = new RegExp(
  `^\\s*alter\\s+table\\s+(?:if\\s+exists\\s+)?${QUALIFIED}\\s+detach\\s+partition\\s+${QUALIFIED}\\s+concurrently\\s*;?\\s*$`,
  "i",
);

/**
 * Brings to its end, or back to its beginning, what an earlier run was stopped in. `done`: it has happened. `again`: it
 * can be run anew. Null: nothing tells.
 */
export async function finishInterrupted(
  connection: PostgresConnection,
  sql: string,
  tell: (text: string) => void,
): Promise<"done" | "again" | null> {
  const tokens = onlyStatement(sql);
  const [first] = tokens ?? [];
  if (tokens === null || first === undefined) return null;
  const isWord = (text: string, word: string) => text.toLowerCase() === word;
  if (isWord(first.text, "reindex") && tokens.some(({ text }) => isWord(text, "concurrently"))) {
    await dropRestOfReindex(connection, tell);
    return "again";
  }
  const index = readRawIndex(sql);
  if (index !== null) return becameOf(connection, index);
  const [, parent, partition] = DETACH.exec(sql.slice(first.start)) ?? [];
  return parent === undefined || partition === undefined ? null : finishDetach(connection, { parent, partition }, tell);
}

/** The new index that was not ready, or the old one that was not dropped yet; either serves nobody. */
async function dropRestOfReindex(connection: PostgresConnection, tell: (text: string) => void): Promise<void> {
  const { rows } = await connection.query<{ schema: string }>(
    "SELECT nspname::text AS schema FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_temp_'",
  );
  const left = await invalidIndexes(
    connection,
    rows.map(({ schema }) => schema),
  );
  for (const { index } of left.filter(isOfReindex)) {
    tell(`the index '${index.name}' was left by a REINDEX that did not end; it is dropped`);
    await connection.query(`DROP INDEX CONCURRENTLY IF EXISTS ${ddl.name(index)}`);
  }
}

async function finishDetach(
  connection: PostgresConnection,
  { parent, partition }: { readonly parent: string; readonly partition: string },
  tell: (text: string) => void,
): Promise<"done" | "again" | null> {
  const regclass = (name: string) => `pg_catalog.to_regclass(${quoteText(name)})`;
  const { rows } = await connection.query<{ there: string; pending: string | null }>(
    `SELECT (${regclass(parent)} IS NOT NULL AND ${regclass(partition)} IS NOT NULL)::text AS there,
       (SELECT h.inhdetachpending::text FROM pg_catalog.pg_inherits h
        WHERE h.inhrelid = ${regclass(partition)} AND h.inhparent = ${regclass(parent)}) AS pending`,
  );
  const [found] = rows;
  if (found?.there !== "true") return null;
  if (found.pending === null) return "done";
  if (found.pending === "false") return "again";
  tell(`the partition ${partition} was detached in part only; that is finished`);
  await connection.query(`ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`);
  return "done";
}
