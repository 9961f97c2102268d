/** What a dialect offers to keep the owner and the grants of what is dropped and made again. */
import type { KeptTarget } from "../operations/kept-targets.js";

/** Why the role that runs a revision cannot give a thing back to its owner. */
export interface OwnerRefusal {
  readonly owner: string;
  readonly role: string;
  /** The owner may create nothing in it; null: the role cannot become the owner. */
  readonly schema: string | null;
}

/** SQL that keeps grants and owners over a drop and a create. */
export interface PrivilegeKeeping {
  /** A query of one row with `kept` and {@link OwnerRefusal} `refusal`, or none where there is no such thing. */
  read(target: KeptTarget): string;
  /** A query of the statements (`sql`), in order, that give back what `kept`, an SQL expression of that text, says. */
  giveBack(target: KeptTarget, kept: string): string;
  /** Statements of a script that do the same over a setting called `slot`, of the transaction or of the session. */
  readInScript(target: KeptTarget, slot: string, isLocal: boolean): string;
  giveBackInScript(target: KeptTarget, slot: string): string;
}
