/**
 * The file `heads` of a version location: the ids of the heads whose files are there, one a line. Whoever adds a revision
 * changes the line of its parent, so that two people who both do meet in a conflict of their version control, instead of
 * in a deployment that finds two heads. Only `check` reads it; the history itself is never taken from it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { HeadsFileError } from "../errors.js";
import { quoted } from "./find-revision.js";
import type { RevisionId } from "./revision.js";
import { nodeOf, type RevisionGraph } from "./revision-graph.js";
import { sameIds } from "./version-rows.js";
import { withDescendantsOnLineage } from "./walk-graph.js";
import { replaceFile } from "./write-file.js";

export const HEADS_FILE = "heads";

/** Absolute paths of the version locations, in the order of the config. */
type Locations = readonly string[];

/**
 * Makes the files say what the heads are. A file that is not there is made where the heads of its location are not those
 * of `before`, or in any case without `before`.
 *
 * @throws NodeJS.ErrnoException if one cannot be written
 */
export async function writeHeadsFiles(
  graph: RevisionGraph,
  locations: Locations,
  before?: RevisionGraph,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const location of locations) {
    const path = join(location, HEADS_FILE);
    const heads = headsIn(graph, location, locations);
    const text = readText(path);
    const isNew = before === undefined ? heads.length > 0 : !sameIds(heads, headsIn(before, location, locations));
    if (text === undefined && !isNew) continue;
    const next = inPlace(idsOf(text ?? ""), heads, graph)
      .map((id) => `${id}\n`)
      .join("");
    if (next === text) continue;
    await replaceFile(path, next);
    written.push(path);
  }
  return written;
}

/** Compares the files with the heads. One that is not there says nothing wrong. @throws HeadsFileError */
export function checkHeadsFiles(graph: RevisionGraph, locations: Locations): void {
  for (const location of locations) {
    const path = join(location, HEADS_FILE);
    const text = readText(path);
    if (text === undefined) continue;
    const expected = headsIn(graph, location, locations);
    const found = idsOf(text);
    if (isConflicted(text)) throw conflicted(path, expected, found);
    if (!sameIds(expected, found)) throw stale(path, expected, found);
  }
}

/** The heads whose files are in this location, and in none that lies deeper. */
function headsIn(graph: RevisionGraph, location: string, locations: Locations): readonly RevisionId[] {
  return graph.heads.filter((id) => {
    const { path } = nodeOf(graph, id).revision;
    const around = locations.filter((other) => path.startsWith(other + sep));
    return around.every((other) => other.length <= location.length) && around.includes(location);
  });
}

/** The heads in the order of the lines there are: what stands on a listed revision takes its line, the rest follows. */
function inPlace(listed: readonly string[], heads: readonly RevisionId[], graph: RevisionGraph): readonly RevisionId[] {
  const left = new Set(heads);
  const ordered: RevisionId[] = [];
  const take = (id: RevisionId) => {
    if (left.delete(id)) ordered.push(id);
  };
  for (const id of listed) {
    const node = graph.byId.get(id);
    if (node === undefined) continue;
    if (left.has(id)) take(id);
    else for (const above of withDescendantsOnLineage([node])) take(above.id);
  }
  return [...ordered, ...left];
}

const MARKER = /^(?:<{7}|={7}|>{7}|\|{7})/;

function isConflicted(text: string): boolean {
  return text.split("\n").some((line) => MARKER.test(line));
}

/** The first word of each line, conflict markers left out. */
function idsOf(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !MARKER.test(line))
    .map((line) => line.trim().split(/\s/)[0]!);
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function conflicted(path: string, expected: readonly RevisionId[], found: readonly string[]): HeadsFileError {
  const both = expected.filter((id) => found.includes(id));
  const what = both.length > 1 ? `: ${quoted(both)} were added in parallel` : "";
  return new HeadsFileError(`'${path}' holds a merge conflict${what}`, {
    path,
    expected,
    found,
    hint: both.length > 1 ? oneLine(both) : "Run `tsmigrate heads --write` to write it anew.",
  });
}

function stale(path: string, expected: readonly RevisionId[], found: readonly string[]): HeadsFileError {
  const says = found.length === 0 ? "no head" : quoted(found);
  const heads = expected.length === 0 ? "there is none" : expected.length === 1 ? "the head is" : "the heads are";
  const unlisted = expected.filter((id) => !found.includes(id));
  return new HeadsFileError(`'${path}' names ${says}, but ${heads} ${quoted(expected)}`.trimEnd(), {
    path,
    expected,
    found,
    hint:
      expected.length > 1 && unlisted.length > 0
        ? `${oneLine([expected.find((id) => id !== unlisted.at(-1))!, unlisted.at(-1)!])} If both shall stay, run \`tsmigrate heads --write\`.`
        : "Run `tsmigrate heads --write` to write it anew.",
  });
}

function oneLine([first, second]: readonly RevisionId[]): string {
  return `Run \`tsmigrate rebase ${second} --onto ${first}\` to put one behind the other, or \`tsmigrate merge ${first} ${second} -m "…"\` to join them; both write the file anew.`;
}
