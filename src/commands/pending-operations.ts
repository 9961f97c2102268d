/** What autogenerate would write: the models compared with the database. Used by `revision --autogenerate` and `check`. */
import type { Connection } from "../dialects/dialect.js";
import { diffSchemas } from "../diff/diff-schemas.js";
import { findColumnRenames, findTableRenames, type RenameAnswer, type RenameCandidate } from "../diff/find-renames.js";
import { RenameUndecidedError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import { applyAll, applyOperation, describeOperation, destroyedBy } from "../operations/registry.js";
import { operationName } from "../render/render-object.js";
import { ledgerName } from "../runtime/ledger.js";
import { type DialectName, type SchemaDef, sameDef } from "../schema/schema.js";
import { applyCompareHooks } from "./compare-hooks.js";
import type { Environment } from "./environment.js";
import { filterObjects } from "./filter-objects.js";
import { leftAloneText, withUnmanaged } from "./managed-objects.js";

export interface RenameDecisions {
  readonly answers: readonly RenameAnswer[];
  /** What is likely a rename and was not said to be one: an error, or a drop and an add. */
  readonly undecided: "refuse" | "dropAndAdd";
}

export interface PendingOperations {
  readonly operations: readonly Operation[];
  /** The database as it is: what the first operation meets. */
  readonly found: SchemaDef;
}

/** @throws RenameUndecidedError with the arguments that answer it. */
export async function pendingOperations(
  environment: Environment,
  connection: Connection,
  renames: RenameDecisions,
): Promise<PendingOperations> {
  const { dialect } = connection;
  const { includeObject, onOperations } = environment.config;
  const declared = await environment.loadWanted(dialect);
  const wanted = filterObjects(declared, "models", includeObject);
  const database = await introspect(environment, connection, declared.schemas);
  const found = filterObjects(database, "database", includeObject);
  const tables = findTableRenames(found, wanted, renames.answers);
  const withTables = applyAll(found, tables.operations);
  const sameType = (a: { type: Parameters<typeof dialect.typeText>[0] }, b: typeof a) =>
    dialect.typeText(a.type).toLowerCase() === dialect.typeText(b.type).toLowerCase();
  const columns = findColumnRenames(withTables, wanted, renames.answers, sameType);
  const candidates = [...tables.candidates, ...columns.candidates];
  if (candidates.length > 0 && renames.undecided === "refuse") throw undecided(candidates);
  const renamed = applyAll(withTables, columns.operations);
  const managed = withUnmanaged(wanted, renamed, environment.config.manage);
  if (managed.leftAlone.size > 0) {
    environment.emit({ type: "detail", text: `left alone, not in the models: ${leftAloneText(managed.leftAlone)}` });
  }
  const reconciled = await dialect.reconcile(managed.wanted, renamed, connection);
  const to = applyCompareHooks(renamed, managed.wanted, reconciled, environment.config);
  const changes = diffSchemas(renamed, to, { viewsBlock: dialect.capabilities.alterColumn === "inPlace" });
  // A view that goes is dropped before anything is renamed, so that on the way back it is made of the old names.
  const isEarly = (op: Operation) => op.kind === "dropView" || op.kind === "dropObject";
  const operations = [
    ...changes.filter(isEarly),
    ...tables.operations,
    ...columns.operations,
    ...changes.filter((op) => !isEarly(op)),
  ];
  warnOfOptions(environment, dialect.name, renamed, wanted);
  const edited = await onOperations?.(operations, { dialect: dialect.name, from: found, to: wanted });
  return { operations: edited ?? operations, found };
}

/** Options of a PostgreSQL table that is there already are not compared yet: what is not done is said. */
function warnOfOptions(environment: Environment, dialect: DialectName, found: SchemaDef, wanted: SchemaDef): void {
  if (dialect === "sqlite") return;
  for (const [key, table] of Object.entries(wanted.tables)) {
    const options = table.options?.[dialect];
    if (options === undefined || found.tables[key] === undefined) continue;
    if (sameDef(options, found.tables[key].options?.[dialect] ?? {})) continue;
    environment.emit({
      type: "warning",
      text: `the options of table '${key}' differ from the database (${JSON.stringify(options)}); autogenerate does not change options of a table that exists`,
    });
  }
}

/** All of the database, whichever schemas are managed: revisions may work on any of them. */
export async function introspectAll(environment: Environment, connection: Connection): Promise<SchemaDef> {
  return introspect(environment, connection, (await connection.dialect.listSchemas?.(connection)) ?? []);
}

/** The database as `connection` sees it, without our own tables. */
export async function introspect(
  environment: Environment,
  connection: Connection,
  schemas: readonly string[] = [],
): Promise<SchemaDef> {
  const own = environment.versionTableName(undefined);
  return connection.dialect.introspect(connection, {
    ignoreTables: [own, ledgerName(own)],
    schemas: [...new Set([...environment.config.schemas, ...schemas])].filter(
      (name) => name !== connection.defaultSchema,
    ),
  });
}

/** How an operation is shown to people and programs. */
export interface OperationSummary {
  readonly kind: string;
  readonly description: string;
  readonly destructive: boolean;
}

export function summarize(operations: readonly Operation[], before: SchemaDef): readonly OperationSummary[] {
  let schema = before;
  return operations.map((op) => {
    const destructive = destroyedBy(op, schema) !== null;
    schema = applyOperation(schema, op);
    return { kind: operationName(op), description: describeOperation(op), destructive };
  });
}

function undecided(candidates: readonly RenameCandidate[]): RenameUndecidedError {
  const flags = candidates.map((candidate) => `--rename ${candidate.argument}`);
  const what = candidates.map((candidate) => candidate.description).join("; ");
  return new RenameUndecidedError(`it looks like a rename, and dropping would lose the data: ${what}`, {
    flags,
    hint: `Run it again with \`${flags.join(" ")}\` to rename, or with \`--no-renames\` to drop and add.`,
  });
}
