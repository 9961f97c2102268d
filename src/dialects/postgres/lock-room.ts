/** How many relations and other objects the transactions of a server can hold locks on, all of them together. */
import type { PostgresConnection } from "./connection/connection.js";

/** All that can run a transaction; the server makes its table of locks this much times as large as the setting says. */
const BACKENDS = [
  "max_connections",
  "max_prepared_transactions",
  "max_worker_processes",
  "max_wal_senders",
  "autovacuum_max_workers",
]
  .map((name) => `pg_catalog.current_setting('${name}')::int8`)
  .join(" + ");

export interface LockRoom {
  /** Tables, indexes and other objects that one more transaction can lock. */
  readonly locks: number;
  readonly setting: string;
  /** The value that gives room for so many. */
  settingFor(locks: number): number;
}

/**
 * What others hold now is taken off, and a part of the rest: they will want more before the run is over.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-locks.html
 */
export async function readLockRoom(connection: PostgresConnection): Promise<LockRoom> {
  const { rows } = await connection.query<{ each: string; backends: string; held: string }>(
    `SELECT pg_catalog.current_setting('max_locks_per_transaction') AS each, (${BACKENDS})::text AS backends,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks WHERE NOT fastpath)::text AS held`,
  );
  const [each, backends, held] = [rows[0]?.each, rows[0]?.backends, rows[0]?.held].map(Number) as [
    number,
    number,
    number,
  ];
  return {
    locks: Math.floor((each * backends - held) * OURS),
    setting: "max_locks_per_transaction",
    settingFor: (locks) => Math.ceil((locks / OURS + held) / backends),
  };
}

const OURS = 0.95;
