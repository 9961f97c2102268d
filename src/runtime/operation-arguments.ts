/** What each operation takes, in order. The compiler checks that no operation and no option is left out. */

import {
  type Argument,
  callable,
  checkOf,
  column,
  columnMap,
  isObject,
  itemList,
  labels,
  optional,
  pairs,
  parts,
  rows,
  sqlText,
  targets,
  text,
  textOrNull,
  texts,
  word,
} from "../model/call-arguments.js";
import { aNumber, anObject, aText, flagOrTexts, required, sqlOrText } from "../model/checks.js";
import type { ObjectOptions } from "../model/schema-object.js";
import type { TableOptionsInput } from "../model/table.js";
import { COMMENT_WORDS } from "../operations/comments.js";
import type { TableOptions } from "../schema/schema.js";
import { ALTER_ARGUMENTS } from "./alter-arguments.js";
import type { OperationBuilders } from "./build-operations.js";
import type { ObjectOperations } from "./object-operations.js";
import type {
  AlterColumnOptions,
  BackfillOptions,
  CascadeOptions,
  CheckConstraintOptions,
  CreateCommentOptions,
  CreateViewOptions,
  CustomOperation,
  DropConstraintOptions,
  DropIndexOptions,
  ExcludeConstraintOptions,
  ForeignKeyConstraintOptions,
  IfExists,
  IndexOptions,
  InSchema,
  KeyOptions,
  ParentOptions,
  UniqueConstraintOptions,
} from "./operations.js";
import { options } from "./option-checks.js";

export type IfNotExists = { readonly ifNotExists?: boolean };
type EnumPlace = InSchema & { readonly before?: string; readonly after?: string };
type Mapping = InSchema & { readonly mapping?: Readonly<Record<string, string>> };
type Partition = ParentOptions & { readonly indexNames?: Readonly<Record<string, string>> };
type NoSchema<T> = Omit<T, "schema">;

export const schema = { schema: true } as const;
export const inSchema = optional(options<InSchema>("options", schema));
const ifExists = optional(options<IfExists>("options", { ...schema, ifExists: true }));
export const cascade = optional(options<CascadeOptions>("options", { ...schema, ifExists: true, cascade: true }));
export const bareCascade = optional(options<NoSchema<CascadeOptions>>("options", { ifExists: true, cascade: true }));
const parent = optional(options<ParentOptions>("options", { ...schema, parentSchema: true }));
const key = { include: true, deferrable: true, onConflict: true, order: true, collations: true } as const;
const keyStorage = { with: true, tablespace: true, comment: true } as const;
const keyOptions = { ...schema, ...key, ...keyStorage, withoutOverlaps: true } as const;
const tableAndName = [text("table"), text("name")] as const;
export const nameAndTable = [text("name"), text("table")] as const;
export const fromTo = [text("from"), text("to"), inSchema] as const;

export const viewKeys = {
  ...schema,
  columns: true,
  comment: true,
  options: true,
  columnComments: true,
  columnDefaults: true,
} as const;
const viewOptions = optional(options<CreateViewOptions>("options", viewKeys));
const CONSTRAINTS = ["primaryKey", "unique", "foreignKey", "check", "exclude"];
const aColumn = checkOf("a column, such as text()", (value) => isObject(value) || typeof value === "function");
const textOrTexts = checkOf("a text or a list of texts", (value) => {
  return typeof value === "string" || (Array.isArray(value) && value.every((one) => typeof one === "string"));
});
type Own = Exclude<keyof OperationBuilders, keyof ObjectOperations>;

