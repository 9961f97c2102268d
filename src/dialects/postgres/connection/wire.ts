/**
 * What is below a connection: a client of node-postgres, or one connection of the application's own Kysely.
 * Errors come through as the driver throws them.
 */
import type { Kysely } from "kysely";
import type { Client, QueryArrayResult, QueryResult } from "pg";

export interface WireResult {
  readonly rows: readonly any[];
  readonly affectedRows: number;
  /** The command tags of all statements sent at once (`SELECT`, `COMMIT`), empty where the driver hides them. */
  readonly commands: readonly string[];
}

export type TransactionStatus = "idle" | "open" | "failed" | "unknown";

export interface Wire {
  /** One statement, or several when there are no parameters. Gives the rows of the last. */
  send(sql: string, parameters?: readonly unknown[]): Promise<WireResult>;
  /** Several statements in as few messages as the driver can; gives the rows of the last, or of another from the end. */
  sendAll(statements: readonly string[], rowsOf?: number): Promise<WireResult>;
  status(): TransactionStatus;
  /** The process of the server this client started, or 0. Another one answers behind a pooler. */
  readonly processId: number;
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
  const send = oneAtATime(async (sql, parameters, rowsOf) => {
    if (lost !== undefined) throw lost;
    const answeredBefore = answered;
    try {
      const result = await client.query(sql, [...parameters]);
      return combined(Array.isArray(result) ? (result as QueryResult[]) : [result], rowsOf);
    } catch (error) {
      // The driver reports an error before it hears what became of the transaction.
      if (answered === answeredBefore && lost === undefined && !isClientSide(error)) {
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
      throw error;
    }
  });
  return {
    send,
    sendAll: (statements, rowsOf) => send(statements.join(";\n"), [], rowsOf),
    status: () => status,
    processId: (client as unknown as { processID: number | null }).processID ?? 0,
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
  const send = oneAtATime(async (sql, parameters) => {
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
    status: () => "unknown",
    processId: 0,
    lost: undefined,
    async close() {
      release();
      await over;
    },
  };
}

/** A connection does one thing at a time, and node-postgres no longer wants to be the one to queue. */
function oneAtATime(
  send: (sql: string, parameters: readonly unknown[], rowsOf: number) => Promise<WireResult>,
): (sql: string, parameters?: readonly unknown[], rowsOf?: number) => Promise<WireResult> {
  let last: Promise<unknown> = Promise.resolve();
  return (sql, parameters = [], rowsOf = -1) => {
    const result = last.then(() => send(sql, parameters, rowsOf));
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

const WRITES: readonly string[] = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"];

function combined(results: readonly (QueryResult | QueryArrayResult)[], rowsOf: number): WireResult {
  const last = results.at(rowsOf);
  return {
    rows: (last?.rows as readonly any[] | undefined) ?? [],
    affectedRows: last !== undefined && WRITES.includes(last.command) ? (last.rowCount ?? 0) : 0,
    commands: results.map((result) => result.command),
  };
}
