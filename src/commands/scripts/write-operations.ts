/** Operations as the script that runs them, with no database behind it. */
import type { Dialect } from "../../dialects/dialect.js";
import { ScriptConnection } from "../../dialects/script-connection.js";
import { diffSchemas } from "../../diff/diff-schemas.js";
import type { Operation } from "../../operations/operation.js";
import { createExecutingSink } from "../../runtime/operation-sink.js";
import { createReplayedState, type SchemaState } from "../../runtime/schema-state.js";
import { ForeignKeysOffNeeded } from "../../runtime/step-error.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

export interface WrittenOperations {
  /** A script for the database's shell: settings, a transaction around all, checks. */
  readonly lines: readonly string[];
  /** What the operations come to, without any of that. */
  readonly statements: readonly string[];
}

/**
 * `start` is what the first operation meets: with the facts of the database where one was read, without where it is only
 * declared.
 *
 * @throws UnsupportedOperationError, OperationConflictError
 */
export async function writeOperations(
  environment: Environment,
  dialect: Dialect,
  start: SchemaDef,
  operations: readonly Operation[],
): Promise<WrittenOperations> {
  if (operations.length === 0) return { lines: [], statements: [] };
  const write = (foreignKeys: "keep" | "off") => {
    const state = createReplayedState(async () => start, dialect.script);
    return writeWith(openScriptConnection(environment, dialect), state, operations, foreignKeys);
  };
  try {
    return await write("keep");
  } catch (error) {
    if (!(error instanceof ForeignKeysOffNeeded)) throw error;
    return write("off");
  }
}

/** A schema that is only declared, as a script knows it that has made it. */
export async function scriptedSchema(
  environment: Environment,
  dialect: Dialect,
  schema: SchemaDef,
): Promise<SchemaDef> {
  const state = createReplayedState(async () => EMPTY_SCHEMA, dialect.script);
  await writeWith(openScriptConnection(environment, dialect), state, diffSchemas(EMPTY_SCHEMA, schema), "off");
  return state.current();
}

async function writeWith(
  connection: ScriptConnection,
  state: SchemaState,
  operations: readonly Operation[],
  foreignKeys: "keep" | "off",
): Promise<WrittenOperations> {
  const statements: string[] = [];
  for (const sql of connection.dialect.script.prologue) await connection.script(sql);
  await connection.begin({ foreignKeys, lockTimeoutMilliseconds: 0 });
  const sink = createExecutingSink({
    connection,
    state,
    emit: (event) => {
      if (event.type === "statement") statements.push(event.sql);
    },
    now: () => 0,
    lockTimeoutMilliseconds: 0,
  });
  for (const op of operations) await sink.take(op);
  await sink.flush();
  await connection.commit();
  return { lines: connection.lines, statements };
}

export function openScriptConnection(environment: Environment, dialect: Dialect): ScriptConnection {
  const { ddlLockTimeoutMilliseconds, statementTimeoutMilliseconds, role } = environment.config;
  return new ScriptConnection(dialect, {
    ddlLockTimeoutMilliseconds,
    statementTimeoutMilliseconds,
    ...(role === undefined ? {} : { role }),
  });
}
