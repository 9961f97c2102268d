/** What a revision can do: the type of `op` in `upgrade(op)` and `downgrade(op)`. */
import type { Kysely } from "kysely";
import type { AnyColumn, ForeignKeyOptions } from "../model/column.js";
import type { SqlExpression } from "../model/expression-text.js";
import type { ConflictAction } from "../model/item-specs.js";
import type { ColumnMap, Constraints, TableOptionsInput } from "../model/table.js";
import type { IndexPart } from "../model/table-items.js";
import type { CommentTarget, ConstraintKind } from "../operations/operation.js";
import type {
  ColumnStorage,
  Deferrable,
  IdentityDef,
  JsonValue,
  KeyCollations,
  KeyOrder,
  NotNullDef,
  SqliteColumn,
  StorageParameters,
  TableOptions,
} from "../schema/schema.js";
import type { AlterConstraintOptions, AlterIndexOptions, AlterViewOptions } from "./alter-options.js";
import type { ObjectOperations } from "./object-operations.js";

export type * from "./alter-options.js";
export type * from "./object-operations.js";

/** `schema`: the PostgreSQL schema of the object, where it is not the default one. */
export interface InSchema {
  readonly schema?: string;
}
export interface IfExists extends InSchema {
  readonly ifExists?: boolean;
}
export interface CascadeOptions extends IfExists {
  /** PostgreSQL: takes what depends on it along. */
  readonly cascade?: boolean;
}
/** PostgreSQL: how the index behind a constraint is kept. */
export interface KeyStorageOptions {
  readonly with?: StorageParameters;
  readonly tablespace?: string;
}
export interface KeyOptions extends InSchema, KeyStorageOptions {
  readonly include?: readonly string[];
  readonly deferrable?: Deferrable;
  /** SQLite: what happens to a row that is there twice. */
  readonly onConflict?: ConflictAction;
  /** SQLite: the order of each column. */
  readonly order?: KeyOrder;
  /** SQLite: the collation in which each column is compared; null for the column's own. */
  readonly collations?: KeyCollations;
  /** PostgreSQL 18: the last column is a range, and only ranges that overlap are equal. */
  readonly withoutOverlaps?: true;
  readonly comment?: string;
}
export interface UniqueConstraintOptions extends KeyOptions {
  readonly nullsNotDistinct?: boolean;
}
export interface ForeignKeyConstraintOptions extends Omit<ForeignKeyOptions, "name">, InSchema {
  /** Schema of the table referred to: `schema` where absent, null for the default one. */
  readonly targetSchema?: string | null;
  /** PostgreSQL: rows that are there already are not checked until `validateConstraint`. */
  readonly notValid?: boolean;
  readonly comment?: string;
}
export interface CheckConstraintOptions extends InSchema {
  readonly noInherit?: boolean;
  readonly notValid?: boolean;
  /** PostgreSQL 18: said and not checked. */
  readonly notEnforced?: boolean;
  readonly comment?: string;
}
export interface ExcludeConstraintOptions extends InSchema, KeyStorageOptions {
  /** The access method, mostly `gist`. */
  readonly using?: string;
  readonly where?: SqlExpression | string;
  readonly include?: readonly string[];
  readonly deferrable?: Deferrable;
  readonly comment?: string;
}
export interface CreateCommentOptions extends InSchema {
  /** The table of a constraint, the view of a column. */
  readonly on?: string;
}
export interface ParentOptions extends InSchema {
  /** Schema of the parent: `schema` where absent, null for the default one. */
  readonly parentSchema?: string | null;
}
export interface DropConstraintOptions extends IfExists {
  readonly type?: ConstraintKind;
  /** Finds a constraint that has no name, or another one in this database. */
  readonly columns?: readonly string[];
  /** Finds a check that has no name. */
  readonly expression?: SqlExpression | string;
}
export interface IndexOptions extends InSchema {
  readonly unique?: boolean;
  readonly where?: SqlExpression | string;
  readonly using?: string;
  readonly include?: readonly string[];
  readonly nullsNotDistinct?: boolean;
  readonly with?: StorageParameters;
  readonly tablespace?: string;
  readonly comment?: string;
  /** PostgreSQL: `ON ONLY` a partitioned table, with parts on these of its partitions, or on none (`op.attachIndex` gives it more). */
  readonly only?: boolean | readonly string[];
  /** PostgreSQL: does not block writes. What came before in the revision is committed first. */
  readonly concurrently?: boolean;
  readonly ifNotExists?: boolean;
}
export interface DropIndexOptions extends IfExists {
  /** PostgreSQL: does not block anybody. What came before in the revision is committed first. */
  readonly concurrently?: boolean;
}

