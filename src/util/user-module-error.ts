/** What went wrong with a file of the user's, in one sentence with the place. */
import { isAbsolute, relative } from "node:path";
import { UserModuleError } from "../errors.js";
import type { Problem } from "./bundle-modules.js";
import { displayLocation, remapError, type SourceLocation, userLocation } from "./remap-stack.js";

/** For files that cannot be read or parsed; `files` are those that were to be loaded. */
export function problemError(files: readonly string[], problems: readonly Problem[], cause: unknown): UserModuleError {
  const [first] = problems;
  const file = first?.file ?? files[0]!;
  const more =
    problems.length < 2 ? "" : `, and ${problems.length - 1} more ${problems.length === 2 ? "error" : "errors"}`;
  const place = first?.file === undefined ? undefined : { file, line: first.line, column: first.column };
  const text = first?.text ?? "it cannot be read";
  return new UserModuleError(sentence(subjectOf(files, file), text, place) + more, {
    path: place === undefined ? file : displayLocation(place),
    cause,
    hint: installHint(/^Could not resolve "((?:@[^/"]+\/)?[^./"#][^/"]*)/.exec(text)),
  });
}

/** For a file that threw while it ran, or whose imports do not fit; the cause's stack is told in the user's files. */
export function evaluationError(file: string, error: unknown): UserModuleError {
  const place = userLocation(error) ?? undefined;
  const hint = (error as { readonly hint?: unknown } | null | undefined)?.hint;
  const message = messageOf(error);
  return new UserModuleError(sentence(file, message, place), {
    path: place === undefined ? file : displayLocation(place),
    cause: remapError(error),
    hint: typeof hint === "string" ? hint : installHint(/^Cannot find package '([^']+)'/.exec(message)),
  });
}

/** For a function of a config that threw, when it was called. */
export function hookError(key: string, path: string | undefined, error: unknown): UserModuleError {
  const place = userLocation(error) ?? undefined;
  const hint = (error as { readonly hint?: unknown } | null | undefined)?.hint;
  const message = messageOf(error);
  const subject = path === undefined ? `'${key}' of the config` : `'${key}' in '${displayPath(path)}'`;
  return new UserModuleError(`${subject} failed: ${reasonAt(message, place)}`, {
    path: place === undefined ? (path ?? key) : displayLocation(place),
    cause: remapError(error),
    hint: typeof hint === "string" ? hint : installHint(/^Cannot find package '([^']+)'/.exec(message)),
  });
}

/** The path as people look for it: from the working directory where it is below that. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}

/** Of several files loaded together, the one with the mistake; else the one that leads to it. */
function subjectOf(files: readonly string[], file: string): string {
  return files.includes(file) || files.length > 1 ? file : files[0]!;
}

function sentence(subject: string, reason: string, place: SourceLocation | undefined): string {
  return `cannot load '${displayPath(subject)}': ${reasonAt(reason, place)}`;
}

function reasonAt(reason: string, place: SourceLocation | undefined): string {
  const where = place === undefined ? "" : ` (${displayLocation({ ...place, file: displayPath(place.file) })})`;
  return withoutPasswords(reason) + where;
}

/** A parser quotes what it stumbled over, and that may be a database URL. */
function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^\s:/?#@"'`]*):[^\s"'`]*@/g, "$1:***@");
}

function installHint(missing: RegExpExecArray | null): string | undefined {
  return missing === null ? undefined : `Install it with \`npm install ${missing[1]}\`.`;
}

function messageOf(error: unknown): string {
  const message = isErrorLike(error) ? error.message : typeof error === "object" ? "" : String(error);
  return message.split("\n", 1)[0]!.trim() || "it failed without a message";
}

function isErrorLike(value: unknown): value is { readonly message: string } {
  return typeof value === "object" && value !== null && typeof (value as { message?: unknown }).message === "string";
}
