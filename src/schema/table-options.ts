/** What a database lets one say about how a table and its columns are kept. */
import type { ObjectName } from "./schema.js";

export type StorageParameters = Readonly<Record<string, string | number | boolean>>;

export interface TableOptions {
  readonly sqlite?: { readonly strict?: boolean; readonly withoutRowid?: boolean };
  readonly postgres?: PostgresTableOptions;
}

export interface PostgresTableOptions {
  readonly unlogged?: boolean;
  /** `RANGE (created_at)`. A table is partitioned or not from its beginning. */
  readonly partitionBy?: string;
  readonly tablespace?: string;
  /** The composite type, as SQL, that it has its columns from (`CREATE TABLE … OF`); they are named here all the same. */
  readonly ofType?: string;
  /** Those of its TOAST table begin with `toast.`. */
  readonly storage?: StorageParameters;
  /** Absent: heap. */
  readonly accessMethod?: string;
  /** What logical replication knows a row by. Absent: the primary key. */
  readonly replicaIdentity?: "full" | "nothing" | { readonly index: string };
  /** The index that CLUSTER sorts by. */
  readonly clusterOn?: string;
}

export interface PartitionOf {
  readonly table: ObjectName;
  /** `FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`, `DEFAULT`. */
  readonly bounds: string;
  /** By the name of an index of {@link table}: the name of its part, where the server would choose another. */
  readonly indexNames?: Readonly<Record<string, string>>;
}

export interface ColumnStorage {
  /** Absent: as the type has it. */
  readonly storage?: "plain" | "external" | "extended" | "main";
  /** Absent: as the server is configured. */
  readonly compression?: "pglz" | "lz4";
  /** How many values ANALYZE keeps. */
  readonly statistics?: number;
  /** `n_distinct`, `n_distinct_inherited`. */
  readonly parameters?: StorageParameters;
}

export interface NotNullDef {
  /** Absent: the server's own, `users_email_not_null`. */
  readonly name?: string;
  readonly noInherit?: true;
  readonly notValid?: true;
}
