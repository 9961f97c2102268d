/** Where operations go: into the database. All changes of a SQLite table share one rebuild where they can. */
import type { Connection } from "../dialects/dialect.js";
import { offlineRead } from "../dialects/script-connection.js";
import { RowsInTheWayError, UnsupportedOperationError } from "../errors.js";
import type { Operation, Statement } from "../operations/operation.js";
import { applyOperation, describeOperation } from "../operations/registry.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../schema/schema.js";
import type { Attempts } from "./attempts.js";
import { copyRows } from "./copy-rows.js";
import type { Emit } from "./events.js";
import { inTransaction } from "./in-transaction.js";
import { KeptPrivileges } from "./kept-privileges.js";
import { PendingChanges, pendingKeyOf } from "./pending-changes.js";
import { planText } from "./plan-hash.js";
import { refuseControl } from "./refuse-control.js";
import { runOutside } from "./run-outside.js";
import type { SchemaState } from "./schema-state.js";
import { ForeignKeysOffNeeded } from "./step-error.js";
import type { StepJournal } from "./step-journal.js";
import { leavesSchema, openUserConnection } from "./user-connection.js";

export interface OperationSink {
  /** Runs the operation, or keeps it back until {@link OperationSink.flush} where a table rebuild can take more with it. */
  /** `plan`: what the ledger takes for the operation's text, where it is not the operation itself. */
  take(op: Operation, plan?: string): Promise<void>;
  /** Runs what was kept back. */
  flush(): Promise<void>;
  /** Runs what was kept back, and looks into what operations have made: the step is about to end. */
  finish(): Promise<void>;
  /** Tells of what `work` would run ({@link EngineEvent} `statementLeftOut`) instead of running it; it may still read. */
  listOnly(work: () => Promise<void>): Promise<void>;
  /** The step's own. */
  readonly connection: Connection;
  /** Runs a statement of the user's own Kysely; made when it is asked for, which few revisions do. */
  readonly userConnection: Connection;
  /** The statement that ran last or is running, for error messages. */
  readonly lastStatement: string | undefined;
}

export interface SinkOptions {
  readonly connection: Connection;
  readonly state: SchemaState;
  readonly emit: Emit;
  readonly now: () => number;
  /** Waiting for other writers, where the sink itself has to begin a transaction. */
  readonly lockTimeoutMilliseconds: number;
  /** For transactions that the sink begins itself; absent: one attempt. */
  readonly newAttempts?: () => Attempts;
  /** Throws when the run is to stop. */
  readonly stopIfAsked?: () => void;
  /** How far standbys may fall behind during a backfill; they are not heeded without it. */
  readonly maxReplicationLagMilliseconds?: number;
  /** Absent where nothing is recorded. */
  readonly journal?: StepJournal;
}

export function createExecutingSink(options: SinkOptions): OperationSink {
  return new ExecutingSink(options);
}

