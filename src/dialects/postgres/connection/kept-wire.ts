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
  let kept = sessions.take(server) as Wire | undefined;
  while (kept !== undefined && !isReady(kept)) {
    await kept.close().catch(() => undefined);
    kept = sessions.take(server) as Wire | undefined;
  }
  const wire = kept ?? (await open());
  let mayBeKept = false;
  let isGivenBack = false;
  const refuseLate = async (): Promise<never> => {
    throw new Error("the connection is closed");
  };
  return {
    allowKeeping: () => {
      mayBeKept = true;
    },
    wire: {
      send: (sql, parameters) => (isGivenBack ? refuseLate() : wire.send(sql, parameters)),
      sendAll: (statements, rowsOf) => (isGivenBack ? refuseLate() : wire.sendAll(statements, rowsOf)),
      status: () => wire.status(),
      processId: wire.processId,
      get lost() {
        return wire.lost;
      },
      async close() {
        if (isGivenBack) return;
        isGivenBack = true;
        if (mayBeKept && (await isCleared(wire))) sessions.keep(server, wire);
        else await wire.close();
      },
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
