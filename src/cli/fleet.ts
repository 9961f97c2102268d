/** A command on all targets: one line a target, failures again at the end, one document for `--json`. */
import { runFleet, type TargetOutcome } from "../commands/fleet/fleet.js";
import { type InterruptedError, type TsMigrateError, UsageError } from "../errors.js";
import { printableLine } from "../util/printable.js";
import { type CliCommand, type CommandHost, type CommandInput, flag, text, texts } from "./command.js";
import { asTsMigrateError, errorDocument } from "./error-text.js";
import type { Reporter } from "./reporter.js";

interface TargetAnswer {
  readonly line: string;
  readonly document: unknown;
  readonly exitCode: number;
}

type Outcome = TargetOutcome<TargetAnswer>;

/** Gives the exit code: that of the first target, in the order of the config, that has one. */
export async function runFleetCommand(
  command: CliCommand,
  input: CommandInput,
  host: CommandHost,
  reporter: Reporter,
  asJson: boolean,
): Promise<number> {
  const words = command.fleet!;
  refuseSingle(input);
  const environment = await host.environment();
  const limitYoungSpace = await youngSpaceLimit();
  const { outcomes, interrupted } = await runFleet<TargetAnswer>(environment, {
    select: texts(input, "target"),
    concurrency: concurrency(text(input, "concurrency")),
    command: words.changes && !flag(input, "dryRun") ? [command.name, ...input.args].join(" ") : null,
    resume: flag(input, "resume"),
    async work(target) {
      const result = await command.run({ ...host, environment: async () => target }, input);
      return {
        line: words.line(result, reporter.style),
        // A human reads lines, and thousands of documents nobody asked for would fill the memory.
        document: asJson ? command.json(result) : null,
        exitCode: command.exitCode?.(result, input) ?? 0,
      };
    },
    onTargets: (targets) => reporter.hide(targets.flatMap(({ url, directUrl }) => [url, directUrl])),
    onDone: (outcome, { done, total }) => {
      limitYoungSpace();
      reporter.watch(`${command.name}: ${done} of ${total} targets`);
      if (words.changes) report(outcome, reporter);
    },
  });
  reporter.watch(null);
  if (asJson) {
    reporter.json({
      targets: outcomes.map(document),
      failed: outcomes.filter(({ state }) => state === "failed").length,
    });
  } else {
    if (!words.changes) reporter.lines(outcomes.filter(({ state }) => state === "done").map(answerLine));
    for (const [target, error] of failures(outcomes)) reporter.error(error, `${printableLine(target)}: `);
    reporter.lines(summary(outcomes));
  }
  return exitCodeOf(outcomes, interrupted);
}

/** Two halves of 4 MB: with less, collecting takes a quarter of the time of computing, and with more little is gained. */
const YOUNG_SPACE_BYTES = 8e6;

/**
 * V8 doubles the space for new objects again and again while many are made. Here none outlives its target, and so what is
 * enough for some is enough for any number of them. To be called after each.
 */
async function youngSpaceLimit(): Promise<() => void> {
  const { getHeapSpaceStatistics, setFlagsFromString } = await import("node:v8");
  let isLimited = false;
  return () => {
    if (isLimited) return;
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space");
    isLimited = (young?.space_size ?? 0) >= YOUNG_SPACE_BYTES;
    if (isLimited) setFlagsFromString("--semi-space-growth-factor=1");
  };
}

/** What is for one database only. */
function refuseSingle(input: CommandInput): void {
  if (!flag(input, "sql")) return;
  throw new UsageError("--sql writes one script, which is the same for all targets", {
    hint: "Leave --all and --target out.",
  });
}

function concurrency(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given);
  throw new UsageError(`'${given}' is no number of targets`, { hint: "Write for example `--concurrency 8`." });
}

function report(outcome: Outcome, reporter: Reporter): void {
  const name = reporter.style.strong(printableLine(outcome.target));
  if (outcome.state === "done") reporter.done(`${name}: ${outcome.result.line}`, outcome.milliseconds);
  if (outcome.state !== "failed") return;
  const error = asTsMigrateError(outcome.error);
  reporter.failed(`${name}: ${printableLine(error.message)}`, outcome.milliseconds);
}

function answerLine(outcome: Outcome): string {
  return `${printableLine(outcome.target)}: ${outcome.state === "done" ? outcome.result.line : ""}`;
}

function failures(outcomes: readonly Outcome[]): readonly (readonly [string, TsMigrateError])[] {
  return outcomes.flatMap((outcome) =>
    outcome.state === "failed" ? [[outcome.target, asTsMigrateError(outcome.error)] as const] : [],
  );
}

function summary(outcomes: readonly Outcome[]): readonly string[] {
  const count = (state: Outcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
  const parts = [
    `${count("done")} of ${outcomes.length} ${outcomes.length === 1 ? "target" : "targets"} done`,
    ...(count("skipped") === 0 ? [] : [`${count("skipped")} finished before`]),
    ...(count("failed") === 0 ? [] : [`${count("failed")} failed`]),
    ...(count("notRun") === 0 ? [] : [`${count("notRun")} not begun`]),
  ];
  return [`${parts.join(", ")}.`];
}

function document(outcome: Outcome): Record<string, unknown> {
  const { target, state, milliseconds } = outcome;
  if (outcome.state === "done") return { target, state, milliseconds, ...(outcome.result.document as object) };
  if (outcome.state === "failed") {
    return { target, state, milliseconds, error: errorDocument(asTsMigrateError(outcome.error)) };
  }
  return { target, state };
}

function exitCodeOf(outcomes: readonly Outcome[], interrupted: InterruptedError | null): number {
  if (interrupted !== null) return interrupted.exitCode;
  const [failure] = failures(outcomes);
  if (failure !== undefined) return failure[1].exitCode;
  return Math.max(0, ...outcomes.map((outcome) => (outcome.state === "done" ? outcome.result.exitCode : 0)));
}
