/** What a connection is made of. */
import { ConnectionError } from "../../../errors.js";
import type { ConnectOptions, Dialect } from "../../dialect.js";
import type { DumpSource } from "./backup.js";
import type { ServerFacts } from "./server-facts.js";
import type { Wire } from "./wire.js";

export interface ConnectionParts {
  readonly dialect: Dialect;
  readonly wire: Wire;
  readonly facts: ServerFacts;
  readonly options: ConnectOptions;
  readonly description: string;
  /** Opens another connection to the same database; absent for an adopted one. */
  readonly openAnother?: () => Promise<Wire>;
  /** The same for the lock of a run, on which nothing of the user's ever runs. */
  readonly openLocking?: () => Promise<Wire>;
  /** How PostgreSQL's own programs come to the same database; absent for an adopted one. */
  readonly dumpSource?: () => DumpSource;
  readonly afterClose?: () => Promise<void>;
}

/** @throws ConnectionError where nothing can be written */
export function refuseReadOnly({ facts, description }: ConnectionParts): void {
  const { readOnlyReason } = facts;
  if (readOnlyReason === null) return;
  throw new ConnectionError(`nothing can be changed here: ${readOnlyReason}`, {
    url: description,
    hint: "Connect to the primary server, as a role that may write.",
  });
}
