/** What a revision's function asks for, found out by running it where nothing happens. */
import type { Connection, Dialect } from "../dialects/dialect.js";
import { describeOperation } from "../operations/registry.js";
import type { NamingConvention } from "../schema/naming.js";
import { type Operations, operationsOpener } from "./op.js";
import type { OperationSink } from "./operation-sink.js";
import { planText } from "./plan-hash.js";

export interface PlannedOperation {
  /** As the ledger hashes it. */
  readonly text: string;
  readonly words: string;
}

export interface RecordOptions {
  readonly dialect: Dialect;
  readonly naming: NamingConvention;
}

/** What may be different in every run or database, and so is no part of a plan. */
const OUTSIDE: ReadonlySet<PropertyKey> = new Set(["db", "args", "tag", "serverVersion", "isOffline", "backfill"]);

const LEAVING: PlannedOperation = { text: "commit", words: "leave the transaction" };
const COMING_BACK: PlannedOperation = { text: "begin", words: "begin another transaction" };

/**
 * Gives the operations in order; null for a function that does more than ask for operations: it uses the connection,
 * or what only a run knows.
 */
export async function recordPlan(
  body: (op: Operations) => unknown,
  { dialect, naming }: RecordOptions,
): Promise<readonly PlannedOperation[] | null> {
  const planned: PlannedOperation[] = [];
  let isOutside = false;
  const open = operationsOpener({ dialect: dialect.name, args: {}, tag: undefined, naming, emit: () => {} });
  const operations = open(recordingSink(dialect, planned), {
    isWhole: false,
    outsideTransaction: async (work) => {
      if (isOutside) return work();
      planned.push(LEAVING);
      isOutside = true;
      await work();
      isOutside = false;
      planned.push(COMING_BACK);
    },
  });
  let reachesOut = false;
  const watched = new Proxy(operations, {
    get(target, name, receiver) {
      if (OUTSIDE.has(name)) reachesOut = true;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  try {
    await body(watched);
    await operations.settle();
  } catch {
    return null;
  }
  return reachesOut ? null : planned;
}

function recordingSink(dialect: Dialect, planned: PlannedOperation[]): OperationSink {
  const connection = unreachable(dialect);
  return {
    take: async (op) => {
      planned.push({ text: planText(op), words: describeOperation(op) });
    },
    flush: async () => {},
    finish: async () => {},
    listOnly: (work) => work(),
    connection,
    userConnection: connection,
    lastStatement: undefined,
  };
}

/** Every question throws, and so ends the recording. */
function unreachable(dialect: Dialect): Connection {
  const refuse = async (): Promise<never> => {
    throw new Error("nothing can be asked where a plan is recorded");
  };
  return {
    dialect,
    serverVersion: "",
    description: "",
    inTransaction: true,
    foreignKeysOff: false,
    defaultSchema: undefined,
    query: refuse,
    script: refuse,
    begin: refuse,
    commit: refuse,
    rollback: refuse,
    lock: refuse,
    kysely: refuse,
    cancel: refuse,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
