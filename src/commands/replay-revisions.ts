/** What revisions make, found by running them on a scratch database. */
import type { Connection, Dialect } from "../dialects/dialect.js";
import { planUpgrade } from "../revisions/plan-steps.js";
import type { RevisionGraph } from "../revisions/revision-graph.js";
import type { EngineEvent } from "../runtime/events.js";
import { qualified } from "../runtime/version-table.js";
import type { Environment } from "./environment/environment.js";
import { runRevisions } from "./migrate.js";
import { openScratch, type ScratchWish } from "./sources/scratch.js";

/**
 * A scratch database at `heads`, to be closed by the caller.
 *
 * @throws MigrationFailedError when a revision does not run on an empty database; whatever opening a scratch database throws
 */
export async function replayRevisions(
  environment: Environment,
  dialect: Dialect,
  graph: RevisionGraph,
  heads: readonly string[],
  wish?: ScratchWish,
): Promise<Connection> {
  const scratch = await openScratch(environment, dialect, wish);
  try {
    const { versionTableSchema } = environment.config;
    if (versionTableSchema !== undefined && dialect.capabilities.schemas) {
      await scratch.script(`CREATE SCHEMA IF NOT EXISTS ${qualified({ name: versionTableSchema })}`);
    }
    await runRevisions(environment, scratch, {
      plan: (current) => planUpgrade(graph, current, heads),
      dryRun: false,
      emit: (event) => emitQuietly(environment, event),
      onStep: undefined,
    });
    return scratch;
  } catch (error) {
    await scratch.close();
    throw error;
  }
}

/** Steps look as if they had been run on the real database, so they are not shown. */
function emitQuietly(environment: Environment, event: EngineEvent): void {
  if (event.type === "statement" || event.type === "log" || event.type === "warning") environment.emit(event);
}
