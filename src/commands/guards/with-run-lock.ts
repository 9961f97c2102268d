import type { Connection } from "../../dialects/dialect.js";
import { inTransaction } from "../../runtime/in-transaction.js";
import type { Ledger } from "../../runtime/ledger.js";
import { isRunAlive } from "../../runtime/live-runs.js";
import { hasLivingRun, settledOpenSteps } from "../../runtime/open-steps.js";
import { Stopper } from "../../runtime/stopper.js";
import type { VersionTable } from "../../runtime/version-table.js";
import type { ConnectPurpose, Environment } from "../environment/environment.js";

export interface LockedTables {
  readonly connection: Connection;
  readonly versionTable: VersionTable;
  readonly ledger: Ledger;
  /** Was there no version table until now? */
  readonly created: boolean;
}

export interface LockPurpose extends Pick<ConnectPurpose, "create"> {
  /** Wait as well for runs that are between two steps of a revision, where they hold no lock (SQLite, or it was lost). */
  readonly settled?: boolean;
  readonly lockTimeoutMilliseconds?: number;
}

/** Works on the version table and the ledger in one transaction while other runs are kept out; makes both if need be. */
export async function withRunLock<T>(
  environment: Environment,
  purpose: LockPurpose,
  work: (tables: LockedTables) => Promise<T>,
): Promise<T> {
  const { emit } = environment;
  const { create, settled = false, lockTimeoutMilliseconds = environment.config.lockTimeoutMilliseconds } = purpose;
  const connection = await environment.connect({ create, readOnly: false });
  try {
    await using _lock = await connection.lock({
      name: environment.lockName(connection),
      timeoutMilliseconds: lockTimeoutMilliseconds,
      onWait: (holder) => emit({ type: "lockWait", holder }),
    });
    const versionTable = environment.versionTable(connection);
    const ledger = environment.ledger(connection);
    for (;;) {
      if (settled) await waitForRuns(environment, { connection, ledger, lockTimeoutMilliseconds });
      const worked = await inTransaction(connection, { foreignKeys: "keep", lockTimeoutMilliseconds }, async () => {
        const created = await versionTable.ensure();
        await ledger.ensure();
        if (settled && (await hasLivingRun(ledger, isAliveOn(environment, connection)))) return null;
        return { value: await work({ connection, versionTable, ledger, created }) };
      });
      if (worked !== null) return worked.value;
    }
  } finally {
    await environment.release();
  }
}

interface Waiting {
  readonly connection: Connection;
  readonly ledger: Ledger;
  readonly lockTimeoutMilliseconds: number;
}

/** @throws LockTimeoutError naming the run that stayed */
async function waitForRuns(environment: Environment, waiting: Waiting): Promise<void> {
  const { connection, ledger, lockTimeoutMilliseconds: timeoutMilliseconds } = waiting;
  const stopper = new Stopper(environment.options.signal);
  await settledOpenSteps({
    ledger,
    isAlive: isAliveOn(environment, connection),
    timeoutMilliseconds,
    emit: environment.emit,
    now: () => environment.now(),
    sleep: (milliseconds) => stopper.orStop(new Promise((resolve) => setTimeout(resolve, milliseconds))),
  });
}

function isAliveOn(environment: Environment, connection: Connection): Parameters<typeof hasLivingRun>[1] {
  return (entry) => isRunAlive(connection, environment.author, entry);
}
