/**
 * How far the build of an index is, asked on a connection of its own. Not on the one that holds the lock of the run: its
 * transaction stays open, and a concurrent index that meets a snapshot waits for the end of the whole transaction.
 *
 * @see https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING
 */
import type { WorkProgress } from "../../dialect.js";
import type { Wire } from "./wire.js";

const INTERVAL_MILLISECONDS = 1_000;

/** Does the statement build an index? */
export function buildsIndex(sql: string): boolean {
  if (/^\s*(?:create\s+(?:unique\s+)?index|reindex)\b/i.test(sql)) return true;
  const added = sql.search(/\badd\b/i);
  return added !== -1 && /\b(?:primary\s+key|unique|exclude)\b/i.test(sql.slice(added));
}

export function watchIndexBuild(
  processId: number,
  open: () => Promise<Wire>,
  onProgress: (progress: WorkProgress) => void,
): AsyncDisposable {
  let wire: Promise<Wire> | undefined;
  let isOver = false;
  let asked: Promise<void> = Promise.resolve();
  const ask = async () => {
    try {
      wire ??= open();
      const progress = await readProgress(await wire, processId);
      if (progress !== null && !isOver) onProgress(progress);
    } catch {
      // Nobody waits for this; the build itself says what is wrong.
      isOver = true;
    }
    if (!isOver) timer = setTimeout(next, INTERVAL_MILLISECONDS).unref();
  };
  const next = () => {
    asked = ask();
  };
  let timer = setTimeout(next, INTERVAL_MILLISECONDS).unref();
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearTimeout(timer);
      await asked;
      await (await wire?.catch(() => undefined))?.close().catch(() => undefined);
    },
  };
}

interface Row {
  readonly name: string | null;
  readonly phase: string;
  readonly blocks: string | null;
  readonly allBlocks: string | null;
  readonly rows: string | null;
  readonly allRows: string | null;
  readonly lockers: string | null;
  readonly allLockers: string | null;
}

async function readProgress(wire: Wire, processId: number): Promise<WorkProgress | null> {
  const { rows } = await wire.send(
    `SELECT coalesce(i.relname, t.relname)::text AS name, p.phase::text AS phase,
       p.blocks_done::text AS blocks, p.blocks_total::text AS "allBlocks", p.tuples_done::text AS rows,
       p.tuples_total::text AS "allRows", p.lockers_done::text AS lockers, p.lockers_total::text AS "allLockers"
     FROM pg_catalog.pg_stat_progress_create_index p
     LEFT JOIN pg_catalog.pg_class i ON i.oid = p.index_relid LEFT JOIN pg_catalog.pg_class t ON t.oid = p.relid
     WHERE p.pid = ${Math.trunc(processId)}`,
  );
  const [row] = rows as readonly Row[];
  if (row === undefined) return null;
  const text = `${row.name === null ? "building an index" : `building ${row.name}`}, ${row.phase}`;
  return (
    counted(text, row.lockers, row.allLockers, "transactions") ??
    counted(text, row.blocks, row.allBlocks, "blocks") ??
    counted(text, row.rows, row.allRows, "rows") ?? { text, done: 0, unit: "blocks" }
  );
}

function counted(
  text: string,
  done: string | null,
  total: string | null,
  unit: WorkProgress["unit"],
): WorkProgress | null {
  return Number(total ?? 0) === 0 ? null : { text, done: Number(done), total: Number(total), unit };
}
