/** What is another one in two operations of the same words, as one clear clause. */
import type { JsonValue } from "../../schema/schema.js";

const LONGEST = 60;

/** `columns[1].type.name is "integer" and was "text"`; null where the two say the same. */
export function firstDifference(before: string, after: string): string | null {
  return differenceAt([], JSON.parse(before), JSON.parse(after));
}

type Path = readonly (string | number)[];

function differenceAt(path: Path, was: JsonValue | undefined, is: JsonValue | undefined): string | null {
  if (Array.isArray(was) && Array.isArray(is)) {
    const length = Math.max(was.length, is.length);
    return firstOf(Array.from({ length }, (_, at) => () => differenceAt([...path, at], was[at], is[at])));
  }
  if (isRecord(was) && isRecord(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return firstOf(keys.map((key) => () => differenceAt([...path, key], was[key], is[key])));
  }
  if (was === is) return null;
  const place = path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
  if (was === undefined) return `${place} is new (${toText(is)})`;
  if (is === undefined) return `${place} is gone (was ${toText(was)})`;
  if (typeof was === "string" && typeof is === "string") return textDifference(place, was, is);
  return `${place} was ${toText(was)} and is ${toText(is)}`;
}

/** Of texts of many lines the first line that is another one. */
function textDifference(place: string, was: string, is: string): string {
  const [a, b] = [was.split("\n"), is.split("\n")];
  if (a.length === 1 && b.length === 1) return `${place} was ${toText(was, is)} and is ${toText(is, was)}`;
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, line) => line).find(
    (line) => a[line] !== b[line],
  );
  const [before, after] = [a[at ?? 0], b[at ?? 0]];
  const line = `line ${(at ?? 0) + 1} of ${place}`;
  if (before === undefined) return `${line} is new (${toText(after)})`;
  if (after === undefined) return `${line} is gone (was ${toText(before)})`;
  return `${line} was ${toText(before, after)} and is ${toText(after, before)}`;
}

function firstOf(differences: readonly (() => string | null)[]): string | null {
  for (const difference of differences) {
    const found = difference();
    if (found !== null) return found;
  }
  return null;
}

function isRecord(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As JSON on one line; of a long text the part around where it begins to differ from `other`. */
function toText(value: JsonValue | undefined, other = ""): string {
  if (typeof value !== "string") return cut(JSON.stringify(value) ?? "nothing");
  let at = 0;
  while (at < value.length && value[at] === other[at]) at++;
  const from = value.length <= LONGEST ? 0 : Math.max(0, Math.min(at - 20, value.length - LONGEST));
  const part = value.slice(from, from + LONGEST);
  return JSON.stringify(`${from > 0 ? "…" : ""}${part}${from + LONGEST < value.length ? "…" : ""}`);
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
