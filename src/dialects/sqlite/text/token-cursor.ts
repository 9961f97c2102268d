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
  const tokens = tokenize(sql);
  let next = 0;
  const cursor: TokenCursor = {
    sql,
    peek: (ahead = 0) => tokens[next + ahead] ?? null,
    is: (...keys) => keys.includes(tokens[next]?.key ?? ""),
    looksLike(...keys) {
      for (let index = 0; index < keys.length; index++) if (tokens[next + index]?.key !== keys[index]) return false;
      return true;
    },
    take: () => tokens[next++] ?? cursor.fail("more"),
    takeIf(...keys) {
      if (!cursor.looksLike(...keys)) return false;
      next += keys.length;
      return true;
    },
    expect(...keys) {
      if (!cursor.takeIf(...keys)) cursor.fail(keys.join(" "));
    },
    name() {
      const token = cursor.take();
      if (token.kind === "word" || token.kind === "quoted" || token.kind === "string") return identifierOf(token);
      return cursor.fail("a name");
    },
    qualifiedName() {
      const first = cursor.name();
      return cursor.takeIf(".") ? cursor.name() : first;
    },
    parenthesized() {
      cursor.expect("(");
      const start = cursor.position();
      for (let depth = 1; ; ) {
        const token = cursor.take();
        if (token.key === "(") depth++;
        else if (token.key === ")" && --depth === 0) return sql.slice(start, tokens[next - 2]!.end);
      }
    },
    textFrom: (start) => sql.slice(start, tokens[next - 1]?.end ?? start),
    position: () => tokens[next]?.start ?? sql.length,
    rest: () => withoutFinalSemicolon(sql, tokens, next),
    fail(expected) {
      const found = tokens[next] === undefined ? "the end" : `'${tokens[next]!.text}'`;
      throw new InternalError(`cannot read the SQL text ${JSON.stringify(sql)}: expected ${expected}, found ${found}`);
    },
  };
  return cursor;
}

function withoutFinalSemicolon(sql: string, tokens: readonly Token[], from: number): string {
  let last = tokens.length - 1;
  while (last >= from && tokens[last]!.key === ";") last--;
  return last < from ? "" : sql.slice(tokens[from]!.start, tokens[last]!.end);
}
