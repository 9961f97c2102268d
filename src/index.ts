/**
 * tsmigrate as a library: the same engine as the command line. Nothing is shared between two calls or two migrators.
 */

export type { CheckOptions, CheckResult } from "./commands/check.js";
export type { DiffResult } from "./commands/diff.js";
export type { PullOptions, PullResult } from "./commands/pull.js";
export type { AcceptEditResult, ResolveResult } from "./commands/settle-revision.js";
export * from "./errors.js";
export {
  MigrationCreationError,
  MigrationDowngradeError,
  MigrationError,
  MigrationInitError,
  MigrationUpgradeError,
} from "./migration-errors.js";
export {
  type CompareOptions,
  type CreateMigrationOptions,
  createMigration,
  type DowngradeOptions,
  downgrade,
  getCurrentRevision,
  getMigrationHistory,
  type InitMigrationsOptions,
  initMigrations,
  type MigrationHistoryEntry,
  type Migrator,
  type MigratorOptions,
  openMigrator,
  type ScriptOptions,
  type UpgradeOptions,
  upgrade,
} from "./migrator.js";
export type { RevisionId } from "./revisions/revision.js";
export type { EngineEvent } from "./runtime/events.js";
export type { LedgerEntry } from "./runtime/ledger.js";
export type {
  AlterColumnOptions,
  BatchOperations,
  CascadeOptions,
  CheckConstraintOptions,
  CompilableQuery,
  CustomOperation,
  DefinitionOperationOptions,
  DropConstraintOptions,
  DropIndexOptions,
  ForeignKeyConstraintOptions,
  FunctionOperationOptions,
  IfExists,
  IndexOptions,
  InSchema,
  KeyOptions,
  ObjectOperations,
  Operations,
  UniqueConstraintOptions,
} from "./runtime/operations.js";
export * from "./schema.js";
