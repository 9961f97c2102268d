/** The connection behind `op.db`: the step's own, with every statement told to the sink and the journal. */
import type { Connection } from "../dialects/dialect.js";
import { StepUnresolvedError } from "../errors.js";
import type { Emit } from "./events.js";
import { clearWay, finishInterrupted } from "./finish-statement.js";
import { statementText } from "./plan-hash.js";
import type { StepJournal } from "./step-journal.js";
import { unresolved } from "./unresolved.js";

export interface UserConnectionOptions {
  readonly connection: Connection;
  readonly emit: Emit;
  readonly now: () => number;
  readonly journal?: StepJournal;
  /** Before each statement; what was kept back runs first. */
  readonly beforeStatement: (sql: string) => Promise<void>;
  readonly ran: (sql: string) => void;
  /** Is the statement only listed, as one that a dry run could not take back? */
  readonly leavesOut: (sql: string) => boolean;
}

interface Sending<T> {
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly send: () => Promise<T>;
  /** What the caller gets where an earlier run has done it. */
  readonly nothing: T;
}

export function openUserConnection(options: UserConnectionOptions): Connection {
  const { connection, emit, now, journal, beforeStatement, ran, leavesOut } = options;
  const { script } = connection.dialect;
  const perform = async <T>({ text, parameters, send }: Sending<T>): Promise<T> => {
    const sql = connection.isOffline === true ? script.inline(text, parameters) : text;
    const started = now();
    const result = await send();
    emit({ type: "statement", sql, milliseconds: now() - started });
    ran(sql);
    return result;
  };
  /** What an earlier run has made of the statement, once what it was stopped in is finished or found not to have happened. */
  const settledStep = async (record: string, text: string, parameters: readonly unknown[]) => {
    const earlier = journal!.earlierStep(record);
    if (earlier !== "interrupted") return earlier;
    const found = parameters.length === 0 ? await finishInterrupted(text, options) : null;
    if (found === null) throw unresolved(journal!, firstLine(text));
    return found === "done" ? "done" : null;
  };
  const around = async <T>(sending: Sending<T>): Promise<T> => {
    const { text, parameters, nothing } = sending;
    await beforeStatement(text);
    if (!script.isReading(text) && leavesOut(text)) return nothing;
    if (journal === undefined || script.isReading(text)) {
      if (journal?.isDone === true && connection.inTransaction) refuseWritingRead(text, journal);
      return perform(sending);
    }
    const record = statementText(text, parameters);
    if (connection.inTransaction) {
      journal.note(record, firstLine(text));
      if (!journal.isDone) return perform(sending);
      ran(text);
      return nothing;
    }
    const earlier = await settledStep(record, text, parameters);
    if (earlier === null) {
      if (parameters.length === 0) await clearWay(text, options);
      return journal.around(record, firstLine(text), script.isAtomic(text), () => perform(sending));
    }
    await journal.skip();
    ran(text);
    return nothing;
  };
  return delegateConnection(connection, {
    query: (sql, parameters) =>
      around({
        text: sql,
        parameters: parameters ?? [],
        send: () => connection.query(sql, parameters),
        nothing: { rows: [], affectedRows: 0 },
      }) as never,
    script: (sql) =>
      around({ text: sql, parameters: [], send: () => connection.script(sql), nothing: undefined as undefined | void }),
    // A transaction of the user's own outside that of the revision is a step.
    commit: async () => {
      await journal?.end(false);
      await connection.commit();
      journal?.committed();
    },
  });
}

/** Does the text plainly touch rows only? Anything else may have changed the schema. */
export function leavesSchema(sql: string): boolean {
  return /^\s*(select|insert|update|delete|values)\b/i.test(sql) && !/;\s*\S/.test(sql);
}

/** An INSERT … RETURNING of a step that is done: its rows are gone, and running it again would write twice. */
function refuseWritingRead(sql: string, journal: StepJournal): void {
  if (!/\breturning\b/i.test(sql)) return;
  throw new StepUnresolvedError(
    `'${firstLine(sql)}' ran before the revision was stopped, and what it returned is not known any more`,
    {
      revision: journal.revision,
      step: journal.number,
      hint: "Finish the revision by hand and run `tsmigrate stamp`, or write it so that it reads what it needs.",
    },
  );
}

function firstLine(sql: string): string {
  const line = sql.trim().split("\n", 1)[0]!.trimEnd();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

/** The same connection with other ways to run statements. Spelled out, since a connection may keep private state. */
function delegateConnection(connection: Connection, own: Pick<Connection, "query" | "script" | "commit">): Connection {
  return {
    ...own,
    dialect: connection.dialect,
    serverVersion: connection.serverVersion,
    description: connection.description,
    defaultSchema: connection.defaultSchema,
    ...(connection.isOffline === undefined ? {} : { isOffline: connection.isOffline }),
    ...(connection.isPooled === undefined ? {} : { isPooled: connection.isPooled }),
    get inTransaction() {
      return connection.inTransaction;
    },
    get foreignKeysOff() {
      return connection.foreignKeysOff;
    },
    begin: (options) => connection.begin(options),
    rollback: () => connection.rollback(),
    lock: (options) => connection.lock(options),
    kysely: () => connection.kysely(),
    cancel: () => connection.cancel(),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
