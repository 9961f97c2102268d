/** Reading SQL expressions just enough to find and rename the columns in them. */
import { quoteName } from "../util/quote.js";

// What is opened again and again and never closed must not be looked for to the end each time.
const TOKEN =
  /'[^']*(?:''[^']*)*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]{0,255}\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|[\s\S]/gu;

interface Word {
  readonly text: string;
  /** The identifier meant, or null for anything else. */
  readonly identifier: string | null;
  readonly quoted: boolean;
}

function words(expression: string): readonly Word[] {
  return (expression.match(TOKEN) ?? []).map((text) => {
    if (text.length > 1 && text.startsWith('"')) {
      return { text, identifier: text.slice(1, -1).replaceAll('""', '"'), quoted: true };
    }
    if (/^[\p{L}_\u0080-\uffff]/u.test(text)) return { text, identifier: text, quoted: false };
    return { text, identifier: null, quoted: false };
  });
}

function means(word: Word, column: string): boolean {
  if (word.identifier === null) return false;
  return word.quoted ? word.identifier === column : word.identifier.toLowerCase() === column.toLowerCase();
}

/** Does the expression name this column? Words inside strings and comments do not count; a function of that name does. */
export function mentionsColumn(expression: string, column: string): boolean {
  const { plain, quoted } = namesIn(expression);
  return quoted.has(column) || plain.has(column.toLowerCase());
}

/** `'old'::mood`, `x::"a"."b"[]`, as PostgreSQL writes it. */
export function castsTo(text: string, type: string): boolean {
  const casts = text.match(/::(?:(?:"(?:[^"]|"")*"|[\w$]+)\.)?(?:"(?:[^"]|"")*"|[\w$]+)/gu) ?? [];
  return casts.some((cast) => mentionsColumn(cast, type));
}

export interface NamesInText {
  /** In lower case: those that stand there without quotes. */
  readonly plain: ReadonlySet<string>;
  readonly quoted: ReadonlySet<string>;
}

/** Comparing schemas asks the same texts for many names. */
const known = new Map<string, NamesInText>();
const MOST_KNOWN = 10_000;

/** All names in the expression. */
export function namesIn(expression: string): NamesInText {
  const cached = known.get(expression);
  if (cached !== undefined) return cached;
  const plain = new Set<string>();
  const quoted = new Set<string>();
  for (const word of words(expression)) {
    if (word.identifier === null) continue;
    if (word.quoted) quoted.add(word.identifier);
    else plain.add(word.identifier.toLowerCase());
  }
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(expression, { plain, quoted });
  return { plain, quoted };
}

/**
 * The text with a name replaced where `isMeant` says so, by what stands before and after it (without spaces). `to` says
 * its schema too. A name that is part of another schema's or of a table's is left alone, and so is one without its schema.
 */
export function replaceName(
  text: string,
  from: { readonly name: string; readonly schema?: string },
  to: string,
  isMeant: (before: string, after: string) => boolean,
): string {
  const all = words(text);
  if (!all.some((word) => means(word, from.name))) return text;
  const place = from.schema === undefined ? null : [`${from.schema}.`, `${quoteName(from.schema)}.`];
  const replaced: string[] = [];
  let start = 0;
  for (const word of all) {
    const end = start + word.text.length;
    const before = text.slice(0, start);
    start = end;
    replaced.push(word.text);
    if (!means(word, from.name)) continue;
    const prefix = place === null ? "" : place.find((each) => before.endsWith(each));
    if (prefix === undefined || (prefix === "" && before.endsWith("."))) continue;
    const left = before.slice(0, before.length - prefix.length).trimEnd();
    if (!isMeant(left, text.slice(end).trimStart())) continue;
    // The name, and its schema with the dot.
    replaced.splice(prefix === "" ? -1 : -3, 3, to);
  }
  return replaced.join("");
}

/** The expression with one column renamed; the new name is quoted. */
export function renameColumnIn(expression: string, from: string, to: string): string {
  return words(expression)
    .map((word) => (means(word, from) ? quoteName(to) : word.text))
    .join("");
}
