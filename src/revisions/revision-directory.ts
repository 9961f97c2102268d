/** The directories that hold the revisions' files: what is in them, and how a new file gets there. */
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { ConfigInvalidError, RevisionFileError } from "../errors.js";
import { LONGEST_FILE, MOST_REVISION_FILES } from "../util/limits.js";
import { duplicateId } from "./check-revisions.js";
import { type RevisionHeader, readHeader } from "./read-header.js";
import type { Revision, RevisionId } from "./revision.js";
import { REVISION_FILE_NAME } from "./revision-file-name.js";
import { type HeaderValues, revisionOf } from "./revision-of-header.js";
import { codeOf, writeNewFile } from "./write-file.js";

export interface RevisionDirectoryOptions {
  /** Absolute paths of directories, in the order of the config. */
  readonly locations: readonly string[];
  /** Are directories inside the locations looked into? */
  readonly recursive: boolean;
  /** Is no location at all an empty history, for whoever writes its first revision? */
  readonly mayBeMissing?: boolean;
  /** More are no revisions; {@link MOST_REVISION_FILES} where nothing is said. */
  readonly mostFiles?: number;
  /** Runs a file whose header cannot be read as text, and gives what it exports. */
  readonly importRevision: (path: string) => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Reads every revision file: directory by directory in the given order, names sorted by code unit, the files of a
 * directory before the directories in it. That is the file order of the graph.
 *
 * A location that does not exist is left out if another one does: its first revision is still to come.
 *
 * @throws ConfigInvalidError if there is no location at all and `mayBeMissing` is not set, or two of them reach the same file.
 * @throws RevisionFileError if a file cannot be read, or does not say what it is.
 * @throws DuplicateRevisionError if two files declare the same id.
 */
export async function loadRevisions(options: RevisionDirectoryOptions): Promise<readonly Revision[]> {
  const revisions: Revision[] = [];
  const paths = new Map<RevisionId, string>();
  const files = listFiles(options);
  const { mostFiles = MOST_REVISION_FILES, locations } = options;
  if (files.length > mostFiles) throw tooMany(files.length, mostFiles, locations);
  for (const path of files) {
    // Thousands of small files are read several times faster one by one than by the thread pool.
    const source = attempt(path, () => readFileSync(path, "utf8"));
    if (source.length > LONGEST_FILE) throw tooLong(path, source.length);
    const header = readHeader(source);
    const values = header.computed.length === 0 ? header.values : await withComputed(header, path, options);
    const revision = revisionOf(values, header, { path, source });
    const other = paths.get(revision.id);
    if (other !== undefined) throw duplicateId(revision.id, [other, path]);
    paths.set(revision.id, path);
    revisions.push(revision);
  }
  return revisions;
}

export interface NewRevisionFile {
  /** Absolute path of the version location; made if it does not exist. */
  readonly directory: string;
  /** Relative to it, with `/` between directories. */
  readonly fileName: string;
  readonly text: string;
}

/**
 * Writes a file that is there whole or not at all, whatever happens meanwhile, and gives its absolute path.
 * @throws RevisionFileError if it exists, or cannot be written.
 */
export async function writeRevisionFile({ directory, fileName, text }: NewRevisionFile): Promise<string> {
  const path = resolve(directory, fileName);
  if (!isInside(path, resolve(directory))) throw outside(path, directory);
  await mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw failed(path, "written", error);
  });
  try {
    const realPath = join(realpathSync(dirname(path)), basename(path));
    if (!isInside(realPath, realpathSync(directory))) throw outside(path, directory);
    await writeNewFile(path, text);
  } catch (error) {
    if (error instanceof RevisionFileError) throw error;
    throw codeOf(error) === "EEXIST" ? existsAlready(path, error) : failed(path, "written", error);
  }
  return path;
}

async function withComputed(
  header: RevisionHeader,
  path: string,
  { importRevision }: RevisionDirectoryOptions,
): Promise<HeaderValues> {
  const exported = await importRevision(path);
  return { ...header.values, ...Object.fromEntries(header.computed.map((name) => [name, exported[name]])) };
}

