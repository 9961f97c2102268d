/** Statements of our own that are asked at once and go to the server together; each is answered by itself. */
import type { PipelinedStatement, WireResult } from "./pipeline.js";
import { queryError } from "./server-errors.js";
import type { Wire } from "./wire.js";

export interface Asked {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly resolve: (result: WireResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface Journey {
  /** The BEGIN that goes ahead of them, or nothing. */
  readonly held: readonly string[];
  /** Told of the last answer to `held`. */
  readonly begun: (result: WireResult) => void;
  readonly asked: readonly Asked[];
  readonly description: string;
}

/** What waits to go to the server with something else. */
export class Journeys {
  /** A BEGIN that goes with what comes next. */
  held: readonly string[] | undefined;
  /** Collects what is asked at once. */
  #asked: Asked[] | undefined;

  takeHeld(): readonly string[] | undefined {
    const { held } = this;
    this.held = undefined;
    return held;
  }

  /** The answer to a statement that goes with others; undefined where none is being collected. */
  join(sql: string, parameters: readonly unknown[]): Promise<WireResult> | undefined {
    const asked = this.#asked;
    return asked && new Promise((resolve, reject) => asked.push({ sql, parameters, resolve, reject }));
  }

  /** `send` never throws. */
  together<T>(work: () => Promise<T>, send: (asked: readonly Asked[]) => Promise<void>): Promise<T> {
    if (this.#asked !== undefined) return work();
    const asked: Asked[] = [];
    this.#asked = asked;
    try {
      return work();
    } finally {
      this.#asked = undefined;
      if (asked.length > 0) void send(asked);
    }
  }
}

/** Answers those that ran. @throws QueryError, ConnectionError for the first that did not */
export async function deliver(wire: Wire, { held, begun, asked, description }: Journey): Promise<void> {
  const statements: readonly PipelinedStatement[] = [
    ...held.map((sql) => ({ sql, parameters: [] })),
    ...asked.map(({ sql, parameters }) => ({ sql, parameters: parameters as PipelinedStatement["parameters"] })),
  ];
  const { results, failure } = await wire.pipeline(statements);
  const last = results[held.length - 1];
  if (last !== undefined) begun(last);
  for (const [at, result] of results.slice(held.length).entries()) asked[at]!.resolve(result);
  if (failure !== null) throw queryError(failure.error, statements[results.length]?.sql ?? "", description);
}

/** Those that have been answered do not hear it. */
export function refuseRest(asked: readonly Asked[], error: unknown): void {
  for (const { reject } of asked) reject(error);
}
