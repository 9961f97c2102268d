/**
 * An operation is one frozen, JSON-safe object: what a revision wants done. Its spec says how it is made, applied to a
 * schema, reversed, compiled, printed and described. Nothing here knows a database.
 */
import type { MovableRef, NamedRef, ObjectRef, SchemaObjectDef } from "../schema/objects.js";
import type { PrivilegeTarget } from "../schema/privileges.js";
import type {
  CheckDef,
  ColumnDef,
  ColumnStorage,
  DefaultDef,
  Deferrable,
  EnumDef,
  ExcludeDef,
  ForeignKeyDef,
  IdentityDef,
  IndexDef,
  JsonValue,
  NotNullDef,
  ObjectName,
  PartitionOf,
  PrimaryKeyDef,
  RowSecurity,
  SchemaDef,
  SqliteColumn,
  StorageParameters,
  TableDef,
  TableOptions,
  TypeDef,
  UniqueDef,
  ViewDef,
} from "../schema/schema.js";
import type { KeptTarget } from "./kept-targets.js";

/** What `alterColumn` changes; an absent key is left alone, `null` takes the thing away. */
export interface ColumnChanges {
  readonly type?: TypeDef;
  readonly nullable?: boolean;
  readonly default?: DefaultDef | null;
  readonly identity?: IdentityDef | null;
  readonly generated?: { readonly expression: string; readonly stored: boolean } | null;
  readonly collation?: string | null;
  readonly comment?: string | null;
  readonly sqlite?: SqliteColumn | null;
  readonly postgres?: ColumnStorage | null;
  readonly notNull?: NotNullDef | null;
}

/** What a constraint becomes where it is; null takes the thing away. */
export interface ConstraintChanges {
  /** Of a foreign key. */
  readonly deferrable?: Deferrable | null;
  readonly notEnforced?: true | null;
  /** Of a key, as those of an index. */
  readonly with?: StorageParameters | null;
  readonly tablespace?: string | null;
}

export interface IndexChanges {
  /** All that there are to be. */
  readonly with?: StorageParameters | null;
  readonly tablespace?: string | null;
  /** By the position of the part, from 1. */
  readonly statistics?: Readonly<Record<string, number | null>>;
}

export interface ViewChanges {
  readonly definition?: string;
  /** All that there are to be. */
  readonly options?: StorageParameters | null;
  readonly columnDefaults?: Readonly<Record<string, string>> | null;
}

/** A literal, the time of the statement, or an SQL expression over the columns of the row. */
export type BackfillValue = DefaultDef;

export interface BackfillAssignments {
  readonly set: Readonly<Record<string, BackfillValue>>;
  /** An SQL condition, without parentheses around the whole of it. */
  readonly where?: string;
}

export type ConstraintKind = "primaryKey" | "unique" | "foreignKey" | "check" | "exclude";

/** What has a comment and no operation of its own that says it. */
export type CommentTarget = "schema" | "view" | "viewColumn" | "enum" | "index" | "constraint";

export interface PrivilegeChange {
  readonly on: PrivilegeTarget;
  readonly role: string;
  readonly privileges: readonly string[];
  /** With the right to pass it on. */
  readonly grantable?: true;
}

