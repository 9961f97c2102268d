/** What autogenerate would write: the models compared with the database. Used by `revision --autogenerate` and `check`. */
import type { Connection } from "../../dialects/dialect.js";
import { ConfigInvalidError, type UndecidedRename } from "../../errors.js";
import type { Operation } from "../../operations/operation.js";
import { applyOperation, describeOperation, destroyedBy, OPERATION_KINDS } from "../../operations/registry.js";
import { operationName } from "../../render/render-object.js";
import type { SchemaDef } from "../../schema/schema.js";
import { nearest } from "../../util/nearest.js";
import type { Environment } from "../environment/environment.js";
import { filterObjects } from "../sources/filter-objects.js";
import { introspect } from "../sources/introspect.js";
import { managedPart } from "../sources/managed-schemas.js";
import { loadWanted } from "../sources/wanted-schema.js";
import { compareSchemas } from "./compare-schemas.js";
import type { RenameDecisions } from "./decide-renames.js";
import { withStrays } from "./left-schemas.js";

export interface PendingOperations {
  readonly operations: readonly Operation[];
  /** The database as it is: what the first operation meets. */
  readonly found: SchemaDef;
  readonly candidates: readonly UndecidedRename[];
}

/** @throws RenameUndecidedError with the arguments that answer it; UnsupportedOperationError for what cannot be written. */
export async function pendingOperations(
  environment: Environment,
  connection: Connection,
  renames: RenameDecisions,
): Promise<PendingOperations> {
  const { dialect } = connection;
  const { includeObject, onOperations, manage } = environment.config;
  const declared = await loadWanted(environment, dialect, { scratch: renames.scratch });
  const wanted = filterObjects(declared, "models", includeObject);
  const read = await introspect(environment, connection, declared.schemas);
  const database = managedPart(environment, connection, read, declared);
  const managed = filterObjects(database, "database", includeObject);
  const { found, strays } = await withStrays(environment, connection, managed, wanted, renames);
  const { operations, candidates } = await compareSchemas(environment, connection, {
    ...{ found, wanted, renames, strays },
    unmanaged: { kinds: manage },
  });
  const edited = await onOperations?.(operations, { dialect: dialect.name, from: found, to: wanted });
  requireKnownKinds(environment, edited ?? []);
  return { operations: edited ?? operations, found, candidates };
}

/** What a hook gives has been seen by no compiler. */
function requireKnownKinds(environment: Environment, edited: readonly Operation[]): void {
  const unknown = edited.find(({ kind }) => !OPERATION_KINDS.includes(kind));
  if (unknown === undefined) return;
  const near = nearest(unknown.kind, OPERATION_KINDS);
  throw new ConfigInvalidError(`'onOperations' gives an operation of the unknown kind '${unknown.kind}'`, {
    key: "onOperations",
    path: environment.options.configPath,
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
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
