/** Everything that is printed goes through here: results to stdout, the rest to stderr, passwords nowhere. */
import type { Ora } from "ora";
import { InternalError, TsMigrateError } from "../errors.js";
import { describeStep } from "../revisions/describe-revision.js";
import type { EngineEvent } from "../runtime/events.js";
import { printable } from "../util/printable.js";
import { paintLine } from "./entries.js";
import { describeProgress } from "./progress-text.js";
import type { Redact } from "./redact.js";
import { createStyle, type Style, wantsColour } from "./style.js";

export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface ReporterOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** `--no-color` gives false. */
  readonly colour: boolean | undefined;
}

export interface Reporter {
  readonly style: Style;
  setRedactor(redact: Redact): void;
  event(event: EngineEvent): void;
  warn(text: string): void;
  lines(lines: readonly string[]): void;
  /** Text that another program reads: nothing in it is hidden or made printable, which would change what it does. */
  verbatim(lines: readonly string[]): void;
  json(document: unknown): void;
  error(error: TsMigrateError): void;
  close(): void;
}

export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const style = await createStyle(wantsColour(options.env, options.stdout, options.colour));
  const errorStyle = await createStyle(wantsColour(options.env, options.stderr, options.colour));
  let redact: Redact = (text) => text;
  let spinner: Ora | null = null;
  let closed = false;
  const out = (text: string) => options.stdout.write(`${redact(text)}\n`);
  const err = (text: string) => {
    spinner?.clear();
    options.stderr.write(`${redact(text)}\n`);
    spinner?.render();
  };
  const spin = async (text: string) => {
    if (options.stderr.isTTY !== true || options.quiet || options.json) return;
    const { default: ora } = await import("ora");
    if (closed) return;
    if (spinner === null)
      spinner = ora({ text, stream: options.stderr as NodeJS.WriteStream, discardStdin: false }).start();
    else spinner.text = text;
  };
  const stop = () => {
    spinner?.stop();
    spinner = null;
  };
  return {
    style,
    setRedactor(next) {
      redact = next;
    },
    event(event) {
      const loud = !options.quiet && !options.json;
      switch (event.type) {
        case "stepStarted":
          void spin(`${event.step.direction} ${event.step.revision.id}, ${printable(event.step.revision.message)}`);
          break;
        case "stepApplied":
          stop();
          if (loud)
            err(
              `${errorStyle.good("✔")} ${paintLine(describeStep(event.step, { message: true }), errorStyle)} ${errorStyle.faint(`(${event.milliseconds} ms)`)}`,
            );
          break;
        case "backupMade":
          stop();
          if (loud)
            err(
              `${errorStyle.good("✔")} backup ${printable(event.file)} ${errorStyle.faint(`(${event.milliseconds} ms)`)}`,
            );
          break;
        case "progress":
          void spin(describeProgress(event));
          break;
        case "statement":
          if (options.verbose)
            err(errorStyle.faint(`  ${printable(event.sql)}  (${Math.round(event.milliseconds)} ms)`));
          break;
        case "lockWait":
          if (loud) err(`waiting for another run: ${event.holder}`);
          break;
        case "log":
          if (loud) err(`  ${printable(event.text)}`);
          break;
        case "detail":
          if (options.verbose) err(errorStyle.faint(`  ${printable(event.text)}`));
          break;
        case "warning":
          if (!options.json) err(`${errorStyle.warn("warning:")} ${printable(event.text)}`);
          break;
      }
    },
    warn(text) {
      if (!options.json) err(`${errorStyle.warn("warning:")} ${printable(text)}`);
    },
    lines(lines) {
      for (const line of lines) out(line);
    },
    verbatim(lines) {
      for (const line of lines) options.stdout.write(`${line}\n`);
    },
    json(document) {
      out(JSON.stringify(document));
    },
    error(error) {
      stop();
      if (options.json) {
        out(JSON.stringify({ error: errorDocument(error) }));
        return;
      }
      err(`${errorStyle.bad("error:")} ${printable(error.message)}`);
      if (error.hint !== undefined) err(`${errorStyle.strong("hint:")} ${printable(error.hint)}`);
      if (options.verbose || error instanceof InternalError)
        for (const line of stackLines(error)) err(errorStyle.faint(line));
      if (error instanceof InternalError) err("This is a bug in tsmigrate: please report it with the lines above.");
    },
    close() {
      closed = true;
      stop();
    },
  };
}

/** The error as JSON: code, message, hint and its own fields; never a stack or a cause, which may hold more. */
function errorDocument(error: TsMigrateError): Record<string, unknown> {
  const { code, message, hint, exitCode: _exit, name: _name, cause: _cause, stack: _stack, ...fields } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...fields };
}

function stackLines(error: unknown): readonly string[] {
  const lines: string[] = [];
  let current: unknown = error;
  for (let depth = 0; current !== undefined && depth < 8; depth += 1) {
    const text = current instanceof Error ? (current.stack ?? current.message) : String(current);
    lines.push(...printable(depth === 0 ? text : `caused by: ${text}`).split("\n"));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

/** Anything thrown as an error of ours; what is not one is a bug. */
export function asTsMigrateError(thrown: unknown): TsMigrateError {
  if (thrown instanceof TsMigrateError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InternalError(message, { cause: thrown });
}
