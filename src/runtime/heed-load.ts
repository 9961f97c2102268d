/**
 * Between the batches of a backfill: waits for standbys that have fallen behind, and for sessions that queue for locks. How
 * far a standby is behind is measured by what this run has seen written and when, so that one that does not move at all is
 * known as well, and one that has nothing to do is not taken for late.
 */
import type { Connection } from "../dialects/dialect.js";
import type { Emit } from "./events.js";

export interface LoadWatch {
  readonly connection: Connection;
  readonly emit: Emit;
  readonly now: () => number;
  readonly stopIfAsked: () => void;
  /** Milliseconds; 0: standbys are not heeded. */
  readonly maxReplicationLagMilliseconds: number;
}

/** Sessions more than at the beginning that wait for locks. */
const MANY_WAITING = 5;
const PAUSE_MILLISECONDS = 200;
/** A standby that is late on purpose, or a queue that we did not make, must not keep the work from its end. */
const LONGEST_WAIT_MILLISECONDS = 300_000;

/** To be called after each batch. */
export function heedLoad(watch: LoadWatch): () => Promise<void> {
  const { connection, emit, now, stopIfAsked, maxReplicationLagMilliseconds: longest } = watch;
  /** What was written when; oldest first, without what all have replayed. */
  let seen: { readonly written: number; readonly at: number }[] = [];
  let waitedAtFirst: number | undefined;
  let hasGivenUp = false;
  let hasTold = false;

  const reason = async (): Promise<string | null> => {
    const load = await connection.dialect.readLoad?.(connection);
    if (load === undefined) return null;
    waitedAtFirst ??= load.waiting;
    const { replayed, hiddenFrom } = load;
    if (hiddenFrom !== null && longest > 0 && !hasTold) {
      hasTold = true;
      emit({ type: "warning", text: unseen(hiddenFrom) });
    }
    seen = replayed === null ? [] : [...seen.filter(({ written }) => written > replayed), { ...load, at: now() }];
    const late = now() - (seen[0]?.at ?? now());
    if (longest > 0 && late > longest) return `a standby is ${Math.round(late / 1000)} s behind`;
    const more = load.waiting - waitedAtFirst;
    return more > MANY_WAITING ? `${load.waiting} sessions wait for locks` : null;
  };

  return async () => {
    if (hasGivenUp) return;
    const started = now();
    for (let why = await reason(); why !== null; why = await reason()) {
      if (now() - started > LONGEST_WAIT_MILLISECONDS) {
        emit({ type: "warning", text: `the backfill goes on although ${why}, and waits no more` });
        hasGivenUp = true;
        return;
      }
      emit({ type: "progress", text: `waiting, as ${why}`, done: 0, unit: "rows" });
      stopIfAsked();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
      stopIfAsked();
    }
  };
}

function unseen(role: string): string {
  return (
    `this server has standbys, and ${role} may not see how far they are, so the backfill does not wait for them: ` +
    `run \`GRANT pg_monitor TO ${role}\`, or set \`maxReplicationLag: 0\` if that is meant`
  );
}
