import type { WorkProgress } from "../dialects/dialect.js";
import type { RevisionStep } from "../revisions/revision.js";

/** What happens while the engine works; nobody has to listen. Times are whole milliseconds. */
export type EngineEvent =
  | { readonly type: "lockWait"; readonly holder: string }
  /** A transaction met somebody else's lock; its next attempt begins after `milliseconds`. */
  | { readonly type: "retry"; readonly attempt: number; readonly milliseconds: number; readonly reason: string }
  | { readonly type: "stepStarted"; readonly step: RevisionStep }
  | { readonly type: "statement"; readonly sql: string; readonly milliseconds: number }
  /** A dry run lists it, since it could not be taken back. */
  | { readonly type: "statementLeftOut"; readonly sql: string }
  | { readonly type: "stepApplied"; readonly step: RevisionStep; readonly milliseconds: number }
  /** A copy of the database is there; `file` is absolute. */
  | { readonly type: "backupMade"; readonly file: string; readonly milliseconds: number }
  /** How far a long work is: often, and only for those who watch. */
  | ({ readonly type: "progress" } & WorkProgress)
  | { readonly type: "log"; readonly text: string }
  /** For those who want to know more. */
  | { readonly type: "detail"; readonly text: string }
  /** `ofResult`: it says how far the result can be relied on, and so belongs into its document. */
  | { readonly type: "warning"; readonly text: string; readonly ofResult?: true };

export type Emit = (event: EngineEvent) => void;
