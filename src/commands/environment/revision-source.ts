/** The texts of revision files, read once for all databases of a run. */
import { readFileSync } from "node:fs";
import type { Revision } from "../../revisions/revision.js";
import { hashSource, type KeptSource, keepSource } from "../../util/source-text.js";

const hashes = new WeakMap<Revision, string>();
const kept = new WeakMap<Revision, KeptSource>();

export function sourceOf({ source, path }: Revision): string {
  return source ?? readFileSync(path, "utf8");
}

/** As {@link hashSource} of the file as it was when it was first asked for. */
export function sourceHashOf(revision: Revision): string {
  const hash = hashes.get(revision) ?? hashSource(sourceOf(revision));
  hashes.set(revision, hash);
  return hash;
}

export function keptSourceOf(revision: Revision): KeptSource {
  const source = kept.get(revision) ?? keepSource(sourceOf(revision));
  kept.set(revision, source);
  return source;
}
