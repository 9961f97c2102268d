/**
 * Statements that go to the server in one journey: each a message of its own, which can hold one statement only, and one
 * sync behind the last. The server runs nothing that comes behind one that fails.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type { Client } from "pg";

export interface PipelinedStatement {
  readonly sql: string;
  readonly parameters: readonly (string | number | null)[];
}

export interface WireResult {
  readonly rows: readonly any[];
  readonly affectedRows: number;
  /** The command tags of all statements sent at once (`SELECT`, `COMMIT`), empty where the driver hides them. */
  readonly commands: readonly string[];
}

/** `results` are those of the statements before the one that failed, which is the next. */
export interface PipelineOutcome {
  readonly results: readonly WireResult[];
  readonly failure: { readonly error: unknown } | null;
}

const WRITES: readonly string[] = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"];

/** How many rows a statement has written, by the first word of its tag. */
export function affectedRows(command: string, count: number | null): number {
  return WRITES.includes(command) ? (count ?? 0) : 0;
}

/** The client waits for nothing else meanwhile. Never throws. */
export function sendPipeline(client: Client, statements: readonly PipelinedStatement[]): Promise<PipelineOutcome> {
  return new Promise((resolve) => {
    client.query(new Pipeline(client, statements, resolve) as never);
  });
}

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** node-postgres' inner connection, as its own cursors use it. */
interface InnerConnection {
  readonly stream: { cork?(): void; uncork?(): void };
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: { readonly values: readonly (string | null)[] }): void;
  describe(message: { readonly type: "P"; readonly name: string }): void;
  execute(message: object): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

/** What node-postgres calls a query: it is sent by `submit`, and told of every answer. */
class Pipeline {
  /** The driver puts its own there where it watches the time. */
  callback: (() => void) | undefined;
  readonly #client: Client;
  readonly #statements: readonly PipelinedStatement[];
  readonly #done: (outcome: PipelineOutcome) => void;
  readonly #results: WireResult[] = [];
  #fields: readonly Field[] = [];
  #rows: Record<string, unknown>[] = [];

  constructor(client: Client, statements: readonly PipelinedStatement[], done: (outcome: PipelineOutcome) => void) {
    this.#client = client;
    this.#statements = statements;
    this.#done = done;
  }

  submit(connection: InnerConnection): null {
    const { stream } = connection;
    stream.cork?.();
    try {
      for (const { sql, parameters } of this.#statements) {
        connection.parse({ name: "", text: sql });
        connection.bind({ values: parameters.map((value) => (value === null ? null : String(value))) });
        connection.describe({ type: "P", name: "" });
        connection.execute({});
      }
      connection.sync();
    } finally {
      stream.uncork?.();
    }
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields;
  }

  handleDataRow({ fields: values }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (const [at, { name, dataTypeID }] of this.#fields.entries()) {
      const value = values[at] ?? null;
      row[name] = value === null ? null : this.#client.getTypeParser(dataTypeID, "text")(value);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, command, count] = /^(\w+).*?(\d+)?$/.exec(text) ?? [];
    this.#end(command ?? "", count === undefined ? null : Number(count));
  }

  handleEmptyQuery(): void {
    this.#end("", null);
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: InnerConnection): void {
    connection.sendCopyFail("there is nothing to copy from");
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#settle({ error });
  }

  handleReadyForQuery(): void {
    this.#settle(null);
  }

  #end(command: string, count: number | null): void {
    this.#results.push({ rows: this.#rows, affectedRows: affectedRows(command, count), commands: [command] });
    this.#fields = [];
    this.#rows = [];
  }

  #settle(failure: PipelineOutcome["failure"]): void {
    this.#done({ results: this.#results, failure });
    this.callback?.();
  }
}
