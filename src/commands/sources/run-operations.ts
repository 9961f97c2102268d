import type { Connection } from "../../dialects/dialect.js";
import type { Operation } from "../../operations/operation.js";
import { inTransaction } from "../../runtime/in-transaction.js";
import { createExecutingSink } from "../../runtime/operation-sink.js";
import { createSchemaState } from "../../runtime/schema-state.js";
import type { Environment } from "../environment/environment.js";
import { introspectAll } from "./introspect.js";

/** Runs operations on a scratch database, all in one transaction. */
export async function runOperations(
  environment: Environment,
  connection: Connection,
  operations: readonly Operation[],
): Promise<void> {
  const { lockTimeoutMilliseconds } = environment.config;
  await inTransaction(connection, { foreignKeys: "off", lockTimeoutMilliseconds }, async () => {
    const sink = createExecutingSink({
      connection,
      state: createSchemaState(() => introspectAll(environment, connection)),
      emit: (event) => {
        if (event.type === "statement") environment.emit(event);
      },
      now: () => environment.now(),
      lockTimeoutMilliseconds,
    });
    for (const op of operations) await sink.take(op);
    await sink.flush();
  });
}