export const OPERATION_ARGUMENTS: { readonly [K in Own]: readonly Argument[] } = {
  createTable: [
    text("name"),
    columnMap("columns"),
    optional(itemList("constraints")),
    optional(
      options<TableOptionsInput & IfNotExists>("options", {
        ...schema,
        comment: true,
        partitionOf: true,
        inherits: true,
        rowSecurity: true,
        sqlite: true,
        postgres: true,
        ifNotExists: true,
      }),
    ),
  ],
  dropTable: [text("name"), cascade],
  renameTable: fromTo,
  moveTable: [text("name"), textOrNull("to"), inSchema],
  createTableComment: [text("table"), text("comment"), inSchema],
  dropTableComment: [text("table"), inSchema],
  setTableOptions: [
    text("table"),
    options<TableOptions & InSchema>("options", { ...schema, sqlite: true, postgres: true }),
  ],

  addColumn: [
    ...tableAndName,
    column("column"),
    optional(options<InSchema & IfNotExists>("options", { ...schema, ifNotExists: true })),
  ],
  dropColumn: [...tableAndName, ifExists],
  renameColumn: [text("table"), ...fromTo],
  alterColumn: [
    ...tableAndName,
    options<AlterColumnOptions>("changes", {
      ...schema,
      type: aColumn,
      nullable: true,
      default: true,
      identity: true,
      generated: true,
      collation: true,
      comment: true,
      sqlite: true,
      postgres: true,
      notNull: true,
      using: sqlOrText,
      existingType: aColumn,
      existingNullable: true,
      existingDefault: true,
      existingComment: true,
    }),
  ],

  createIndex: [
    ...nameAndTable,
    parts("columns"),
    optional(
      options<IndexOptions>("options", {
        ...schema,
        ...keyStorage,
        unique: true,
        where: true,
        using: aText,
        include: true,
        nullsNotDistinct: true,
        only: flagOrTexts,
        concurrently: true,
        ifNotExists: true,
      }),
    ),
  ],
  dropIndex: [
    text("name"),
    optional(text("table")),
    optional(options<DropIndexOptions>("options", { ...schema, ifExists: true, concurrently: true })),
  ],
  renameIndex: fromTo,

  createPrimaryKey: [
    textOrNull("name"),
    text("table"),
    texts("columns"),
    optional(options<KeyOptions>("options", keyOptions)),
  ],
  createUniqueConstraint: [
    textOrNull("name"),
    text("table"),
    texts("columns"),
    optional(options<UniqueConstraintOptions>("options", { ...keyOptions, nullsNotDistinct: true })),
  ],
  createForeignKey: [
    textOrNull("name"),
    text("table"),
    texts("columns"),
    text("targetTable"),
    targets("targetColumns"),
    optional(
      options<ForeignKeyConstraintOptions>("options", {
        ...schema,
        onDelete: true,
        onUpdate: true,
        match: true,
        deferrable: true,
        onDeleteColumns: true,
        notEnforced: true,
        period: true,
        unchecked: true,
        targetSchema: true,
        notValid: true,
        comment: true,
      }),
    ),
  ],
  createCheckConstraint: [
    textOrNull("name"),
    text("table"),
    sqlText("expression"),
    optional(
      options<CheckConstraintOptions>("options", {
        ...schema,
        noInherit: true,
        notValid: true,
        notEnforced: true,
        comment: true,
      }),
    ),
  ],
  createExcludeConstraint: [
    textOrNull("name"),
    text("table"),
    pairs("elements"),
    optional(
      options<ExcludeConstraintOptions>("options", {
        ...schema,
        ...keyStorage,
        using: aText,
        where: true,
        include: true,
        deferrable: true,
      }),
    ),
  ],
  dropConstraint: [
    textOrNull("name"),
    text("table"),
    optional(
      options<DropConstraintOptions>("options", {
        ...schema,
        ifExists: true,
        type: CONSTRAINTS,
        columns: true,
        expression: sqlOrText,
      }),
    ),
  ],
  renameConstraint: [...nameAndTable, text("to"), inSchema],
  validateConstraint: [...nameAndTable, inSchema],

  createEnum: [
    text("name"),
    labels("values"),
    optional(options<ObjectOptions>("options", { ...schema, comment: true })),
  ],
  dropEnum: [text("name"), ifExists],
  addEnumValue: [
    text("name"),
    text("value"),
    optional(options<EnumPlace>("options", { ...schema, before: true, after: true })),
  ],
  renameEnumValue: [text("name"), text("from"), text("to"), inSchema],
  replaceEnum: [text("name"), labels("values"), optional(options<Mapping>("options", { ...schema, mapping: true }))],

  createComment: [
    word("type", Object.keys(COMMENT_WORDS)),
    text("name"),
    textOrNull("comment"),
    optional(options<CreateCommentOptions>("options", { ...schema, on: aText })),
  ],
  attachPartition: [
    text("parent"),
    text("partition"),
    sqlText("bounds"),
    optional(options<Partition>("options", { ...schema, parentSchema: true, indexNames: true })),
  ],
  detachPartition: [text("parent"), text("partition"), parent],
  attachIndex: [text("parent"), text("index"), parent],
  renamePart: [text("partition"), text("index"), text("to"), inSchema],
  addInheritance: [text("table"), text("parent"), parent],
  dropInheritance: [text("table"), text("parent"), parent],

  createSchema: [text("name"), optional(options<IfNotExists>("options", { ifNotExists: true }))],
  dropSchema: [text("name"), bareCascade],
  createView: [text("name"), sqlText("query"), viewOptions],
  replaceView: [text("name"), sqlText("query"), viewOptions],
  dropView: [text("name"), cascade],

  ...ALTER_ARGUMENTS,

  // It says itself what it takes.
  execute: [text("sql")],
  bulkInsert: [text("table"), rows("rows"), inSchema],
  backfill: [
    text("table"),
    options<BackfillOptions>("options", {
      ...schema,
      set: required(anObject),
      where: true,
      key: textOrTexts,
      batchSize: aNumber,
      reverse: anObject,
    }),
  ],
  custom: [
    options<CustomOperation>("operation", {
      describe: required(aText),
      upgradeSql: required(textOrTexts),
      reverse: textOrTexts,
    }),
  ],
};

/** The operations that `op` makes of functions. */
export const BLOCK_ARGUMENTS: Readonly<Record<"batchAlterTable" | "autocommitBlock", readonly Argument[]>> = {
  batchAlterTable: [
    text("table"),
    callable("changes"),
    optional(options<InSchema & { recreate?: string }>("options", { ...schema, recreate: true })),
  ],
  autocommitBlock: [callable("work")],
};
