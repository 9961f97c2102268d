import type { KeptSession, KeptSessions } from "../../dialects/dialect.js";

/** Keeps sessions for as long as a command runs on many targets, and never more than these would have open anyway. */
export function keepSessions(): KeptSessions & AsyncDisposable {
  let idle: readonly { readonly server: string; readonly session: KeptSession }[] = [];
  const close = (session: KeptSession) => session.close().catch(() => undefined);
  return {
    take(server) {
      const found = idle.findLast((kept) => kept.server === server) ?? idle[0];
      if (found === undefined) return undefined;
      idle = idle.filter((kept) => kept !== found);
      if (found.server === server) return found.session;
      // One of another server makes room for the one that is about to be opened.
      void close(found.session);
      return undefined;
    },
    keep(server, session) {
      idle = [...idle, { server, session }];
    },
    async [Symbol.asyncDispose]() {
      const all = idle;
      idle = [];
      await Promise.all(all.map(({ session }) => close(session)));
    },
  };
}
