/** What revisions would do on a database, told without one. */
import type { Connection, Dialect } from "../../dialects/dialect.js";
import { OperationConflictError, UnsupportedOperationError } from "../../errors.js";
import { planUpgrade } from "../../revisions/plan-steps.js";
import type { RevisionStep } from "../../revisions/revision.js";
import type { RevisionGraph } from "../../revisions/revision-graph.js";
import { POOLED } from "../../runtime/step-session.js";
import { EMPTY_SCHEMA } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";
import { runOffline, schemaAt } from "./run-offline.js";
import { openScriptConnection } from "./write-operations.js";

/** Does the revision, a first one, work on tables that no revision makes, and so was written for a database that has them? */
export async function presumesTables(
  environment: Environment,
  graph: RevisionGraph,
  { id, dialect }: { readonly id: string; readonly dialect: Dialect },
): Promise<boolean> {
  const step = planUpgrade(graph, [], [id]).find(({ revision }) => revision.id === id)!;
  try {
    const state = await runOffline(environment, {
      connection: openScriptConnection(environment, dialect),
      from: step.headsBefore,
      steps: [step],
      start: async () => EMPTY_SCHEMA,
      transaction: "per-revision",
      tag: undefined,
      emit: () => {},
    });
    await state.current();
    return false;
  } catch (error) {
    return error instanceof OperationConflictError;
  }
}

/** @throws UnsupportedOperationError when the revision leaves its transaction, which it cannot through a pooler */
export async function refuseLeaving(
  environment: Environment,
  step: RevisionStep,
  {
    connection,
    graph,
    tag,
  }: { readonly connection: Connection; readonly graph: RevisionGraph; readonly tag: string | undefined },
): Promise<void> {
  const script = openScriptConnection(environment, connection.dialect);
  try {
    await runOffline(environment, {
      connection: Object.assign(script, { isPooled: true }),
      from: step.headsBefore,
      steps: [step],
      start: schemaAt(environment, { graph, from: step.headsBefore }, connection.dialect),
      transaction: "per-revision",
      tag,
      emit: () => {},
    });
  } catch (error) {
    // What cannot be told like this is refused when it happens.
    if (error instanceof UnsupportedOperationError && error.operation === POOLED) throw error;
  }
}
