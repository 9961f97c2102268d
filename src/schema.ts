/** `tsmigrate/schema`: the language models are written in. It loads nothing else; Kysely when its `sql` is first used. */
export type * from "./model/column.js";
export type * from "./model/column-ref.js";
export * from "./model/column-types.js";
export type * from "./model/define-schema.js";
export { defineSchema } from "./model/define-schema.js";
export type * from "./model/driver-types.js";
export type * from "./model/enum-type.js";
export { enumColumn, enumType } from "./model/enum-type.js";
export type * from "./model/expression-text.js";
export type * from "./model/infer-database.js";
export type { ConflictAction, IndexPartSpec, TableItemSpec } from "./model/item-specs.js";
export type * from "./model/materialized-view.js";
export { materializedView } from "./model/materialized-view.js";
export type * from "./model/object-types.js";
export { compositeType, domain } from "./model/object-types.js";
export type * from "./model/privileges.js";
export { grant, owner, revoke } from "./model/privileges.js";
export type * from "./model/schema-object.js";
export type * from "./model/schema-objects.js";
export { definition, extension, functionDefinition, policy, sequence } from "./model/schema-objects.js";
export type * from "./model/table.js";
export { partition, pgSchema, table } from "./model/table.js";
export type * from "./model/table-items.js";
export { check, exclude, foreignKey, index, primaryKey, unique, uniqueIndex } from "./model/table-items.js";
export { trigger } from "./model/trigger.js";
export type * from "./model/view.js";
export { view } from "./model/view.js";
export type { NameParts, NameRule, NamingConvention } from "./schema/naming.js";
export type { SequenceNumber } from "./schema/objects.js";
export type {
  ColumnStorage,
  Deferrable,
  DialectName,
  EnumDef,
  ForeignKeyAction,
  IndexElement,
  JsonValue,
  KeyCollations,
  KeyOrder,
  NotNullDef,
  ObjectName,
  PostgresTableOptions,
  SqliteColumn,
  StorageParameters,
  TableOptions,
  TypeDef,
  TypeName,
} from "./schema/schema.js";
export { sql } from "./util/load-kysely.js";
