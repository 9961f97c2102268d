/**
 * Stacks of user code, told in the user's own files. Bundles and re-imported files are registered when they are loaded;
 * their source maps are read when an error is shown and not before.
 */
import { SourceMap, type SourceMapPayload } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** The name of the module that only lists the bundled files. */
export const ENTRY_SOURCE = "tsmigrate-entry.js";

/** A source map as it lies beside a bundle. */
export interface StoredSourceMap extends Omit<SourceMapPayload, "sourcesContent" | "sourceRoot" | "file"> {
  /** For each source, how many characters of ours stand in front of its first line. */
  readonly preludeLengths: readonly number[];
}

/** Lines and columns start at 1; a column of 0 is not known. */
export interface SourceLocation {
  /** Absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

type Locate = (line: number, column: number) => SourceLocation | null;

/** By the name under which stacks speak of a script. */
const scripts = new Map<string, Locate>();

/** @param readMap gives a {@link StoredSourceMap} as text; called once at most. */
export function registerBundle(names: readonly string[], readMap: () => string): void {
  let opened: Locate | undefined;
  const locate: Locate = (line, column) => {
    opened ??= openMap(readMap);
    return opened(line, column);
  };
  for (const name of names) scripts.set(name, locate);
}

/** A file that was imported as it is, under a URL with a query; CommonJS goes by its path. */
export function registerFile(url: string, file: string): void {
  for (const name of [url, file]) scripts.set(name, (line, column) => ({ file, line, column }));
}

/** Gives the stack with every place in a bundle replaced by the user's `file:line:column`; our own wrapping goes. */
export function remapStack(stack: string): string {
  let lines = stack.split("\n");
  for (const [name, locate] of scripts) {
    if (stack.includes(name)) lines = lines.flatMap((line) => remapLine(line, name, locate));
  }
  return lines.join("\n");
}

/** Remaps the stack of an error and of all it was caused by, in place, and gives it back. */
export function remapError<T>(error: T): T {
  remapChain(error, new Set());
  return error;
}

/** Gives the place in the user's files where the error arose, or null when its stack names none. */
export function userLocation(error: unknown): SourceLocation | null {
  if (typeof error !== "object" || error === null) return null;
  const known = locations.get(error);
  if (known !== undefined) return known;
  for (const line of (stackOf(error) ?? "").split("\n")) {
    for (const [name, locate] of scripts) {
      const place = placeIn(line, name);
      const location = place && locate(place.line, place.column);
      if (location === null) continue;
      locations.set(error, location);
      return location;
    }
  }
  return null;
}

/** Node.js throws the same error again for a module that failed, when its stack has been remapped already. */
const locations = new WeakMap<object, SourceLocation>();

function remapLine(line: string, name: string, locate: Locate): string | readonly string[] {
  const place = placeIn(line, name);
  if (place === null) return line;
  const location = locate(place.line, place.column);
  if (location === null) return /^\s+at /.test(line) ? [] : line;
  const remapped = line.replace(place.text, () => displayLocation(location));
  // The code of a file stands in a function that is named after it.
  const wrapped = /^(\s+at (?:async )?)(.+) \((.+)\)$/.exec(remapped);
  return wrapped !== null && basename(wrapped[2]!) === basename(location.file) ? wrapped[1]! + wrapped[3]! : remapped;
}

export function displayLocation({ file, line, column }: SourceLocation): string {
  return column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
}

function placeIn(
  text: string,
  name: string,
): { readonly text: string; readonly line: number; readonly column: number } | null {
  const start = text.indexOf(name);
  if (start === -1) return null;
  const numbers = /^:(\d+)(?::(\d+))?/.exec(text.slice(start + name.length));
  if (numbers === null) return null;
  return { text: name + numbers[0], line: Number(numbers[1]), column: Number(numbers[2] ?? 0) };
}

function openMap(readMap: () => string): Locate {
  let stored: StoredSourceMap;
  let map: SourceMap;
  try {
    stored = JSON.parse(readMap()) as StoredSourceMap;
    map = new SourceMap(stored as unknown as SourceMapPayload);
  } catch {
    // Gone with the cache since it was loaded.
    return () => null;
  }
  return (line, column) => {
    const entry = map.findEntry(line - 1, Math.max(0, column - 1));
    // The nearest mapping before a line of esbuild's own belongs to another line.
    if (!("originalSource" in entry) || entry.generatedLine !== line - 1) return null;
    const index = stored.sources.indexOf(entry.originalSource);
    if (!entry.originalSource.startsWith("file:")) return null;
    const inserted = entry.originalLine === 0 ? (stored.preludeLengths[index] ?? 0) : 0;
    const originalColumn = column === 0 ? 0 : Math.max(0, entry.originalColumn - inserted) + 1;
    return { file: fileURLToPath(entry.originalSource), line: entry.originalLine + 1, column: originalColumn };
  };
}

function remapChain(error: unknown, seen: Set<unknown>): void {
  if (typeof error !== "object" || error === null || seen.has(error)) return;
  seen.add(error);
  const stack = stackOf(error);
  if (stack !== undefined) {
    const remapped = remapStack(stack);
    if (remapped !== stack) Reflect.set(error, "stack", remapped);
  }
  const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
  remapChain(cause, seen);
  if (Array.isArray(errors)) for (const each of errors) remapChain(each, seen);
}

function stackOf(error: unknown): string | undefined {
  const stack = typeof error === "object" && error !== null ? (error as { readonly stack?: unknown }).stack : undefined;
  return typeof stack === "string" ? stack : undefined;
}
