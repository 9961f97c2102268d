/** What the text of a CREATE TABLE says, piece by piece, each constraint with its own text. */

export interface TableNode {
  readonly name: string;
  readonly columns: readonly ColumnNode[];
  readonly constraints: readonly TableConstraintNode[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
}

export interface ColumnNode {
  readonly name: string;
  /** The type as written; empty when there is none. */
  readonly type: string;
  readonly constraints: readonly ColumnConstraintNode[];
}

export interface NodeBase {
  /** The name after CONSTRAINT, or null. */
  readonly name: string | null;
  /** The whole constraint as written, with its name. */
  readonly text: string;
  /** The same without its name. */
  readonly body: string;
}

export type ColumnConstraintNode = NodeBase &
  (
    | {
        readonly kind: "primaryKey";
        readonly descending: boolean;
        readonly autoincrement: boolean;
        readonly onConflict: string | null;
      }
    | { readonly kind: "notNull"; readonly onConflict: string | null }
    | { readonly kind: "unique"; readonly onConflict: string | null }
    | { readonly kind: "check"; readonly expression: string }
    /** `expression` is without outer parentheses; `parenthesized` says whether there were any. */
    | { readonly kind: "default"; readonly expression: string; readonly parenthesized: boolean }
    | { readonly kind: "collate"; readonly collation: string }
    | { readonly kind: "foreignKey"; readonly reference: ReferenceNode }
    | { readonly kind: "generated"; readonly expression: string; readonly stored: boolean }
    /** NULL, or a CONSTRAINT name without a constraint: allowed, and without effect. */
    | { readonly kind: "nothing" }
  );

export type TableConstraintNode = NodeBase &
  (
    | {
        readonly kind: "primaryKey";
        readonly columns: readonly KeyColumnNode[];
        readonly autoincrement: boolean;
        readonly onConflict: string | null;
      }
    | { readonly kind: "unique"; readonly columns: readonly KeyColumnNode[]; readonly onConflict: string | null }
    | { readonly kind: "check"; readonly expression: string }
    | { readonly kind: "foreignKey"; readonly columns: readonly string[]; readonly reference: ReferenceNode }
    | { readonly kind: "nothing" }
  );

export interface KeyColumnNode {
  readonly name: string;
  readonly collation: string | null;
  readonly descending: boolean;
}

export interface ReferenceNode {
  readonly table: string;
  /** Empty when the primary key of the target is meant. */
  readonly columns: readonly string[];
  /** Upper case, `NO ACTION` when nothing is said. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** Upper case. */
  readonly match: string | null;
  readonly deferrable: "immediate" | "deferred" | null;
}
