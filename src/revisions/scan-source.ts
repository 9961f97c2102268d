/**
 * The words and signs of TypeScript source, one after the other: enough to find constants at the top level, without the
 * cost of a parser. Comments, strings, templates and regular expressions are told apart, so that nothing inside them is
 * taken for code. Text that is no TypeScript gives odd tokens, never an error.
 */

export interface Scanner {
  readonly text: string;
  /** Where the next token is looked for. */
  position: number;
  kind: "name" | "string" | "other" | "sign" | "end";
  /** A name or sign as it is written; a string's value. Numbers, templates with `${` and regular expressions are other. */
  value: string;
  start: number;
  /** Is there a line break between the token before and this one? */
  newLine: boolean;
  /** How many brackets are open around the token; those of a bracket itself do not count. */
  depth: number;
  /** The block comments met so far, as they are written. */
  readonly comments: string[];
  /** The open brackets: what a slash means after each is closed. */
  readonly brackets: ("template" | "regex" | "division")[];
  /** Would a slash begin a regular expression here? */
  slashIsRegex: boolean;
}

/** After these words an expression begins. */
const BEFORE_EXPRESSION = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await default extends".split(" "),
);
const BEFORE_CONDITION = new Set(["if", "while", "for", "with"]);
const BEFORE_BLOCK = new Set(["", ";", "{", "}", ")", "=>", "else", "do", "default"]);
const REGEX = /\/(?:[^\\/[\r\n]|\\.|\[(?:[^\\\]\r\n]|\\.)*\])+\/[a-z]*/y;

export function scanSource(text: string): Scanner {
  return {
    text,
    position: text.startsWith("#!") ? endOfLine(text, 0) : 0,
    kind: "end",
    value: "",
    start: 0,
    newLine: false,
    depth: 0,
    comments: [],
    brackets: [],
    slashIsRegex: true,
  };
}

/** Moves to the next token. */
export function advance(scanner: Scanner): void {
  const { text } = scanner;
  skipBlanksAndComments(scanner);
  const start = scanner.position;
  scanner.start = start;
  scanner.depth = scanner.brackets.length;
  const code = text.charCodeAt(start);
  if (start >= text.length) {
    set(scanner, "end", "", start);
  } else if (isWordPart(code)) {
    scanWord(scanner, isDigit(code));
  } else if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
    scanString(scanner, code);
  } else if (code === BACKTICK) {
    scanTemplate(scanner);
  } else if (code === CLOSING_BRACE && scanner.brackets.at(-1) === "template") {
    scanner.brackets.pop();
    scanTemplate(scanner);
  } else {
    scanSign(scanner, code);
  }
}

export function isSign(scanner: Scanner, sign: string): boolean {
  return scanner.kind === "sign" && scanner.value === sign;
}

/** A name, a keyword, or a number. */
function scanWord(scanner: Scanner, isNumber: boolean): void {
  const { text, start } = scanner;
  let end = start + 1;
  while (isWordPart(text.charCodeAt(end)) || (isNumber && text.charCodeAt(end) === DOT)) end++;
  const word = isNumber ? "" : text.slice(start, end);
  set(scanner, isNumber ? "other" : "name", word, end);
  scanner.slashIsRegex = BEFORE_EXPRESSION.has(word);
}

function scanSign(scanner: Scanner, code: number): void {
  const before = scanner.kind === "name" || scanner.kind === "sign" ? scanner.value : "";
  if (code === SLASH && scanner.slashIsRegex) {
    REGEX.lastIndex = scanner.start;
    if (REGEX.test(scanner.text)) {
      set(scanner, "other", "", REGEX.lastIndex);
      scanner.slashIsRegex = false;
      return;
    }
  }
  const sign = signAt(scanner.text, scanner.start);
  if (sign === "(") {
    scanner.brackets.push(BEFORE_CONDITION.has(before) ? "regex" : "division");
  } else if (sign === "[") {
    scanner.brackets.push("division");
  } else if (sign === "{") {
    // A brace in the place of a value is an object; any other is a block, after which a statement begins.
    scanner.brackets.push(scanner.slashIsRegex && !BEFORE_BLOCK.has(before) ? "division" : "regex");
  }
  set(scanner, "sign", sign, scanner.start + sign.length);
  if (sign === ")" || sign === "]" || sign === "}") {
    scanner.slashIsRegex = scanner.brackets.pop() === "regex";
    scanner.depth = scanner.brackets.length;
  } else {
    scanner.slashIsRegex = sign !== "++" && sign !== "--";
  }
}

