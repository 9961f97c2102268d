/**
 * A command is data: its words, what it runs, and how its result is shown. Only `cli/` knows commander, colours, streams
 * and exit codes. `run` imports what it needs when it is called, so that `--help` loads nothing.
 */
import type { Environment } from "../commands/environment/environment.js";
import type { Style } from "./style.js";

export interface CommandArgument {
  /** As in usage lines: `<revision>`, `[directory]`, `<rev...>`. */
  readonly usage: string;
  readonly description: string;
  readonly default?: string;
}

export interface CommandOption {
  /** `-m, --message <text>`. */
  readonly flags: string;
  readonly description: string;
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  readonly default?: string;
}

export interface CommandInput {
  readonly args: readonly string[];
  /** By camelCase name of the long flag. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The global `--verbose`. */
  readonly verbose: boolean;
}

export interface CliCommand<Result = any> {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  /** Runnable lines; every command has one. */
  readonly examples: readonly string[];
  /** Works without a config file. */
  readonly withoutConfig?: boolean;
  /** `environment` is opened when it is first asked for, with the global options of the command line. */
  run(host: CommandHost, input: CommandInput): Promise<Result>;
  /** Lines for stdout. */
  format(result: Result, style: Style, input: CommandInput): readonly string[];
  /** The document of `--json`. */
  json(result: Result): unknown;
  /** Is the result text for another program (a script), which goes out as it is, whatever `--json` says? */
  verbatim?(result: Result): readonly string[] | null;
  /** Does it ask one database, which may be a target of the config? Then it takes `--target`. */
  readonly asksOne?: boolean;
  /** Absent where the command is not for many targets. */
  readonly fleet?: FleetWords<Result>;
  /** 1 when the question was answered "no". */
  exitCode?(result: Result, input: CommandInput): number;
}

/** How one target of many is told of. */
export interface FleetWords<Result> {
  /** The result on one line. */
  line(result: Result, style: Style): string;
  /** Does it change databases? Then its lines are progress, and a run can be resumed; otherwise they are the answer. */
  readonly changes: boolean;
}

export interface CommandHost {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The global `--url`, as given. */
  readonly url: string | undefined;
  readonly signal: AbortSignal;
  environment(): Promise<Environment>;
  warn(text: string): void;
  /** Runs another program with this terminal, e.g. an editor; gives its exit code. */
  runProgram(command: string, args: readonly string[]): Promise<number>;
}

export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(input: CommandInput, name: string): readonly string[] {
  const value = input.options[name];
  return Array.isArray(value) ? (value as string[]) : [];
}

export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}
