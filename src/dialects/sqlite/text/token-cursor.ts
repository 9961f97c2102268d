/** A reader over tokens, for the hand-written parsers beside it. */
import { InternalError } from "../../../errors.js";
import { identifierOf, type Token, tokenize } from "./sql-tokenizer.js";

export interface TokenCursor {
  readonly sql: string;
  /** The token `ahead` places further on (0: the next one), or null after the end. */
  peek(ahead?: number): Token | null;
  /** Is the next token one of these unquoted keywords or operators? */
  is(...keys: readonly string[]): boolean;
  /** Do the next tokens read like this? */
  looksLike(...keys: readonly string[]): boolean;
  take(): Token;
  /** Takes the keywords when all of them are next. */
  takeIf(...keys: readonly string[]): boolean;
  expect(...keys: readonly string[]): void;
  /** A name in any of the quoting styles, or a bare word. */
  name(): string;
  /** `name` or `schema.name`; gives the last part. */
  qualifiedName(): string;
  /** From `(` to its `)`, both taken; gives the text between them without outer spaces. */
  parenthesized(): string;
  /** The text from a position (of {@link position}) to the end of the last token taken. */
  textFrom(start: number): string;
  /** Where the next token starts. */
  position(): number;
  /** The rest of the text, from the next token, without a final semicolon. */
  rest(): string;
  fail(expected: string): never;
}

export function createTokenCursor(sql: string): TokenCursor {
  return new Cursor(sql, tokenize(sql));
}

/** A class, since a cursor is made for each text of a database. */
class Cursor implements TokenCursor {
  #next = 0;
  readonly sql: string;
  readonly #tokens: readonly Token[];

  constructor(sql: string, tokens: readonly Token[]) {
    this.sql = sql;
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token | null {
    return this.#tokens[this.#next + ahead] ?? null;
  }

  is(...keys: readonly string[]): boolean {
    return keys.includes(this.#tokens[this.#next]?.key ?? "");
  }

  looksLike(...keys: readonly string[]): boolean {
    for (let at = 0; at < keys.length; at++) if (this.#tokens[this.#next + at]?.key !== keys[at]) return false;
    return true;
  }

  take(): Token {
    return this.#tokens[this.#next++] ?? this.fail("more");
  }

  takeIf(...keys: readonly string[]): boolean {
    for (let at = 0; at < keys.length; at++) if (this.#tokens[this.#next + at]?.key !== keys[at]) return false;
    this.#next += keys.length;
    return true;
  }

  expect(...keys: readonly string[]): void {
    if (!this.takeIf(...keys)) this.fail(keys.join(" "));
  }

  name(): string {
    const token = this.take();
    if (token.kind === "word" || token.kind === "quoted" || token.kind === "string") return identifierOf(token);
    return this.fail("a name");
  }

  qualifiedName(): string {
    const first = this.name();
    return this.takeIf(".") ? this.name() : first;
  }

  parenthesized(): string {
    this.expect("(");
    const start = this.position();
    for (let depth = 1; ; ) {
      const token = this.take();
      if (token.key === "(") depth++;
      else if (token.key === ")" && --depth === 0) return this.sql.slice(start, this.#tokens[this.#next - 2]!.end);
    }
  }

  textFrom(start: number): string {
    return this.sql.slice(start, this.#tokens[this.#next - 1]?.end ?? start);
  }

  position(): number {
    return this.#tokens[this.#next]?.start ?? this.sql.length;
  }

  rest(): string {
    return withoutFinalSemicolon(this.sql, this.#tokens, this.#next);
  }

  fail(expected: string): never {
    const token = this.#tokens[this.#next];
    const found = token === undefined ? "the end" : `'${token.text}'`;
    const text = JSON.stringify(this.sql);
    throw new InternalError(`cannot read the SQL text ${text}: expected ${expected}, found ${found}`);
  }
}

function withoutFinalSemicolon(sql: string, tokens: readonly Token[], from: number): string {
  let last = tokens.length - 1;
  while (last >= from && tokens[last]!.key === ";") last--;
  return last < from ? "" : sql.slice(tokens[from]!.start, tokens[last]!.end);
}
