/** One command on many targets: some at once, every failure kept, and the rest still done. */
import { InterruptedError, UsageError } from "../../errors.js";
import type { EngineEvent } from "../../runtime/events.js";
import type { Environment } from "../environment/environment.js";
import { shareRevisionFiles } from "../environment/revision-files.js";
import { type FleetTarget, findTargets, openTarget, selectTargets } from "../environment/targets.js";
import {
  type FleetRun,
  isSameWork,
  journalOf,
  openFleetJournal,
  readFleetJournal,
  type UnfinishedRun,
} from "./fleet-journal.js";
import { keepSessions } from "./keep-sessions.js";

export interface FleetOptions<T> {
  /** Names; all targets for none. */
  readonly select: readonly string[];
  readonly concurrency: number | undefined;
  /** What identifies the command for `--resume`; null for one that changes nothing. */
  readonly command: string | null;
  readonly resume: boolean;
  /** What is kept of one target's result should be small: there may be thousands. */
  readonly work: (environment: Environment) => Promise<T>;
  /** Told of all targets before the first is begun. */
  readonly onTargets: (targets: readonly FleetTarget[]) => void;
  /** Told of each target when it is over, in the order in which that happens. */
  readonly onDone: (outcome: TargetOutcome<T>, progress: { readonly done: number; readonly total: number }) => void;
}

export type TargetOutcome<T> = {
  readonly target: string;
  readonly milliseconds: number;
} & (
  | { readonly state: "done"; readonly result: T }
  | { readonly state: "failed"; readonly error: unknown }
  /** Finished by the run that this one resumes. */
  | { readonly state: "skipped" }
  /** The run was stopped before. */
  | { readonly state: "notRun" }
);

export interface FleetResult<T> {
  /** In the order of the config. */
  readonly outcomes: readonly TargetOutcome<T>[];
  /** Why not all of them were begun. */
  readonly interrupted: InterruptedError | null;
}

/** @throws ConfigInvalidError and UsageError before anything is run; what fails on one target is in its outcome */
export async function runFleet<T>(environment: Environment, options: FleetOptions<T>): Promise<FleetResult<T>> {
  const all = await findTargets(environment);
  const targets = selectTargets(all, options.select);
  options.onTargets(targets);
  const files = shareRevisionFiles(() => environment.loadGraph());
  const run: FleetRun | null =
    options.command === null
      ? null
      : {
          command: options.command,
          environment: environment.options.environmentName ?? null,
          heads: (await files.graph()).realHeads,
          select: options.select,
        };
  const resumed = options.resume ? unfinishedRun(environment, run) : null;
  const skipped = new Set(resumed?.done);
  const kept = run === null ? null : (resumed ?? journalOf(run, readFleetJournal(environment.config.directory)));
  const journal = kept === null ? null : openFleetJournal(environment.config.directory, kept.run, kept.done);
  const finished = new Set(kept?.done);
  const counts = run !== null && kept !== null && isSameWork(run, kept.run);
  if (journal?.isKept === false) {
    environment.emit({
      type: "warning",
      text: `nothing can be written into '${environment.config.directory}', so this run cannot be resumed`,
    });
  }
  const outcomes: TargetOutcome<T>[] = targets.map(({ name: target }) => ({
    target,
    milliseconds: 0,
    state: skipped.has(target) ? "skipped" : "notRun",
  }));
  let done = outcomes.filter((outcome) => outcome.state === "skipped").length;
  const { signal } = environment.options;
  const warnOnce = onceEach((text) => environment.emit({ type: "warning", text }));
  await using sessions = keepSessions();
  const workOn = async (at: number): Promise<void> => {
    const outcome = await onTarget(environment, targets[at]!, (target, emit) =>
      runOne(openTarget(environment, target, { files, emit, warnOnce, sessions }), options.work),
    );
    outcomes[at] = outcome;
    if (outcome.state === "done" && counts) {
      finished.add(outcome.target);
      journal?.add(outcome.target);
    }
    done += 1;
    options.onDone(outcome, { done, total: targets.length });
  };
  const waiting = outcomes.flatMap((outcome, at) => (outcome.state === "skipped" ? [] : [at]));
  await inParallel(
    waiting,
    options.concurrency ?? environment.config.concurrency,
    workOn,
    () => signal?.aborted === true,
  );
  const isAbout = (name: string) => kept?.run.select.length === 0 || kept?.run.select.includes(name) === true;
  if (all.every(({ name }) => !isAbout(name) || finished.has(name))) journal?.remove();
  const reason: unknown = signal?.aborted ? signal.reason : null;
  return { outcomes, interrupted: reason instanceof InterruptedError ? reason : null };
}

/** @throws UsageError when there is nothing to resume, or another command */
function unfinishedRun(environment: Environment, run: FleetRun | null): UnfinishedRun {
  const last = readFleetJournal(environment.config.directory);
  if (run === null || last === null) {
    throw new UsageError("there is no unfinished run to resume", { hint: "Leave --resume out." });
  }
  if (last.run.command !== run.command || last.run.environment !== run.environment) {
    const env = last.run.environment === null ? "" : ` --env ${last.run.environment}`;
    throw new UsageError(`the unfinished run is '${last.run.command}${env}', not '${run.command}'`, {
      hint: `Run \`tsmigrate ${last.run.command}${env} --all --resume\`, or leave --resume out.`,
    });
  }
  // The targets of the unfinished run are still those that it is about, whichever of them are taken up now.
  const { select } = last.run;
  if (isSameWork(last.run, run)) return { run: { ...run, select }, done: last.done };
  environment.emit({
    type: "warning",
    text: "the revisions have changed since the unfinished run, so every target is looked at again",
  });
  return { run: { ...run, select }, done: [] };
}

async function onTarget<T>(
  environment: Environment,
  target: FleetTarget,
  work: (target: FleetTarget, emit: Environment["emit"]) => Promise<T>,
): Promise<TargetOutcome<T>> {
  const started = environment.now();
  const since = () => Math.round(environment.now() - started);
  try {
    const result = await work(target, (event) => forward(environment, target, event));
    return { target: target.name, state: "done", result, milliseconds: since() };
  } catch (error) {
    return { target: target.name, state: "failed", error, milliseconds: since() };
  }
}

async function runOne<T>(environment: Environment, work: (environment: Environment) => Promise<T>): Promise<T> {
  try {
    return await work(environment);
  } finally {
    await environment.close().catch(() => undefined);
  }
}

/** Of a thousand targets on one host one need not hear of it a thousand times. */
function onceEach(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}

/** Steps have no line of their own where a target has one; what people should read says whose it is. */
function forward(environment: Environment, { name }: FleetTarget, event: EngineEvent): void {
  if (event.type === "log" || event.type === "detail" || event.type === "warning") {
    environment.emit({ ...event, text: `${name}: ${event.text}` });
  } else if (event.type === "lockWait") {
    environment.emit({ ...event, holder: `${event.holder} (${name})` });
  } else if (event.type === "statement") {
    environment.emit(event);
  }
}

async function inParallel(
  items: readonly number[],
  limit: number,
  work: (item: number) => Promise<void>,
  isStopped: () => boolean,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length && !isStopped()) {
      await work(items[next++]!);
      // SQLite in this thread never waits for anything: without a turn of the event loop no signal would be heard, and
      // what the targets before have left would not be freed.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
