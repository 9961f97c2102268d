/** One command on many targets: some at once, every failure kept, and the rest still done. */
import { InterruptedError, UsageError } from "../errors.js";
import type { EngineEvent } from "../runtime/events.js";
import type { Environment } from "./environment.js";
import { type FleetJournal, type FleetRun, openFleetJournal, readFleetJournal } from "./fleet-journal.js";
import { shareRevisionFiles } from "./revision-files.js";
import { type FleetTarget, findTargets, openTarget, selectTargets } from "./targets.js";

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
  const targets = selectTargets(await findTargets(environment), options.select);
  options.onTargets(targets);
  const files = shareRevisionFiles(() => environment.loadGraph());
  const run: FleetRun | null =
    options.command === null
      ? null
      : {
          command: options.command,
          environment: environment.options.environmentName ?? null,
          heads: (await files.graph()).realHeads,
        };
  const skipped = options.resume ? finishedBefore(environment, run) : new Set<string>();
  const journal = run === null ? null : openFleetJournal(environment.config.directory, run, [...skipped]);
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
  const workOn = async (at: number): Promise<void> => {
    const outcome = await onTarget(environment, targets[at]!, (target, emit) =>
      runOne(openTarget(environment, target, files, emit), options.work),
    );
    outcomes[at] = outcome;
    if (outcome.state === "done") journal?.add(outcome.target);
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
  finish(journal, outcomes);
  const reason: unknown = signal?.aborted ? signal.reason : null;
  return { outcomes, interrupted: reason instanceof InterruptedError ? reason : null };
}

/** @throws UsageError when there is nothing to resume, or another command */
function finishedBefore(environment: Environment, run: FleetRun | null): ReadonlySet<string> {
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
  if (JSON.stringify(last.run.heads) === JSON.stringify(run.heads)) return new Set(last.done);
  environment.emit({
    type: "warning",
    text: "the revisions have changed since the unfinished run, so every target is looked at again",
  });
  return new Set();
}

function finish(journal: FleetJournal | null, outcomes: readonly TargetOutcome<unknown>[]): void {
  if (outcomes.every(({ state }) => state === "done" || state === "skipped")) journal?.remove();
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
    while (next < items.length && !isStopped()) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