export type Operation =
  | { readonly kind: "createTable"; readonly table: TableDef; readonly ifNotExists?: true }
  | { readonly kind: "dropTable"; readonly table: ObjectName; readonly ifExists?: true; readonly cascade?: true }
  | { readonly kind: "renameTable"; readonly table: ObjectName; readonly to: string }
  /** Null: the default schema. */
  | { readonly kind: "moveTable"; readonly table: ObjectName; readonly to: string | null }
  | { readonly kind: "createTableComment"; readonly table: ObjectName; readonly comment: string | null }
  /** For each database that `options` names, these and no others. */
  | { readonly kind: "setTableOptions"; readonly table: ObjectName; readonly options: TableOptions }
  | { readonly kind: "addColumn"; readonly table: ObjectName; readonly column: ColumnDef; readonly ifNotExists?: true }
  | { readonly kind: "dropColumn"; readonly table: ObjectName; readonly column: string; readonly ifExists?: true }
  | { readonly kind: "renameColumn"; readonly table: ObjectName; readonly column: string; readonly to: string }
  | {
      readonly kind: "alterColumn";
      readonly table: ObjectName;
      readonly column: string;
      readonly changes: ColumnChanges;
      /** SQL expression that converts the old value (PostgreSQL's USING; the copy expression of a SQLite rebuild). */
      readonly using?: string;
      /** The same for the way back; no part of what a revision says. */
      readonly usingBack?: string;
    }
  | {
      readonly kind: "createIndex";
      readonly table: ObjectName;
      readonly index: IndexDef;
      readonly concurrently?: true;
      readonly ifNotExists?: true;
    }
  | {
      readonly kind: "dropIndex";
      readonly index: ObjectName;
      /** The table it is on, where the caller said so. */
      readonly table?: ObjectName;
      readonly concurrently?: true;
      readonly ifExists?: true;
    }
  | { readonly kind: "renameIndex"; readonly index: ObjectName; readonly to: string }
  | { readonly kind: "alterIndex"; readonly index: ObjectName; readonly changes: IndexChanges }
  | { readonly kind: "createPrimaryKey"; readonly table: ObjectName; readonly constraint: PrimaryKeyDef }
  | { readonly kind: "createUniqueConstraint"; readonly table: ObjectName; readonly constraint: UniqueDef }
  | { readonly kind: "createForeignKey"; readonly table: ObjectName; readonly constraint: ForeignKeyDef }
  | { readonly kind: "createCheckConstraint"; readonly table: ObjectName; readonly constraint: CheckDef }
  | { readonly kind: "createExcludeConstraint"; readonly table: ObjectName; readonly constraint: ExcludeDef }
  | {
      readonly kind: "dropConstraint";
      readonly table: ObjectName;
      /** Null: found by `type` and `columns`, for what a database holds without a name. */
      readonly name: string | null;
      readonly type?: ConstraintKind;
      readonly columns?: readonly string[];
      /** Tells checks without a name apart. */
      readonly expression?: string;
      readonly ifExists?: true;
    }
  | { readonly kind: "renameConstraint"; readonly table: ObjectName; readonly name: string; readonly to: string }
  | { readonly kind: "validateConstraint"; readonly table: ObjectName; readonly name: string }
  | {
      readonly kind: "alterConstraint";
      readonly table: ObjectName;
      readonly name: string;
      readonly changes: ConstraintChanges;
    }
  | { readonly kind: "createEnum"; readonly enum: EnumDef }
  | { readonly kind: "dropEnum"; readonly enum: ObjectName; readonly ifExists?: true }
  | {
      readonly kind: "addEnumValue";
      readonly enum: ObjectName;
      readonly value: string;
      readonly before?: string;
      readonly after?: string;
    }
  | { readonly kind: "renameEnumValue"; readonly enum: ObjectName; readonly value: string; readonly to: string }
  | {
      readonly kind: "replaceEnum";
      readonly enum: ObjectName;
      readonly values: readonly string[];
      /** Old value to new value, for rows that hold a value which is going away. */
      readonly mapping?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "createSchema"; readonly name: string; readonly ifNotExists?: true }
  | { readonly kind: "dropSchema"; readonly name: string; readonly ifExists?: true; readonly cascade?: true }
  | { readonly kind: "createView"; readonly view: ViewDef }
  | { readonly kind: "replaceView"; readonly view: ViewDef }
  | { readonly kind: "alterView"; readonly view: ObjectName; readonly changes: ViewChanges }
  | { readonly kind: "dropView"; readonly view: ObjectName; readonly ifExists?: true; readonly cascade?: true }
  | {
      readonly kind: "createObject";
      readonly object: SchemaObjectDef;
      readonly ifNotExists?: true;
      /** The body of a function is not looked into: what it names may come later. */
      readonly unchecked?: true;
      /** A full text search of a table's values finds the rows that this has. */
      readonly filled?: true;
    }
  | {
      readonly kind: "alterObject";
      readonly object: ObjectRef;
      /** New values by key of the definition; null takes the thing away. */
      readonly changes: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: "replaceObject";
      readonly object: SchemaObjectDef;
      readonly unchecked?: true;
      /** Of a virtual table: the name that it had. */
      readonly renamedFrom?: string;
      /** Of a virtual table: old names of its columns to new ones. */
      readonly renamedColumns?: Readonly<Record<string, string>>;
    }
  | { readonly kind: "dropObject"; readonly object: ObjectRef; readonly ifExists?: true; readonly cascade?: true }
  | { readonly kind: "renameObject"; readonly object: NamedRef; readonly to: string }
  /** Null: the default schema. */
  | { readonly kind: "moveObject"; readonly object: MovableRef; readonly to: string | null }
  | {
      readonly kind: "createComment";
      readonly type: CommentTarget;
      /** In the schema of {@link on} where there is one. */
      readonly object: ObjectName;
      /** The table of a constraint, the view of a column. */
      readonly on?: ObjectName;
      readonly comment: string | null;
    }
  | { readonly kind: "attachPartition"; readonly table: ObjectName; readonly partitionOf: PartitionOf }
  | { readonly kind: "detachPartition"; readonly table: ObjectName; readonly from: ObjectName }
  /** `index`: of the table that `table` is a partition of. */
  | { readonly kind: "renamePart"; readonly table: ObjectName; readonly index: string; readonly to: string }
  /** Both in the schemas of their tables. */
  | { readonly kind: "attachIndex"; readonly index: ObjectName; readonly to: ObjectName }
  | { readonly kind: "addInheritance"; readonly table: ObjectName; readonly parent: ObjectName }
  | { readonly kind: "dropInheritance"; readonly table: ObjectName; readonly parent: ObjectName }
  | ({ readonly kind: "grant" } & PrivilegeChange)
  | ({ readonly kind: "revoke" } & PrivilegeChange)
  | { readonly kind: "alterOwner"; readonly on: PrivilegeTarget; readonly role: string }
  | { readonly kind: "setRowSecurity"; readonly table: ObjectName; readonly rowSecurity: RowSecurity }
  | { readonly kind: "execute"; readonly sql: string }
  | {
      readonly kind: "bulkInsert";
      readonly table: ObjectName;
      readonly rows: readonly Readonly<Record<string, JsonValue>>[];
    }
  | ({
      readonly kind: "backfill";
      readonly table: ObjectName;
      /** Columns that order the rows; absent: those of the primary key. */
      readonly key?: readonly string[];
      /** Rows of one transaction. */
      readonly batchSize?: number;
      /** What undoes it. */
      readonly reverse?: BackfillAssignments;
    } & BackfillAssignments)
  | {
      readonly kind: "batchAlterTable";
      readonly table: ObjectName;
      readonly recreate: "auto" | "always" | "never";
      readonly operations: readonly Operation[];
    }
  | {
      readonly kind: "custom";
      readonly name: string;
      readonly upgradeSql: readonly string[];
      readonly downgradeSql?: readonly string[];
    };

