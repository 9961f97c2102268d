/** Takes CREATE TRIGGER apart. */
import { scan } from "../text/sql-text.js";

export interface TriggerText {
  /** `BEFORE INSERT OR UPDATE OF email`. */
  readonly fires: string;
  /** All after the table's name. */
  readonly action: string;
}

/** `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER name … ON table …`, as the server prints it. */
export function readTriggerText(sql: string): TriggerText {
  const tokens = [...scan(sql)];
  const word = (at: number) => tokens[at]?.text.toLowerCase();
  const name = tokens.findIndex((_token, at) => word(at) === "trigger") + 1;
  const on = tokens.findIndex((_token, at) => at > name && word(at) === "on");
  const table = word(on + 2) === "." ? on + 3 : on + 1;
  return {
    fires: sql.slice(tokens[name + 1]!.start, tokens[on]!.start).trim(),
    action: sql
      .slice(tokens[table + 1]?.start ?? sql.length)
      .trim()
      .replace(/;$/, ""),
  };
}
