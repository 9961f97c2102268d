/** Is the run that wrote a row of the ledger still there? Asked of the server, or of the operating system. */
import type { Connection } from "../dialects/dialect.js";
import type { LedgerAuthor, LedgerEntry } from "./ledger.js";

/** PostgreSQL: this session of the server, told from a later one with the same process id. */
export const OWN_BACKEND =
  "(SELECT pid::text || '@' || extract(epoch FROM backend_start)::text FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid())";

/** The runs of this process, which all have its process id. */
const running = new Set<string>();

/** Counts the author's run as alive until the result is disposed of. */
export function registerRun({ run }: LedgerAuthor): Disposable {
  running.add(run);
  return { [Symbol.dispose]: () => void running.delete(run) };
}

/**
 * On PostgreSQL a run lives as long as its session: the server may go on with a statement when the client is gone. On
 * SQLite it lives with its process; one of another machine cannot be asked and counts as gone, and the ledger's unique
 * index still keeps both from doing the same step.
 */
export async function isRunAlive(connection: Connection, author: LedgerAuthor, entry: LedgerEntry): Promise<boolean> {
  if (connection.dialect.name === "postgres") return isSessionAlive(connection, entry.backend);
  // Nobody watches a script.
  if (entry.backend === null || entry.host !== author.host) return false;
  if (entry.pid !== author.pid) return isProcessAlive(entry.pid);
  return entry.backend !== author.run && running.has(entry.backend);
}

async function isSessionAlive(connection: Connection, backend: string | null): Promise<boolean> {
  if (backend === null) return false;
  const [pid, start] = backend.split("@");
  // Roles that may not see others' sessions see their process ids only.
  const { rows } = await connection.query<{ alive: unknown }>(
    "SELECT count(*)::int AS alive FROM pg_catalog.pg_stat_activity WHERE pid = $1::int AND pid <> pg_catalog.pg_backend_pid() AND (backend_start IS NULL OR extract(epoch FROM backend_start)::text = $2)",
    [Number(pid), start ?? ""],
  );
  return Number(rows[0]?.alive) > 0;
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
