/** Commands as data become a commander program; what commander says about wrong usage becomes our own errors. */
import { Command, CommanderError, Option } from "commander";
import { UsageError } from "../errors.js";
import type { GlobalOptions, ParsedCommand } from "./arguments.js";
import type { CliCommand, CommandInput } from "./command.js";
import { targetOptions } from "./fleet-options.js";

/** What the arguments ask for: a command to run, or text to show (help, version). */
export type Parsed = ParsedCommand | { readonly text: string };

/** A negative number such as `-1` is a revision here, never a flag; commander sees it with this in front. */
const NUMBER_MARK = "\u0000";

/** @throws UsageError with the nearest command or flag in its hint. */
export function parseArguments(argv: readonly string[], commands: readonly CliCommand[], version: string): Parsed {
  const output: string[] = [];
  let parsed: ParsedCommand | null = null;
  const program = createProgram(commands, version, output, (command, input, global) => {
    parsed = { command, input, global };
  });
  try {
    program.parse(
      argv.map((word) => (/^-\d+$/.test(word) ? `${NUMBER_MARK}${word}` : word)),
      { from: "user" },
    );
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed" || error.code === "commander.version")
      return { text: output.join("") };
    // `help upgrade` writes to stdout; no command at all comes here as well, with nothing written.
    if (error.code === "commander.help" && output.length > 0) return { text: output.join("") };
    if (error.code === "commander.help")
      throw new UsageError("no command was given", { hint: "Run `tsmigrate --help` to see them all." });
    throw usageError(error);
  }
  if (parsed === null) return { text: output.join("") };
  return parsed;
}

function createProgram(
  commands: readonly CliCommand[],
  version: string,
  output: string[],
  chosen: (command: CliCommand, input: CommandInput, global: GlobalOptions) => void,
): Command {
  const program = new Command("tsmigrate")
    .description("Schema migrations for TypeScript, on SQLite and PostgreSQL.")
    .version(`tsmigrate ${version}`, "--version", "print the version")
    .option(
      "-c, --config <file>",
      "config file (env TSMIGRATE_CONFIG; default: searched up to the nearest package.json)",
    )
    .option("-e, --env <name>", "environment of the config (env TSMIGRATE_ENV)")
    .option("-u, --url <url>", "database URL, over everything else (visible to other users of this machine in `ps`)")
    .option("-x, --arg <key[=value]>", "argument for revisions, read as op.args (repeatable)", collect)
    .option("--json", "one JSON document on stdout and nothing else there")
    .option("--role <name>", "PostgreSQL: the role that steps run as (config: role)")
    .option("--show-data", "with an error the rows that the database names in it, which may be secret")
    .option("-q, --quiet", "only results")
    .option("-v, --verbose", "also SQL, timings, and the stack of an error")
    .option("--no-color", "no colours (env NO_COLOR, FORCE_COLOR)")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help")
    .addHelpText(
      "after",
      '\nConfig, models and revisions are programs: they run with your rights.\n\nExamples:\n  $ tsmigrate init migrations --url sqlite:///./app.db\n  $ tsmigrate revision --autogenerate -m "create users"\n  $ tsmigrate upgrade head',
    )
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeOut: (text) => output.push(text), writeErr: () => {}, outputError: () => {} });
  for (const command of commands) addCommand(program, command, chosen);
  return program;
}

function addCommand(
  program: Command,
  command: CliCommand,
  chosen: (command: CliCommand, input: CommandInput, global: GlobalOptions) => void,
): void {
  const sub = program
    .command(command.name)
    .description(command.summary)
    .helpOption("-h, --help", "show help")
    .addHelpText("after", `\nExamples:\n${command.examples.map((line) => `  $ ${line}`).join("\n")}`)
    .configureHelp({ showGlobalOptions: true });
  if (command.alias !== undefined) sub.alias(command.alias);
  for (const argument of command.arguments) sub.argument(argument.usage, argument.description, argument.default);
  for (const option of [...command.options, ...targetOptions(command)]) {
    const built = new Option(option.flags, option.description);
    if (option.choices !== undefined) built.choices([...option.choices]);
    if (option.default !== undefined) built.default(option.default);
    if (option.repeatable) built.argParser(collect as never);
    sub.addOption(built);
  }
  sub.action((...received: unknown[]) => {
    const self = received.at(-1) as Command;
    const args = self.args.map((word) => word.replaceAll(NUMBER_MARK, ""));
    const defaults = command.arguments
      .slice(args.length)
      .flatMap((argument) => (argument.default === undefined ? [] : [argument.default]));
    const options = Object.fromEntries(
      Object.entries(self.opts()).map(([key, value]) => [
        key,
        typeof value === "string" ? value.replaceAll(NUMBER_MARK, "") : value,
      ]),
    );
    const global = program.opts();
    chosen(
      command,
      { args: [...args, ...defaults], options, verbose: global.verbose === true },
      {
        ...global,
        arg: global.arg ?? [],
        json: global.json === true,
        quiet: global.quiet === true,
        verbose: global.verbose === true,
        showData: global.showData === true,
        color: global.color !== false,
      },
    );
  });
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** `error: unknown command 'upgrde'\n(Did you mean upgrade?)` → message and hint. */
function usageError(error: CommanderError): UsageError {
  const [first = "", ...rest] = error.message.replaceAll(NUMBER_MARK, "").split("\n");
  const suggestion = /Did you mean (?:one of )?(.*?)\?/.exec(rest.join(" "))?.[1];
  return new UsageError(first.replace(/^error: /, ""), {
    hint:
      suggestion === undefined
        ? "Run `tsmigrate --help`, or `tsmigrate help <command>`."
        : `Did you mean \`${suggestion}\`?`,
  });
}
