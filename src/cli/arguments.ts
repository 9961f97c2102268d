/** What the arguments of a command line ask for, and the reading of the plainest ones, which takes no parser. */
import type { CliCommand, CommandInput } from "./command.js";

export interface GlobalOptions {
  readonly config?: string;
  readonly env?: string;
  readonly url?: string;
  readonly arg: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly showData: boolean;
  readonly role?: string;
  /** False after `--no-color`. */
  readonly color: boolean;
}

export interface ParsedCommand {
  readonly command: CliCommand;
  readonly input: CommandInput;
  readonly global: GlobalOptions;
}

/** The global options as far as they can be told from arguments that do not parse, so that the error comes in the right form. */
export function roughGlobalOptions(argv: readonly string[]): GlobalOptions {
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  return {
    arg: [],
    json: words.includes("--json"),
    quiet: words.includes("-q") || words.includes("--quiet"),
    verbose: words.includes("-v") || words.includes("--verbose"),
    showData: words.includes("--show-data"),
    color: !words.includes("--no-color"),
  };
}

/**
 * Reads a command with words behind it and no flag, such as `upgrade head`: commander takes as long to load and to be
 * told of all commands as the rest of a short one. Null for whatever is not as plain, be it right or wrong.
 */
export function parsePlainArguments(argv: readonly string[], commands: readonly CliCommand[]): ParsedCommand | null {
  const [name, ...words] = argv;
  const command = commands.find((each) => each.name === name || (each.alias !== undefined && each.alias === name));
  if (command === undefined || words.some((word) => word.startsWith("-"))) return null;
  // These have values where they are not given.
  if (command.options.some(({ flags, default: value }) => value !== undefined || flags.startsWith("--no-")))
    return null;
  const needed = command.arguments.filter(({ usage }) => usage.startsWith("<")).length;
  const isOpen = command.arguments.some(({ usage }) => usage.includes("..."));
  if (words.length < needed || (words.length > command.arguments.length && !isOpen)) return null;
  const defaults = command.arguments.slice(words.length).flatMap((argument) => argument.default ?? []);
  return {
    command,
    input: { args: [...words, ...defaults], options: {}, verbose: false },
    global: roughGlobalOptions([]),
  };
}
