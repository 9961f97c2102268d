/** Steps that earlier runs began and did not end: gone on with when their run is dead, waited for while it lives. */
import { LockTimeoutError } from "../errors.js";
import type { Emit } from "./events.js";
import type { Ledger, LedgerEntry, LedgerMark } from "./ledger.js";

export interface OpenStepsOptions {
  readonly ledger: Ledger;
  /** Is the run that wrote the entry still there? */
  readonly isAlive: (entry: LedgerEntry) => Promise<boolean>;
  readonly timeoutMilliseconds: number;
  readonly emit: Emit;
  readonly now: () => number;
  /** Waits, or throws when the run is to stop. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const FIRST_WAIT = 50;
const LONGEST_WAIT = 1_000;

export interface OpenSteps {
  /** By revision, oldest first. */
  readonly entries: ReadonlyMap<string, readonly LedgerEntry[]>;
  readonly marks: ReadonlyMap<string, LedgerMark>;
}

export const NO_OPEN_STEPS: OpenSteps = { entries: new Map(), marks: new Map() };

/**
 * What earlier runs have left. The lock keeps other runs out; this is the second line, where there is no lock between the
 * steps of a run (SQLite) or it was lost.
 *
 * @throws LockTimeoutError naming the other run
 */
export async function settledOpenSteps(options: OpenStepsOptions): Promise<OpenSteps> {
  const { ledger, isAlive, timeoutMilliseconds, emit, now, sleep } = options;
  const started = now();
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
    const { open, marks } = await ledger.readState();
    const byRevision = grouped(open);
    const other = await livingRun(byRevision, isAlive);
    if (other === undefined) return { entries: byRevision, marks };
    const holder = `process ${other.pid} on ${other.host}, at step ${other.step} of '${other.revision}' since ${other.startedAt}`;
    if (wait === FIRST_WAIT) emit({ type: "lockWait", holder });
    if (now() - started >= timeoutMilliseconds) {
      throw new LockTimeoutError(`another run is in the middle of a revision: ${holder}`, {
        milliseconds: timeoutMilliseconds,
        hint: "Wait for it to end, or pass a longer `--lock-timeout`.",
      });
    }
    await sleep(wait);
  }
}

/** Is another run in the middle of a revision at this moment? */
export async function hasLivingRun(ledger: Ledger, isAlive: OpenStepsOptions["isAlive"]): Promise<boolean> {
  return (await livingRun(grouped(await ledger.readOpen()), isAlive)) !== undefined;
}

/** Its last step. */
async function livingRun(
  entries: OpenSteps["entries"],
  isAlive: OpenStepsOptions["isAlive"],
): Promise<LedgerEntry | undefined> {
  let other: LedgerEntry | undefined;
  for (const last of [...entries.values()].map((list) => list.at(-1)!)) {
    if (last.state !== "failed" && last.error === null && (await isAlive(last))) other = last;
  }
  return other;
}

function grouped(entries: readonly LedgerEntry[]): OpenSteps["entries"] {
  const byRevision = new Map<string, LedgerEntry[]>();
  for (const entry of entries) byRevision.set(entry.revision, [...(byRevision.get(entry.revision) ?? []), entry]);
  return byRevision;
}
