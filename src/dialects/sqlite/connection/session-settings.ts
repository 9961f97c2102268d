/** The session settings of SQLite that a rebuild needs in a certain state, and how they are put back. */
import { QueryError } from "../../../errors.js";
import type { RowQuery } from "./foreign-keys.js";

const NAMES = [
  "foreign_keys",
  "legacy_alter_table",
  "recursive_triggers",
  "ignore_check_constraints",
  "cache_size",
] as const;

export type SessionSettings = Readonly<Record<(typeof NAMES)[number], number>>;

/**
 * What a rebuild needs: no cascades while a parent is dropped, renames that see views and triggers, checks that count. It
 * reads every page once and in order, so that a larger cache would only fill memory.
 */
export const REBUILD_SETTINGS: Partial<SessionSettings> = {
  foreign_keys: 0,
  legacy_alter_table: 0,
  ignore_check_constraints: 0,
  cache_size: -4_000,
};

export async function readSettings(query: RowQuery): Promise<SessionSettings> {
  const entries: [string, number][] = [];
  for (const name of NAMES) {
    const [row] = await query(`PRAGMA ${name}`);
    entries.push([name, Number(Object.values(row ?? {})[0] ?? 0)]);
  }
  return Object.fromEntries(entries) as SessionSettings;
}

/**
 * Sets what differs and reads it back: inside a transaction SQLite ignores `PRAGMA foreign_keys = …` without a word,
 * and a rebuild would then delete the rows of every ON DELETE CASCADE child.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_foreign_keys
 * @throws {@link QueryError} when a setting did not take.
 */
export async function applySettings(query: RowQuery, wanted: Partial<SessionSettings>): Promise<void> {
  const current = await readSettings(query);
  const different = NAMES.filter((name) => wanted[name] !== undefined && wanted[name] !== current[name]);
  if (different.length === 0) return;
  for (const name of different) await query(`PRAGMA ${name} = ${wanted[name]}`);
  const after = await readSettings(query);
  const ignored = different.find((name) => after[name] !== wanted[name]);
  if (ignored !== undefined) {
    const sql = `PRAGMA ${ignored} = ${wanted[ignored]}`;
    throw new QueryError(`SQLite ignored '${sql}'`, { sql, hint: "Run it outside a transaction." });
  }
}
