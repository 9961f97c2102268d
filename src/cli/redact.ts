/**
 * Keeps secrets out of everything that is printed, in each spelling they may come in: as they are, percent-encoded by
 * anybody's rules, and inside the quotes of JSON, SQL and JavaScript.
 */

import { quoteText } from "../util/quote.js";

export type Redact = (text: string) => string;

const HIDDEN = "***";

/**
 * Hashes and packed files in the ledger's part of a script. A short secret is in one of them by chance, and hiding it
 * there would make the database believe that a file was edited.
 */
const MACHINE_TEXT = "(?<=')(?:1:[0-9a-f]{64}|[A-Za-z0-9+/]{96,}={0,2})(?=')";
const LONGEST_BY_CHANCE = 8;

/** `urls` are texts that may hold URLs, `passwords` are secrets as they are. */
export function createRedactor(
  urls: readonly (string | undefined)[],
  passwords: readonly (string | undefined)[],
): Redact {
  const secrets = new Set<string>();
  for (const secret of [...urls.flatMap(secretsOf), ...passwords]) {
    if (secret !== undefined) for (const spelling of spellings(secret)) secrets.add(spelling);
  }
  // Longest first, so that a secret inside another does not leave a rest. Two characters are in every text: those are
  // hidden only where they stand as a password.
  const list = [...secrets].filter((secret) => secret.length > 2).sort((a, b) => b.length - a.length);
  if (list.length === 0) return hideForms;
  const known = new RegExp([MACHINE_TEXT, ...list.map(escaped)].join("|"), "g");
  const long = list.filter((secret) => secret.length > LONGEST_BY_CHANCE);
  const hide = (found: string) =>
    list.includes(found) ? HIDDEN : long.reduce((text, secret) => text.replaceAll(secret, HIDDEN), found);
  return (text) => hideForms(text.replace(known, hide));
}

/** The same for every text in a document. Done before it is written as JSON, whose escapes would hide a secret from us. */
export function redactDeep(value: unknown, redact: Redact): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)]));
}

/** What each of the forms has in it; most texts have none, and are done with at once. */
const MAY_HOLD_SECRET = /:\/\/|passw|pwd=|-----BEGIN /i;

/** What stands where passwords stand, known or not. */
function hideForms(text: string): string {
  if (!MAY_HOLD_SECRET.test(text)) return text;
  return text
    .replace(/\S+/g, hideInUrl)
    .replace(/\b((?:pg)?(?:password|passwd|pwd)|sslpassword)=(?:'[^'\n]*'|"[^"\n]*"|[^\s&'"]+)/gi, `$1=${HIDDEN}`)
    .replace(/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, `$1 ${HIDDEN}`);
}

/** In a text without spaces: from the first user's name to the last `@`, since a password may hold one. */
function hideInUrl(word: string): string {
  const end = word.lastIndexOf("@");
  if (end === -1) return word;
  const user = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^:/?#@\s'"`]*:/i.exec(word);
  if (user === null) return word;
  const from = user.index + user[0].length;
  return from > end ? word : `${word.slice(0, from)}${HIDDEN}${word.slice(end)}`;
}

/**
 * The passwords that a text with URLs in it may hold. One with a bare `@` ends nobody knows where, so each end is taken.
 * What is also the name of the user, the host or the database is no secret: hiding it would hide half of the output.
 */
function secretsOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const found: string[] = [];
  for (const [, scheme = "", user = "", rest = ""] of text.matchAll(
    /([a-z][a-z0-9+.-]{0,30}):\/\/([^:/?#@\s]*):(\S*)/gi,
  )) {
    const ends = [...rest.matchAll(/@/g)].map((match) => match.index);
    const public_ = [scheme.split("+")[0]!, user, ...rest.slice((ends.at(-1) ?? -1) + 1).split(/[/:?&=,]/)];
    found.push(...ends.map((end) => rest.slice(0, end)).filter((secret) => !public_.includes(secret)));
  }
  const parameters = [...text.matchAll(/[?&](?:password|pass|pwd|sslpassword)=([^&\s]*)/gi)].map((match) => match[1]!);
  return [...found, ...parameters];
}

function spellings(secret: string): readonly string[] {
  const plain = [...new Set([secret, decoded(secret)])];
  return plain.flatMap((text) => [
    text,
    encodeURIComponent(text),
    encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    encodeURI(text),
    asUrlPassword(text),
    text.replaceAll("'", "\\'"),
    ...[text, quoteText(text).slice(1, -1)].flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]),
  ]);
}

/** As the URL class of the language spells it. */
function asUrlPassword(text: string): string {
  const url = new URL("http://user@host");
  url.password = text;
  return url.password;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
