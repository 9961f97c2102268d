/** check and status: does everything agree? */

import { planUpgrade } from "../revisions/plan-steps.js";
import { requireUpToDate } from "./create-revision.js";
import type { Environment } from "./environment.js";
import { type OperationSummary, pendingOperations, summarize } from "./pending-operations.js";

export interface CheckResult {
  readonly upToDate: boolean;
  readonly operations: readonly OperationSummary[];
}

/** Is there anything that autogenerate would write? @throws DatabaseBehindError when it could not be asked */
export async function check(environment: Environment): Promise<CheckResult> {
  const graph = await environment.loadGraph();
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    requireUpToDate(graph, await environment.versionTable(connection).read());
    const { operations, found } = await pendingOperations(environment, connection, {
      answers: [],
      undecided: "dropAndAdd",
    });
    return { upToDate: operations.length === 0, operations: summarize(operations, found) };
  } finally {
    await environment.release();
  }
}

export interface StatusResult {
  /** The name given with --env, null without. */
  readonly environment: string | null;
  readonly dialect: string;
  /** The URL without its password. */
  readonly database: string;
  readonly serverVersion: string;
  readonly current: readonly string[];
  readonly heads: readonly string[];
  /** Revisions that `upgrade heads` would run, oldest first. */
  readonly pending: readonly string[];
  /** Ids in the version table that no file declares. */
  readonly missing: readonly string[];
}

export async function status(environment: Environment): Promise<StatusResult> {
  const graph = await environment.loadGraph();
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    const current = await environment.versionTable(connection).read();
    const missing = current.filter((id) => !graph.byId.has(id));
    const known = current.filter((id) => graph.byId.has(id));
    return {
      environment: environment.options.environmentName ?? null,
      dialect: connection.dialect.name,
      database: connection.description,
      serverVersion: connection.serverVersion,
      current,
      heads: graph.realHeads,
      pending: planUpgrade(graph, known, graph.realHeads).map((step) => step.revision.id),
      missing,
    };
  } finally {
    await environment.release();
  }
}
