/**
 * The batches of a backfill: rows in the order of a key, each batch in a transaction that also writes into the ledger how
 * far it has come. A batch ends with the key of its last row rather than after a number of rows, so that rows of one key
 * are never torn apart, and what others insert or delete meanwhile shifts nothing.
 */
import type { Connection } from "../dialects/dialect.js";
import { quoteIdentifier } from "../dialects/standard-ddl.js";
import { OperationConflictError } from "../errors.js";
import type { OperationOf } from "../operations/operation.js";
import { describeOperation } from "../operations/registry.js";
import { displayName, objectKey } from "../schema/schema.js";
import { quoteText } from "../util/quote.js";
import type { Attempts } from "./attempts.js";
import { movesKey } from "./build-backfill.js";
import type { Emit } from "./events.js";
import { heedLoad } from "./heed-load.js";
import { inTransaction } from "./in-transaction.js";
import type { SchemaState } from "./schema-state.js";
import type { StepProgress } from "./step-journal.js";
import { qualified } from "./version-table.js";

export interface BackfillRun {
  readonly connection: Connection;
  readonly state: SchemaState;
  readonly emit: Emit;
  readonly now: () => number;
  readonly lockTimeoutMilliseconds: number;
  /** @throws InterruptedError between two batches when the run is to stop */
  readonly stopIfAsked: () => void;
  readonly newAttempts?: () => Attempts;
  readonly maxReplicationLagMilliseconds: number;
}

/** As the ledger keeps it: `last` are SQL literals, null before the first batch of rows with a key. */
interface Cursor {
  readonly last: readonly string[] | null;
  readonly rows: number;
  /** The batch that had no end was the last; only the step's own end is missing. */
  readonly isDone?: true;
}

const BATCH_SIZE = 5_000;
const START: Cursor = { last: null, rows: 0 };

export async function runBackfill(op: OperationOf<"backfill">, run: BackfillRun, step: StepProgress): Promise<void> {
  const { columns: key, mayBeNull } = await keyOf(op, run);
  const moved = key.find((column) => Object.hasOwn(op.set, column));
  if (moved !== undefined) throw movesKey(op.table, moved);
  const total = await estimateRows(op, run.connection);
  let cursor = step.cursor === null ? null : (JSON.parse(step.cursor) as Cursor);
  const report = ({ rows }: Cursor) =>
    run.emit({
      type: "progress",
      text: `backfilling ${displayName(op.table)}`,
      done: rows,
      ...(total === null ? {} : { total: Math.max(total, rows) }),
      unit: "rows",
    });
  if (cursor === null) {
    cursor = START;
    const missing = key.map((column) => `${quoted(column)} IS NULL`).join(" OR ");
    if (mayBeNull) await persistently(run, () => batch(op, run, missing, () => step.save(JSON.stringify(START))));
  }
  const heed = heedLoad(run);
  await heed();
  for (let next: Cursor | null = cursor.isDone ? null : cursor; next !== null; ) {
    run.stopIfAsked();
    const from: Cursor = next;
    next = await persistently(run, () => oneBatch(op, key, from, run, step));
    if (next === null) break;
    report(next);
    await heed();
  }
}

/** Gives where the next batch begins; null after the last. */
async function oneBatch(
  op: OperationOf<"backfill">,
  key: readonly string[],
  from: Cursor,
  run: BackfillRun,
  step: StepProgress,
): Promise<Cursor | null> {
  const size = op.batchSize ?? BATCH_SIZE;
  const after = from.last === null ? null : compared(key, ">", from.last);
  const last = await keyAt(op, key, after, size, run.connection);
  const range = [...(after === null ? [] : [after]), ...(last === null ? [] : [compared(key, "<=", last)])];
  const rows = from.rows + size;
  const next: Cursor = last === null ? { last: from.last, rows, isDone: true } : { last, rows };
  await batch(op, run, range.length === 0 ? null : range.join(" AND "), () => step.save(JSON.stringify(next)));
  return last === null ? null : next;
}