/** An absent key is left alone; null takes the thing away. The `existing…` keys of Alembic are taken and not needed. */
export interface AlterColumnOptions extends InSchema {
  readonly type?: AnyColumn;
  readonly nullable?: boolean;
  readonly default?: JsonValue | bigint | Date | SqlExpression;
  readonly identity?: IdentityDef | null;
  readonly generated?: { readonly expression: SqlExpression | string; readonly stored?: boolean } | null;
  readonly collation?: string | null;
  readonly comment?: string | null;
  readonly sqlite?: SqliteColumn | null;
  /** PostgreSQL: how the values are kept. */
  readonly postgres?: ColumnStorage | null;
  /** PostgreSQL 18: what is unusual about its NOT NULL. */
  readonly notNull?: NotNullDef | null;
  /** SQL that gives the new value from the old one. */
  readonly using?: SqlExpression | string;
  readonly existingType?: AnyColumn;
  readonly existingNullable?: boolean;
  readonly existingDefault?: unknown;
  readonly existingComment?: string | null;
}

export interface CreateViewOptions extends InSchema {
  /** Names for what the query gives. */
  readonly columns?: readonly string[];
  readonly comment?: string;
  /** PostgreSQL: `security_barrier`, `security_invoker`, `check_option`. */
  readonly options?: StorageParameters;
  readonly columnComments?: Readonly<Record<string, string>>;
  /** PostgreSQL: SQL that fills a column which an insert into the view leaves out. */
  readonly columnDefaults?: Readonly<Record<string, string>>;
}

export interface BackfillSet {
  /** By column: a value, or SQL over the columns of the row as it is. */
  readonly set: Readonly<Record<string, JsonValue | bigint | Date | SqlExpression>>;
  /** Which rows; write it so that those that are done do not match any more. */
  readonly where?: SqlExpression | string;
}
export interface BackfillOptions extends BackfillSet, InSchema {
  /** Columns whose order the rows are taken in, best those of a unique index. Default: the primary key. */
  readonly key?: string | readonly string[];
  /** Rows of one transaction. Default: 5,000. */
  readonly batchSize?: number;
  /** What undoes it, for a downgrade that is generated. */
  readonly reverse?: BackfillSet;
}

export interface CustomOperation {
  /** What people read in histories and logs. */
  readonly describe: string;
  readonly upgradeSql: string | readonly string[];
  /** SQL that undoes it. */
  readonly reverse?: string | readonly string[];
}

/** A query of Kysely's, or of anything else that compiles to SQL with parameters. */
export interface CompilableQuery {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
}

type Done = Promise<void>;

/** Each operation is awaited in turn; all of one revision run in its transaction. */
export interface Operations extends ObjectOperations {
  createTable<C extends ColumnMap>(
    name: string,
    columns: C,
    constraints?: Constraints<C>,
    options?: TableOptionsInput & { readonly ifNotExists?: boolean },
  ): Done;
  dropTable(name: string, options?: CascadeOptions): Done;
  renameTable(from: string, to: string, options?: InSchema): Done;
  /** To another schema; null: the default one. `schema`: where it is. PostgreSQL only. */
  moveTable(name: string, to: string | null, options?: InSchema): Done;
  createTableComment(table: string, comment: string, options?: InSchema): Done;
  dropTableComment(table: string, options?: InSchema): Done;
  /**
   * Gives the table these options of a database and no others: `{ sqlite: { strict: true } }`. What names the other
   * database does nothing.
   */
  setTableOptions(table: string, options: TableOptions & InSchema): Done;

