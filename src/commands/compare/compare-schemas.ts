/** Two schemas compared: what of it is a rename, what is left alone, and the operations that remain. */
import type { ManagedKind } from "../../config/config.js";
import type { Connection } from "../../dialects/dialect.js";
import { diffSchemas } from "../../diff/diff-schemas.js";
import type { UndecidedRename } from "../../errors.js";
import type { Operation } from "../../operations/operation.js";
import type { SchemaDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";
import { compareComposites } from "./compare-composites.js";
import { compareFunctions } from "./compare-functions.js";
import { applyCompareHooks } from "./compare-hooks.js";
import { comparePartitioning, comparePartitionKeys } from "./compare-partitioning.js";
import { decideRenames, type RenameDecisions } from "./decide-renames.js";
import { NO_STRAYS, type Strays, withoutStrays } from "./left-schemas.js";
import { leftAloneText, withUnmanaged } from "./managed-objects.js";

export interface Comparison {
  /** In the words of the database that the connection leads to. */
  readonly found: SchemaDef;
  readonly wanted: SchemaDef;
  readonly renames: RenameDecisions;
  /** Differences that no operation makes: an error where a revision or a yes would leave them out, else a warning. */
  readonly unwritable?: "refuse" | "warn";
  /** What in `found` counts only where it is moved. */
  readonly strays?: Strays;
  /** Absent: everything counts. Else kinds of objects that `wanted` declares none of are left alone, but for these. */
  readonly unmanaged?: { readonly kinds: readonly (ManagedKind | (string & {}))[] | undefined };
}

export interface ComparedSchemas {
  readonly operations: readonly Operation[];
  /** `wanted` in the words of the database. */
  readonly to: SchemaDef;
  /** Drops and adds that may be renames, where they are to be shown. */
  readonly candidates: readonly UndecidedRename[];
}

/** @throws RenameUndecidedError with the arguments that answer it; UnsupportedOperationError for what cannot be written. */
export async function compareSchemas(
  environment: Environment,
  connection: Connection,
  { found, wanted, renames, unwritable = "refuse", strays = NO_STRAYS, unmanaged }: Comparison,
): Promise<ComparedSchemas> {
  const { dialect } = connection;
  const settled = await decideRenames(environment, dialect, found, wanted, renames, connection.defaultSchema);
  const renamed = withoutStrays(settled.renamed, strays);
  if (dialect.name === "postgres") comparePartitioning(environment, renamed, settled.wanted, unwritable);
  const objectRenames = settled.operations.filter(isOfObject);
  const complete =
    unmanaged === undefined ? settled.wanted : withLeftAlone(environment, settled.wanted, renamed, unmanaged.kinds);
  const asked = withPrivilegesOf(renamed, complete);
  const {
    privileges: _grants,
    owners: _owners,
    ...own
  } = await dialect.reconcile(complete, renamed, connection, objectRenames, (text) =>
    environment.emit({ type: "warning", text, ofResult: true }),
  );
  const reconciled = { ...own, ...asked };
  const to = applyCompareHooks(renamed, complete, reconciled, environment.config);
  const changes = diffSchemas(renamed, to, {
    viewsBlock: dialect.capabilities.alterColumn === "inPlace",
    renamed: settled.operations.length > 0,
  });
  if (dialect.name === "postgres") {
    compareFunctions(environment, renamed, to, changes, unwritable);
    comparePartitionKeys(environment, renamed, changes, unwritable);
    compareComposites(environment, renamed, changes, unwritable);
  }
  // A view that goes is dropped before anything is renamed, so that on the way back it is made of the old names.
  const isEarly = (op: Operation) => ["createSchema", "revoke", "dropView", "dropObject"].includes(op.kind);
  const first = changes.findIndex((op) => !isEarly(op));
  const early = first === -1 ? changes.length : first;
  // One that gets another name is dropped and changed under that.
  const operations = [
    ...objectRenames,
    ...changes.slice(0, early),
    ...settled.operations.filter((op) => !isOfObject(op)),
    ...changes.slice(early),
  ];
  return { operations, to, candidates: settled.candidates };
}

/** A schema is made there for what moves to it. */
function isOfObject(op: Operation): boolean {
  return op.kind === "renameObject" || op.kind === "moveObject" || op.kind === "createSchema";
}

function withLeftAlone(
  environment: Environment,
  wanted: SchemaDef,
  found: SchemaDef,
  kinds: NonNullable<Comparison["unmanaged"]>["kinds"],
): SchemaDef {
  const managed = withUnmanaged(wanted, found, kinds);
  if (managed.leftAlone.size > 0) {
    environment.emit({ type: "detail", text: `left alone, not in the models: ${leftAloneText(managed.leftAlone)}` });
  }
  return managed.wanted;
}

/** Grants and owners count where they were read: the config's `manage` names them. */
function withPrivilegesOf(found: SchemaDef, wanted: SchemaDef): Pick<SchemaDef, "privileges" | "owners"> {
  return {
    ...(found.privileges === undefined ? {} : { privileges: wanted.privileges ?? {} }),
    ...(found.owners === undefined ? {} : { owners: wanted.owners ?? {} }),
  };
}
