/**
 * The ledger of a script: the rows that a run writes, as statements. Who runs it, when, and how often the revision had
 * been brought to an end by then, is known only where it runs.
 */
import type { ScriptConnection } from "../dialects/script-connection.js";
import type { ObjectName } from "../schema/schema.js";
import type { Ledger, LedgerAuthor, LedgerEntry } from "./ledger.js";
import { noLedger } from "./ledger.js";
import { createStatements, insertStatement, quotedText, quotedTextOrNull } from "./ledger-sql.js";
import { OWN_BACKEND } from "./live-runs.js";
import { qualified } from "./version-table.js";

/** Stands where the name of the machine would. */
const HOST = "script";

export function openScriptLedger(
  connection: ScriptConnection,
  versionTable: ObjectName,
  { toolVersion, redact }: Pick<LedgerAuthor, "toolVersion" | "redact">,
): Ledger {
  const ledger = noLedger(versionTable);
  const table = qualified(ledger.name);
  const isPostgres = connection.dialect.name === "postgres";
  const writer = { toolVersion, host: HOST, pid: 0, backend: isPostgres ? OWN_BACKEND : "NULL", redact };
  const startedAt = isPostgres
    ? `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
  /** Steps that were begun and are to be settled. */
  const begun: Pick<LedgerEntry, "revision" | "direction" | "step">[] = [];
  return {
    ...ledger,
    async ensure() {
      for (const sql of createStatements(ledger.name, isPostgres)) await connection.script(sql);
    },
    async add(entries) {
      for (const entry of entries) {
        const generation = `(SELECT coalesce(sum(completes), 0) FROM ${table} WHERE rev = ${quotedText(entry.revision)})`;
        const unmeasured = { ...entry, milliseconds: null };
        await connection.script(insertStatement(ledger.name, unmeasured, writer, { generation, startedAt }));
      }
    },
    find: async ({ revision, direction, step }) => begun.push({ revision, direction, step }) - 1,
    async settle(id, { state, error }) {
      const { revision, direction, step } = begun[id]!;
      const newest = `SELECT max(id) FROM ${table} WHERE rev = ${quotedText(revision)} AND direction = ${quotedText(direction)} AND step = ${step}`;
      await connection.script(
        `UPDATE ${table} SET state = ${quotedText(state)}, error = ${quotedTextOrNull(error)} WHERE id = (${newest})`,
      );
    },
  };
}
