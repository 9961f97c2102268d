import { readFileSync } from "node:fs";
import type { Connection } from "../../dialects/dialect.js";
import type { RevisionStep } from "../../revisions/revision.js";
import type { TransactionMode } from "../../runtime/run-request.js";
import { refusePooled } from "../../runtime/step-session.js";
import type { Environment } from "../environment/environment.js";

/** What leaves a revision's transaction, if it is called. */
const OUTSIDE = /\b(?:(?:autocommitBlock|backfill)\s*\(|concurrently\b)/;

/**
 * Before anything runs: does one of the steps need more than transactions, where the connection goes through a pooler?
 *
 * @throws UnsupportedOperationError
 */
export async function refuseOutsidePooled(
  environment: Environment,
  connection: Connection,
  steps: readonly RevisionStep[],
  { transaction, tag }: { readonly transaction: TransactionMode; readonly tag: string | undefined },
): Promise<void> {
  if (connection.isPooled !== true) return;
  if (transaction === "none") refusePooled(connection, "a run with `--transaction none`");
  const closed = steps.find(({ revision }) => !revision.transaction);
  if (closed !== undefined) refusePooled(connection, `revision '${closed.revision.id}'`);
  const suspicious = steps.filter(({ revision }) => OUTSIDE.test(readFileSync(revision.path, "utf8")));
  if (suspicious.length === 0) return;
  const { refuseLeaving } = await import("../scripts/rehearse.js");
  const graph = await environment.loadGraph();
  for (const step of suspicious) await refuseLeaving(environment, step, { connection, graph, tag });
}
