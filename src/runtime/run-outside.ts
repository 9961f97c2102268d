/** An operation outside the revision's transaction: a step of its own, that an earlier run may have begun or done. */
import type { Connection } from "../dialects/dialect.js";
import { StepUnresolvedError } from "../errors.js";
import type { Operation, OperationOf } from "../operations/operation.js";
import { describeOperation } from "../operations/registry.js";
import type { IndexDef, ObjectName } from "../schema/schema.js";
import { objectKey, type SchemaDef, sameDef } from "../schema/schema.js";
import type { Attempts } from "./attempts.js";
import type { Emit } from "./events.js";
import { clearWay, finishInterrupted } from "./finish-statement.js";
import type { SchemaState } from "./schema-state.js";
import type { StepJournal } from "./step-journal.js";
import { unresolved } from "./unresolved.js";

export interface OutsideOptions {
  /** What the ledger takes for the operation's text. */
  readonly plan: string;
  readonly connection: Connection;
  readonly state: SchemaState;
  readonly emit: Emit;
  readonly journal: StepJournal;
  readonly lockTimeoutMilliseconds: number;
  readonly newAttempts?: () => Attempts;
  readonly run: () => Promise<void>;
  readonly now: () => number;
  readonly stopIfAsked?: () => void;
  readonly maxReplicationLagMilliseconds?: number;
}

export async function runOutside(op: Operation, options: OutsideOptions): Promise<void> {
  const { connection, state, journal, run } = options;
  const text = options.plan;
  const words = describeOperation(op);
  const earlier = journal.earlierStep(text);
  if (earlier === "done") {
    await journal.skip();
    state.ran(text);
    return;
  }
  if (op.kind === "execute" || op.kind === "custom") {
    const sql = op.kind === "execute" ? op.sql : op.upgradeSql.join(";\n");
    if (earlier === "interrupted") {
      const found = await finishInterrupted(sql, options);
      if (found === "done") {
        await journal.skip();
        state.ran(sql);
        return;
      }
      if (found === null) throw unresolved(journal, words);
    }
    await clearWay(sql, options);
    await journal.around(text, words, connection.dialect.script.isAtomic(sql), run);
    return;
  }
  if (op.kind === "backfill" && connection.isOffline !== true) {
    const stopIfAsked = options.stopIfAsked ?? (() => {});
    // Brings Kysely, which a run with nothing to do need not load.
    const { runBackfill } = await import("./backfill.js");
    const { maxReplicationLagMilliseconds = 0 } = options;
    const backfill = { ...options, stopIfAsked, maxReplicationLagMilliseconds };
    await journal.around(text, words, false, (step) => runBackfill(op, backfill, step));
    return;
  }
  if (isConcurrent(op)) {
    if (earlier === "interrupted" && (await hasHappened(op, options))) {
      await journal.skip();
      return;
    }
    if (connection.isOffline !== true) {
      if (op.kind === "createIndex") await dropInvalid(op, options);
      // It keeps nobody waiting, and would leave an invalid index if what a revision set for the session ended it.
      if (connection.dialect.name === "postgres") {
        await connection.script("SET lock_timeout = 0; SET statement_timeout = 0");
      }
    }
    await journal.around(text, words, true, run);
    return;
  }
  await inOwnTransaction(options, text, words);
}

/** Everything that can run in a transaction gets one, so that it and its record are there together or not at all. */
async function inOwnTransaction(
  { connection, journal, lockTimeoutMilliseconds, newAttempts, run }: OutsideOptions,
  text: string,
  words: string,
): Promise<void> {
  const attempts = newAttempts?.();
  for (;;) {
    const ddlLockTimeoutMilliseconds = attempts?.lockTimeoutMilliseconds;
    await connection.begin({
      foreignKeys: "off",
      lockTimeoutMilliseconds,
      ...(ddlLockTimeoutMilliseconds === undefined ? {} : { ddlLockTimeoutMilliseconds }),
    });
    let hasRun = false;
    try {
      journal.note(text, words);
      await run();
      hasRun = true;
      await journal.end(false);
      await connection.commit(() => journal.isWritten());
      journal.committed();
      return;
    } catch (error) {
      await connection.rollback();
      journal.rolledBack();
      if (!hasRun && (await attempts?.again(error)) === true) continue;
      throw error;
    }
  }
}

type ConcurrentOperation = OperationOf<"createIndex"> | OperationOf<"dropIndex">;

/** PostgreSQL runs it outside a transaction only. */
export function isConcurrent(op: Operation): op is ConcurrentOperation {
  return (op.kind === "createIndex" || op.kind === "dropIndex") && op.concurrently === true;
}

/** Asks the database what became of an operation that was stopped. */
async function hasHappened(op: ConcurrentOperation, options: OutsideOptions): Promise<boolean> {
  const { connection, state, journal } = options;
  const name = op.kind === "createIndex" ? indexName(op) : op.index;
  const found = await connection.dialect.findIndex?.(connection, name);
  if (op.kind === "dropIndex") return found === undefined || found === "absent";
  if (found !== "valid") return false;
  const schema = await state.current();
  const key = objectKey(op.table);
  const index = schema.tables[key]?.indexes.find((one) => one.name === op.index.name);
  if (index !== undefined && (await isSameIndex(op, index, schema, connection))) return true;
  throw new StepUnresolvedError(
    `an earlier run of '${journal.revision}' was stopped while it made the index '${op.index.name}', and one of that name is there with another definition`,
    {
      revision: journal.revision,
      step: journal.number,
      hint: `Drop or rename that index, or say that it will do: \`tsmigrate resolve ${journal.revision} --done\`.`,
    },
  );
}

async function isSameIndex(
  op: OperationOf<"createIndex">,
  found: IndexDef,
  schema: SchemaDef,
  connection: Connection,
): Promise<boolean> {
  const key = objectKey(op.table);
  const table = schema.tables[key]!;
  const indexes = table.indexes.map((index) => (index === found ? op.index : index));
  const wanted = { ...schema, tables: { ...schema.tables, [key]: { ...table, indexes } } };
  const reconciled = await connection.dialect.reconcile(wanted, schema, connection);
  const same = reconciled.tables[key]?.indexes.find((index) => index.name === found.name);
  return same !== undefined && sameDef(same, found);
}

/** What a build that failed or was stopped leaves behind serves no query, and stands in the way of its own name. */
async function dropInvalid(op: OperationOf<"createIndex">, { connection, emit }: OutsideOptions): Promise<void> {
  const name = indexName(op);
  if ((await connection.dialect.findIndex?.(connection, name)) !== "invalid") return;
  emit({
    type: "warning",
    text: `the index '${name.name}' was left invalid by a build that did not end; it is dropped`,
  });
  const drop = { kind: "dropIndex", index: name, concurrently: true } as const;
  const statements = await connection.dialect.compile(drop, async () => ({}) as never, connection.serverVersion);
  for (const { sql } of statements) await connection.query(sql);
}

function indexName(op: OperationOf<"createIndex">): ObjectName {
  return op.table.schema === undefined ? { name: op.index.name } : { name: op.index.name, schema: op.table.schema };
}
