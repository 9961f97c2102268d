/** What to do about what SQLite refuses, told by the words it uses; no version of it has numbers for these. */
import type { EngineFailure } from "./engine.js";

/** In a sentence, or undefined where nothing is known. */
export function hintFor({ message, code }: EngineFailure, serverVersion: string): string | undefined {
  const broken = /^error in (view|trigger) (.+?)(?: after (?:rename|drop column))?: /.exec(message);
  if (broken !== null) {
    return `SQLite looks through every view and trigger for this: correct or drop the ${broken[1]} '${broken[2]}' first.`;
  }
  const left = /^table ("?_tsm_new_.*) already exists$/.exec(message)?.[1];
  if (left !== undefined)
    return `A rebuild that was run by hand has left it: \`DROP TABLE ${left}\` if the table it was for is whole.`;
  if (code === "SQLITE_FULL") return "Free some space: a rebuild needs about twice the size of its table.";
  if (code?.startsWith("SQLITE_READONLY")) return "Make the file and its folder writable for this user.";
  const text = TEXT_IN_DOUBLE_QUOTES.exec(message);
  if (text !== null) {
    return `The ${text[1]} '${text[2]}' holds a text in double quotes, which this build of SQLite does not take: make the table anew with \`op.batchAlterTable(…, () => {}, { recreate: "always" })\` first.`;
  }
  // Said of a statement, and of a whole file that a newer SQLite has written.
  if (/near "STRICT": syntax error|unknown table option: STRICT/i.test(message)) {
    return `STRICT tables need SQLite 3.37 or newer, and this is ${serverVersion}.`;
  }
  return undefined;
}

/** Before 3.46 SQLite does not say what it is about; nothing else is missing from a table that was not just changed. */
const TEXT_IN_DOUBLE_QUOTES =
  /^error in (table|index) (.+?)(?:(?: after (?:rename|drop column))?: no such column: ".*" - should this be a string.*|: no such column: .*)$/;
