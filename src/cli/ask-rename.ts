/** Asks at the terminal whether something is a rename. What is lost by the other answer is shown; Enter never loses anything. */
import type { Interface } from "node:readline";
import type { DecideRename, RenameChoice, RenameQuestion } from "../diff/rename-questions.js";
import { InterruptedError, UsageError } from "../errors.js";
import { printableLine } from "../util/printable.js";
import type { ProcessLike } from "./process-like.js";
import { createStyle, type Style, wantsColour } from "./style.js";

export interface RenameAsker {
  readonly ask: DecideRename;
  close(): void;
}

/** Null where nobody sits at a terminal. */
export function createRenameAsker(
  host: ProcessLike,
  options: { readonly colour: boolean | undefined; readonly signal: AbortSignal },
): RenameAsker | null {
  const { stderr } = host;
  if (stderr.isTTY !== true) return null;
  const { stdin } = host;
  if (stdin?.isTTY !== true) return null;
  let lines: LineReader | null = null;
  return {
    async ask(question) {
      const style = await createStyle(wantsColour(host.env, stderr, options.colour));
      lines ??= await openLineReader(stdin, options.signal);
      for (const line of questionLines(question, style)) stderr.write(`${line}\n`);
      const count = question.choices.length + 1;
      for (;;) {
        stderr.write(`${style.strong(`answer 1 to ${count}`)} [1]: `);
        const answer = await lines.next();
        if (answer === null) throw unanswered(question.choices[0]!);
        const number = answer.trim() === "" ? 1 : Number(answer.trim());
        if (Number.isInteger(number) && number >= 1 && number <= count) return question.choices[number - 1] ?? null;
      }
    },
    close() {
      lines?.close();
    },
  };
}

/** Both answers as what they do to the schema. */
export function questionLines(question: RenameQuestion, style: Style): readonly string[] {
  const { choices } = question;
  const [only] = choices;
  const shown = printableLine;
  const lost =
    choices.length === 1 ? question.loses(only!) : "what they hold, unless they are renamed to something else, is lost";
  return [
    style.strong(`${shown(question.subject)} is new. Was it renamed?`),
    ...choices.flatMap((choice, at) => [
      `  ${at + 1}  rename, nothing is lost (${shown(choice.reason)})`,
      `       ${style.warn(shown(choice.renamed))}`,
    ]),
    `  ${choices.length + 1}  drop and add, ${choices.length === 1 ? `${shown(lost)} is lost` : lost}`,
    ...choices.map((choice) => `       ${style.bad(shown(choice.dropped))}`),
    `       ${style.good(shown(question.added))}`,
  ];
}

function unanswered(choice: RenameChoice): UsageError {
  return new UsageError("the question was not answered, so nothing was written", {
    hint: `Answer it, or run it again with \`--rename ${choice.argument}\` or \`--no-renames\`.`,
  });
}

interface LineReader {
  /** Null at the end of the input. */
  next(): Promise<string | null>;
  close(): void;
}

/** The terminal itself edits the line and turns Ctrl-C into a signal, which aborts `signal`. */
async function openLineReader(stdin: NonNullable<ProcessLike["stdin"]>, signal: AbortSignal): Promise<LineReader> {
  const { createInterface } = await import("node:readline");
  const reader: Interface = createInterface({ input: stdin, terminal: false });
  const waiting: ((line: string | null) => void)[] = [];
  const ready: (string | null)[] = [];
  const give = (line: string | null) => {
    const next = waiting.shift();
    if (next === undefined) ready.push(line);
    else next(line);
  };
  reader.on("line", give);
  reader.once("close", () => give(null));
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const stop = () => {
          const exitCode = signal.reason instanceof InterruptedError ? signal.reason.exitCode : 130;
          reject(new InterruptedError("interrupted", { exitCode, hint: "Nothing was written." }));
        };
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop, { once: true });
        const settle = (line: string | null) => {
          signal.removeEventListener("abort", stop);
          resolve(line);
        };
        if (ready.length > 0) settle(ready.shift()!);
        else waiting.push(settle);
      }),
    close: () => reader.close(),
  };
}
