/** How transactions begin. Each sets for itself what it depends on, since a session may be shared or have been changed. */
import type { ConnectOptions } from "../../dialect.js";
import { ddl } from "../text/ddl.js";
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
  return [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    `SET LOCAL lock_timeout = ${lockTimeoutMilliseconds}`,
    `SET LOCAL statement_timeout = ${statementTimeoutMilliseconds}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MILLISECONDS}`,
    ...pinnedSearchPath(options, facts),
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${ddl.id(role)}`]),
    "SELECT pg_catalog.txid_current()::text AS id, pg_catalog.pg_backend_pid() AS process",
  ];
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
function pinnedSearchPath(options: ConnectOptions, facts: ServerFacts): readonly string[] {
  if (facts.searchPath === null || options.searchPath !== undefined) return searchPath(options);
  return [`SET LOCAL search_path = ${facts.searchPath}, pg_temp`];
}
