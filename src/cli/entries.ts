/** Revisions as coloured lines and as JSON; the words are those of `revisions/describe-revision.ts`. */
import type { HistoryEntry, HistoryResult } from "../commands/read-history.js";
import { printable } from "../util/printable.js";
import type { Style } from "./style.js";

/** Colours a line of the form `parents -> id (mark) (mark), message`; parents and message may be missing. */
export function paintLine(line: string, style: Style): string {
  const safe = printable(line);
  if (!style.colour) return safe;
  const arrow = safe.indexOf(" -> ");
  const [before, rest] = arrow < 0 ? ["", safe] : [safe.slice(0, arrow + 4), safe.slice(arrow + 4)];
  const parts = /^(\s*[A-Za-z0-9_]+)((?: \([^)]*\))*)(.*)$/s.exec(rest);
  if (parts === null) return safe;
  const [, id = "", marks = "", message = ""] = parts;
  return `${before === "" ? "" : style.faint(before)}${style.id(id)}${marks === "" ? "" : style.mark(marks)}${message}`;
}

export function revisionsDocument(result: HistoryResult): unknown {
  return { revisions: result.entries.map(entryDocument) };
}

export function entryDocument(entry: HistoryEntry): Record<string, unknown> {
  const { description: _description, children: _children, ...document } = entry;
  return document;
}
