/** Keys, checks, exclusions and indexes of a table: plain frozen data as in `schema.ts`. */
import type { ObjectName } from "./schema.js";
import type { StorageParameters } from "./table-options.js";

/**
 * `name` is null only for what a database holds without a name (SQLite).
 * `conventional` marks, on the wanted side, a name that nobody wrote: the same shape under another name is the same thing.
 */
export interface ConstraintName {
  readonly name: string | null;
  readonly conventional?: true;
  /** Wanted side only: the name it had before. */
  readonly renamedFrom?: string;
  readonly comment?: string;
}

/** PostgreSQL: how the index behind a constraint is kept. */
export interface KeyStorage {
  readonly with?: StorageParameters;
  readonly tablespace?: string;
}

export type Deferrable = "immediate" | "deferred";

export interface PrimaryKeyDef extends ConstraintName, KeyStorage {
  readonly columns: readonly string[];
  readonly include?: readonly string[];
  readonly deferrable?: Deferrable;
  /** PostgreSQL 18: the last column is a range, and only ranges that overlap are equal. */
  readonly withoutOverlaps?: true;
  /** SQLite's ON CONFLICT, upper case. */
  readonly onConflict?: string;
  readonly order?: KeyOrder;
  readonly collations?: KeyCollations;
}

/** SQLite: the order of each column of a key; absent where all are ascending. */
export type KeyOrder = readonly ("asc" | "desc")[];

/** SQLite: the collation in which each column of a key is compared, null for the column's own; absent where all are. */
export type KeyCollations = readonly (string | null)[];

export interface UniqueDef extends ConstraintName, KeyStorage {
  readonly columns: readonly string[];
  readonly nullsNotDistinct?: true;
  readonly include?: readonly string[];
  readonly deferrable?: Deferrable;
  readonly withoutOverlaps?: true;
  readonly onConflict?: string;
  readonly order?: KeyOrder;
  readonly collations?: KeyCollations;
}

export type ForeignKeyAction = "cascade" | "restrict" | "set null" | "set default";

export interface ForeignKeyDef extends ConstraintName {
  readonly columns: readonly string[];
  readonly target: ObjectName;
  readonly targetColumns: readonly string[];
  /** Absent: NO ACTION. */
  readonly onDelete?: ForeignKeyAction;
  readonly onUpdate?: ForeignKeyAction;
  readonly match?: "full" | "partial";
  readonly deferrable?: Deferrable;
  readonly notValid?: true;
  /** PostgreSQL 15: the only columns that ON DELETE SET NULL or SET DEFAULT touches. */
  readonly onDeleteColumns?: readonly string[];
  /** PostgreSQL 18: said and not checked. */
  readonly notEnforced?: true;
  /** PostgreSQL 18: the last column on both sides is a range. */
  readonly period?: true;
  /** In models and operations only: what it refers to need not be there. */
  readonly unchecked?: true;
}

export interface CheckDef extends ConstraintName {
  /** Without the outer parentheses. */
  readonly expression: string;
  readonly noInherit?: true;
  readonly notValid?: true;
  /** PostgreSQL 18: said and not checked. */
  readonly notEnforced?: true;
  /** Wanted side only, where an enum is text with this check: which one. */
  readonly ofEnum?: EnumCheck;
}

export interface EnumCheck {
  readonly enum: ObjectName;
  readonly column: string;
  readonly values: readonly string[];
  /** Old value to new value. */
  readonly renamedValues?: Readonly<Record<string, string>>;
  /** What the database allows now, where values are renamed. */
  readonly foundValues?: readonly string[];
}

/** No two rows for which all of the operators hold. */
export interface ExcludeDef extends ConstraintName, KeyStorage {
  /** Absent: btree. */
  readonly method?: string;
  readonly elements: readonly ExcludeElement[];
  /** Without outer parentheses. */
  readonly where?: string;
  readonly include?: readonly string[];
  readonly deferrable?: Deferrable;
}

export interface ExcludeElement extends IndexElement {
  /** As SQL: `=`, `&&`, `OPERATOR(public.=)`. */
  readonly operator: string;
}

export interface IndexDef {
  readonly name: string;
  readonly conventional?: true;
  /** Wanted side only: the name it had before. */
  readonly renamedFrom?: string;
  readonly unique: boolean;
  readonly elements: readonly IndexElement[];
  readonly where?: string;
  /** Absent: btree. */
  readonly method?: string;
  readonly include?: readonly string[];
  readonly nullsNotDistinct?: true;
  readonly with?: StorageParameters;
  readonly tablespace?: string;
  readonly comment?: string;
  /** PostgreSQL: made `ON ONLY` its partitioned table, with parts on these of the partitions; not all have one. */
  readonly only?: readonly ObjectName[];
}

/** Exactly one of `column` and `expression` is there. */
export interface IndexElement {
  readonly column?: string;
  /** Without outer parentheses. */
  readonly expression?: string;
  readonly order?: "desc";
  readonly nulls?: "first" | "last";
  readonly collation?: string;
  /** With its parameters: `gist_trgm_ops (siglen = '32')`. */
  readonly operatorClass?: string;
  /** PostgreSQL: the statistics target of an expression. */
  readonly statistics?: number;
}
