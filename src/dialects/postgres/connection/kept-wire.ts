/** A session of the server that goes from one target to the next, with nothing of the first left in it. */
import type { KeptSessions } from "../../dialect.js";
import type { Wire } from "./wire.js";

export interface LentWire {
  readonly wire: Wire;
  /** Not called behind a pooler: there the session is nobody's. */
  readonly allowKeeping: () => void;
}

/** One that is kept, or a new one; closing it leaves it for the next where that is allowed. */
export async function lendWire(sessions: KeptSessions, server: string, open: () => Promise<Wire>): Promise<LentWire> {
  const wire = (await takeReady(sessions, server)) ?? (await open());
  let mayBeKept = false;
  const giveBack = async () => {
    if (mayBeKept && (await isCleared(wire))) sessions.keep(server, wire);
    else await wire.close();
  };
  const allowKeeping = () => {
    mayBeKept = true;
  };
  return { wire: lent(wire, giveBack), allowKeeping };
}

/** The same for the lock of a run: nothing of the user's runs in its session, and so nothing is left in it. */
export async function lendLockWire(sessions: KeptSessions, server: string, open: () => Promise<Wire>): Promise<Wire> {
  const key = `${server}\0lock`;
  const wire = (await takeReady(sessions, key)) ?? (await open());
  return lent(wire, async () => {
    if (isReady(wire)) sessions.keep(key, wire);
    else await wire.close();
  });
}

async function takeReady(sessions: KeptSessions, server: string): Promise<Wire | undefined> {
  let kept = sessions.take(server) as Wire | undefined;
  while (kept !== undefined && !isReady(kept)) {
    await kept.close().catch(() => undefined);
    kept = sessions.take(server) as Wire | undefined;
  }
  return kept;
}

function lent(wire: Wire, giveBack: () => Promise<void>): Wire {
  let isGivenBack = false;
  const refuseLate = async (): Promise<never> => {
    throw new Error("the connection is closed");
  };
  return {
    send: (sql, parameters) => (isGivenBack ? refuseLate() : wire.send(sql, parameters)),
    sendAll: (statements, rowsOf) => (isGivenBack ? refuseLate() : wire.sendAll(statements, rowsOf)),
    pipeline: (statements) => (isGivenBack ? refuseLate() : wire.pipeline(statements)),
    status: () => wire.status(),
    processId: wire.processId,
    taken: wire.taken,
    get lost() {
      return wire.lost;
    },
    async close() {
      if (isGivenBack) return;
      isGivenBack = true;
      await giveBack();
    },
  };
}

function isReady(wire: Wire): boolean {
  return wire.lost === undefined && wire.status() === "idle";
}

/** Settings, roles, locks, temporary tables, prepared statements: whatever a target made stays with it. */
async function isCleared(wire: Wire): Promise<boolean> {
  if (!isReady(wire)) return false;
  try {
    await wire.send("DISCARD ALL");
    return isReady(wire);
  } catch {
    return false;
  }
}
