/** Everything that is printed goes through here: results to stdout, the rest to stderr, passwords nowhere. */
import { InternalError, type TsMigrateError } from "../errors.js";
import { describeStep } from "../revisions/describe-revision.js";
import type { EngineEvent } from "../runtime/events.js";
import { printable, printableBlock, printableJson, printableLine } from "../util/printable.js";
import { paintLine } from "./entries.js";
import { dataLines, errorDocument, stackLines } from "./error-text.js";
import { createLiveLine, NO_LIVE_LINE } from "./live-line.js";
import { describeProgress } from "./progress-text.js";
import { createRedactor, type Redact, redactDeep } from "./redact.js";
import { createStyle, type Style, wantsColour } from "./style.js";

export interface Stream {
  write(text: string): unknown;
  /** Called before code of the user's may write there too, in the middle of a change. */
  share?(): void;
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
}

export interface ReporterOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Rows that a database names in its errors are printed. */
  readonly showData: boolean;
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
  /** `subject` says whose error it is. */
  error(error: TsMigrateError, subject?: string): void;
  redact(text: string): string;
  /** What is to be hidden as well. */
  hide(urls: readonly (string | undefined)[]): void;
  /** A line of progress for those who watch; null for no more. */
  watch(text: string | null): void;
  /** Something is done, or has failed; for people. */
  done(line: string, milliseconds: number): void;
  failed(line: string, milliseconds: number): void;
  close(): void;
}

export async function createReporter(options: ReporterOptions): Promise<Reporter> {
  const style = await createStyle(wantsColour(options.env, options.stdout, options.colour));
  const errorStyle = await createStyle(wantsColour(options.env, options.stderr, options.colour));
  let redact: Redact = (text) => text;
  const warned = new Set<string>();
  const warn = (text: string) => {
    if (options.json) warned.add(text);
    else err(`${errorStyle.warn("warning:")} ${printableBlock(text)}`);
  };
  // Commands make their texts printable themselves, since colours are control characters too; this is the second line.
  const out = (text: string) => options.stdout.write(`${redact(style.colour ? text : printable(text))}\n`);
  const write = (line: string) => options.stderr.write(`${redact(line)}\n`);
  const live = options.quiet || options.json ? NO_LIVE_LINE : createLiveLine({ stream: options.stderr, write });
  const err = (text: string) => live.aside(() => write(text));
  const result = (colour: "good" | "bad", mark: string, line: string, milliseconds: number) => {
    if (options.quiet || options.json) return;
    err(`${errorStyle[colour](mark)} ${line} ${errorStyle.faint(`(${milliseconds} ms)`)}`);
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
          options.stdout.share?.();
          options.stderr.share?.();
          live.begin(
            redact(`${event.step.direction} ${event.step.revision.id}, ${printableLine(event.step.revision.message)}`),
          );
          break;
        case "stepApplied":
          live.end();
          result("good", "✔", paintLine(describeStep(event.step, { message: true }), errorStyle), event.milliseconds);
          break;
        case "backupMade":
          live.end();
          result("good", "✔", `backup ${printableLine(event.file)}`, event.milliseconds);
          break;
        case "progress":
          live.update(redact(describeProgress(event)));
          break;
        case "statement":
          if (options.verbose)
            err(errorStyle.faint(`  ${printableBlock(event.sql)}  (${Math.round(event.milliseconds)} ms)`));
          break;
        case "lockWait":
          if (loud) err(`waiting for another run: ${printableLine(event.holder)}`);
          break;
        case "retry":
          if (loud)
            err(
              `${printableLine(event.reason)}; attempt ${event.attempt} follows in ${(event.milliseconds / 1000).toFixed(1)} s`,
            );
          break;
        case "log":
          if (loud) err(`  ${printableBlock(event.text)}`);
          break;
        case "detail":
          if (options.verbose) err(errorStyle.faint(`  ${printableBlock(event.text)}`));
          break;
        case "warning":
          if (event.ofResult === true || !options.json) warn(event.text);
          break;
      }
    },
    redact: (text) => redact(text),
    hide(urls) {
      const before = redact;
      const more = createRedactor(urls, []);
      redact = (text) => more(before(text));
    },
    watch(text) {
      if (text === null) live.end();
      else live.update(redact(text));
    },
    done: (line, milliseconds) => result("good", "✔", line, milliseconds),
    failed: (line, milliseconds) => result("bad", "✖", line, milliseconds),
    warn,
    lines(lines) {
      if (lines.length > 0) out(lines.join("\n"));
    },
    verbatim(lines) {
      if (lines.length > 0) options.stdout.write(`${lines.join("\n")}\n`);
    },
    json(document) {
      options.stdout.write(`${printableJson(JSON.stringify(redactDeep(withWarnings(document, warned), redact)))}\n`);
    },
    error(error, subject = "") {
      live.end();
      if (options.json) {
        options.stdout.write(
          `${printableJson(JSON.stringify({ error: redactDeep(errorDocument(error, options.showData), redact) }))}\n`,
        );
        return;
      }
      err(`${errorStyle.bad("error:")} ${subject}${printableBlock(error.message)}`);
      if (error.hint !== undefined) err(`${errorStyle.strong("hint:")} ${printableBlock(error.hint)}`);
      if (options.showData) for (const line of dataLines(error)) err(printableBlock(line));
      if (options.verbose || error instanceof InternalError)
        for (const line of stackLines(error)) err(errorStyle.faint(line));
      if (error instanceof InternalError) err("This is a bug in tsmigrate: please report it with the lines above.");
    },
    close() {
      live.close();
    },
  };
}

/** A document says what is written to stderr otherwise. */
function withWarnings(document: unknown, warned: ReadonlySet<string>): unknown {
  if (warned.size === 0 || typeof document !== "object" || document === null || Array.isArray(document))
    return document;
  const { warnings = [] } = document as { readonly warnings?: readonly string[] };
  return { ...document, warnings: [...new Set([...warnings, ...warned])] };
}
