/**
 * One-dimensional arrays as text: `{1,2}`, `{a,"b c",NULL}`.
 *
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
import type { JsonValue } from "../../../schema/schema.js";

const ITEM = /(?:\s*"((?:[^"\\]|\\[\s\S])*)"\s*|([^",{}\\]+))(,|\}$)/y;

/** Null for text that is no array, or one of several dimensions. */
export function parseArrayText(text: string): readonly (string | null)[] | null {
  if (/^\{\s*\}$/.test(text)) return [];
  if (!text.startsWith("{")) return null;
  const items: (string | null)[] = [];
  for (ITEM.lastIndex = 1; ITEM.lastIndex < text.length; ) {
    const match = ITEM.exec(text);
    if (match === null) return null;
    const [, quoted, written = ""] = match;
    const bare = written.trim();
    if (quoted !== undefined) items.push(quoted.replace(/\\([\s\S])/g, "$1"));
    else if (bare === "") return null;
    else items.push(/^null$/i.test(bare) ? null : bare);
    if (match[3] !== ",") return ITEM.lastIndex === text.length ? items : null;
  }
  return null;
}

export function arrayText(values: readonly JsonValue[]): string {
  return `{${values.map(itemText).join(",")}}`;
}

function itemText(value: JsonValue): string {
  if (value === null) return "NULL";
  if (Array.isArray(value)) return arrayText(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  if (/^[^\s",{}\\]+$/.test(text) && !/^null$/i.test(text)) return text;
  return `"${text.replace(/(["\\])/g, "\\$1")}"`;
}
