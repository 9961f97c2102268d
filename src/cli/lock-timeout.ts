/** `--lock-timeout` of the commands that wait for other runs. */
import { UsageError } from "../errors.js";
import { type CommandInput, type CommandOption, text } from "./command.js";

export const LOCK_TIMEOUT: CommandOption = {
  flags: "--lock-timeout <ms>",
  description: "how long to wait for another run (default: 60000)",
};

/** @throws UsageError */
export function lockTimeoutOf(input: CommandInput): number | undefined {
  const given = text(input, "lockTimeout");
  if (given === undefined) return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new UsageError(`'${given}' is no number of milliseconds`, {
    hint: "Write for example `--lock-timeout 30000`.",
  });
}
