/** The options that name targets. */
import { type CliCommand, type CommandInput, type CommandOption, flag, texts } from "./command.js";

const ONE_TARGET: CommandOption = {
  flags: "--target <name>",
  description: "the database of this target of the config",
};

/** Of every command that can be run on many targets. */
const FLEET_OPTIONS: readonly CommandOption[] = [
  { flags: "--all", description: "on every target of the config, each with its own version table" },
  { flags: "--target <name>", description: "on this target of the config (repeatable)", repeatable: true },
  { flags: "--concurrency <n>", description: "how many targets at once (default: the config's, or 4)" },
  { flags: "--resume", description: "leave out the targets that the last, unfinished run has finished" },
];

export function targetOptions({ fleet, asksOne }: CliCommand): readonly CommandOption[] {
  if (fleet !== undefined) return FLEET_OPTIONS;
  return asksOne === true ? [ONE_TARGET] : [];
}

/** Is the command meant for targets? */
export function isForTargets(input: CommandInput): boolean {
  return flag(input, "all") || texts(input, "target").length > 0 || flag(input, "resume");
}
