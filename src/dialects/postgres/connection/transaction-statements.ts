/** How transactions begin. Each sets for itself what it depends on, since a session may be shared or have been changed. */
import { quoteText } from "../../../util/quote.js";
import type { ConnectOptions } from "../../dialect.js";
import { searchPathText } from "../text/identifiers.js";
import type { ServerFacts } from "./server-facts.js";
import type { Wire, WireResult } from "./wire.js";

const IDLE_TIMEOUT_MILLISECONDS = 60_000;

/** Of a step. The last gives the transaction's `id`, and the server's `process`. */
export function beginStatements(
  options: ConnectOptions,
  facts: ServerFacts,
  lockTimeoutMilliseconds: number,
): readonly string[] {
  const { statementTimeoutMilliseconds, role } = options;
  const path = pinnedSearchPath(options, facts);
  const settings = [
    setting("lock_timeout", String(lockTimeoutMilliseconds)),
    setting("statement_timeout", String(statementTimeoutMilliseconds)),
    setting("idle_in_transaction_session_timeout", String(IDLE_TIMEOUT_MILLISECONDS)),
    ...(facts.versionNumber >= 170_000 ? [setting("transaction_timeout", "0")] : []),
    ...(path === null ? [] : [setting("search_path", path)]),
    ...(role === undefined ? [] : [setting("role", role)]),
  ];
  return [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    `SELECT ${settings.join(", ")}, pg_catalog.txid_current()::text AS id, pg_catalog.pg_backend_pid() AS process`,
  ];
}

/** For this transaction only. */
function setting(name: string, value: string): string {
  return `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, true)`;
}

/** Of one that is rolled back at its end. */
export function isolatedStatements(mode: "read" | "scratch", options: ConnectOptions): readonly string[] {
  const access =
    mode === "read" ? "ISOLATION LEVEL REPEATABLE READ READ ONLY" : "ISOLATION LEVEL READ COMMITTED READ WRITE";
  return [
    `BEGIN ${access}`,
    `SET LOCAL lock_timeout = ${options.ddlLockTimeoutMilliseconds}`,
    "SET LOCAL jit = off",
    ...searchPath(options),
  ];
}

/** One statement in a transaction that can write nothing, which also holds through a pooler. */
export async function sendReadOnly(wire: Wire, sql: string, parameters: readonly unknown[]): Promise<WireResult> {
  const begin = "BEGIN TRANSACTION READ ONLY";
  try {
    // A comment at the end must not swallow what follows.
    if (parameters.length === 0) return await wire.sendAll([begin, `${sql}\n`, "COMMIT"], -2);
    await wire.send(begin);
    const result = await wire.send(sql, parameters);
    await wire.send("COMMIT");
    return result;
  } catch (error) {
    if (wire.lost === undefined) await wire.send("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Behind a pooler the session's own setting may be somebody else's. */
function searchPath(options: ConnectOptions): readonly string[] {
  return options.searchPath === undefined ? [] : [`SET LOCAL search_path = ${searchPathText(options.searchPath)}`];
}

/** What an earlier transaction set for the session must not decide what the names of the next mean. */
function pinnedSearchPath(options: ConnectOptions, facts: ServerFacts): string | null {
  if (options.searchPath !== undefined) return searchPathText(options.searchPath);
  return facts.searchPath === null ? null : `${facts.searchPath}, pg_temp`;
}
