/** Makes the `op` that a revision gets: calls become operations, operations go to the sink, one after the other. */
import type { Kysely } from "kysely";
import { openKyselyOn } from "../dialects/kysely-connection.js";
import { IrreversibleRevisionError, UsageError } from "../errors.js";
import { knownWord } from "../model/known-options.js";
import type { Operation } from "../operations/operation.js";
import type { NamingConvention } from "../schema/naming.js";
import type { DialectName } from "../schema/schema.js";
import { operationBuilders } from "./build-operations.js";
import { checkArguments } from "./check-arguments.js";
import { checkedBuilders } from "./checked-builders.js";
import type { Emit } from "./events.js";
import { BLOCK_ARGUMENTS } from "./operation-arguments.js";
import type { OperationSink } from "./operation-sink.js";
import type { BatchOperations, CompilableQuery, Operations } from "./operations.js";
import { statementText } from "./plan-hash.js";
import { isConcurrent } from "./run-outside.js";
import type { StepSession } from "./run-request.js";

export type { Operations } from "./operations.js";

export interface OperationsOptions {
  readonly dialect: DialectName;
  readonly args: Readonly<Record<string, string>>;
  readonly tag: string | undefined;
  readonly naming: NamingConvention;
  readonly emit: Emit;
}

/** `settle` waits for operations that were not awaited, and throws what they threw. */
export type StepOperations = Operations & { settle(): Promise<void> };

/** Makes the `op` of a step. */
export type OperationsOpener = (sink: OperationSink, session: StepSession) => StepOperations;

/** What the steps of one run share is made once. */
export function operationsOpener(options: OperationsOptions): OperationsOpener {
  const builders = checkedBuilders(operationBuilders(options));
  const simple = simpleOperations(builders);
  return (sink, session) => openOperations(sink, session, builders, simple, options);
}

type OperationBuilders = ReturnType<typeof operationBuilders>;

/** How the calls of a step come to its sink. */
const TAKE = Symbol("take");

/**
 * The calls that only make operations, as functions that may be taken off the object. A revision calls few of the many
 * that there are, so each is made when it is asked for.
 */
function simpleOperations(builders: OperationBuilders): object {
  const calls = {};
  for (const [name, build] of Object.entries(builders)) {
    Object.defineProperty(calls, name, {
      enumerable: true,
      get(this: { readonly [TAKE]: (ops: readonly Operation[]) => Promise<void> }) {
        const take = this[TAKE];
        return (...given: readonly unknown[]) =>
          take((build as (...values: readonly unknown[]) => readonly Operation[])(...given));
      },
    });
  }
  return calls;
}

function openOperations(
  sink: OperationSink,
  session: StepSession,
  builders: OperationBuilders,
  simple: object,
  { args, tag, emit }: OperationsOptions,
): StepOperations {
  const { connection } = sink;
  const isOffline = connection.isOffline === true;
  const queue = createQueue();
  const leaves = (op: Operation) => connection.dialect.name === "postgres" && isConcurrent(op);
  const takeOne = (op: Operation) =>
    leaves(op) ? session.outsideTransaction(() => sink.take(op), "a concurrent index") : sink.take(op);
  const take = (ops: readonly Operation[]) =>
    queue.add(async () => {
      for (const op of ops) await takeOne(op);
    });
  let opened: Kysely<any> | null = null;
  const db = () => (opened ??= openKyselyOn(sink.userConnection, connection.dialect.name));
  const own: Partial<Operations> & { readonly [TAKE]: typeof take; settle(): Promise<void> } = {
    [TAKE]: take,
    execute(sql) {
      if (typeof sql === "string") return take(builders.execute(sql));
      // A query with values keeps them out of its text; only what has none can be an operation as data.
      const compiled = compileQuery(sql, db());
      if (compiled.parameters.length === 0) return take(builders.execute(compiled.sql));
      if (isOffline) {
        const [op] = builders.execute(connection.dialect.script.inline(compiled.sql, compiled.parameters));
        // In the ledger it is what it is in a run, where the values stay beside the text.
        return queue.add(() => sink.take(op!, statementText(compiled.sql, compiled.parameters)));
      }
      return queue.add(async () => {
        await sink.userConnection.query(compiled.sql, compiled.parameters);
      });
    },
    async batchAlterTable(table, changes, given = {}) {
      checkArguments("batchAlterTable", BLOCK_ARGUMENTS.batchAlterTable, [table, changes, given]);
      knownWord("'recreate' of op.batchAlterTable", given.recreate, ["auto", "always", "never"]);
      const collected: Operation[] = [];
      await changes(batchOf(table, given.schema, builders, collected));
      await take([
        {
          kind: "batchAlterTable",
          table: given.schema === undefined ? { name: table } : { name: table, schema: given.schema },
          recreate: given.recreate ?? "auto",
          operations: collected,
        },
      ]);
    },
    async autocommitBlock(work) {
      checkArguments("autocommitBlock", BLOCK_ARGUMENTS.autocommitBlock, [work]);
      await queue.idle();
      await session.outsideTransaction(async () => {
        await work();
        await queue.idle();
      }, "an autocommit block");
    },
    backfill(table, options) {
      const built = builders.backfill(table, options);
      // A script, and a run that is one transaction, do it in one statement. Not one that is only to tell what leaves it.
      if ((isOffline && connection.isPooled !== true) || session.isWhole) return take(built);
      return queue.add(() =>
        session.outsideTransaction(async () => {
          for (const op of built) await sink.take(op);
        }, "a backfill"),
      );
    },
    async irreversible(reason) {
      throw new IrreversibleRevisionError(`this cannot be undone: ${reason}`, { revision: "" });
    },
    get db() {
      return db();
    },
    args,
    dialect: connection.dialect.name,
    serverVersion: connection.serverVersion,
    isOffline,
    tag,
    log: (text) => emit({ type: "log", text }),
    settle: () => queue.settle(),
  };
  return Object.setPrototypeOf(own, simple) as StepOperations;
}

