/** From arguments to an exit code: the only place that catches everything and prints it. */
import type { Environment } from "../commands/environment/environment.js";
import { InterruptedError } from "../errors.js";
import { packageVersion } from "../util/package-version.js";
import { type GlobalOptions, parsePlainArguments, roughGlobalOptions } from "./arguments.js";
import { createRenameAsker } from "./ask-rename.js";
import { type CliCommand, type CommandHost, text } from "./command.js";
import { commands } from "./commands/index.js";
import { asTsMigrateError } from "./error-text.js";
import { isForTargets } from "./fleet-options.js";
import type { ProcessLike } from "./process-like.js";
import type { Parsed } from "./program.js";
import { createRedactor } from "./redact.js";
import { createReporter, type Reporter } from "./reporter.js";

/** Runs one command line and gives its exit code; never throws. */
export async function runCli(argv: readonly string[], host: ProcessLike): Promise<number> {
  const reporters: Reporter[] = [];
  const open = async (global: GlobalOptions) => {
    const reporter = await createReporter({
      stdout: host.stdout,
      stderr: host.stderr,
      env: host.env,
      json: global.json,
      quiet: global.quiet,
      verbose: global.verbose,
      showData: global.showData,
      colour: global.color ? undefined : false,
    });
    reporter.setRedactor(createRedactor([...argv, host.env.DATABASE_URL, global.url], [host.env.PGPASSWORD]));
    reporters.push(reporter);
    return reporter;
  };
  try {
    const parsed = parsePlainArguments(argv, commands) ?? (await parseAll(argv));
    if ("text" in parsed) {
      host.stdout.write(parsed.text);
      return 0;
    }
    const reporter = await open(parsed.global);
    return await runCommand(parsed.command, parsed.input, parsed.global, host, reporter);
  } catch (thrown) {
    const error = asTsMigrateError(thrown);
    (reporters[0] ?? (await open(roughGlobalOptions(argv)))).error(error);
    return error.exitCode;
  } finally {
    for (const reporter of reporters) reporter.close();
  }
}

async function parseAll(argv: readonly string[]): Promise<Parsed> {
  const { parseArguments } = await import("./program.js");
  return parseArguments(argv, commands, packageVersion());
}

async function runCommand(
  command: CliCommand,
  input: Parameters<CliCommand["run"]>[1],
  global: GlobalOptions,
  host: ProcessLike,
  reporter: Reporter,
): Promise<number> {
  const stopping = new AbortController();
  const stopListening = host.onSignal((exitCode) => {
    stopping.abort(
      new InterruptedError(exitCode === 143 ? "terminated" : "interrupted", {
        exitCode,
        hint: "The running transaction was rolled back; run `tsmigrate current` to see where the database is.",
      }),
    );
  });
  let opened: Promise<Environment> | null = null;
  const colour = global.color ? undefined : false;
  const asker = global.json || global.quiet ? null : createRenameAsker(host, { colour, signal: stopping.signal });
  const openEnvironmentOnce = async () => {
    const { openCliEnvironment } = await import("./open-environment.js");
    return openCliEnvironment(global, host, stopping.signal, reporter, asker?.ask);
  };
  const openOnce = () => {
    opened ??= openEnvironmentOnce();
    return opened;
  };
  const target = command.asksOne === true ? text(input, "target") : undefined;
  let openedTarget: Promise<Environment> | null = null;
  const openTargetOnce = async (name: string) => {
    const { openNamedTarget } = await import("../commands/environment/targets.js");
    return openNamedTarget(await openOnce(), name, (urls) => reporter.hide(urls));
  };
  const environmentOnce = () => {
    if (target === undefined) return openOnce();
    openedTarget ??= openTargetOnce(target);
    return openedTarget;
  };
  const commandHost: CommandHost = {
    cwd: host.cwd,
    env: host.env,
    url: global.url,
    signal: stopping.signal,
    environment: environmentOnce,
    warn: (text) => reporter.warn(text),
    runProgram,
  };
  try {
    if (command.fleet !== undefined && isForTargets(input)) {
      // The steps of many targets tell nobody that they begin.
      for (const stream of [host.stdout, host.stderr]) stream.share?.();
      const { runFleetCommand } = await import("./fleet.js");
      return await runFleetCommand(command, input, commandHost, reporter, global.json);
    }
    const result = await command.run(commandHost, input);
    const verbatim = command.verbatim?.(result) ?? null;
    if (verbatim !== null) reporter.verbatim(verbatim);
    else if (global.json) reporter.json(command.json(result));
    else reporter.lines(command.format(result, reporter.style, input));
    return command.exitCode?.(result, input) ?? 0;
  } finally {
    stopListening();
    asker?.close();
    await closeQuietly(openedTarget);
    await closeQuietly(opened);
  }
}

/** An environment that failed to open has said so already, through the command. */
async function closeQuietly(opened: Promise<Environment> | null): Promise<void> {
  try {
    await (await opened)?.[Symbol.asyncDispose]();
  } catch {
    // The error that matters is the one of the command; a connection that breaks on closing changes nothing.
  }
}

async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", shell: process.platform === "win32" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
