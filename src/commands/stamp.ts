/** stamp and ensure-version: the version table without running anything. */
import { planStamp, versionRowChanges } from "../revisions/plan-steps.js";
import type { VersionTable } from "../runtime/version-table.js";
import type { Environment } from "./environment.js";

export interface StampResult {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export async function stamp(
  environment: Environment,
  targets: readonly string[],
  options: { readonly purge: boolean },
): Promise<StampResult> {
  const graph = await environment.loadGraph();
  return locked(environment, async (table) => {
    const from = await table.read();
    const steps = planStamp(graph, from, targets, { purge: options.purge });
    if (options.purge) for (const id of from) await table.move({ inserts: [], updates: [], deletes: [id] });
    for (const step of steps) await table.move(versionRowChanges(step));
    return { from, to: await table.read() };
  });
}

/** Creates the version table if it is missing; says whether it did. */
export async function ensureVersion(
  environment: Environment,
): Promise<{ readonly table: string; readonly created: boolean }> {
  return locked(environment, async (table, created) => ({ table: table.name.name, created }));
}

async function locked<T>(
  environment: Environment,
  work: (table: VersionTable, created: boolean) => Promise<T>,
): Promise<T> {
  const { config, emit } = environment;
  const connection = await environment.connect({ create: true, readOnly: false });
  try {
    await using _lock = await connection.lock({
      name: environment.lockName(connection),
      timeoutMilliseconds: config.lockTimeoutMilliseconds,
      onWait: (holder) => emit({ type: "lockWait", holder }),
    });
    const table = environment.versionTable(connection);
    await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: config.lockTimeoutMilliseconds });
    try {
      const created = await table.ensure();
      const result = await work(table, created);
      await connection.commit();
      return result;
    } catch (error) {
      await connection.rollback();
      throw error;
    }
  } finally {
    await environment.release();
  }
}
