/** What a run that is one transaction writes about its steps: nobody sees any of it before the end, so it is written there. */
import type { RevisionStep } from "../revisions/revision.js";
import type { Ledger, NewLedgerEntry } from "./ledger.js";
import type { RunRequest } from "./run-request.js";

export interface DeferredRecords {
  /** Keeps the rows it is given. */
  readonly ledger: Ledger;
  /** Moves the version table over all the steps, and adds the rows of the ledger. */
  write(steps: readonly RevisionStep[]): Promise<void>;
}

/** Null where somebody sees the records of each step: the hook of the config, and who reads a script. */
export function deferRecords({
  connection,
  ledger,
  onStep,
  rowChanges,
  versionTable,
}: RunRequest): DeferredRecords | null {
  if (onStep !== undefined || connection.isOffline === true) return null;
  const entries: NewLedgerEntry[] = [];
  return {
    ledger: {
      ...ledger,
      add: async (added) => {
        entries.push(...added);
      },
    },
    async write(steps) {
      const [first, last] = [steps[0], steps.at(-1)];
      if (first === undefined || last === undefined) return;
      await versionTable.move(rowChanges({ ...last, headsBefore: first.headsBefore }));
      await ledger.add(entries);
    },
  };
}
