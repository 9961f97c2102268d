/** diff: what it takes to come from one source to another. Nothing is changed. */
import { redactUrl } from "../dialects/database-url.js";
import type { Dialect } from "../dialects/dialect.js";
import { diffSchemas } from "../diff/diff-schemas.js";
import type { UndecidedRename } from "../errors.js";
import type { Operation } from "../operations/operation.js";
import type { SchemaDef } from "../schema/schema.js";
import { compareSchemas } from "./compare/compare-schemas.js";
import type { RenameDecisions } from "./compare/decide-renames.js";
import { parseRename } from "./compare/decide-renames.js";
import { withStrays } from "./compare/left-schemas.js";
import { subjectOf } from "./compare/operation-subject.js";
import { type OperationSummary, summarize } from "./compare/pending-operations.js";
import type { Environment } from "./environment/environment.js";
import { scriptedSchema, writeOperations } from "./scripts/write-operations.js";
import { filterObjects } from "./sources/filter-objects.js";
import { managedPart } from "./sources/managed-schemas.js";
import type { ScratchWish } from "./sources/scratch.js";
import { loadWanted } from "./sources/wanted-schema.js";
import { allSchemas, dialectOf, type HeldSource, holdSource, parseSource, type SourceName } from "./sources.js";

export interface DiffOptions {
  /** Sources; by default the database and the models. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly renames: readonly string[];
  readonly scratch: string | undefined;
}

export interface DiffResult {
  /** As given, without a password. */
  readonly from: string;
  readonly to: string;
  /** `subject` is the object that the operation belongs to: `table users`, `enum mood`. */
  readonly operations: readonly (OperationSummary & { readonly subject: string })[];
  /** What of it may be a rename, with the arguments of `--rename` that say so. */
  readonly candidates: readonly UndecidedRename[];
  readonly sql: readonly string[];
  /** The statements as a script for the database's shell. */
  readonly script: readonly string[];
}

/** @throws UsageError for unknown sources, and whatever opening them throws */
export async function diff(environment: Environment, options: DiffOptions): Promise<DiffResult> {
  const { cwd } = environment.options;
  const [fromText, toText] = [options.from ?? "database", options.to ?? "models"];
  const [from, to] = [parseSource(fromText, cwd), parseSource(toText, cwd)];
  try {
    const dialect = await dialectOf(environment, [from, to]);
    const { operations, start, candidates } = await compareSources(environment, dialect, [from, to], options);
    const { statements, lines } = await writeOperations(environment, dialect, start, operations);
    const summaries = summarize(operations, start);
    return {
      from: redactUrl(fromText),
      to: redactUrl(toText),
      operations: summaries.map((summary, at) => ({ ...summary, subject: subjectOf(operations[at]!, start) })),
      candidates,
      sql: statements,
      script: lines,
    };
  } finally {
    await environment.release();
  }
}

interface ComparedSources {
  readonly operations: readonly Operation[];
  /** What the first of them meets. */
  readonly start: SchemaDef;
  readonly candidates: readonly UndecidedRename[];
}

async function compareSources(
  environment: Environment,
  dialect: Dialect,
  [from, to]: readonly [SourceName, SourceName],
  { scratch, renames: given }: DiffOptions,
): Promise<ComparedSources> {
  const wish: ScratchWish = { scratch, near: [from, to].find((source) => source.kind === "url")?.url };
  const renames: RenameDecisions = { answers: given.map(parseRename), undecided: "show" };
  if (from.kind === "models" && to.kind === "models") {
    const start = await loadWanted(environment, dialect, wish);
    return { operations: [], start, candidates: [] };
  }
  if (from.kind === "models") {
    await using held = await holdSource(environment, dialect, to, wish);
    const { found, to: declared } = await withModels(environment, held, wish, renames);
    const operations = diffSchemas(declared, found, { viewsBlock: dialect.capabilities.alterColumn === "inPlace" });
    return { operations, start: await scriptedSchema(environment, dialect, declared), candidates: [] };
  }
  await using held = await holdSource(environment, dialect, from, wish);
  if (to.kind === "models") {
    const { found, operations, candidates } = await withModels(environment, held, wish, renames);
    return { operations, start: await refreshed(held, found), candidates };
  }
  await using other = await holdSource(environment, dialect, to, wish);
  const [found, wanted] = await readBoth(environment, held, other);
  const { operations, candidates } = await compareSchemas(environment, held.connection, {
    found,
    wanted,
    renames,
    unwritable: "warn",
  });
  return { operations, start: await refreshed(held, found), candidates };
}

async function withModels(environment: Environment, held: HeldSource, wish: ScratchWish, renames: RenameDecisions) {
  const { includeObject, manage } = environment.config;
  const declared = await loadWanted(environment, held.connection.dialect, wish);
  const wanted = filterObjects(declared, "models", includeObject);
  const read = await held.read([...declared.schemas, ...held.schemas]);
  const managed = managedPart(environment, held.connection, read, declared);
  const filtered = filterObjects(managed, "database", includeObject);
  const { found, strays } = await withStrays(environment, held.connection, filtered, wanted, renames);
  const unmanaged = { kinds: manage };
  const sides = { found, wanted, renames, strays, unwritable: "warn" } as const;
  const compared = await compareSchemas(environment, held.connection, { ...sides, unmanaged });
  return { found, ...compared };
}

/**
 * All schemas of both. Only of the configured database, which may hold somebody else's, those count that a file or a
 * revision beside it has, and those of the config.
 */
async function readBoth(
  environment: Environment,
  from: HeldSource,
  to: HeldSource,
): Promise<readonly [SchemaDef, SchemaDef]> {
  const named = [...from.schemas, ...to.schemas];
  const isConfigured = from.kind === "database" || to.kind === "database";
  const schemas =
    isConfigured && named.length > 0
      ? named
      : [...(await allSchemas(from.connection)), ...(await allSchemas(to.connection))];
  const { includeObject } = environment.config;
  return [
    filterObjects(await from.read(schemas), "database", includeObject),
    filterObjects(await to.read(schemas), "models", includeObject),
  ];
}

/** With what only the database knows, which the text of a rebuild depends on. */
async function refreshed({ connection }: HeldSource, schema: SchemaDef): Promise<SchemaDef> {
  return (await connection.dialect.refresh?.(schema, connection)) ?? schema;
}