function listFiles({ locations, recursive, mayBeMissing }: RevisionDirectoryOptions): readonly string[] {
  const present = locations.filter(isDirectory);
  if (present.length === 0) {
    if (mayBeMissing === true) return [];
    const [location = ""] = locations;
    throw new ConfigInvalidError(`there is no directory of revisions at '${location}'`, {
      key: "versionLocations",
      path: location,
      hint: 'Run `tsmigrate revision -m "…"` to make it with a first revision, or correct the config.',
    });
  }
  const found = present.map((location) => {
    const root = realpathSync(location);
    return { location, files: filesIn(location, root, { root, recursive }) };
  });
  // The files of one folder are different files, unless one of them is a link.
  if (found.length > 1 || found[0]!.files.some(({ isLink }) => isLink)) requireReachedOnce(found);
  return found.flatMap(({ files }) => files.map(({ path }) => path));
}

function requireReachedOnce(
  found: readonly { readonly location: string; readonly files: readonly FoundFile[] }[],
): void {
  const reached = new Map<string, string>();
  for (const { location, files } of found) {
    for (const { path, realPath } of files) {
      const other = reached.get(realPath);
      if (other !== undefined) throw reachedTwice(path, other, location);
      reached.set(realPath, path);
    }
  }
}

interface FoundFile {
  readonly path: string;
  readonly realPath: string;
  readonly isLink: boolean;
}

function filesIn(
  directory: string,
  realDirectory: string,
  scan: { readonly root: string; readonly recursive: boolean },
): readonly FoundFile[] {
  const entries = attempt(directory, () => readdirSync(directory, { withFileTypes: true }));
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const files: FoundFile[] = [];
  for (const entry of sorted) {
    if (!REVISION_FILE_NAME.test(entry.name)) continue;
    const path = directory + sep + entry.name;
    const isLink = entry.isSymbolicLink();
    const realPath = isLink ? followLink(path, scan.root) : realDirectory + sep + entry.name;
    // A pipe with such a name would keep us waiting for ever.
    if (isLink ? !isFile(realPath) : !entry.isFile()) continue;
    files.push({ path, realPath, isLink });
  }
  // Names without a capital letter differ in more than case.
  if (sorted.some(({ name }) => /[A-Z]/.test(name))) requireDifferentNames(files);
  if (!scan.recursive) return files;
  const directories = sorted.filter(isRevisionDirectory);
  return [
    ...files,
    ...directories.flatMap(({ name }) => filesIn(join(directory, name), join(realDirectory, name), scan)),
  ];
}

function requireDifferentNames(files: readonly FoundFile[]): void {
  const names = new Map<string, string>();
  for (const { path } of files) {
    const name = path.toLowerCase();
    const other = names.get(name);
    if (other !== undefined) throw sameButForCase(path, other);
    names.set(name, path);
  }
}

function isRevisionDirectory(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules";
}

function followLink(path: string, root: string): string {
  const target = attempt(path, () => realpathSync(path));
  if (!isInside(target, root)) throw outside(path, root);
  return target;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw failed(path, "read", cause);
  }
}

function failed(path: string, what: "read" | "written", cause: unknown): RevisionFileError {
  return new RevisionFileError(`'${path}' cannot be ${what}: ${codeOf(cause) || String(cause)}`, { path, cause });
}

function tooMany(count: number, most: number, locations: readonly string[]): ConfigInvalidError {
  return new ConfigInvalidError(`there are ${count} revision files, and ${most} is the most`, {
    key: "versionLocations",
    ...(locations[0] === undefined ? {} : { path: locations[0] }),
    hint: "Name directories that hold nothing but revisions.",
  });
}

function tooLong(path: string, length: number): RevisionFileError {
  return new RevisionFileError(`'${path}' has ${length} characters, and ${LONGEST_FILE} is the most`, {
    path,
    hint: "Keep the rows in a file of their own, and read them in the revision a part at a time.",
  });
}

function existsAlready(path: string, cause: unknown): RevisionFileError {
  return new RevisionFileError(`'${path}' exists already`, { path, hint: "Give the revision another message.", cause });
}

function outside(path: string, directory: string): RevisionFileError {
  return new RevisionFileError(`'${path}' leads out of '${directory}'`, {
    path,
    hint: "Put the file itself there, or add its directory to `versionLocations`.",
  });
}

function sameButForCase(path: string, other: string): RevisionFileError {
  return new RevisionFileError(`'${other}' and '${path}' are the same file where case does not count`, {
    path,
    hint: "Rename one of the two.",
  });
}

function reachedTwice(path: string, other: string, location: string): ConfigInvalidError {
  return new ConfigInvalidError(`'${path}' in the version location '${location}' was reached before, as '${other}'`, {
    key: "versionLocations",
    path: location,
    hint: "List every directory once, and no directory inside another one while `recursiveVersionLocations` is on.",
  });
}
