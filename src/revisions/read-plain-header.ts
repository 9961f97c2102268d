/**
 * The header as the templates write it: comments and imports, then one `export const` a line. Patterns read it several
 * times faster than the scanner does, which is what listing thousands of revisions costs. Whatever looks different is
 * left to the scanner; where both give an answer it is the same.
 */
import { type HeaderComment, readComment, readPlainComment } from "./header-comment.js";
import type { HeaderName, HeaderValue } from "./read-header.js";

export interface PlainHeader extends HeaderComment {
  readonly values: Readonly<Record<HeaderName, HeaderValue | undefined>>;
}

// Every alternative begins differently and ends in one way only, so no text makes these patterns slow.
const COMMENT = /\/\*(?:[^*]|\*(?!\/))*\*\//g;
const PREAMBLE =
  /(?:\s|\/\/[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/|import\b[^;"'`/]*(?:"[^"\\\n]*"|'[^'\\\n]*')(?:;|(?=\r?\n)))*/y;
const CONSTANT =
  /export const (revision|downRevision|branchLabels|dependsOn|transaction)(?:: [\w |[\]<>]+)? = (?:"([^"\\\n]*)"|'([^'\\\n]*)'|(null|true|false)|\[((?:(?:"[^"\\\n]*"|'[^'\\\n]*')(?:, |(?=\])))*)\])(?: as const)?(?:;|(?=\r?\nexport\b))/y;
const BLANKS = /(?:\s|\/\/[^\n]*\n)*/y;
const ITEM = /"([^"]*)"|'([^']*)'/g;
const MORE = /\b(?:const|let|var)\s+(?:transaction|branchLabels|dependsOn)\b|\bexport\s*[{*]|\bexports\b/g;

export function readPlainHeader(text: string): PlainHeader | undefined {
  const plain = readPlainComment(text);
  const start = skip(PREAMBLE, text, plain?.end ?? 0);
  const values: Record<HeaderName, HeaderValue | undefined> = {
    revision: undefined,
    downRevision: undefined,
    branchLabels: undefined,
    dependsOn: undefined,
    transaction: undefined,
  };
  let end = start;
  for (let constant = at(CONSTANT, text, end); constant !== null; constant = at(CONSTANT, text, end)) {
    const [whole, name, double, single, word, list] = constant;
    values[name as HeaderName] =
      double ?? single ?? (list === undefined ? word === "true" || (word === "null" ? null : false) : itemsOf(list));
    end = skip(BLANKS, text, end + whole.length);
  }
  if (values.revision === undefined || values.downRevision === undefined || at(MORE, text, end) !== null)
    return undefined;
  const { message, description, createdAt } = plain ?? readComment(commentsIn(text.slice(0, start)));
  return { values, message, description, createdAt };
}

/** Up to the last end of one, so that none is looked for which never ends. */
function commentsIn(text: string): readonly string[] {
  return text.slice(0, text.lastIndexOf("*/") + 2).match(COMMENT) ?? [];
}

function itemsOf(list: string): readonly string[] {
  return Array.from(list.matchAll(ITEM), ([, one, other]) => one ?? other ?? "");
}

function at(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function skip(pattern: RegExp, text: string, position: number): number {
  pattern.lastIndex = position;
  pattern.test(text);
  return pattern.lastIndex;
}
