/** What a server is burdened with that long work of ours adds to: standbys and subscribers that follow, sessions that wait. */
import type { ServerLoad } from "../../dialect.js";
import type { PostgresConnection } from "./connection.js";

/**
 * Positions of standbys are shown to members of pg_monitor only, to others no more than that there is one; what only receives the log (pg_receivewal) replays
 * nothing, and a copy that is being made has no position yet.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
 */
export async function readLoad(connection: PostgresConnection): Promise<ServerLoad> {
  // The least is the first: version 12 has no min() of positions.
  const bytes = (position: string) => `pg_catalog.pg_wal_lsn_diff(${position}, '0/0')::text`;
  const { rows } = await connection.query<Record<"written" | "replayed" | "hidden" | "waiting", string | null>>(
    `SELECT ${bytes("pg_catalog.pg_current_wal_lsn()")} AS written,
       (SELECT ${bytes("r.replay_lsn")} FROM pg_catalog.pg_stat_replication r ORDER BY r.replay_lsn LIMIT 1) AS replayed,
       (SELECT pg_catalog.quote_ident(current_user) FROM pg_catalog.pg_stat_replication r
         WHERE r.state IS NULL LIMIT 1) AS hidden,
       (SELECT pg_catalog.count(DISTINCT l.pid) FROM pg_catalog.pg_locks l WHERE NOT l.granted)::text AS waiting`,
  );
  const [row] = rows;
  return {
    written: Number(row?.written ?? 0),
    replayed: row?.replayed == null ? null : Number(row.replayed),
    hiddenFrom: row?.hidden ?? null,
    waiting: Number(row?.waiting ?? 0),
  };
}
