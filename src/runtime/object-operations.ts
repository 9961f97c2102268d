/** What a revision can do with what is no table, enum or view. */
import type { AnyColumn } from "../model/column.js";
import type { SqlExpression } from "../model/expression-text.js";
import type { MaterializedViewOptions } from "../model/materialized-view.js";
import type { DomainOptions } from "../model/object-types.js";
import type { GrantOptions, OwnerOptions, RevokeOptions } from "../model/privileges.js";
import type { ObjectOptions } from "../model/schema-object.js";
import type {
  ExtensionOptions,
  FunctionOptions,
  PolicySettings,
  SequenceOptions,
  SequenceSettings,
} from "../model/schema-objects.js";
import type { TriggerSettings } from "../model/trigger.js";
import type { CascadeOptions, InSchema } from "./operations.js";

type Done = Promise<void>;

/** What is absent is left alone; null takes it away, or gives back the database's own choice. */
type Changes<T> = { readonly [K in keyof T]?: T[K] | null };

/** `checkBody: false`: PostgreSQL does not look into the body, so that what it names may come later. */
export interface FunctionOperationOptions extends FunctionOptions {
  readonly checkBody?: boolean;
}

export interface DefinitionChanges {
  readonly definition?: SqlExpression | string;
  readonly further?: readonly (SqlExpression | string)[] | null;
  readonly comment?: string | null;
}

export interface DefinitionOperationOptions extends InSchema {
  /** Goes with this table, which is in `schema`. */
  readonly table?: string;
  /** Statements that follow the one that makes it. */
  readonly further?: readonly (SqlExpression | string)[];
  readonly comment?: string;
}

export interface CreateDefinitionOptions extends DefinitionOperationOptions {
  /** SQLite, a full text search of a table's values: finds the rows that the table has. */
  readonly filled?: boolean;
}

export interface ReplaceDefinitionOptions extends DefinitionOperationOptions {
  /** SQLite, a virtual table: the name that it had. */
  readonly renamedFrom?: string;
  /** SQLite, a virtual table: old names of its columns to new ones. */
  readonly renamedColumns?: Readonly<Record<string, string>>;
}

export interface ObjectOperations {
  createSequence(name: string, options?: SequenceOptions & { readonly ifNotExists?: boolean }): Done;
  alterSequence(name: string, changes: Changes<SequenceSettings & { readonly comment: string }> & InSchema): Done;
  dropSequence(name: string, options?: CascadeOptions): Done;

  /** Renames keep rows, grants and comments, and what refers to the object goes on. PostgreSQL only. */
  renameSequence(from: string, to: string, options?: InSchema): Done;
  renameDomain(from: string, to: string, options?: InSchema): Done;
  renameCompositeType(from: string, to: string, options?: InSchema): Done;
  renameEnum(from: string, to: string, options?: InSchema): Done;
  renameView(from: string, to: string, options?: InSchema): Done;
  renameMaterializedView(from: string, to: string, options?: InSchema): Done;
  /** `argumentList`: as in `dropFunction`. The bodies of other functions keep the old name. */
  renameFunction(from: string, argumentList: string, to: string, options?: InSchema): Done;

  /** To another schema; null: the default one. `schema`: where it is. Keeps all that a rename keeps. PostgreSQL only. */
  moveSequence(name: string, to: string | null, options?: InSchema): Done;
  moveDomain(name: string, to: string | null, options?: InSchema): Done;
  moveCompositeType(name: string, to: string | null, options?: InSchema): Done;
  moveEnum(name: string, to: string | null, options?: InSchema): Done;
  moveView(name: string, to: string | null, options?: InSchema): Done;
  moveMaterializedView(name: string, to: string | null, options?: InSchema): Done;
  /** `argumentList`: as in `dropFunction`. */
  moveFunction(name: string, argumentList: string, to: string | null, options?: InSchema): Done;
  /** `name`: as SQL has it after DROP, with the schema that it is in. */
  moveDefinition(type: string, name: string, to: string | null): Done;

  createDomain(name: string, type: AnyColumn, options?: DomainOptions): Done;
  /** `check`: all that it has afterwards. */
  alterDomain(
    name: string,
    changes: Changes<Pick<DomainOptions, "notNull" | "default" | "comment">> & Pick<DomainOptions, "check"> & InSchema,
  ): Done;
  dropDomain(name: string, options?: CascadeOptions): Done;

