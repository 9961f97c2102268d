/** Another parent for a revision file: the value of its `downRevision` and the line `Revises:` change, and no byte else. */
import { RevisionFileError } from "../errors.js";
import { readHeader } from "./read-header.js";
import type { RevisionId } from "./revision.js";
import { advance, isSign, type Scanner, scanSource } from "./scan-source.js";

/** @throws RevisionFileError if the value is not written down as a literal, which only a person can change then. */
export function withDownRevision(text: string, parent: RevisionId | null, path: string): string {
  const value = valueRange(text, "downRevision");
  if (value === null || readHeader(text).computed.includes("downRevision")) throw notLiteral(path);
  const quote = quoteOf(text, value) ?? quoteOf(text, valueRange(text, "revision")) ?? '"';
  const literal = parent === null ? "null" : `${quote}${parent}${quote}`;
  const moved = withComment(text.slice(0, value.start), parent) + literal + text.slice(value.end);
  const { values } = readHeader(moved);
  const before = readHeader(text).values;
  const sameElse = (["revision", "branchLabels", "dependsOn", "transaction"] as const).every(
    (name) => JSON.stringify(values[name]) === JSON.stringify(before[name]),
  );
  if (values.downRevision !== parent || !sameElse) throw notLiteral(path);
  return moved;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the literal of an exported constant stands. */
function valueRange(text: string, name: string): Range | null {
  const scanner = scanSource(text);
  for (advance(scanner); scanner.kind !== "end"; advance(scanner)) {
    const word = scanner.depth === 0 && scanner.kind === "name" ? scanner.value : "";
    if (word !== "export" && word !== "exports") continue;
    advance(scanner);
    const names = word === "export" ? ["const", "let", "var"].includes(scanner.value) : isSign(scanner, ".");
    if (!names) continue;
    advance(scanner);
    if (scanner.value === name) return literalRange(scanner);
  }
  return null;
}

function literalRange(scanner: Scanner): Range | null {
  const { depth } = scanner;
  skipTo(scanner, "=", depth);
  advance(scanner);
  const { start } = scanner;
  if (isSign(scanner, "[")) skipTo(scanner, "]", depth);
  else if (!["string", "name"].includes(scanner.kind)) return null;
  return isAtEnd(scanner) ? null : { start, end: scanner.position };
}

function skipTo(scanner: Scanner, sign: string, depth: number): void {
  while (!isAtEnd(scanner) && !(scanner.depth === depth && isSign(scanner, sign))) advance(scanner);
}

function isAtEnd(scanner: Scanner): boolean {
  return scanner.kind === "end";
}

function quoteOf(text: string, range: Range | null): string | undefined {
  return range === null ? undefined : /["'`]/.exec(text.slice(range.start, range.end))?.[0];
}

/** The comment that names the id says what it revises; a comment without that line stays as it is. */
function withComment(preamble: string, parent: RevisionId | null): string {
  const comment = /\/\*(?:[^*]|\*(?!\/))*\*\//g;
  // Up to the last end of one, so that none is looked for which never ends.
  const last = preamble.lastIndexOf("*/") + 2;
  const commented = preamble.slice(0, last).replace(comment, (text) =>
    text.includes("Revision ID:")
      ? text.replace(/^([ \t*]*Revises:[ \t]*)[^\r\n]*?([ \t]*(?:\*\/)?)$/m, (_line, before: string, after: string) => {
          return `${before}${parent ?? "<base>"}${after}`;
        })
      : text,
  );
  return commented + preamble.slice(last);
}

function notLiteral(path: string): RevisionFileError {
  return new RevisionFileError(`'downRevision' of '${path}' is not written as a plain text or null`, {
    path,
    hint: "Change it in the file by hand.",
  });
}