async function batch(
  op: OperationOf<"backfill">,
  { connection, state, emit, now, lockTimeoutMilliseconds }: BackfillRun,
  range: string | null,
  save: () => Promise<void>,
): Promise<void> {
  const parts = [...(range === null ? [] : [`(${range})`]), ...(op.where === undefined ? [] : [`(${op.where})`])];
  const { where: _all, ...rest } = op;
  const part = parts.length === 0 ? rest : { ...rest, where: parts.join(" AND ") };
  const statements = await connection.dialect.compile(part, () => state.current(), connection.serverVersion);
  await inTransaction(connection, { foreignKeys: "keep", lockTimeoutMilliseconds }, async () => {
    for (const { sql } of statements) {
      const started = now();
      await connection.query(sql);
      emit({ type: "statement", sql, milliseconds: now() - started });
    }
    await save();
  });
}

/** The key of the last row of a batch, as literals; null when fewer rows are left. */
async function keyAt(
  op: OperationOf<"backfill">,
  key: readonly string[],
  after: string | null,
  size: number,
  connection: Connection,
): Promise<readonly string[] | null> {
  const literal = (column: string) =>
    connection.dialect.name === "sqlite"
      ? `quote(${quoted(column)})`
      : `pg_catalog.quote_literal(${quoted(column)}::text)`;
  const list = key.map((column, at) => `${literal(column)} AS k${at}`).join(", ");
  const present = key.map((column) => `${quoted(column)} IS NOT NULL`);
  const conditions = [...(after === null ? [] : [after]), ...present].join(" AND ");
  const { rows } = await connection.query<Record<string, unknown>>(
    `SELECT ${list} FROM ${qualified(op.table)} WHERE ${conditions} ORDER BY ${key.map(quoted).join(", ")} LIMIT 1 OFFSET ${size - 1}`,
  );
  const [row] = rows;
  return row === undefined ? null : key.map((_column, at) => String(row[`k${at}`]));
}

/** `("a", "b") > (1, 'x')`; both databases walk an index for it. */
function compared(key: readonly string[], operator: ">" | "<=", literals: readonly string[]): string {
  const [columns, values] = [key.map(quoted), literals];
  return key.length === 1
    ? `${columns[0]} ${operator} ${values[0]}`
    : `(${columns.join(", ")}) ${operator} (${values.join(", ")})`;
}

/** SQLite's own name for the rows of a table; a word, not a quoted name, which could be taken for a text. */
const ROW_ID = "_rowid_";

interface Key {
  readonly columns: readonly string[];
  /** Rows without a key have no place in the order, and are done first. */
  readonly mayBeNull: boolean;
}

async function keyOf(op: OperationOf<"backfill">, { connection, state }: BackfillRun): Promise<Key> {
  if (op.key !== undefined) return { columns: op.key, mayBeNull: true };
  const table = (await state.current()).tables[objectKey(op.table)];
  const columns = table?.primaryKey?.columns ?? [];
  // SQLite lets a primary key be null unless it is the number of the row.
  if (columns.length > 0) return { columns, mayBeNull: connection.dialect.name === "sqlite" };
  const named = table?.columns.some((column) => column.name.toLowerCase() === ROW_ID) === true;
  if (connection.dialect.name === "sqlite" && !named) return { columns: [ROW_ID], mayBeNull: false };
  const operation = describeOperation(op);
  throw new OperationConflictError(
    `cannot ${operation}: the table has no primary key to take its rows in the order of`,
    {
      operation,
      hint: 'Name columns of a unique index with `key: ["…"]`.',
    },
  );
}

/** For people who watch; null where nobody knows. */
async function estimateRows(op: OperationOf<"backfill">, connection: Connection): Promise<number | null> {
  const table = qualified(op.table);
  const { rows } = await connection.query<{ rows: unknown }>(
    connection.dialect.name === "sqlite"
      ? `SELECT count(*) AS rows FROM ${table}`
      : `SELECT reltuples AS rows FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(${quoteText(table)})`,
  );
  const count = Number(rows[0]?.rows ?? -1);
  return count < 0 ? null : count;
}

/** A batch that lost a lock to somebody else is a transaction that was rolled back, and can be tried again. */
async function persistently<T>(run: BackfillRun, work: () => Promise<T>): Promise<T> {
  const attempts = run.newAttempts?.();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((await attempts?.again(error)) !== true) throw error;
    }
  }
}

function quoted(column: string): string {
  return column === ROW_ID ? column : quoteIdentifier(column, null);
}
