/** How operations leave the transaction of their step, and come back into another. */
import type { Connection } from "../dialects/dialect.js";
import { UnsupportedOperationError } from "../errors.js";
import type { RevisionStep } from "../revisions/revision.js";
import type { OperationSink } from "./operation-sink.js";
import type { RunRequest, StepSession } from "./run-request.js";
import type { SchemaState } from "./schema-state.js";
import type { StepJournal } from "./step-journal.js";

export interface StepSessionOptions {
  readonly request: RunRequest;
  readonly sink: OperationSink;
  readonly journal: StepJournal;
  readonly state: SchemaState;
}

export function openStepSession({ request, sink, journal, state }: StepSessionOptions): StepSession {
  const { connection, lockTimeoutMilliseconds, dryRun, transaction } = request;
  const reenter = async () => {
    // What is committed cannot run again, so the rest of the step must not have to be begun anew.
    await connection.begin({ foreignKeys: "off", lockTimeoutMilliseconds });
    state.begun();
  };
  const isWhole = transaction === "all" && !dryRun;
  return {
    isWhole,
    outsideTransaction: async (work, what) => {
      await sink.flush();
      if (dryRun) return sink.listOnly(work);
      if (!connection.inTransaction) return work();
      if (isWhole) {
        throw new UnsupportedOperationError(`${what} cannot run inside the one transaction of the whole run`, {
          dialect: connection.dialect.name,
          operation: "autocommitBlock",
          hint: "Run with `--transaction per-revision`.",
        });
      }
      refusePooled(connection, what);
      await journal.end(false);
      await connection.commit(() => journal.isWritten());
      journal.committed();
      try {
        await work();
        await sink.flush();
      } catch (error) {
        // The revision may catch it and go on; where there is no connection any more, the first error says why.
        await reenter().catch(() => {});
        throw error;
      }
      await reenter();
    },
  };
}

/** @throws UnsupportedOperationError when one of the steps cannot be part of one transaction of the whole run */
export function refuseOutside(steps: readonly RevisionStep[], { connection, dryRun }: RunRequest): void {
  // A dry run lists what such a revision does, and runs none of it.
  if (dryRun) return;
  const closed = steps.find((step) => !step.revision.transaction);
  if (closed === undefined) return;
  throw new UnsupportedOperationError(`revision '${closed.revision.id}' says that it must run outside a transaction`, {
    dialect: connection.dialect.name,
    operation: closed.direction,
    hint: "Run without `--transaction all`.",
  });
}

/** The operation of the error that tells of a pooler. */
export const POOLED = "outside a transaction";

/**
 * What runs outside a transaction needs a session of the server to itself.
 *
 * @throws UnsupportedOperationError through a pooler
 */
export function refusePooled(connection: Connection, what: string): void {
  if (connection.isPooled !== true) return;
  throw new UnsupportedOperationError(
    `${what} runs outside a transaction, which is not safe through the pooler that this connection goes through`,
    {
      dialect: connection.dialect.name,
      operation: POOLED,
      hint: "Set `directUrl` in the config to the address of the server itself, past the pooler.",
    },
  );
}
