/** The options of every command that can be run on many targets. */
import { type CommandInput, type CommandOption, flag, texts } from "./command.js";

export const FLEET_OPTIONS: readonly CommandOption[] = [
  { flags: "--all", description: "on every target of the config, each with its own version table" },
  { flags: "--target <name>", description: "on this target of the config (repeatable)", repeatable: true },
  { flags: "--concurrency <n>", description: "how many targets at once (default: the config's, or 4)" },
  { flags: "--resume", description: "leave out the targets that the last, unfinished run has finished" },
];

/** Is the command meant for targets? */
export function isForTargets(input: CommandInput): boolean {
  return flag(input, "all") || texts(input, "target").length > 0 || flag(input, "resume");
}
