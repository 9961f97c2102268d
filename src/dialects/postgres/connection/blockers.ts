/** Who stands in the way of a statement that waits for a lock: asked on another connection, while it waits. */
import { QueryError } from "../../../errors.js";
import type { Wire } from "./wire.js";

/** The sessions that the session `processId` waits for, without the texts of their queries, which may hold data. */
export async function describeBlockers(wire: Wire, processId: number): Promise<string | null> {
  const { rows } = await wire.send(
    `SELECT a.pid::text AS pid, a.application_name::text AS application, a.usename::text AS role, a.state::text AS state,
       pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start)))::text AS seconds
     FROM pg_catalog.pg_stat_activity a
     WHERE a.pid = ANY (pg_catalog.pg_blocking_pids(${Math.trunc(processId)})) ORDER BY a.xact_start LIMIT 5`,
  );
  if (rows.length === 0) return null;
  return (rows as readonly Readonly<Record<string, string | null>>[])
    .map(({ pid, application, role, state, seconds }) => {
      const facts = [
        application ? `'${application}'` : null,
        role === null ? null : `role ${role}`,
        state,
        seconds === null ? null : `for ${seconds} s`,
      ];
      return `process ${pid} (${facts.filter((fact) => fact !== null).join(", ")})`;
    })
    .join(", ");
}

/** The statement's work; should it give up on a lock, its error says who held it. `ask` is called once it has waited. */
export async function namingBlockers<T>(
  work: () => Promise<T>,
  ask: (() => Promise<string | null>) | undefined,
  lockTimeoutMilliseconds: number,
): Promise<T> {
  if (ask === undefined || lockTimeoutMilliseconds === 0) return work();
  let asked: Promise<string | null> | undefined;
  const timer = setTimeout(() => {
    asked = ask().catch(() => null);
  }, lockTimeoutMilliseconds / 2);
  timer.unref();
  try {
    return await work();
  } catch (error) {
    const blockers = error instanceof QueryError && error.sqlState === "55P03" ? ((await asked) ?? null) : null;
    if (blockers === null) throw error;
    const { message, sql, sqlState, hint, cause } = error as QueryError;
    throw new QueryError(`${message}: ${blockers} was in the way`, { sql, sqlState, hint, cause });
  } finally {
    clearTimeout(timer);
  }
}
