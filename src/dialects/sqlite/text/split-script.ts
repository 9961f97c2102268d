/** Cuts a script into its statements, as SQLite would. */
import { type Token, tokenize } from "./sql-tokenizer.js";

export interface ScriptStatement {
  readonly text: string;
  /** Where it begins in the script. */
  readonly start: number;
  /** Its first words in upper case, `BEGIN`, `CREATE`, …. */
  readonly keys: readonly string[];
}

/**
 * The statements of a script, without their semicolons and without the comments between them. The semicolons inside
 * CREATE TRIGGER … BEGIN … END end no statement.
 */
export function splitScript(sql: string): readonly ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let current: Token[] = [];
  const finish = () => {
    const [first] = current;
    if (first !== undefined) {
      const keys = current.slice(0, 4).map((token) => token.key);
      statements.push({ text: sql.slice(first.start, current.at(-1)!.end), start: first.start, keys });
    }
    current = [];
  };
  for (const token of tokenize(sql)) {
    if (token.key === ";" && !isInsideTrigger(current)) finish();
    else current.push(token);
  }
  finish();
  return statements;
}

/** Does it begin, commit or roll back a transaction? Savepoints do not. */
export function controlsTransaction(statement: ScriptStatement): boolean {
  const [first, second, third] = statement.keys;
  if (first === "BEGIN" || first === "COMMIT" || first === "END") return true;
  return first === "ROLLBACK" && second !== "TO" && third !== "TO";
}

/** As SQLite's own shell decides it: a trigger is over at `; END ;`. */
function isInsideTrigger(tokens: readonly Token[]): boolean {
  const keys = tokens.slice(0, 3).map((token) => token.key);
  const isTrigger = keys[0] === "CREATE" && (keys[1] === "TRIGGER" || keys[2] === "TRIGGER");
  if (!isTrigger) return false;
  const last = tokens.at(-1)!;
  const before = tokens.at(-2);
  return !(last.key === "END" && before?.key === ";");
}
