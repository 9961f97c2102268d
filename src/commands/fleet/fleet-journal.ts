/**
 * What the last run over all targets has finished, so that `--resume` need not connect to those. The file lies beside the
 * revisions while a run is unfinished, one line a target; a line that a crash has cut counts for nothing.
 */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What has to be the same for a run to be the continuation of another. */
export interface FleetRun {
  /** `upgrade head`. */
  readonly command: string;
  readonly environment: string | null;
  /** Heads of the files. With others, what was finished then is not finished now. */
  readonly heads: readonly string[];
  /** The targets that it is about; none named: all. */
  readonly select: readonly string[];
}

export interface UnfinishedRun {
  readonly run: FleetRun;
  readonly done: readonly string[];
}

export interface FleetJournal {
  /** False when nothing can be written there. */
  readonly isKept: boolean;
  add(target: string): void;
  /** The run is over, and nothing is left to be resumed. */
  remove(): void;
}

/** Begins anew, or goes on after the targets `done`. */
export function openFleetJournal(directory: string, run: FleetRun, done: readonly string[]): FleetJournal {
  const file = fileIn(directory);
  let isKept = true;
  const attempt = (write: () => void) => {
    try {
      if (isKept) write();
    } catch {
      isKept = false;
    }
  };
  attempt(() => writeFileSync(file, [run, ...done].map((line) => `${JSON.stringify(line)}\n`).join("")));
  return {
    get isKept() {
      return isKept;
    },
    add: (target) => attempt(() => appendFileSync(file, `${JSON.stringify(target)}\n`)),
    remove: () => attempt(() => rmSync(file, { force: true })),
  };
}

/** The unfinished run and the targets it has finished; null when there is none. */
export function readFleetJournal(directory: string): UnfinishedRun | null {
  let lines: readonly string[];
  try {
    lines = readFileSync(fileIn(directory), "utf8").split("\n").slice(0, -1);
  } catch {
    return null;
  }
  const [run, ...done] = lines.map(parsed);
  if (typeof run !== "object" || run === null) return null;
  const select = (run as Partial<FleetRun>).select ?? [];
  return { run: { ...(run as FleetRun), select }, done: done.filter((name) => typeof name === "string") };
}

/** Is it the same work, so that what one has finished the other need not do? */
export function isSameWork(a: FleetRun, b: FleetRun): boolean {
  return a.command === b.command && a.environment === b.environment && isSame(a.heads, b.heads);
}

/**
 * What a run that begins now writes down. One of some targets only leaves the list of an unfinished run before it as it
 * is: it goes on with it where the work is the same, and else takes off what it is about to change.
 */
export function journalOf(run: FleetRun, before: UnfinishedRun | null): UnfinishedRun {
  if (run.select.length === 0 || before === null) return { run, done: [] };
  if (isSameWork(run, before.run)) return before;
  return { run: before.run, done: before.done.filter((name) => !run.select.includes(name)) };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function fileIn(directory: string): string {
  return join(directory, ".fleet.jsonl");
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
