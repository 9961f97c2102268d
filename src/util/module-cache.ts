/**
 * The cache of bundled user modules on disk. An entry is good as long as every file it was made from holds the very
 * same bytes; the bytes themselves are kept and compared, which takes no hash and so not the 8 ms that loading
 * `node:crypto` costs. Nothing here throws for a damaged, foreign or read-only cache: it is then simply not used.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What a bundle was made from. */
export interface BundleInputs {
  /** Absolute path → content; null: looked for and not there. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
  /** Absolute folders where a further source file could change what an import means → {@link sourceNames}. */
  readonly directories: ReadonlyMap<string, string>;
}

export interface BundleOutput {
  /** Named by its content, ends in `.mjs`. */
  readonly fileName: string;
  readonly code: string;
  /** JSON whose `sources` are file URLs. */
  readonly map: string;
}

/** The first line of an entry; the bytes of all files, then of the bundle, follow in the same order. */
interface EntryHeader {
  readonly key: string;
  readonly output: string;
  readonly outputLength: number;
  /** Path and length; null: not there. */
  readonly files: readonly (readonly [string, number | null])[];
  readonly directories: readonly (readonly [string, string])[];
}

/** The number of files above which the oldest go; a bundle takes three. */
const LIMIT = 300;

/**
 * Gives the folder to cache in: `wanted`, or `.cache/tsmigrate` in the nearest node_modules upward of the file; null when
 * there is none, or when others than us could put code into `wanted`.
 */
export function cacheDirectoryFor(file: string, wanted: string | null | undefined): string | null {
  if (wanted === null) return null;
  if (wanted !== undefined) return isOurs(wanted) ? wanted : null;
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const modules = join(directory, "node_modules");
    if (existsSync(modules)) return join(modules, ".cache", "tsmigrate");
    if (dirname(directory) === directory) return null;
  }
}

/** Gives the path of the bundle made for `key`, or null when there is none or its inputs have changed. */
export function readCachedBundle(directory: string, key: string): string | null {
  try {
    const entry = readFileSync(join(directory, entryName(key)));
    const headerEnd = entry.indexOf("\n");
    const header = JSON.parse(entry.toString("utf8", 0, headerEnd)) as EntryHeader;
    if (header.key !== key) return null;
    let position = headerEnd + 1;
    for (const [path, length] of header.files) {
      if (length === null) {
        if (existsSync(path)) return null;
        continue;
      }
      if (!readFileSync(path).equals(entry.subarray(position, position + length))) return null;
      position += length;
    }
    if (header.directories.some(([path, names]) => sourceNames(path) !== names)) return null;
    const output = join(directory, header.output);
    const end = position + header.outputLength;
    return end === entry.length && readFileSync(output).equals(entry.subarray(position, end)) ? output : null;
  } catch {
    return null;
  }
}

/** Writes the bundle and gives its path, or null when the folder cannot be written to. Safe against other processes. */
export function writeCachedBundle(
  directory: string,
  key: string,
  inputs: BundleInputs,
  output: BundleOutput,
): string | null {
  let temporary: string | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Written in a folder of its own and renamed: readers see a whole file or none.
    temporary = mkdtempSync(join(directory, "tmp-"));
    const files: readonly (readonly [string, string | Uint8Array])[] = [
      [`${output.fileName}.map`, output.map],
      [output.fileName, output.code],
      [entryName(key), encodeEntry(key, inputs, output)],
    ];
    for (const [name, content] of files) {
      writeFileSync(join(temporary, name), content, { mode: 0o600 });
      renameSync(join(temporary, name), join(directory, name));
    }
    return join(directory, output.fileName);
  } catch {
    return null;
  } finally {
    if (temporary !== undefined) remove(temporary);
    removeOldest(directory);
  }
}

/** The names in a folder that an import could mean, as one comparable text; empty when it is not there. */
export function sourceNames(directory: string): string {
  if (!existsSync(directory)) return "";
  const names = readdirSync(directory).filter((name) => /\.(?:[cm]?[jt]sx?|json)$/.test(name));
  return names.sort().join("/");
}

function encodeEntry(key: string, inputs: BundleInputs, output: BundleOutput): Uint8Array {
  const code = Buffer.from(output.code);
  const files = [...inputs.files];
  const header: EntryHeader = {
    key,
    output: output.fileName,
    outputLength: code.length,
    files: files.map(([path, content]) => [path, content === null ? null : content.length] as const),
    directories: [...inputs.directories],
  };
  const contents = files.flatMap(([, content]) => (content === null ? [] : [content]));
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...contents, code]);
}

/**
 * From both ends of the key: the middle of a long one lists files between the first and the last. Two keys of one name
 * replace each other's entry and no more, since the whole key is in it.
 */
function entryName(key: string): string {
  const text = key.length <= 4096 ? key : key.slice(0, 2048) + key.slice(-2048);
  let a = 0;
  let b = key.length;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x9e3779b1);
    b = Math.imul(b ^ text.charCodeAt(i), 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  return `${(a >>> 0).toString(16).padStart(8, "0")}${(b >>> 0).toString(16).padStart(8, "0")}.entry`;
}

/** A folder that another user owns or everybody may write to could hold another user's code. */
function isOurs(directory: string): boolean {
  const owner = process.getuid?.();
  if (owner === undefined) return true;
  try {
    const stats = statSync(directory);
    return stats.uid === owner && (stats.mode & 0o002) === 0;
  } catch {
    return true;
  }
}

function removeOldest(directory: string): void {
  try {
    const names = readdirSync(directory);
    if (names.length <= LIMIT) return;
    const byAge = names
      .map((name) => ({ path: join(directory, name), modified: statSync(join(directory, name)).mtimeMs }))
      .sort((a, b) => a.modified - b.modified);
    for (const { path } of byAge.slice(0, names.length - LIMIT / 2)) remove(path);
  } catch {
    // Another process is tidying up too, or the folder is read-only.
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Left for the next time.
  }
}
