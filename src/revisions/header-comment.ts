/** What the comment at the top of a revision file says. */

export interface HeaderComment {
  /** The first line; empty without a comment. */
  readonly message: string;
  /** The rest, without the lines of the id, the parents and the date. */
  readonly description: string;
  /** What stands behind `Create Date:`. */
  readonly createdAt: string | null;
}

/** For tools, not for readers: `eslint-disable`, `@ts-nocheck`, a licence. */
const DIRECTIVE = /^\/\*+\s*(?:eslint|tslint|biome|prettier|istanbul|v8|c8|global|jshint|@ts-|@license|!)/;
const DATE = "Create Date:";

/** As the templates write it, at the very beginning, which is what thousands of files look like. */
const PLAIN =
  /\/\*\*\n \* ((?!Revision ID:|Revises:|Create Date:)\S(?:[^*\r\n]*[^\s*])?)\n \*\n \* Revision ID: [^*\r\n]+\n \* Revises: [^*\r\n]+\n \* Create Date: (\S+)\n \*\//y;

/** Reads the comment at the beginning of a file; undefined where it looks different, which says nothing about it. */
export function readPlainComment(text: string): (HeaderComment & { readonly end: number }) | undefined {
  PLAIN.lastIndex = 0;
  const found = PLAIN.exec(text);
  if (found === null) return undefined;
  return { message: found[1]!, description: "", createdAt: found[2]!, end: PLAIN.lastIndex };
}

/** Reads the comment that names the id, otherwise the first that is meant for people. Comments are given with `/*`. */
export function readComment(comments: readonly string[]): HeaderComment {
  const comment =
    comments.find((text) => text.includes("Revision ID:")) ?? comments.find((text) => !DIRECTIVE.test(text)) ?? "";
  let createdAt: string | null = null;
  const lines: string[] = [];
  for (const line of linesOf(comment)) {
    if (line.startsWith(DATE)) createdAt = line.slice(DATE.length).trim() || null;
    else if (!line.startsWith("Revision ID:") && !line.startsWith("Revises:")) lines.push(line);
  }
  const message = lines.findIndex((line) => line !== "");
  if (message < 0) return { message: "", description: "", createdAt };
  return { message: lines[message]!.trim(), description: joinTrimmed(lines, message + 1), createdAt };
}

/** The lines without the stars in front of them and blanks behind. */
function linesOf(comment: string): readonly string[] {
  const text = comment.slice(comment.startsWith("/**") ? 3 : 2, comment.endsWith("*/") ? -2 : undefined);
  return text.split(/\r\n|[\n\r]/).map((line) => {
    const trimmed = line.trim();
    if (!trimmed.startsWith("*")) return trimmed;
    return line.slice(line.indexOf("*") + (trimmed[1] === " " ? 2 : 1)).trimEnd();
  });
}

function joinTrimmed(lines: readonly string[], from: number): string {
  let start = from;
  let end = lines.length;
  while (start < end && lines[start] === "") start++;
  while (start < end && lines[end - 1] === "") end--;
  return lines.slice(start, end).join("\n");
}