export type OperationKind = Operation["kind"];
export type OperationOf<K extends OperationKind> = Extract<Operation, { readonly kind: K }>;

/** A fact about a statement that lint rules judge; policy never sits here. */
export type Hazard = "deletesData" | "rewritesTable" | "blocksWrites";

/**
 * One statement to send, or, for a SQLite rebuild, one of several that belong together.
 * `foreignKeysOff`: must run while SQLite does not enforce foreign keys, which has to be arranged before BEGIN.
 * `transactional: false`: the database refuses it inside a transaction.
 */
export interface Statement {
  readonly sql: string;
  readonly hazards: readonly Hazard[];
  readonly transactional: boolean;
  readonly foreignKeysOff?: true;
  /** Runs the query and fails with this sentence when it gives a row (checks between the steps of a rebuild). */
  readonly expectNoRow?: string;
  /** `building ix_users_name`, for people who watch a long work. */
  readonly doing?: string;
  /** It drops this, and the statements after it make it again: grants and owner are kept. */
  readonly remakes?: KeptTarget;
  /** `sql` copies rows; this is how to do the same a range of rows at a time. */
  readonly copy?: RowCopy;
}

export interface RowCopy {
  /** `INSERT INTO … SELECT … FROM …`, to be followed by a WHERE. */
  readonly insert: string;
  /** Both as SQL: the rows come from here, in the order of this whole number, which no two of them share. */
  readonly table: string;
  readonly key: string;
}

