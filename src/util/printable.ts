/** Text from databases and files, made safe to show: it can neither steer a terminal nor turn the direction of reading. */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
const SEPARATORS = /[\u2028\u2029]/g;

const UNSAFE = new RegExp(`${CONTROL.source}|${INVISIBLE.source}|${SEPARATORS.source}`);

/** Keeps tabs and line breaks, takes every other control and direction character out (ANSI sequences among them). */
export function printable(text: string): string {
  // Most text has none of them, and thousands of lines are asked about.
  if (!UNSAFE.test(text)) return text;
  return text
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, "")
    .replace(CONTROL, "")
    .replace(INVISIBLE, "")
    .replace(SEPARATORS, " ");
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text.replace(/[\r\n\t\u2028\u2029]+/g, " ")).trim();
}

/** Lines after the first stand further in, so that none of them can be taken for one of ours. */
export function printableBlock(text: string): string {
  return printable(text).replaceAll("\n", "\n  ");
}

/** A document of JSON that holds such characters as escapes, which means the same. */
export function printableJson(json: string): string {
  return json.replace(new RegExp(UNSAFE, "g"), (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