/** Work in the order in which it was asked for, awaited or not; what nobody awaited throws in `settle`. */
function createQueue() {
  let last: Promise<unknown> = Promise.resolve();
  const forgotten = new Set<Promise<void>>();
  return {
    add(work: () => Promise<void>): Promise<void> {
      const done = last.then(work);
      last = done.catch(() => {});
      forgotten.add(done);
      done.catch(() => {});
      const heard = <T>(value: T): T => {
        forgotten.delete(done);
        return value;
      };
      return {
        // biome-ignore lint/suspicious/noThenProperty: awaiting is what is being listened for.
        then: (...handlers: Parameters<Promise<void>["then"]>) => heard(done).then(...handlers),
        catch: (...handlers: Parameters<Promise<void>["catch"]>) => heard(done).catch(...handlers),
        finally: (handler?: () => void) => heard(done).finally(handler),
        [Symbol.toStringTag]: "Promise",
      } as Promise<void>;
    },
    idle: async () => {
      await last;
    },
    async settle() {
      await last;
      for (const done of forgotten) await done;
    },
  };
}

function batchOf(
  table: string,
  schema: string | undefined,
  builders: ReturnType<typeof operationBuilders>,
  collected: Operation[],
): BatchOperations {
  const inSchema = schema === undefined ? {} : { schema };
  const add = async (ops: readonly Operation[]) => {
    collected.push(...ops);
  };
  return {
    addColumn: (name, column, options) => add(builders.addColumn(table, name, column, { ...options, ...inSchema })),
    dropColumn: (name, options) => add(builders.dropColumn(table, name, { ...options, ...inSchema })),
    alterColumn: (name, changes) => add(builders.alterColumn(table, name, { ...changes, ...inSchema })),
    createIndex: (name, columns, options) =>
      add(builders.createIndex(name, table, columns, { ...options, ...inSchema })),
    dropIndex: (name, options) => add(builders.dropIndex(name, table, { ...options, ...inSchema })),
    createPrimaryKey: (name, columns, options) =>
      add(builders.createPrimaryKey(name, table, columns, { ...options, ...inSchema })),
    createUniqueConstraint: (name, columns, options) =>
      add(builders.createUniqueConstraint(name, table, columns, { ...options, ...inSchema })),
    createForeignKey: (name, columns, target, targetColumns, options) =>
      add(builders.createForeignKey(name, table, columns, target, targetColumns, { ...options, ...inSchema })),
    createCheckConstraint: (name, expression, options) =>
      add(builders.createCheckConstraint(name, table, expression, { ...options, ...inSchema })),
    createExcludeConstraint: (name, elements, options) =>
      add(builders.createExcludeConstraint(name, table, elements, { ...options, ...inSchema })),
    dropConstraint: (name, options) => add(builders.dropConstraint(name, table, { ...options, ...inSchema })),
  };
}

/** Kysely's queries compile by themselves, its `sql` templates with the database they are for. */
function compileQuery(query: unknown, db: Kysely<any>): ReturnType<CompilableQuery["compile"]> {
  if (typeof query === "object" && query !== null && "compile" in query && typeof query.compile === "function") {
    return query.compile(db) as ReturnType<CompilableQuery["compile"]>;
  }
  throw new UsageError("op.execute takes SQL text, a sql`…` template or a Kysely query");
}
