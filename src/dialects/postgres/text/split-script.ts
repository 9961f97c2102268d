/** Cuts a file into its statements, as `psql` would: quotes, dollar quotes, comments, bodies, rows and commands of its own. */

export interface FileStatement {
  readonly text: string;
  /** Where it begins in the file. */
  readonly start: number;
  /** `psql` reads it itself: `\connect shop`. */
  readonly isCommand?: true;
}

/** A comment, a text, a name, a word, the end of a statement, … whatever stands at the place. */
const PART =
  /--[^\n]*|[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|'[^']*(?:''[^']*)*'|"(?:[^"]|"")*"|\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$|\/\*|\\[^\n]*|[\p{L}_][\p{L}\p{N}_$]*|\s+|[\s\S]/uy;

/** In the order in which they stand. Rows after `COPY … FROM stdin` go with their statement and are left out. */
export function splitFile(sql: string): readonly FileStatement[] {
  const statements: FileStatement[] = [];
  let start = -1;
  let parentheses = 0;
  let words: string[] = [];
  let blocks = 0;
  let at = 0;
  const finish = (end: number) => {
    if (start >= 0) statements.push({ text: sql.slice(start, end), start });
    [start, parentheses, words, blocks] = [-1, 0, [], 0];
  };
  while (at < sql.length) {
    PART.lastIndex = at;
    const part = PART.exec(sql)![0];
    const end = endOf(sql, at, part);
    if (part.startsWith("\\") && start < 0) {
      statements.push({ text: part.trim(), start: at, isCommand: true });
    } else if (part === ";" && parentheses === 0 && blocks === 0) {
      const isRows = words[0] === "COPY" && words.at(-1) === "STDIN";
      finish(at);
      at = isRows ? endOfRows(sql, end) : end;
      continue;
    } else if (!/^(?:\s|--|\/\*)/.test(part)) {
      if (start < 0) start = at;
      if (part === "(") parentheses += 1;
      if (part === ")") parentheses = Math.max(0, parentheses - 1);
      if (/^[\p{L}_]/u.test(part) && !/^[eE]'/.test(part)) {
        words.push(part.toUpperCase());
        blocks = depthAfter(words, blocks);
      }
    }
    at = end;
  }
  finish(sql.length);
  return statements;
}

/** Comments nest, and a dollar quote goes to its like. */
function endOf(sql: string, at: number, part: string): number {
  if (/^\$.*\$$/s.test(part)) {
    const close = sql.indexOf(part, at + part.length);
    return close < 0 ? sql.length : close + part.length;
  }
  if (part !== "/*") return at + part.length;
  let depth = 1;
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at + 2;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}

/** `BEGIN ATOMIC … END` of a function holds statements of its own, and CASE has an END as well. */
function depthAfter(words: readonly string[], depth: number): number {
  const [last, before] = [words.at(-1), words.at(-2)];
  if (depth === 0) return words[0] === "CREATE" && before === "BEGIN" && last === "ATOMIC" ? 1 : 0;
  if (last === "CASE" && before !== "END") return depth + 1;
  return last === "END" ? depth - 1 : depth;
}

/** Behind the line `\.`, or the end. */
function endOfRows(sql: string, at: number): number {
  const close = /^\\\.\r?$/m;
  const found = close.exec(sql.slice(at));
  return found === null ? sql.length : at + found.index + found[0].length;
}
