/**
 * The ledger of a script: the rows that a run writes, as statements. Who runs it, when, and how often the revision had
 * been brought to an end by then, is known only where it runs.
 */
import type { ScriptConnection } from "../dialects/script-connection.js";
import type { ObjectName } from "../schema/schema.js";
import type { Ledger, LedgerAuthor, LedgerEntry, NewLedgerEntry } from "./ledger.js";
import { noLedger } from "./ledger.js";
import { createStatements, insertSelection, insertStatement, quotedText, quotedTextOrNull } from "./ledger-sql.js";
import { OWN_BACKEND } from "./live-runs.js";
import { qualified } from "./version-table.js";

export const COUNTS = "counts as applied";
export const COUNTS_NO_MORE = "no longer counts as applied";

export interface ScriptLedger extends Ledger {
  /**
   * A stamp ends what is unfinished in revisions that it does not move; with `all`, also all that ever counted as
   * applied. `recorded`: those that get a row of their own.
   */
  endOthers(stamp: {
    readonly applied: readonly string[];
    readonly recorded: readonly string[];
    readonly all: boolean;
  }): Promise<void>;
}

/** Stands where the name of the machine would. */
const HOST = "script";

export const STAMPED = {
  direction: "stamp",
  step: 1,
  completes: true,
  state: "done",
  planHash: null,
  source: null,
  milliseconds: 0,
  error: null,
  cursor: null,
} as const satisfies Partial<NewLedgerEntry>;

export function openScriptLedger(
  connection: ScriptConnection,
  versionTable: ObjectName,
  { toolVersion, redact }: Pick<LedgerAuthor, "toolVersion" | "redact">,
): ScriptLedger {
  const ledger = noLedger(versionTable);
  const table = qualified(ledger.name);
  const isPostgres = connection.dialect.name === "postgres";
  const writer = { toolVersion, host: HOST, pid: 0, backend: isPostgres ? OWN_BACKEND : "NULL", redact };
  const startedAt = isPostgres
    ? `pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
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
    async endOthers({ applied, recorded, all }) {
      const among = (ids: readonly string[]) =>
        ids.length === 0 ? "1 = 0" : `rev IN (${[...ids].sort().map(quotedText).join(", ")})`;
      const newest = (condition: string) => `coalesce(max(CASE WHEN ${condition} THEN id END), 0)`;
      const ended = newest("completes = 1");
      const open = `${newest("completes = 0 AND direction IN ('upgrade', 'downgrade')")} > ${ended}`;
      const counts = `direction = 'upgrade' OR (direction = 'stamp' AND what = ${quotedText(COUNTS)})`;
      const isEnded = all ? `${open} OR ${newest(`completes = 1 AND (${counts})`)} = ${ended} AND ${ended} > 0` : open;
      const entry = { ...STAMPED, revision: "", what: "", startedAt: "", generation: 0 };
      const what = `CASE WHEN ${among(applied)} THEN ${quotedText(COUNTS)} ELSE ${quotedText(COUNTS_NO_MORE)} END`;
      await connection.script(
        insertSelection(ledger.name, entry, writer, {
          generation: "generation",
          startedAt,
          what,
          from: `(SELECT rev, coalesce(sum(completes), 0) AS generation FROM ${table} WHERE NOT (${among(recorded)}) GROUP BY rev HAVING ${isEnded}) AS ended`,
        }),
      );
    },
    async settle(id, { state, error }) {
      const { revision, direction, step } = begun[id]!;
      const newest = `SELECT max(id) FROM ${table} WHERE rev = ${quotedText(revision)} AND direction = ${quotedText(direction)} AND step = ${step}`;
      await connection.script(
        `UPDATE ${table} SET state = ${quotedText(state)}, error = ${quotedTextOrNull(error)} WHERE id = (${newest})`,
      );
    },
  };
}
