import type { Stream } from "./reporter.js";

/** What the command line needs of the process it runs in. */
export interface ProcessLike {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where answers to questions come from, if anybody is there. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Calls back with 130 or 143 when the process is asked to stop; gives a function that stops listening. */
  onSignal(listener: (exitCode: number) => void): () => void;
}
