/** A copy of many rows, a range of rows at a time: as fast, and in between signals are heard and progress is told. */
import type { Connection } from "../dialects/dialect.js";
import type { RowCopy } from "../operations/operation.js";

/** Rows of one range, about: some tenths of a second of work. */
const RANGE = 50_000;

export interface CopyWatcher {
  /** Throws when the run is to stop. */
  readonly stopIfAsked: () => void;
  /** Told only where there is more than one range. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Says whether there was more than one range. */
export async function copyRows(connection: Connection, copy: RowCopy, watcher: CopyWatcher): Promise<boolean> {
  const { insert, table, key } = copy;
  const ends = await one(connection, `(SELECT min(${key}) FROM ${table})`, `(SELECT max(${key}) FROM ${table})`);
  const [first = null, last = null] = ends;
  if (first === null || last === null || last - first < RANGE) {
    await connection.query(`${insert} ORDER BY ${key}`);
    return false;
  }
  const [total] = await one(connection, `(SELECT count(*) FROM ${table})`);
  // What is between two numbers says how many rows there can be; how many there are shows with each range.
  let width = BigInt(RANGE);
  let done = 0;
  for (let from: bigint | null = first; from !== null; ) {
    const to: bigint = from + width < last ? from + width : last;
    const { affectedRows } = await connection.query(`${insert} WHERE ${key} BETWEEN ${from} AND ${to} ORDER BY ${key}`);
    done += affectedRows;
    if (affectedRows < RANGE / 2) width *= 2n;
    if (affectedRows > RANGE * 2) width /= 2n;
    // Gaps are leapt over, so that what follows them is not taken for sparse.
    [from = null] =
      to === last ? [null] : await one(connection, `(SELECT min(${key}) FROM ${table} WHERE ${key} > ${to})`);
    watcher.onProgress(done, Math.max(done, Number(total)));
    // A database in this thread lets nothing else happen while it works.
    await new Promise((resolve) => setImmediate(resolve));
    watcher.stopIfAsked();
  }
  return true;
}

/** Whole numbers, which may be too large for those of JavaScript. */
async function one(connection: Connection, ...values: readonly string[]): Promise<readonly (bigint | null)[]> {
  const list = values.map((value, at) => `CAST(${value} AS TEXT) AS v${at}`).join(", ");
  const { rows } = await connection.query<Record<string, string | null>>(`SELECT ${list}`);
  return values.map((_value, at) => (rows[0]?.[`v${at}`] == null ? null : BigInt(rows[0][`v${at}`]!)));
}
