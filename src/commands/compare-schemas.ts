/** Two schemas compared: what of it is a rename, what is left alone, and the operations that remain. */
import type { ManagedKind } from "../config/config.js";
import type { Connection } from "../dialects/dialect.js";
import { diffSchemas } from "../diff/diff-schemas.js";
import { findColumnRenames, findTableRenames, type RenameAnswer, type RenameCandidate } from "../diff/find-renames.js";
import { RenameUndecidedError } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import { applyAll } from "../operations/registry.js";
import type { SchemaDef } from "../schema/schema.js";
import { applyCompareHooks } from "./compare-hooks.js";
import type { Environment } from "./environment.js";
import { leftAloneText, withUnmanaged } from "./managed-objects.js";

export interface RenameDecisions {
  readonly answers: readonly RenameAnswer[];
  /** What is likely a rename and was not said to be one: an error, or a drop and an add. */
  readonly undecided: "refuse" | "dropAndAdd";
  /** A database whose content does not matter, where models need one to be read. */
  readonly scratch?: string | undefined;
}

export interface Comparison {
  /** In the words of the database that the connection leads to. */
  readonly found: SchemaDef;
  readonly wanted: SchemaDef;
  readonly renames: RenameDecisions;
  /** Absent: everything counts. Else kinds of objects that `wanted` declares none of are left alone, but for these. */
  readonly unmanaged?: { readonly kinds: readonly (ManagedKind | (string & {}))[] | undefined };
}

export interface ComparedSchemas {
  readonly operations: readonly Operation[];
  /** `wanted` in the words of the database. */
  readonly to: SchemaDef;
}

/** @throws RenameUndecidedError with the arguments that answer it. */
export async function compareSchemas(
  environment: Environment,
  connection: Connection,
  { found, wanted, renames, unmanaged }: Comparison,
): Promise<ComparedSchemas> {
  const { dialect } = connection;
  const tables = findTableRenames(found, wanted, renames.answers);
  const withTables = applyAll(found, tables.operations);
  const sameType = (a: { type: Parameters<typeof dialect.typeText>[0] }, b: typeof a) =>
    dialect.typeText(a.type).toLowerCase() === dialect.typeText(b.type).toLowerCase();
  const columns = findColumnRenames(withTables, wanted, renames.answers, sameType);
  const candidates = [...tables.candidates, ...columns.candidates];
  if (candidates.length > 0 && renames.undecided === "refuse") throw undecided(candidates);
  const renamed = applyAll(withTables, columns.operations);
  const complete = unmanaged === undefined ? wanted : withLeftAlone(environment, wanted, renamed, unmanaged.kinds);
  const reconciled = await dialect.reconcile(complete, renamed, connection);
  const to = applyCompareHooks(renamed, complete, reconciled, environment.config);
  const changes = diffSchemas(renamed, to, { viewsBlock: dialect.capabilities.alterColumn === "inPlace" });
  // A view that goes is dropped before anything is renamed, so that on the way back it is made of the old names.
  const isEarly = (op: Operation) => op.kind === "dropView" || op.kind === "dropObject";
  const operations = [
    ...changes.filter(isEarly),
    ...tables.operations,
    ...columns.operations,
    ...changes.filter((op) => !isEarly(op)),
  ];
  return { operations, to };
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

function undecided(candidates: readonly RenameCandidate[]): RenameUndecidedError {
  const flags = candidates.map((candidate) => `--rename ${candidate.argument}`);
  const what = candidates.map((candidate) => candidate.description).join("; ");
  return new RenameUndecidedError(`it looks like a rename, and dropping would lose the data: ${what}`, {
    flags,
    hint: `Run it again with \`${flags.join(" ")}\` to rename, or with \`--no-renames\` to drop and add.`,
  });
}
