/** Ids, slugs and file names of new revisions. All of them are safe on every file system. */
import { ConfigInvalidError, InternalError } from "../errors.js";
import type { RevisionId } from "./revision.js";

/** Files with such names hold revisions, unless they are declarations or begin with `__init__`. */
export const REVISION_FILE_NAME = /^(?!__init__)[0-9A-Za-z_][0-9A-Za-z_.-]*(?<!\.d)\.(?:ts|mts|cts|js|mjs|cjs)$/;

export const REVISION_ID = /^[A-Za-z0-9_]{1,64}$/;

export interface RevisionFileNameParts {
  /** As in the config: `{rev}_{slug}`; `/` makes directories. */
  readonly template: string;
  readonly id: RevisionId;
  readonly slug: string;
  readonly date: Date;
  /** An IANA name, such as `Europe/Paris`. */
  readonly timezone: string;
  readonly extension: "ts" | "mts" | "cts" | "js" | "mjs" | "cjs";
}

/** Makes an id of 12 hexadecimal digits of the first six bytes. */
export function newRevisionId(randomBytes: Uint8Array): RevisionId {
  if (randomBytes.length < 6) throw new InternalError("a revision id needs six random bytes");
  return Array.from(randomBytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Turns a message into words of `a` to `z`, digits and `_`, joined by `_`. One that is too long is cut behind its last
 * whole word and keeps the `_` there, as in Alembic: `this_is_a_really_long_name_with_lots_of_`.
 */
export function slugOf(message: string, length: number): string {
  const plain = message.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const slug = (plain.match(/[a-z0-9_]+/g) ?? []).join("_");
  if (slug.length <= length) return slug;
  const cut = slug.slice(0, length);
  const lastWord = cut.lastIndexOf("_");
  return lastWord < 0 ? cut : cut.slice(0, lastWord + 1);
}

/**
 * Fills the template, and gives a path relative to the version location.
 * @throws ConfigInvalidError if the timezone or a token is unknown, or the name could not be found again.
 */
export function revisionFileName(parts: RevisionFileNameParts): string {
  const { template, id, slug, date, timezone, extension } = parts;
  const values: Readonly<Record<string, string>> = { rev: id, slug, ...calendarOf(date, timezone) };
  const path = template.replace(/\{(\w+)\}/g, (token, name: string) => {
    const value = values[name];
    if (value === undefined) throw unknownToken(token, Object.keys(values));
    return value;
  });
  // A message without a single letter of the alphabet leaves nothing behind the id.
  const segments = (slug === "" ? path.replace(/(?<![_.-])[_.-]+$/, "") : path).split("/").map(avoidReservedName);
  const fileName = `${segments.pop()}.${extension}`;
  if (!REVISION_FILE_NAME.test(fileName) || !segments.every((segment) => DIRECTORY_NAME.test(segment))) {
    throw new ConfigInvalidError(
      `fileTemplate '${template}' gives '${[...segments, fileName].join("/")}', which is no name for a revision file`,
      {
        key: "fileTemplate",
        hint: 'Use letters, digits, `_`, `-`, `.` and the tokens only, for example `fileTemplate: "{rev}_{slug}"`.',
      },
    );
  }
  return [...segments, fileName].join("/");
}

const DIRECTORY_NAME = /^[0-9A-Za-z_][0-9A-Za-z_.-]*$/;

/** Names that Windows keeps for devices, with or without an extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

function avoidReservedName(segment: string): string {
  return segment.replace(DEVICE, "$&_");
}

/** The date as the clocks in a timezone show it, in ISO 8601 with their distance from UTC: `…+02:00`, or `Z` for none. */
export function dateInTimezone(date: Date, timezone: string): string {
  const { year, month, day, hour, minute, second } = calendarOf(date, timezone);
  const shown = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const minutes = Math.round((shown - Math.floor(date.getTime() / 1000) * 1000) / 60_000);
  if (minutes === 0) return date.toISOString();
  const two = (count: number) => String(count).padStart(2, "0");
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return new Date(date.getTime() + minutes * 60_000).toISOString().replace("Z", offset);
}

/** The parts of a date as the clocks in a timezone show it. */
function calendarOf(date: Date, timezone: string): Readonly<Record<string, string>> {
  const parts = Object.fromEntries(
    calendarFormat(timezone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const { year = "", month = "", day = "", hour = "", minute = "", second = "" } = parts;
  const epoch = String(Math.floor(date.getTime() / 1000));
  return { epoch, year: year.padStart(4, "0"), month, day, hour, minute, second };
}

function calendarFormat(timezone: string): Intl.DateTimeFormat {
  const two = "2-digit" as const;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: timezone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  } catch (cause) {
    throw new ConfigInvalidError(`there is no timezone called '${timezone}'`, {
      key: "timezone",
      hint: 'Use a name of the IANA database, for example `timezone: "Europe/Paris"`.',
      cause,
    });
  }
}

function unknownToken(token: string, known: readonly string[]): ConfigInvalidError {
  return new ConfigInvalidError(`fileTemplate has an unknown token '${token}'`, {
    key: "fileTemplate",
    hint: `Use one of ${known.map((name) => `\`{${name}}\``).join(", ")}.`,
  });
}