  createCompositeType(name: string, columns: Readonly<Record<string, AnyColumn>>, options?: ObjectOptions): Done;
  /** `columns`: all that it has afterwards; new ones come last. */
  alterCompositeType(
    name: string,
    changes: InSchema & { readonly columns?: Readonly<Record<string, AnyColumn>>; readonly comment?: string | null },
  ): Done;
  dropCompositeType(name: string, options?: CascadeOptions): Done;

  createExtension(name: string, options?: ExtensionOptions & { readonly ifNotExists?: boolean }): Done;
  alterExtension(name: string, changes: Changes<ExtensionOptions>): Done;
  dropExtension(name: string, options?: Omit<CascadeOptions, "schema">): Done;

  createMaterializedView(name: string, query: SqlExpression | string, options?: MaterializedViewOptions): Done;
  /** Drops it and makes it again. */
  replaceMaterializedView(name: string, query: SqlExpression | string, options?: MaterializedViewOptions): Done;
  /** How its rows are kept; null takes the thing away. */
  alterMaterializedView(
    name: string,
    changes: Changes<Pick<MaterializedViewOptions, "with" | "tablespace" | "comment">> & InSchema,
  ): Done;
  commentMaterializedView(name: string, comment: string | null, options?: InSchema): Done;
  dropMaterializedView(name: string, options?: CascadeOptions): Done;

  /** Procedures as well: `{ procedure: true }`, or no `returns`. */
  createFunction(name: string, options: FunctionOperationOptions): Done;
  /** With the same arguments and the same kind of result: what uses it goes on. */
  replaceFunction(name: string, options: FunctionOperationOptions): Done;
  commentFunction(name: string, argumentList: string, comment: string | null, options?: InSchema): Done;
  /** `argumentList`: the types of the input arguments, or all of it as in `createFunction`. */
  dropFunction(name: string, argumentList: string, options?: CascadeOptions): Done;

  createTrigger(name: string, table: string, options: TriggerSettings & InSchema): Done;
  /** Drops it and makes it again. */
  replaceTrigger(name: string, table: string, options: TriggerSettings & InSchema): Done;
  alterTrigger(
    name: string,
    table: string,
    changes: Changes<Pick<TriggerSettings, "enabled" | "enabledOn" | "comment">> & InSchema,
  ): Done;
  dropTrigger(name: string, table: string, options?: CascadeOptions): Done;

  createPolicy(name: string, table: string, options?: PolicySettings & InSchema): Done;
  replacePolicy(name: string, table: string, options?: PolicySettings & InSchema): Done;
  alterPolicy(
    name: string,
    table: string,
    changes: Changes<Pick<PolicySettings, "roles" | "using" | "withCheck" | "comment">> & InSchema,
  ): Done;
  dropPolicy(name: string, table: string, options?: CascadeOptions): Done;
  /** `forced`: policies hold for the owner of the table as well. */
  enableRowSecurity(table: string, options?: InSchema & { readonly forced?: boolean }): Done;
  /** What a role may do: `op.grant(["select"], { on: "users", to: "reader" })`. */
  grant(privileges: string | readonly string[], options: GrantOptions): Done;
  revoke(privileges: string | readonly string[], options: RevokeOptions & { readonly grantable?: boolean }): Done;
  /** `op.alterOwner("admin", { of: "users" })`. */
  alterOwner(role: string, options: OwnerOptions): Done;
  disableRowSecurity(table: string, options?: InSchema & { readonly forced?: boolean }): Done;

  /** Any other object: its type in SQL's words, how SQL calls it after DROP, and the statement that makes it. */
  createDefinition(type: string, name: string, create: SqlExpression | string, options?: CreateDefinitionOptions): Done;
  /** A virtual table of SQLite keeps its rows where its module is a full text search or an R-Tree. */
  replaceDefinition(
    type: string,
    name: string,
    create: SqlExpression | string,
    options?: ReplaceDefinitionOptions,
  ): Done;
  /**
   * Where PostgreSQL need not drop it: the members and options of a publication, as the statement that would make it;
   * whether a rule or event trigger fires and the target of statistics, as the statements after it.
   */
  alterDefinition(type: string, name: string, changes: DefinitionChanges): Done;
  commentDefinition(type: string, name: string, comment: string | null): Done;
  dropDefinition(type: string, name: string, options?: Omit<CascadeOptions, "schema">): Done;
}
