import type { Connection } from "../../dialects/dialect.js";
import { inTransaction } from "../../runtime/in-transaction.js";
import type { Ledger } from "../../runtime/ledger.js";
import type { VersionTable } from "../../runtime/version-table.js";
import type { ConnectPurpose, Environment } from "../environment/environment.js";

export interface LockedTables {
  readonly connection: Connection;
  readonly versionTable: VersionTable;
  readonly ledger: Ledger;
  /** Was there no version table until now? */
  readonly created: boolean;
}

/** Works on the version table and the ledger in one transaction while other runs are kept out; makes both if need be. */
export async function withRunLock<T>(
  environment: Environment,
  purpose: Pick<ConnectPurpose, "create">,
  work: (tables: LockedTables) => Promise<T>,
): Promise<T> {
  const { config, emit } = environment;
  const connection = await environment.connect({ ...purpose, readOnly: false });
  try {
    await using _lock = await connection.lock({
      name: environment.lockName(connection),
      timeoutMilliseconds: config.lockTimeoutMilliseconds,
      onWait: (holder) => emit({ type: "lockWait", holder }),
    });
    const versionTable = environment.versionTable(connection);
    const ledger = environment.ledger(connection);
    const { lockTimeoutMilliseconds } = config;
    return await inTransaction(connection, { foreignKeys: "keep", lockTimeoutMilliseconds }, async () => {
      const created = await versionTable.ensure();
      await ledger.ensure();
      return work({ connection, versionTable, ledger, created });
    });
  } finally {
    await environment.release();
  }
}