function skipBlanksAndComments(scanner: Scanner): void {
  const { text } = scanner;
  let at = scanner.position;
  scanner.newLine = false;
  for (;;) {
    const code = text.charCodeAt(at);
    if (isBlank(code)) {
      scanner.newLine ||= isLineEnd(code);
      at++;
    } else if (code === SLASH && text.charCodeAt(at + 1) === SLASH) {
      at = endOfLine(text, at);
    } else if (code === SLASH && text.charCodeAt(at + 1) === STAR) {
      const close = text.indexOf("*/", at + 2);
      const end = close < 0 ? text.length : close + 2;
      scanner.comments.push(text.slice(at, end));
      scanner.newLine ||= text.slice(at, end).includes("\n");
      at = end;
    } else {
      scanner.position = at;
      return;
    }
  }
}

/** A string that its line ends before its quote ends there. */
function scanString(scanner: Scanner, quote: number): void {
  const { text, start } = scanner;
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === quote || code === LINE_FEED || code === CARRIAGE_RETURN) break;
    if (code === BACKSLASH) end += text.startsWith("\r\n", end + 1) ? 2 : 1;
  }
  set(scanner, "string", unescaped(text.slice(start + 1, end)), Math.min(end + 1, text.length));
  scanner.slashIsRegex = false;
}

/** From a backtick, or the brace that ends an inserted expression, to the next `${` or the end. */
function scanTemplate(scanner: Scanner): void {
  const { text, start } = scanner;
  const isWhole = text.charCodeAt(start) === BACKTICK;
  let end = start + 1;
  while (end < text.length && text.charCodeAt(end) !== BACKTICK && !text.startsWith("${", end)) {
    end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  }
  if (text.startsWith("${", end)) {
    set(scanner, "other", "", end + 2);
    scanner.brackets.push("template");
    scanner.slashIsRegex = true;
    return;
  }
  const value = isWhole ? unescaped(text.slice(start + 1, end)) : "";
  set(scanner, isWhole ? "string" : "other", value, Math.min(end + 1, text.length));
  scanner.slashIsRegex = false;
}

function set(scanner: Scanner, kind: Scanner["kind"], value: string, end: number): void {
  scanner.kind = kind;
  scanner.value = value;
  scanner.position = end;
}

/** Of the longer signs only those that would be misread as two: `=>`, `==`, `===`, `!=`, `!==`, `++`, `--`. */
function signAt(text: string, start: number): string {
  const first = text[start] ?? "";
  if (first !== "=" && first !== "!" && first !== "+" && first !== "-") return first;
  const second = text[start + 1];
  if (first === "=" && second === ">") return "=>";
  if (second === first && first !== "=" && first !== "!") return first + second;
  if (second !== "=") return first;
  return text[start + 2] === "=" ? `${first}==` : `${first}=`;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const STAR = 0x2a;
const DOT = 0x2e;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const BACKTICK = 0x60;
const CLOSING_BRACE = 0x7d;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Letters, digits, `$`, `_`, `\`, and everything beyond ASCII that is no blank. */
function isWordPart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    isDigit(code) ||
    code === 0x24 ||
    code === 0x5f ||
    code === BACKSLASH ||
    (code > 0x7f && !isBlank(code))
  );
}

function isBlank(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0xfeff || code === 0x2028 || code === 0x2029;
}

function isLineEnd(code: number): boolean {
  return code === LINE_FEED || code === CARRIAGE_RETURN || code === 0x2028 || code === 0x2029;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(
    /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|(\r\n|[\s\S]))/giu,
    (_, point: string | undefined, unit: string | undefined, byte: string | undefined, letter: string) => {
      const code = point ?? unit ?? byte;
      if (code !== undefined)
        return Number.parseInt(code, 16) > 0x10ffff ? "\ufffd" : String.fromCodePoint(Number.parseInt(code, 16));
      return /[\r\n\u2028\u2029]/.test(letter) ? "" : (ESCAPES[letter] ?? letter);
    },
  );
}