  addColumn(
    table: string,
    name: string,
    column: AnyColumn,
    options?: InSchema & { readonly ifNotExists?: boolean },
  ): Done;
  dropColumn(table: string, name: string, options?: IfExists): Done;
  renameColumn(table: string, from: string, to: string, options?: InSchema): Done;
  alterColumn(table: string, name: string, changes: AlterColumnOptions): Done;

  createIndex(name: string, table: string, columns: readonly IndexPart[], options?: IndexOptions): Done;
  dropIndex(name: string, table?: string, options?: DropIndexOptions): Done;
  renameIndex(from: string, to: string, options?: InSchema): Done;
  /** PostgreSQL: how an index is kept; null takes the thing away. */
  alterIndex(name: string, changes: AlterIndexOptions): Done;

  /** `null` as the name of a constraint leaves it to the database: no name on SQLite, PostgreSQL makes one up. */
  createPrimaryKey(name: string | null, table: string, columns: readonly string[], options?: KeyOptions): Done;
  createUniqueConstraint(
    name: string | null,
    table: string,
    columns: readonly string[],
    options?: UniqueConstraintOptions,
  ): Done;
  createForeignKey(
    name: string | null,
    table: string,
    columns: readonly string[],
    targetTable: string,
    targetColumns: readonly string[],
    options?: ForeignKeyConstraintOptions,
  ): Done;
  createCheckConstraint(
    name: string | null,
    table: string,
    expression: SqlExpression | string,
    options?: CheckConstraintOptions,
  ): Done;
  /** PostgreSQL: no two rows for which all operators hold, as in `[["room", "="], ["during", "&&"]]`. */
  createExcludeConstraint(
    name: string | null,
    table: string,
    elements: readonly (readonly [IndexPart, string])[],
    options?: ExcludeConstraintOptions,
  ): Done;
  /** Where the database knows the constraint under another name or none, `type` and `columns` find it. */
  dropConstraint(name: string | null, table: string, options?: DropConstraintOptions): Done;
  renameConstraint(name: string, table: string, to: string, options?: InSchema): Done;
  validateConstraint(name: string, table: string, options?: InSchema): Done;
  /** When a foreign key is checked and whether (PostgreSQL 18), how the index behind a key is kept; null takes the thing away. */
  alterConstraint(name: string, table: string, changes: AlterConstraintOptions): Done;

  createEnum(name: string, values: readonly string[], options?: InSchema & { readonly comment?: string }): Done;
  dropEnum(name: string, options?: IfExists): Done;
  addEnumValue(
    name: string,
    value: string,
    options?: InSchema & { readonly before?: string; readonly after?: string },
  ): Done;
  renameEnumValue(name: string, from: string, to: string, options?: InSchema): Done;
  /** Gives the type other values. `mapping`: what rows that hold a value which goes away get instead. */
  replaceEnum(
    name: string,
    values: readonly string[],
    options?: InSchema & { readonly mapping?: Readonly<Record<string, string>> },
  ): Done;

  /** PostgreSQL: the comment of what has no operation that says it; null takes it away. */
  createComment(type: CommentTarget, name: string, comment: string | null, options?: CreateCommentOptions): Done;

  /** PostgreSQL: makes a table a partition, as in `("events", "events_2024", sql\`for values from (…) to (…)\`)`. */
  attachPartition(
    parent: string,
    partition: string,
    bounds: SqlExpression | string,
    options?: ParentOptions & { readonly indexNames?: Readonly<Record<string, string>> },
  ): Done;
  detachPartition(parent: string, partition: string, options?: ParentOptions): Done;
  /** The part on this partition of an index or key of the table that it is a partition of. */
  renamePart(partition: string, index: string, to: string, options?: InSchema): Done;
  /** An index of a partition becomes the part of one of the table's that was made `only` it. */
  attachIndex(parent: string, index: string, options?: ParentOptions): Done;
  addInheritance(table: string, parent: string, options?: ParentOptions): Done;
  dropInheritance(table: string, parent: string, options?: ParentOptions): Done;