/** What a dialect offers to write standard DDL with. Every method gives SQL text that is already quoted. */
export interface DdlWriter {
  readonly dialect: "sqlite" | "postgres";
  /** A quoted identifier. @throws OperationConflictError for a name the database cannot hold (NUL, empty, too long). */
  id(name: string): string;
  /** A quoted, schema-qualified name. */
  name(object: ObjectName): string;
  /** After COLLATE. */
  collation(name: string): string;
  literal(value: JsonValue): string;
  type(type: TypeDef): string;
  /** The expression after DEFAULT, parenthesized where the database wants it. */
  defaultExpression(value: DefaultDef, type: TypeDef): string;
  /** `"name" TYPE …` as in CREATE TABLE and ADD COLUMN; a single-column primary key is written inline only where needed. */
  column(column: ColumnDef, table: TableDef): string;
  primaryKey(constraint: PrimaryKeyDef): string;
  unique(constraint: UniqueDef): string;
  foreignKey(constraint: ForeignKeyDef): string;
  check(constraint: CheckDef): string;
  exclude(constraint: ExcludeDef): string;
  /** The whole `CREATE TABLE …` text, without indexes; `as` writes it under another name. */
  createTable(table: TableDef, options?: { readonly as?: string; readonly ifNotExists?: boolean }): string;
  createIndex(
    table: ObjectName,
    index: IndexDef,
    options?: { readonly concurrently?: boolean; readonly ifNotExists?: boolean },
  ): string;
}

/** Writes TypeScript for revision files; the text comes out formatted by {@link SourcePrinter.call}. */
export interface SourcePrinter {
  /** Registers a builder as used, so that the import line holds it, and gives its name. */
  use(builder: string): string;
}

export interface OperationSpec<K extends OperationKind> {
  readonly kind: K;
  /** Pure. @throws OperationConflictError when `before` has no place for it. */
  apply(before: SchemaDef, op: OperationOf<K>): SchemaDef;
  /** The operation that undoes it, or null when it cannot be undone. `before` is the schema it was applied to. */
  reverse(op: OperationOf<K>, before: SchemaDef): readonly Operation[] | null;
  /** Standard DDL; a dialect overrides what it does in its own way. */
  toSql(
    op: OperationOf<K>,
    ddl: DdlWriter,
    before: () => Promise<SchemaDef>,
  ): Promise<readonly Statement[]> | readonly Statement[];
  /** `add column users.email`. */
  describe(op: OperationOf<K>): string;
  /** What of the user's data is gone afterwards, as a phrase (`users.nickname (varchar(50))`), or null. */
  destroys(op: OperationOf<K>, before: SchemaDef): string | null;
}

/** Builds one plain statement. */
export function statement(sql: string, options: Partial<Omit<Statement, "sql">> = {}): Statement {
  return { sql, hazards: [], transactional: true, ...options };
}
