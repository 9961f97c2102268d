/** A revision: one file with `upgrade` and `downgrade`, and its place in the history. */

export type RevisionId = string;

export type Direction = "upgrade" | "downgrade";

export interface Revision {
  readonly id: RevisionId;
  /** Empty at a base; several at a merge point. In the order of the file. */
  readonly downRevisions: readonly RevisionId[];
  /** Ids or labels that must be applied first without being parents. In the order of the file. */
  readonly dependsOn: readonly string[];
  /** Labels written in this file; those it inherits are the graph's business. */
  readonly branchLabels: readonly string[];
  /** The first line of the file's comment. */
  readonly message: string;
  /** The rest of the comment, without the id, parent and date lines; often empty. */
  readonly description: string;
  /** ISO 8601 as in `Create Date:`, or null. */
  readonly createdAt: string | null;
  /** Absolute. */
  readonly path: string;
  /** The text of the file, where it was read. */
  readonly source?: string;
  /** False when the file says `export const transaction = false`. */
  readonly transaction: boolean;
}

/** One revision being run, or its version row being moved. */
export interface RevisionStep {
  readonly revision: Revision;
  readonly direction: Direction;
  /** What the version table holds before and after, sorted by the graph's order. */
  readonly headsBefore: readonly RevisionId[];
  readonly headsAfter: readonly RevisionId[];
}

/** What a revision file exports, once imported. */
export interface RevisionModule<Op> {
  readonly upgrade: (op: Op) => unknown;
  readonly downgrade: ((op: Op) => unknown) | undefined;
}
