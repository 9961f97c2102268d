import type { LogResult } from "../../commands/read-log.js";
import type { AcceptEditResult, ResolveResult } from "../../commands/settle-revision.js";
import { UsageError } from "../../errors.js";
import { printableLine } from "../../util/printable.js";
import { type CliCommand, flag, text } from "../command.js";

export const log: CliCommand<LogResult> = {
  name: "log",
  asksOne: true,
  summary: "show what runs have done, step by step, newest first",
  arguments: [],
  options: [{ flags: "-n <count>", description: "only so many entries" }],
  examples: ["tsmigrate log", "tsmigrate log -n 20", "tsmigrate log --env production --json"],
  async run(host, input) {
    const count = countOf(text(input, "n"));
    const environment = await host.environment();
    const { readLog } = await import("../../commands/read-log.js");
    return readLog(environment, count);
  },
  format: ({ entries }, style) =>
    entries.length === 0
      ? [style.faint("Nothing has been run yet.")]
      : entries.map((entry) => {
          const state = entry.state === "done" ? style.good(entry.state) : style.bad(entry.state);
          const time = entry.milliseconds === null ? "" : ` (${entry.milliseconds} ms)`;
          const error = entry.error === null ? "" : ` [${printableLine(entry.error)}]`;
          const what = entry.what === "" ? "" : `, ${printableLine(entry.what)}`;
          const where = style.faint(
            ` by ${printableLine(entry.host)}:${entry.pid}, ${printableLine(entry.toolVersion)}`,
          );
          return `${style.faint(printableLine(entry.startedAt))} ${entry.direction} ${style.id(printableLine(entry.revision))} step ${entry.step} ${state}${error}${time}${what}${where}`;
        }),
  json: ({ entries }) => ({
    entries: entries.map((entry) => ({
      revision: entry.revision,
      direction: entry.direction,
      step: entry.step,
      state: entry.state,
      startedAt: entry.startedAt,
      milliseconds: entry.milliseconds,
      toolVersion: entry.toolVersion,
      host: entry.host,
      ...(entry.error === null ? {} : { error: entry.error }),
    })),
  }),
};

export const resolve: CliCommand<ResolveResult> = {
  name: "resolve",
  asksOne: true,
  summary: "say what became of an interrupted step that only a person can judge",
  arguments: [{ usage: "<rev>", description: "the revision that was stopped" }],
  options: [
    { flags: "--done", description: "the step happened: go on after it" },
    { flags: "--retry", description: "it did not happen, or is to happen again: run it" },
  ],
  examples: ["tsmigrate resolve a1b2 --done", "tsmigrate resolve billing@head --retry"],
  async run(host, input) {
    const [done, retry] = [flag(input, "done"), flag(input, "retry")];
    if (done === retry) {
      throw new UsageError("resolve needs either --done or --retry", {
        hint: `Look whether the step happened, then run \`tsmigrate resolve ${input.args[0]} --done\` or \`… --retry\`.`,
      });
    }
    const environment = await host.environment();
    const { resolveStep } = await import("../../commands/settle-revision.js");
    return resolveStep(environment, input.args[0]!, done ? "done" : "retry");
  },
  format: ({ revision, direction, step, outcome }, style) => [
    `Step ${step} of the ${direction} of ${style.id(revision)} ${outcome === "done" ? "counts as done" : "will run again"}; run \`tsmigrate ${direction}\` to go on.`,
  ],
  json: (result) => result,
};

export const acceptEdit: CliCommand<AcceptEditResult> = {
  name: "accept-edit",
  asksOne: true,
  summary: "record the present text of an edited, applied revision",
  arguments: [{ usage: "<rev>", description: "the revision whose file was edited" }],
  options: [],
  examples: ["tsmigrate accept-edit a1b2", "tsmigrate accept-edit billing@head"],
  async run(host, input) {
    const environment = await host.environment();
    const action = await import("../../commands/settle-revision.js");
    return action.acceptEdit(environment, input.args[0]!);
  },
  format: ({ revision, edited }, style) => [
    edited
      ? `The file of ${style.id(revision)} counts as what was applied.`
      : `Nothing to accept: the file of ${style.id(revision)} says what was applied.`,
  ],
  json: (result) => result,
};

function countOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UsageError(`'${given}' is no number of entries`, { hint: "Write for example `tsmigrate log -n 20`." });
}
