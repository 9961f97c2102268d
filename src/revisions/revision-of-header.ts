/** The revision that a file's constants describe, checked. */
import { RevisionFileError } from "../errors.js";
import type { HeaderComment } from "./header-comment.js";
import type { HeaderName } from "./read-header.js";
import type { Revision } from "./revision.js";
import { REVISION_ID } from "./revision-file-name.js";

/** What a file exports, whether it was read or run. */
export type HeaderValues = Readonly<Partial<Record<HeaderName, unknown>>>;

/** @throws RevisionFileError saying which constant is missing or is not what it should be. */
export function revisionOf(
  values: HeaderValues,
  { message, description, createdAt }: HeaderComment,
  { path, source }: { readonly path: string; readonly source: string },
): Revision {
  const downRevisions = values.downRevision === undefined ? undefined : namesOf("downRevision", values, path);
  if (downRevisions === undefined) {
    throw fileError(
      path,
      `'${path}' does not export 'downRevision'`,
      "Add `export const downRevision = …`: the id of the revision before it, or `null`.",
    );
  }
  return {
    id: idOf(values.revision, path),
    downRevisions,
    dependsOn: namesOf("dependsOn", values, path),
    branchLabels: namesOf("branchLabels", values, path),
    message,
    description,
    createdAt,
    path,
    source,
    transaction: transactionOf(values.transaction, path),
  };
}

function idOf(id: unknown, path: string): string {
  if (id === undefined) {
    throw fileError(
      path,
      `'${path}' does not export 'revision'`,
      "Add `export const revision = …` with its id, or move a file that is no revision elsewhere.",
    );
  }
  if (typeof id === "string" && REVISION_ID.test(id)) return id;
  throw fileError(
    path,
    `'${path}' exports ${shown(id)} as its 'revision', which is no revision id`,
    "Use 1 to 64 letters, digits and underscores.",
  );
}

function namesOf(
  key: "downRevision" | "branchLabels" | "dependsOn",
  values: HeaderValues,
  path: string,
): readonly string[] {
  const value = values[key];
  if (value === undefined || value === null) return [];
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = names.find((name) => typeof name !== "string" || name === "");
  if (wrong === undefined && !names.includes(undefined)) return names as readonly string[];
  throw fileError(
    path,
    `'${path}' exports a '${key}' that holds ${shown(wrong)}`,
    "Use a string, an array of strings, or `null`.",
  );
}

function transactionOf(value: unknown, path: string): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? true;
  throw fileError(path, `'${path}' exports ${shown(value)} as 'transaction'`, "Use `true` or `false`.");
}

function shown(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  return value === null || typeof value !== "object" ? String(value) : Array.isArray(value) ? "an array" : "an object";
}

function fileError(path: string, message: string, hint: string): RevisionFileError {
  return new RevisionFileError(message, { path, hint });
}
