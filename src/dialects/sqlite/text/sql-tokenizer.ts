/**
 * SQLite's lexical grammar, one token at a time and in linear time.
 *
 * @see https://www.sqlite.org/lang_expr.html#literal_values_constants_ and `tokenize.c` of SQLite, whose rules these are.
 */

export type TokenKind = "word" | "quoted" | "string" | "blob" | "number" | "parameter" | "operator" | "illegal";

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** Upper case for words, the text itself for operators, empty otherwise: what keywords are compared with. */
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** The tokens of a text, without spaces and comments. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = skipSpace(sql, 0);
  while (position < sql.length) {
    const token = readToken(sql, position);
    tokens.push(token);
    position = skipSpace(sql, token.end);
  }
  return tokens;
}

/** What an identifier token names: without quotes, doubled quotes halved. A string stands for a name in a few places. */
export function identifierOf(token: Token): string {
  const { text } = token;
  if (token.kind !== "quoted" && token.kind !== "string") return text;
  const quote = text[0]!;
  if (quote === "[") return text.slice(1, -1);
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

/** Can a name be written without quotes, as far as its characters go? */
export function isPlainWord(name: string): boolean {
  if (name === "" || isDigit(name.charCodeAt(0)) || name.startsWith("$")) return false;
  for (let index = 0; index < name.length; index++) if (!isWordCode(name.charCodeAt(index))) return false;
  return true;
}

function readToken(sql: string, start: number): Token {
  const code = sql.charCodeAt(start);
  const next = sql.charCodeAt(start + 1);
  if (isWordCode(code) && code !== 36 && !isDigit(code)) {
    if ((code === 120 || code === 88) && next === 39) return blobToken(sql, start);
    const end = wordEnd(sql, start + 1);
    const text = sql.slice(start, end);
    return { kind: "word", text, key: text.toUpperCase(), start, end };
  }
  if (isDigit(code) || (code === 46 && isDigit(next))) return numberToken(sql, start);
  if (code === 39) return quotedToken(sql, start, "'", "string");
  if (code === 34 || code === 96) return quotedToken(sql, start, sql[start]!, "quoted");
  if (code === 91) return bracketToken(sql, start);
  if (code === 63 || code === 58 || code === 64 || code === 36 || code === 35) return parameterToken(sql, start);
  return operatorToken(sql, start, code, next);
}

function token(kind: TokenKind, sql: string, start: number, end: number): Token {
  const text = sql.slice(start, end);
  return { kind, text, key: kind === "operator" ? text : "", start, end };
}

function skipSpace(sql: string, from: number): number {
  let position = from;
  for (;;) {
    const code = sql.charCodeAt(position);
    if (code === 32 || (code >= 9 && code <= 13 && code !== 11) || code === 0xfeff) position++;
    else if (code === 45 && sql.charCodeAt(position + 1) === 45) position = endOr(sql, sql.indexOf("\n", position));
    else if (code === 47 && sql.charCodeAt(position + 1) === 42) {
      const close = sql.indexOf("*/", position + 2);
      position = close === -1 ? sql.length : close + 2;
    } else return position;
  }
}

function endOr(sql: string, found: number): number {
  return found === -1 ? sql.length : found;
}

function quotedToken(sql: string, start: number, quote: string, kind: "string" | "quoted"): Token {
  let position = start + 1;
  for (;;) {
    const close = sql.indexOf(quote, position);
    if (close === -1) return token("illegal", sql, start, sql.length);
    if (sql[close + 1] !== quote) return token(kind, sql, start, close + 1);
    position = close + 2;
  }
}

function bracketToken(sql: string, start: number): Token {
  const close = sql.indexOf("]", start);
  return close === -1 ? token("illegal", sql, start, sql.length) : token("quoted", sql, start, close + 1);
}

function blobToken(sql: string, start: number): Token {
  let position = start + 2;
  while (isHexDigit(sql.charCodeAt(position))) position++;
  const digits = position - start - 2;
  if (sql[position] === "'" && digits % 2 === 0) return token("blob", sql, start, position + 1);
  return token("illegal", sql, start, Math.min(position + 1, sql.length));
}

function numberToken(sql: string, start: number): Token {
  let position = start;
  const isHex = sql[start] === "0" && /[xX]/.test(sql[start + 1] ?? "") && isHexDigit(sql.charCodeAt(start + 2));
  if (isHex) {
    position += 2;
    while (isHexDigit(sql.charCodeAt(position)) || sql[position] === "_") position++;
  } else {
    position = digitsEnd(sql, position);
    if (sql[position] === ".") position = digitsEnd(sql, position + 1);
    if (/[eE]/.test(sql[position] ?? "")) {
      const sign = /[+-]/.test(sql[position + 1] ?? "") ? 1 : 0;
      if (isDigit(sql.charCodeAt(position + 1 + sign))) position = digitsEnd(sql, position + 1 + sign);
    }
  }
  // `1abc` is one illegal token, not a number followed by a word.
  if (!isWordCode(sql.charCodeAt(position))) return token("number", sql, start, position);
  return token("illegal", sql, start, wordEnd(sql, position));
}

function digitsEnd(sql: string, from: number): number {
  let position = from;
  while (isDigit(sql.charCodeAt(position)) || (sql[position] === "_" && isDigit(sql.charCodeAt(position + 1))))
    position++;
  return position;
}

function parameterToken(sql: string, start: number): Token {
  const end = wordEnd(sql, start + 1);
  if (sql[start] === "?") return token("parameter", sql, start, digitsEnd(sql, start + 1));
  return token(end === start + 1 ? "illegal" : "parameter", sql, start, end);
}

const OPERATORS = "()+-*/%=<>&|~,;.";
const LONG_OPERATORS = ["->", "||", "==", "<>", "!=", "<=", ">=", "<<", ">>"];

function operatorToken(sql: string, start: number, code: number, next: number): Token {
  // After `(`, `)` or `,` nothing can make a longer one.
  if (code === 40 || code === 41 || code === 44) return token("operator", sql, start, start + 1);
  if (code === 45 && next === 62 && sql[start + 2] === ">") return token("operator", sql, start, start + 3);
  if (LONG_OPERATORS.includes(sql.slice(start, start + 2))) return token("operator", sql, start, start + 2);
  return token(OPERATORS.includes(sql[start]!) ? "operator" : "illegal", sql, start, start + 1);
}

function wordEnd(sql: string, from: number): number {
  let position = from;
  while (isWordCode(sql.charCodeAt(position))) position++;
  return position;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
}

/** Letters, digits, underscore, dollar and everything beyond ASCII; false for the NaN after the end. */
function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    isDigit(code) ||
    code === 95 ||
    code === 36 ||
    code >= 0x80
  );
}
