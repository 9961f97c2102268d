/** check and status: does everything agree? */

import type { Connection, Leftover } from "../dialects/dialect.js";
import { type UndecidedRename, UsageError } from "../errors.js";
import { checkHeadsFiles } from "../revisions/heads-file.js";
import { planUpgrade } from "../revisions/plan-steps.js";
import { compareSchemas } from "./compare/compare-schemas.js";
import { type OperationSummary, pendingOperations, summarize } from "./compare/pending-operations.js";
import { requireKnown, requireUpToDate } from "./create-revision.js";
import type { Environment } from "./environment/environment.js";
import { offlineDialect } from "./environment/offline-dialect.js";
import { findAppliedChanges, refuseChanged } from "./guards/edited-revisions.js";
import { replayRevisions } from "./replay-revisions.js";
import { filterObjects } from "./sources/filter-objects.js";
import { introspect } from "./sources/introspect.js";
import { allSchemas } from "./sources.js";

export interface CheckOptions {
  /** Models against what the revisions make, without the real database. */
  readonly offline?: boolean;
  /** The database against what the revisions it has had make. */
  readonly drift?: boolean;
  /** A database whose content does not matter. */
  readonly scratch?: string | undefined;
}

export interface CheckResult {
  readonly upToDate: boolean;
  readonly operations: readonly OperationSummary[];
  /** What of it may be a rename, with the arguments of `--rename` that say so. */
  readonly candidates: readonly UndecidedRename[];
  readonly compared: "database" | "revisions" | "drift";
  /** Half done things that work which was stopped has left in the database; no reason for the exit code. */
  readonly leftovers: readonly Leftover[];
}

/**
 * Is there anything that autogenerate would write?
 * @throws DatabaseBehindError when it could not be asked
 * @throws RevisionEditedError, RevisionOutOfOrderError when the history is not the one that was applied
 * @throws HeadsFileError when the heads file says something else than the history
 */
export async function check(environment: Environment, options: CheckOptions = {}): Promise<CheckResult> {
  const { offline = false, drift = false, scratch } = options;
  if (offline && drift) {
    throw new UsageError("--offline looks at no database, and --drift at the one there is", {
      hint: "Run `tsmigrate check --offline`, and `tsmigrate check --drift` where the database is.",
    });
  }
  const { headsFile, versionLocations } = environment.config;
  if (headsFile && !drift) checkHeadsFiles(await environment.loadGraph(), versionLocations);
  if (offline) return checkOffline(environment, scratch);
  return drift ? checkDrift(environment, scratch) : checkDatabase(environment, scratch);
}

/** The models, and what all revisions make. */
async function checkOffline(environment: Environment, scratch: string | undefined): Promise<CheckResult> {
  const graph = await environment.loadGraph();
  const dialect = await offlineDialect(environment);
  await using replayed = await replayRevisions(environment, dialect, graph, graph.realHeads, { scratch });
  const renames = { answers: [], undecided: "show", scratch } as const;
  const { operations, found, candidates } = await pendingOperations(environment, replayed, renames);
  return {
    upToDate: operations.length === 0,
    operations: summarize(operations, found),
    candidates,
    compared: "revisions",
    leftovers: [],
  };
}

/** What was done to the database besides its revisions, as the operations that would do the same. */
async function checkDrift(environment: Environment, scratch: string | undefined): Promise<CheckResult> {
  const graph = await environment.loadGraph();
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    const current = await environment.versionTable(connection).read();
    requireKnown(graph, current);
    await using replayed = await replayRevisions(environment, connection.dialect, graph, current, { scratch });
    const { includeObject } = environment.config;
    const schemas = [...(await allSchemas(replayed)), ...environment.config.schemas];
    const found = filterObjects(await introspect(environment, replayed, schemas), "models", includeObject);
    const wanted = filterObjects(await introspect(environment, connection, schemas), "database", includeObject);
    const renames = { answers: [], undecided: "dropAndAdd" } as const;
    const { operations } = await compareSchemas(environment, replayed, { found, wanted, renames });
    const leftovers = await findLeftovers(environment, connection);
    return {
      upToDate: operations.length === 0,
      operations: summarize(operations, found),
      candidates: [],
      compared: "drift",
      leftovers,
    };
  } finally {
    await environment.release();
  }
}

async function checkDatabase(environment: Environment, scratch: string | undefined): Promise<CheckResult> {
  const graph = await environment.loadGraph();
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    const rows = await environment.versionTable(connection).read();
    requireUpToDate(graph, rows);
    await refuseChanged(environment, connection, graph, rows);
    const { operations, found, candidates } = await pendingOperations(environment, connection, {
      answers: [],
      undecided: "show",
      scratch,
    });
    const leftovers = await findLeftovers(environment, connection);
    return {
      upToDate: operations.length === 0,
      operations: summarize(operations, found),
      candidates,
      compared: "database",
      leftovers,
    };
  } finally {
    await environment.release();
  }
}

async function findLeftovers(environment: Environment, connection: Connection): Promise<readonly Leftover[]> {
  const { defaultSchema, dialect } = connection;
  const schemas = [...(defaultSchema === undefined ? [] : [defaultSchema]), ...environment.config.schemas];
  return (await dialect.findLeftovers?.(connection, schemas)) ?? [];
}

export interface StatusResult {
  /** The name given with --env, null without. */
  readonly environment: string | null;
  readonly dialect: string;
  /** The URL without its password. */
  readonly database: string;
  readonly serverVersion: string;
  readonly current: readonly string[];
  readonly heads: readonly string[];
  /** Revisions that `upgrade heads` would run, oldest first. */
  readonly pending: readonly string[];
  /** Ids in the version table that no file declares. */
  readonly missing: readonly string[];
  /** Applied revisions whose files do not say any more what was applied. */
  readonly edited: readonly string[];
  /** Revisions that were put below applied ones, where nothing would ever run them. */
  readonly outOfOrder: readonly string[];
  /** Revisions that were begun and not brought to an end: running now, stopped or failed. */
  readonly failed: readonly string[];
}

export async function status(environment: Environment): Promise<StatusResult> {
  const graph = await environment.loadGraph();
  const connection = await environment.connect({ create: false, readOnly: true, missingIsEmpty: true });
  try {
    const current = await environment.versionTable(connection).read();
    const missing = current.filter((id) => !graph.byId.has(id));
    const known = current.filter((id) => graph.byId.has(id));
    const ledger = environment.ledger(connection);
    const { edited, outOfOrder } = await findAppliedChanges(environment, connection, graph, known);
    const open = new Set((await ledger.readOpen()).map(({ revision }) => revision));
    return {
      environment: environment.options.environmentName ?? null,
      dialect: connection.dialect.name,
      database: connection.description,
      serverVersion: connection.serverVersion,
      current,
      heads: graph.realHeads,
      pending: planUpgrade(graph, known, graph.realHeads).map((step) => step.revision.id),
      edited: edited.map(({ revision }) => revision),
      outOfOrder: outOfOrder.map(({ revision }) => revision),
      failed: [...open].filter((id) => graph.byId.has(id)),
      missing,
    };
  } finally {
    await environment.release();
  }
}
