/**
 * What is below a connection: a client of node-postgres, or one connection of the application's own Kysely.
 * Errors come through as the driver throws them.
 */
import type { Kysely } from "kysely";
import type { Client, QueryArrayResult, QueryResult } from "pg";
import {
  affectedRows,
  type PipelinedStatement,
  type PipelineOutcome,
  sendPipeline,
  type WireResult,
} from "./pipeline.js";

export type { WireResult } from "./pipeline.js";

export type TransactionStatus = "idle" | "open" | "failed" | "unknown";

export interface Wire {
  /** One statement, or several when there are no parameters. Gives the rows of the last. */
  send(sql: string, parameters?: readonly unknown[]): Promise<WireResult>;
  /** Several statements in as few messages as the driver can; gives the rows of the last, or of another from the end. */
  sendAll(statements: readonly string[], rowsOf?: number): Promise<WireResult>;
  /** Each statement in a message of its own, in one journey where the driver can; none runs behind one that fails. */
  pipeline(statements: readonly PipelinedStatement[]): Promise<PipelineOutcome>;
  status(): TransactionStatus;
  /** The process of the server this client started, or 0. Another one answers behind a pooler. */
  readonly processId: number;
  /** Settings that not every server takes, and this one has taken. */
  readonly taken: Set<string>;
  /** Why there is no connection any more. */
  readonly lost: Error | undefined;
  close(): Promise<void>;
}

const STATUS: Readonly<Record<string, TransactionStatus>> = { I: "idle", T: "open", E: "failed" };

/** `client` is connected. */
export function clientWire(client: Client): Wire {
  let lost: Error | undefined;
  let closing = false;
  let status: TransactionStatus = "idle";
  let answered = 0;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const end = (error?: Error) => {
    if (!closing) lost ??= error ?? new Error("the server closed it");
    wake();
  };
  client.on("error", end);
  client.on("end", () => end());
  connectionOf(client).on("readyForQuery", (message) => {
    status = STATUS[message.status] ?? "unknown";
    answered++;
    wake();
  });
  const inTurn = oneAtATime();
  /** The driver reports an error before it hears what became of the transaction. */
  const hearOut = async (error: unknown, answeredBefore: number) => {
    if (answered === answeredBefore && lost === undefined && !isClientSide(error)) {
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  const send = (sql: string, parameters: readonly unknown[] = [], rowsOf = -1) =>
    inTurn(async () => {
      if (lost !== undefined) throw lost;
      const answeredBefore = answered;
      try {
        const result = await client.query(sql, [...parameters]);
        return combined(Array.isArray(result) ? (result as QueryResult[]) : [result], rowsOf);
      } catch (error) {
        await hearOut(error, answeredBefore);
        throw error;
      }
    });
  return {
    send,
    sendAll: (statements, rowsOf) => send(statements.join(";\n"), [], rowsOf),
    pipeline: (statements) =>
      inTurn(async () => {
        if (lost !== undefined) return { results: [], failure: { error: lost } };
        const answeredBefore = answered;
        const outcome = await sendPipeline(client, statements);
        if (outcome.failure !== null) await hearOut(outcome.failure.error, answeredBefore);
        return outcome;
      }),
    status: () => status,
    processId: (client as unknown as { processID: number | null }).processID ?? 0,
    taken: new Set(),
    get lost() {
      return lost;
    },
    async close() {
      closing = true;
      if (lost === undefined) await client.end();
    },
  };
}

/**
 * Holds one connection of `db` until it is closed. Plugins of the application's, which may rename columns, are left out.
 */
export async function kyselyWire(db: Kysely<any>): Promise<Wire> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let over: Promise<void> = Promise.resolve();
  const connection = await new Promise<Kysely<any>>((resolve, reject) => {
    over = db
      .withoutPlugins()
      .connection()
      .execute(async (taken) => {
        resolve(taken);
        await held;
      });
    over.catch(reject);
  });
  const { CompiledQuery } = await import("kysely");
  const inTurn = oneAtATime();
  const send = (sql: string, parameters: readonly unknown[] = []): Promise<WireResult> =>
    inTurn(async () => {
      const result = await connection.executeQuery(CompiledQuery.raw(sql, [...parameters]));
      return { rows: result.rows, affectedRows: Number(result.numAffectedRows ?? 0), commands: [] };
    });
  return {
    send,
    async sendAll(statements, rowsOf = -1) {
      const results: WireResult[] = [];
      for (const statement of statements) results.push(await send(statement));
      return results.at(rowsOf) ?? { rows: [], affectedRows: 0, commands: [] };
    },
    async pipeline(statements) {
      const results: WireResult[] = [];
      try {
        for (const { sql, parameters } of statements) results.push(await send(sql, parameters));
        return { results, failure: null };
      } catch (error) {
        return { results, failure: { error } };
      }
    },
    status: () => "unknown",
    processId: 0,
    taken: new Set(),
    lost: undefined,
    async close() {
      release();
      await over;
    },
  };
}

/** Asks the server to stop what the session `processId` runs. */
export async function cancelStatement(processId: number, openAnother: () => Promise<Wire>): Promise<void> {
  try {
    const other = await openAnother();
    await other.send("SELECT pg_catalog.pg_cancel_backend($1::int)", [processId]);
    await other.close();
  } catch {
    // Nobody to tell: the statement goes on until the connection is closed.
  }
}

/** A connection does one thing at a time, and node-postgres no longer wants to be the one to queue. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

/** node-postgres tells the transaction's state only in this message of its inner connection. */
function connectionOf(client: Client): {
  on(event: "readyForQuery", listener: (message: { readonly status: string }) => void): void;
} {
  return (client as unknown as { connection: never }).connection;
}

/** Errors that the server knows nothing of, and so answers nothing to. */
function isClientSide(error: unknown): boolean {
  return (error as { readonly severity?: string }).severity === undefined;
}

function combined(results: readonly (QueryResult | QueryArrayResult)[], rowsOf: number): WireResult {
  const last = results.at(rowsOf);
  return {
    rows: (last?.rows as readonly any[] | undefined) ?? [],
    affectedRows: last === undefined ? 0 : affectedRows(last.command, last.rowCount),
    commands: results.map((result) => result.command),
  };
}
