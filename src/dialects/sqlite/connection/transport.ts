/** Two ways to a SQLite database behind one interface: in this thread, or in a worker so that it never blocks this one. */
import type { Worker } from "node:worker_threads";
import { threadIsBusy } from "../../../util/busy-threads.js";
import type { SqliteDriver } from "./driver.js";
import {
  BACKUP_PACE,
  type BackupPages,
  createEngine,
  type EngineAnswer,
  type EngineFailure,
  type EngineOptions,
  GIVES_NOTHING,
  MOST_PREPARED,
} from "./engine.js";
import { WORKER_SOURCE } from "./worker-source.js";

export interface SqliteTransport {
  query(sql: string, parameters: readonly unknown[]): EngineAnswer | Promise<EngineAnswer>;
  script(sql: string): EngineAnswer | Promise<EngineAnswer>;
  /**
   * Copies the database into a new file; `onProgress` may throw to stop it. Absent where the driver behind cannot.
   */
  backup?(file: string, onProgress: (state: BackupPages) => void): Promise<EngineAnswer>;
  close(): void | Promise<void>;
}

/** Opens in this thread; throws what the driver throws. */
export function openInProcess(driver: SqliteDriver, file: string, options: EngineOptions): SqliteTransport {
  return createEngine(driver.Database, file, options);
}

type Request =
  | { readonly method: "query" | "script"; readonly args: readonly unknown[] }
  | { readonly method: "backup"; readonly args: readonly [string, typeof BACKUP_PACE] }
  | { readonly method: "stop" | "close" };
type Reply =
  | { readonly answer: EngineAnswer }
  | { readonly failure: EngineFailure }
  | { readonly progress: BackupPages }
  | { readonly done: true };

/** Opens in a worker thread of its own. Rejects with what the driver throws, as an error with `code`. */
export async function openInWorker(
  driver: SqliteDriver,
  file: string,
  options: EngineOptions,
): Promise<SqliteTransport> {
  const { Worker: WorkerThread } = await import("node:worker_threads");
  const worker = new WorkerThread(WORKER_SOURCE, {
    eval: true,
    workerData: { entry: driver.entry, file, options, givesNothing: GIVES_NOTHING, mostPrepared: MOST_PREPARED },
  });
  const line = openLine(worker);
  try {
    await line.receive();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    query: (sql, parameters) => line.ask({ method: "query", args: [sql, parameters] }),
    script: (sql) => line.ask({ method: "script", args: [sql] }),
    async backup(file, onProgress) {
      let reason: unknown = null;
      line.onProgress = (state) => {
        try {
          onProgress(state);
        } catch (error) {
          reason ??= error;
          line.tell({ method: "stop" });
        }
      };
      const answer = await line.ask({ method: "backup", args: [file, BACKUP_PACE] });
      line.onProgress = () => {};
      if (reason !== null) throw reason;
      return answer;
    },
    async close() {
      await line.ask({ method: "close" }).catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** Questions and answers in order: the worker answers one after the other. */
function openLine(worker: Worker) {
  const waiting: { resolve(answer: EngineAnswer): void; reject(error: Error): void }[] = [];
  let ended: Error | null = null;
  const settle = () => {
    // An idle worker must not keep the process alive.
    if (waiting.length === 0) worker.unref();
  };
  const end = (error: Error) => {
    ended ??= error;
    for (const one of waiting.splice(0)) one.reject(ended);
  };
  worker.on("message", (reply: Reply) => {
    if ("progress" in reply) return line.onProgress(reply.progress);
    const one = waiting.shift();
    if ("failure" in reply) one?.reject(Object.assign(new Error(reply.failure.message), { code: reply.failure.code }));
    else one?.resolve("answer" in reply ? reply.answer : { result: null, failure: null, inTransaction: false });
    settle();
  });
  worker.on("error", end);
  worker.on("exit", () => end(new Error("the SQLite worker thread has ended")));
  const receive = () =>
    new Promise<EngineAnswer>((resolve, reject) => {
      if (ended !== null) return reject(ended);
      const isOver = threadIsBusy();
      const over =
        <Value>(settled: (value: Value) => void) =>
        (value: Value) => {
          isOver();
          settled(value);
        };
      waiting.push({ resolve: over(resolve), reject: over(reject) });
      worker.ref();
    });
  const line = {
    onProgress: (_state: BackupPages): void => {},
    receive,
    /** Says something that is not answered. */
    tell: (request: Request) => worker.postMessage(request),
    ask(request: Request): Promise<EngineAnswer> {
      const answer = receive();
      if (ended === null) worker.postMessage(request);
      return answer;
    },
  };
  return line;
}
