/**
 * Lays out the small part of TypeScript that revision files hold, the way Prettier does with its default options, so
 * that a formatter leaves a generated file as it is. The algorithm is Wadler's: a group goes on one line if it fits.
 */

export type Document =
  | string
  | readonly Document[]
  | { readonly kind: "line"; readonly soft: boolean; readonly hard: boolean }
  | { readonly kind: "indent"; readonly content: Document }
  | { readonly kind: "group"; readonly content: Document; readonly broken: boolean }
  /**
   * The first state that fits flat is taken, and the last one where none does. Of those that are `whole` every line has
   * to fit, of the others the first.
   */
  | { readonly kind: "choice"; readonly states: readonly Document[]; readonly whole: readonly number[] }
  /** What stands after `=` or `:`, on a line of its own when not even its beginning fits behind it. */
  | { readonly kind: "value"; readonly content: Document }
  | { readonly kind: "ifBroken"; readonly content: Document };

export const line: Document = { kind: "line", soft: false, hard: false };
export const softLine: Document = { kind: "line", soft: true, hard: false };
export const hardLine: Document = { kind: "line", soft: false, hard: true };
export const indent = (content: Document): Document => ({ kind: "indent", content });
export const group = (content: Document, broken = false): Document => ({ kind: "group", content, broken });
export const choice = (states: readonly Document[], whole: readonly number[] = []): Document => ({
  kind: "choice",
  states,
  whole,
});
export const value = (content: Document): Document => ({ kind: "value", content });
export const ifBroken = (content: Document): Document => ({ kind: "ifBroken", content });

export function join(separator: Document, items: readonly Document[]): Document {
  return items.flatMap((item, at) => (at === 0 ? [item] : [separator, item]));
}

/** Will it take more than one line whatever the width? */
export function willBreak(document: Document): boolean {
  if (typeof document === "string") return document.includes("\n");
  if (isList(document)) return document.some(willBreak);
  switch (document.kind) {
    case "line":
      return document.hard;
    case "indent":
    case "value":
    case "ifBroken":
      return willBreak(document.content);
    case "group":
      return document.broken || willBreak(document.content);
    case "choice":
      return willBreak(document.states[0]!);
  }
}

type Mode = "flat" | "broken";
interface Command {
  readonly indentation: number;
  readonly mode: Mode;
  readonly document: Document;
}

const WIDTH = 80;

/** Lays the document out; `indentation` is the column its later lines start from. */
export function print(document: Document, indentation = 0): string {
  const output: string[] = [];
  let column = indentation;
  const stack: Command[] = [{ indentation, mode: "broken", document }];
  for (let command = stack.pop(); command !== undefined; command = stack.pop()) {
    const { document: current, mode } = command;
    if (typeof current === "string") {
      output.push(current);
      // A template keeps its own lines, which begin at the left margin.
      const lastLine = current.slice(current.lastIndexOf("\n") + 1);
      column = (lastLine === current ? column : 0) + [...lastLine].length;
    } else if (isList(current)) {
      for (const part of [...current].reverse()) stack.push({ ...command, document: part });
    } else if (current.kind === "indent") {
      stack.push({ ...command, indentation: command.indentation + 2, document: current.content });
    } else if (current.kind === "ifBroken") {
      if (mode === "broken") stack.push({ ...command, document: current.content });
    } else if (current.kind === "line") {
      if (mode === "flat" && !current.hard) {
        if (!current.soft) output.push(" ");
        column += current.soft ? 0 : 1;
      } else {
        output.push(`\n${" ".repeat(command.indentation)}`);
        column = command.indentation;
      }
    } else if (current.kind === "group") {
      const flat: Command = { ...command, mode: "flat", document: current.content };
      const broken = current.broken || willBreak(current.content);
      // Inside something flat nothing is measured again: only what has to break does.
      const isFlat = !broken && (mode === "flat" || fits(flat, stack, WIDTH - column));
      stack.push(isFlat ? flat : { ...command, mode: "broken", document: current.content });
    } else if (current.kind === "value") {
      const beside: Command = { ...command, document: current.content };
      const isBeside = fits({ ...command, document: " " }, [...stack, beside], WIDTH - column);
      const below = [hardLine, current.content];
      stack.push(isBeside ? { ...command, document: [" ", current.content] } : { ...command, document: indent(below) });
    } else {
      stack.push(chooseState(current, command, stack, column));
    }
  }
  return output.join("");
}

function chooseState(
  { states, whole }: Extract<Document, { kind: "choice" }>,
  command: Command,
  rest: readonly Command[],
  column: number,
): Command {
  for (const [at, state] of states.slice(0, -1).entries()) {
    const tried: Command = { ...command, mode: "flat", document: state };
    if (!fits(tried, rest, WIDTH - column)) continue;
    if (!whole.includes(at) || allLinesFit(tried)) return tried;
  }
  return { ...command, mode: "broken", document: states.at(-1)! };
}

/** Of a state in which only hard lines break; one column is left for what follows. */
function allLinesFit({ document, indentation }: Command): boolean {
  const [, ...lines] = flatText(document, indentation).split("\n");
  return lines.every((text) => [...text].length < WIDTH);
}

function flatText(document: Document, indentation: number): string {
  if (typeof document === "string") return document;
  if (isList(document)) return document.map((part) => flatText(part, indentation)).join("");
  switch (document.kind) {
    case "line":
      return document.hard ? `\n${" ".repeat(indentation)}` : document.soft ? "" : " ";
    case "indent":
      return flatText(document.content, indentation + 2);
    case "group":
      return flatText(document.content, indentation);
    case "value":
      return ` ${flatText(document.content, indentation)}`;
    case "ifBroken":
      return "";
    case "choice":
      return flatText(document.states[0]!, indentation);
  }
}

/** Does everything up to the next line break fit into `width` columns? */
function fits(next: Command, rest: readonly Command[], width: number): boolean {
  let left = width;
  let restAt = rest.length;
  const stack: Command[] = [next];
  while (left >= 0) {
    const command = stack.pop() ?? rest[--restAt];
    if (command === undefined) return true;
    const { document: current, mode } = command;
    if (typeof current === "string") {
      const end = current.indexOf("\n");
      left -= [...(end === -1 ? current : current.slice(0, end))].length;
      if (end !== -1) return left >= 0;
    } else if (isList(current)) for (const part of [...current].reverse()) stack.push({ ...command, document: part });
    else if (current.kind === "indent") stack.push({ ...command, document: current.content });
    else if (current.kind === "value") stack.push({ ...command, document: [" ", current.content] });
    else if (current.kind === "ifBroken") {
      if (mode === "broken") stack.push({ ...command, document: current.content });
    } else if (current.kind === "line") {
      if (mode === "broken" || current.hard) return true;
      left -= current.soft ? 0 : 1;
    } else if (current.kind === "group") {
      stack.push({
        ...command,
        mode: current.broken || willBreak(current.content) ? "broken" : mode,
        document: current.content,
      });
    } else stack.push({ ...command, document: mode === "broken" ? current.states.at(-1)! : current.states[0]! });
  }
  return false;
}

function isList(document: Document): document is readonly Document[] {
  return Array.isArray(document);
}
