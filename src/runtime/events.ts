import type { RevisionStep } from "../revisions/revision.js";

/** What happens while the engine works; nobody has to listen. Times are whole milliseconds. */
export type EngineEvent =
  | { readonly type: "lockWait"; readonly holder: string }
  | { readonly type: "stepStarted"; readonly step: RevisionStep }
  | { readonly type: "statement"; readonly sql: string; readonly milliseconds: number }
  | { readonly type: "stepApplied"; readonly step: RevisionStep; readonly milliseconds: number }
  | { readonly type: "log"; readonly text: string }
  /** For those who want to know more. */
  | { readonly type: "detail"; readonly text: string }
  | { readonly type: "warning"; readonly text: string };

export type Emit = (event: EngineEvent) => void;
