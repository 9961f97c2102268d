import type { Stream } from "./reporter.js";

/** What the command line needs of the process it runs in. */
export interface ProcessLike {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Calls back with 130 or 143 when the process is asked to stop; gives a function that stops listening. */
  onSignal(listener: (exitCode: number) => void): () => void;
}