class ExecutingSink implements OperationSink {
  #userConnection: Connection | undefined;
  lastStatement: string | undefined;
  readonly #options: SinkOptions;
  #ran = false;
  #pending: PendingChanges | null = null;
  #isListing = false;
  readonly #taken: Operation[] = [];
  /** Was the last copy one of many rows? */
  #isLong = false;
  readonly #kept: KeptPrivileges | null = null;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { connection, emit } = options;
    const { keeping } = connection.dialect;
    const run = (one: Statement) => this.#ask(one, (sql) => connection.query(sql));
    if (keeping !== undefined) this.#kept = new KeptPrivileges({ connection, keeping, emit, run });
  }

  get connection(): Connection {
    return this.#options.connection;
  }

  get userConnection(): Connection {
    this.#userConnection ??= this.#openUserConnection();
    return this.#userConnection;
  }

  #openUserConnection(): Connection {
    const options = this.#options;
    return openUserConnection({
      ...options,
      leavesOut: (sql) => this.#isListing && this.#leaveOut(sql),
      beforeStatement: async (sql) => {
        options.stopIfAsked?.();
        await this.flush();
        if (options.connection.isOffline === true && options.connection.dialect.script.isReading(sql)) {
          throw offlineRead(options.connection.dialect, sql);
        }
        this.lastStatement = sql;
      },
      ran: (sql) => this.#ranUserSql(sql),
    });
  }

  async take(op: Operation, plan = planText(op)): Promise<void> {
    const { connection, journal, state, stopIfAsked } = this.#options;
    stopIfAsked?.();
    if (this.#isListing) return this.#list(op);
    if (journal === undefined) return this.#take(op);
    if (connection.inTransaction) {
      journal.note(plan, describeOperation(op));
      if (!journal.isDone) return this.#take(op);
      state.ran("");
      return;
    }
    await this.flush();
    await runOutside(op, {
      ...this.#options,
      plan,
      journal,
      run: async () => {
        await this.#take(op);
        await this.flush();
      },
    });
  }

  async listOnly(work: () => Promise<void>): Promise<void> {
    await this.flush();
    const before = this.#isListing;
    this.#isListing = true;
    try {
      await work();
    } finally {
      this.#isListing = before;
    }
  }

  async #list(op: Operation): Promise<void> {
    const { connection, state } = this.#options;
    const needsRebuild =
      connection.dialect.capabilities.alterColumn === "rebuild" && (await this.#mustRebuild(op, () => this.#before()));
    const statements = needsRebuild
      ? connection.dialect.compileRebuild([op], await this.#before(), [op])
      : await connection.dialect.compile(op, () => this.#before(), connection.serverVersion);
    for (const { sql } of statements) this.#leaveOut(sql);
    state.follow(op);
  }

  #leaveOut(sql: string): true {
    this.#options.emit({ type: "statementLeftOut", sql });
    return true;
  }

  async #take(op: Operation): Promise<void> {
    const { connection } = this.#options;
    if (connection.dialect.capabilities.alterColumn === "rebuild" && (await this.#keepBack(op))) return;
    if (op.kind === "batchAlterTable") {
      for (const inner of op.operations) await this.#run(inner);
      return;
    }
    await this.#run(op);
    this.#taken.push(op);
    if (op.kind === "execute" || op.kind === "custom") {
      this.#ranUserSql(op.kind === "execute" ? op.sql : op.upgradeSql.join(";\n"));
    }
  }

  /** Keeps the operation for later where it needs a rebuild, or where it only changes a table beside others that do. */
  async #keepBack(op: Operation): Promise<boolean> {
    const pending = this.#pending;
    const key = pendingKeyOf(op, pending?.after ?? (await this.#schemaFor(op)));
    // Outside a transaction each rebuild has one of its own, which must not leave what only the next one makes whole.
    const together = this.#options.connection.inTransaction || pending?.rebuilds(key ?? "") === true;
    if (key !== null && together && pending?.admits(key, op)) {
      const decided = pending.rebuilds(key) || op.kind === "createTable";
      pending.add(key, op, !decided && (await this.#mustRebuild(op, async () => pending.after)));
      return true;
    }
    await this.flush();
    if (key === null || !(await this.#mustRebuild(op, () => this.#before()))) return false;
    this.#pending = new PendingChanges(await this.#before());
    this.#pending.add(key, op, true);
    return true;
  }

  /** Only an index that does not say its table has to be looked for. */
  async #schemaFor(op: Operation): Promise<SchemaDef> {
    return op.kind === "dropIndex" ? this.#options.state.current() : EMPTY_SCHEMA;
  }

  async flush(): Promise<void> {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    const { connection, state } = this.#options;
    for (const table of pending.tables) {
      if (table.rebuild) {
        const ops = table.operations.map(({ op }) => op);
        await this.#runTogether(connection.dialect.compileRebuild(ops, await this.#before(), pending.all));
      } else {
        for (const { op, met } of table.operations) await this.#send(op, () => this.#refreshed(met));
      }
    }
    for (const op of pending.all) state.follow(op);
  }

  async finish(): Promise<void> {
    await this.flush();
    const { connection } = this.#options;
    if (!this.#isListing && connection.isOffline !== true)
      await connection.dialect.checkMade?.(connection, this.#taken);
  }

  /** The schema an operation meets, with what only the database itself knows of it now. */
  async #before(): Promise<SchemaDef> {
    return this.#refreshed(await this.#options.state.current());
  }

  async #refreshed(schema: SchemaDef): Promise<SchemaDef> {
    const { connection } = this.#options;
    if (connection.isOffline === true) return schema;
    return (await connection.dialect.refresh?.(schema, connection)) ?? schema;
  }

  async #mustRebuild(op: Operation, before: () => Promise<SchemaDef>): Promise<boolean> {
    const { connection } = this.#options;
    const { serverVersion } = connection;
    if (op.kind !== "batchAlterTable") return connection.dialect.needsRebuild(op, before, serverVersion);
    if (op.recreate !== "never") return connection.dialect.needsRebuild(op, before, serverVersion);
    let schema = await before();
    for (const inner of op.operations) {
      const met = schema;
      if (await connection.dialect.needsRebuild(inner, async () => met, serverVersion)) {
        const operation = describeOperation(inner);
        throw new UnsupportedOperationError(`SQLite cannot ${operation} without rebuilding the table`, {
          dialect: connection.dialect.name,
          operation,
          hint: 'Leave out `recreate: "never"`.',
        });
      }
      schema = applyOperation(schema, inner);
    }
    return false;
  }

  async #run(op: Operation): Promise<void> {
    await this.#send(op, () => this.#before());
    this.#options.state.follow(op);
  }

  async #send(op: Operation, before: () => Promise<SchemaDef>): Promise<void> {
    const { connection } = this.#options;
    const statements = await connection.dialect.compile(op, before, connection.serverVersion);
    await this.#kept?.before(op, statements);
    if (op.kind === "execute") {
      for (const statement of statements) {
        if (connection.isOffline === true) refuseControl(connection, statement.sql);
        await this.#ask(statement, (sql) => connection.script(sql));
      }
    } else if (statements.some((statement) => statement.foreignKeysOff)) {
      await this.#runTogether(statements);
    } else {
      for (const statement of statements) await this.#ask(statement, (sql) => connection.query(sql));
    }
    await this.#kept?.after(op, statements);
  }

  /** Statements that only make sense as one: in a transaction of their own where there is none. */
  async #runTogether(statements: readonly Statement[]): Promise<void> {
    const { connection, lockTimeoutMilliseconds } = this.#options;
    if (connection.inTransaction) {
      for (const statement of statements) await this.#ask(statement, (sql) => connection.query(sql));
      return;
    }
    await inTransaction(connection, { foreignKeys: "off", lockTimeoutMilliseconds }, async () => {
      for (const statement of statements) await this.#ask(statement, (sql) => connection.query(sql));
    });
  }

  async #ask(statement: Statement, send: (sql: string) => Promise<unknown>): Promise<void> {
    const { connection, emit, now } = this.#options;
    this.lastStatement = statement.sql;
    if (!statement.transactional && connection.inTransaction) {
      throw new UnsupportedOperationError(`the database refuses '${statement.sql}' inside a transaction`, {
        dialect: connection.dialect.name,
        operation: statement.sql,
        hint: "Put it into `await op.autocommitBlock(async () => { … })`, or write `export const transaction = false;` into the revision.",
      });
    }
    if (statement.foreignKeysOff && !connection.foreignKeysOff) {
      if (this.#ran || connection.inTransaction) throw new ForeignKeysOffNeeded();
    }
    const started = now();
    this.#ran = true;
    if (connection.isOffline === true && statement.expectNoRow !== undefined) {
      await connection.query(connection.dialect.script.refuseRow(statement.sql, statement.expectNoRow));
      return;
    }
    const result = await this.#watched(statement, send);
    emit({ type: "statement", sql: statement.sql, milliseconds: now() - started });
    if (statement.expectNoRow !== undefined && hasRows(result)) {
      throw new RowsInTheWayError(statement.expectNoRow);
    }
  }

  /** Tells how far a long statement is. */
  async #watched(statement: Statement, send: (sql: string) => Promise<unknown>): Promise<unknown> {
    const { connection, emit, stopIfAsked } = this.#options;
    const { sql, copy, doing } = statement;
    if (connection.isOffline === true) return send(sql);
    const text = doing ?? "";
    if (copy !== undefined) {
      this.#isLong = await copyRows(connection, copy, {
        stopIfAsked: () => stopIfAsked?.(),
        onProgress: (done, total) => emit({ type: "progress", text, done, total, unit: "rows" }),
      });
      return undefined;
    }
    // What follows the copy of many rows takes its time as well.
    if (doing !== undefined && this.#isLong) {
      emit({ type: "progress", text, done: 0, unit: "rows" });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await using _watch = connection.watch?.(sql, (progress) => emit({ type: "progress", ...progress }));
    return await send(sql);
  }

  #ranUserSql(sql: string): void {
    this.#ran = true;
    if (!leavesSchema(sql)) this.#options.state.ran(sql);
  }
}

function hasRows(result: unknown): boolean {
  return (
    typeof result === "object" &&
    result !== null &&
    "rows" in result &&
    (result as { rows: readonly unknown[] }).rows.length > 0
  );
}