  createSchema(name: string, options?: { readonly ifNotExists?: boolean }): Done;
  dropSchema(name: string, options?: { readonly ifExists?: boolean; readonly cascade?: boolean }): Done;

  createView(name: string, query: SqlExpression | string, options?: CreateViewOptions): Done;
  replaceView(name: string, query: SqlExpression | string, options?: CreateViewOptions): Done;
  /** PostgreSQL: what reads the view is left alone; null takes the thing away. */
  alterView(name: string, changes: AlterViewOptions): Done;
  dropView(name: string, options?: CascadeOptions): Done;

  /** SQL text (one or several statements, without parameters), a `sql` template, or any Kysely query. */
  execute(sql: string | SqlExpression | CompilableQuery): Done;
  bulkInsert(table: string, rows: readonly Readonly<Record<string, unknown>>[], options?: InSchema): Done;
  /**
   * Gives rows new values, some thousand in a transaction of their own: the table stays usable, and a run that is stopped
   * goes on where it was. What the revision did before is committed first, as by `autocommitBlock`.
   */
  backfill(table: string, options: BackfillOptions): Done;
  /** Several changes of one table; on SQLite one rebuild does them all. */
  batchAlterTable(
    table: string,
    changes: (batch: BatchOperations) => unknown,
    options?: InSchema & { readonly recreate?: "auto" | "always" | "never" },
  ): Done;
  /** Runs its operations outside the transaction: what came before is committed, and stays when they fail. */
  autocommitBlock(work: () => Promise<unknown>): Done;
  /** Says that a downgrade cannot be; refused before anything runs. */
  irreversible(reason: string): Promise<never>;
  custom(operation: CustomOperation): Done;

  /** Kysely in the revision's own transaction: select, insert, the schema builder, everything. */
  readonly db: Kysely<any>;
  /** Arguments given with `-x key=value`. */
  readonly args: Readonly<Record<string, string>>;
  /** What `--tag` says. */
  readonly tag: string | undefined;
  readonly dialect: "sqlite" | "postgres";
  /** Offline: the newest version there is. */
  readonly serverVersion: string;
  /** True while SQL is only printed: nothing can be read. */
  readonly isOffline: boolean;
  log(text: string): void;
}

type WithoutTable<F> = F extends (table: string, ...rest: infer R) => Done ? (...rest: R) => Done : never;
type WithoutSecond<F> = F extends (name: infer N, table: string, ...rest: infer R) => Done
  ? (name: N, ...rest: R) => Done
  : never;

/** The changes of one table, without its name. */
export interface BatchOperations {
  readonly addColumn: WithoutTable<Operations["addColumn"]>;
  readonly dropColumn: WithoutTable<Operations["dropColumn"]>;
  readonly alterColumn: WithoutTable<Operations["alterColumn"]>;
  readonly createIndex: WithoutSecond<Operations["createIndex"]>;
  dropIndex(name: string, options?: DropIndexOptions): Done;
  readonly createPrimaryKey: WithoutSecond<Operations["createPrimaryKey"]>;
  readonly createUniqueConstraint: WithoutSecond<Operations["createUniqueConstraint"]>;
  readonly createForeignKey: WithoutSecond<Operations["createForeignKey"]>;
  readonly createCheckConstraint: WithoutSecond<Operations["createCheckConstraint"]>;
  readonly createExcludeConstraint: WithoutSecond<Operations["createExcludeConstraint"]>;
  readonly dropConstraint: WithoutSecond<Operations["dropConstraint"]>;
}
