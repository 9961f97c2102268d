/** The library's functions and the migrator, on the same actions as the command line. */
import type { Kysely } from "kysely";
import { type CheckOptions, type CheckResult, check, type StatusResult, status } from "./commands/check.js";
import { renameTexts } from "./commands/compare/decide-renames.js";
import { createRevision } from "./commands/create-revision.js";
import type { DiffOptions, DiffResult } from "./commands/diff.js";
import { Environment } from "./commands/environment/environment.js";
import type { CreateRevisionResult } from "./commands/files/write-revision.js";
import { type InitResult, initProject } from "./commands/init.js";
import { type MigrateResult, migrate } from "./commands/migrate.js";
import type { PullOptions, PullResult } from "./commands/pull.js";
import { type HistoryEntry, readCurrent, readGraphHeads, readHistory } from "./commands/read-history.js";
import { readLog } from "./commands/read-log.js";
import { type AcceptEditResult, acceptEdit, type ResolveResult, resolveStep } from "./commands/settle-revision.js";
import { type StampResult, stamp } from "./commands/stamp.js";
import { writeMigrationScript } from "./commands/write-script.js";
import type { UserConfig } from "./config/config.js";
import { resolveConfig } from "./config/resolve-config.js";
import { MultipleHeadsError, TsMigrateError, UsageError } from "./errors.js";
import {
  MigrationCreationError,
  MigrationDowngradeError,
  MigrationError,
  type MigrationErrorOptions,
  MigrationInitError,
  MigrationUpgradeError,
} from "./migration-errors.js";
import type { Direction } from "./revisions/revision.js";
import type { EngineEvent } from "./runtime/events.js";
import type { LedgerEntry } from "./runtime/ledger.js";
import type { TransactionMode } from "./runtime/run-request.js";

/** A models module: its file, or the module itself (`import * as models from "./models.js"`). */
export type ModelsInput = string | Readonly<Record<string, unknown>>;

export interface MigratorOptions {
  /** Folder that holds `versions`, relative to the working directory. */
  readonly directory: string;
  /** A database URL in any form of the command line; relative SQLite paths start at the working directory. */
  readonly connectionString?: string;
  /** The application's own Kysely, instead of a URL; one of its connections is used, and given back. */
  readonly db?: Kysely<any>;
  readonly models?: ModelsInput | readonly ModelsInput[];
  /** Any other key of the config, e.g. `versionTable` or `lockTimeout`. */
  readonly config?: Omit<UserConfig, "directory" | "url" | "models" | "environments">;
  /** What revisions read as `op.args`. */
  readonly args?: Readonly<Record<string, string>>;
  /** Told of steps, statements and waiting. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Stops a run: the running step is rolled back. */
  readonly signal?: AbortSignal;
  /** What relative paths start from; the working directory of the process by default. */
  readonly cwd?: string;
}

export interface InitMigrationsOptions extends MigratorOptions {
  readonly template?: string;
  /** Also into a folder that holds something; nothing is overwritten. */
  readonly force?: boolean;
}

export interface CreateMigrationOptions extends MigratorOptions {
  readonly message: string;
  /** Compare the models with the database; true by default when there are models. */
  readonly autogenerate?: boolean;
  /** Write a file even if nothing changed. */
  readonly empty?: boolean;
  /** `{ "users.fullname": "full_name", people: "users" }`. */
  readonly renames?: Readonly<Record<string, string>>;
  /** What looks like a rename is a drop and an add. */
  readonly noRenames?: boolean;
  readonly head?: string;
  readonly splice?: boolean;
  readonly branchLabels?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly id?: string;
}

export interface UpgradeOptions extends MigratorOptions {
  /** `head` by default. */
  readonly revision?: string;
  readonly transaction?: TransactionMode;
  readonly dryRun?: boolean;
  /** Copy the database before the first step: into this file, or with true into one named after it. */
  readonly backup?: string | true;
}

export interface DowngradeOptions extends MigratorOptions {
  readonly revision: string;
  readonly transaction?: TransactionMode;
  readonly dryRun?: boolean;
  readonly backup?: string | true;
}

export interface ScriptOptions {
  readonly range?: string;
  readonly transaction?: TransactionMode;
}

export interface CompareOptions extends Partial<Omit<DiffOptions, "renames">> {
  /** As of {@link CreateMigrationOptions}. */
  readonly renames?: Readonly<Record<string, string>>;
}

/** One revision of the history; `description` is its message. */
export interface MigrationHistoryEntry extends Omit<HistoryEntry, "downRevision" | "description"> {
  /** Null at a base; several ids only at a merge point. */
  readonly downRevision: string | readonly string[] | null;
  readonly description: string;
}

type Call<T> = Omit<T, keyof MigratorOptions>;

/** One connection for many calls. Errors are the classes of `errors.ts` as they are. */
export interface Migrator extends AsyncDisposable {
  /** Null when autogenerate found nothing to write. */
  createMigration(options: Call<CreateMigrationOptions>): Promise<string | null>;
  createRevision(options: Call<CreateMigrationOptions>): Promise<CreateRevisionResult>;
  upgrade(options?: Call<UpgradeOptions>): Promise<MigrateResult>;
  downgrade(options: Call<DowngradeOptions>): Promise<MigrateResult>;
  /** The script that `upgrade` would run, `a:b` or from base to `b` (`head` by default); no connection is opened. */
  upgradeSql(options?: ScriptOptions): Promise<string>;
  /** The script of a downgrade; `range` is `from:to`. */
  downgradeSql(options: ScriptOptions & { readonly range: string }): Promise<string>;
  getCurrentRevision(): Promise<string | null>;
  getCurrentHeads(): Promise<readonly string[]>;
  getMigrationHistory(): Promise<readonly MigrationHistoryEntry[]>;
  getHeads(): Promise<readonly string[]>;
  stamp(revisions: string | readonly string[], options?: { readonly purge?: boolean }): Promise<StampResult>;
  /** Models and database; with `offline` models and revisions, with `drift` database and revisions. */
  check(options?: CheckOptions): Promise<CheckResult>;
  /**
   * What it takes to come from one source to another: `database` (the default of `from`), `models` (that of `to`), the URL
   * of a database, a `.sql` file, or `revision:<rev>`. Nothing is changed.
   */
  diff(options?: CompareOptions): Promise<DiffResult>;
  /** Writes models of the database that is there, a first revision where there is none, and stamps it. */
  pull(options?: Partial<PullOptions>): Promise<PullResult>;
  status(): Promise<StatusResult>;
  /** What runs have done, step by step, newest first: the last `count` entries of the ledger, or all. */
  log(options?: { readonly count?: number }): Promise<readonly LedgerEntry[]>;
  /**
   * Says of the step that a revision was stopped in whether it happened (`done`) or is to run again (`retry`), where the
   * error of `upgrade` or `downgrade` says that only a person can tell.
   */
  resolve(revision: string, outcome: "done" | "retry"): Promise<ResolveResult>;
  /** Takes what the file of an applied revision says now for what was applied. */
  acceptEdit(revision: string): Promise<AcceptEditResult>;
  close(): Promise<void>;
}

/** Makes the folder of revisions and their template; writes no config file. @throws MigrationInitError */
export function initMigrations(options: InitMigrationsOptions): Promise<InitResult> {
  return wrapped(MigrationInitError, "initialize migrations", { directory: options.directory }, async () => {
    if (options.connectionString === undefined && options.db === undefined) {
      throw new UsageError("no database was given", { hint: "Pass `connectionString` or `db`." });
    }
    return initProject({
      cwd: options.cwd ?? process.cwd(),
      directory: options.directory,
      template: options.template ?? "generic",
      url: options.connectionString,
      models: undefined,
      force: options.force ?? false,
      withConfig: false,
    });
  });
}

/** Writes a revision and gives its id, null when autogenerate found nothing to write. @throws MigrationCreationError */
export function createMigration(options: CreateMigrationOptions): Promise<string | null> {
  return wrapped(MigrationCreationError, "create a revision", { directory: options.directory }, () =>
    withMigrator(options, (migrator) => migrator.createMigration(options)),
  );
}

/** @throws MigrationUpgradeError */
export function upgrade(options: UpgradeOptions): Promise<MigrateResult> {
  const revision = options.revision ?? "head";
  return wrapped(MigrationUpgradeError, `upgrade to '${revision}'`, { directory: options.directory, revision }, () =>
    withMigrator(options, (migrator) => migrator.upgrade(options)),
  );
}

/** @throws MigrationDowngradeError */
export function downgrade(options: DowngradeOptions): Promise<MigrateResult> {
  const { directory, revision } = options;
  return wrapped(MigrationDowngradeError, `downgrade to '${revision}'`, { directory, revision }, () =>
    withMigrator(options, (migrator) => migrator.downgrade(options)),
  );
}

/** The revision the database is at, null at base. @throws MigrationError, also when it is at several */
export function getCurrentRevision(options: MigratorOptions): Promise<string | null> {
  return wrapped(MigrationError, "read the current revision", { directory: options.directory }, () =>
    withMigrator(options, (migrator) => migrator.getCurrentRevision()),
  );
}

/** Every revision, newest first; reads files only. @throws MigrationError */
export function getMigrationHistory(options: MigratorOptions): Promise<readonly MigrationHistoryEntry[]> {
  return wrapped(MigrationError, "read the history", { directory: options.directory }, () =>
    withMigrator(options, (migrator) => migrator.getMigrationHistory()),
  );
}

/** Opens a migrator; the connection is made by the first call that needs one. Close it, or use `await using`. */
export async function openMigrator(options: MigratorOptions): Promise<Migrator> {
  const environment = openLibraryEnvironment(options);
  const run = (direction: Direction, target: string, given: Call<UpgradeOptions>) =>
    migrate(environment, {
      direction,
      target,
      dryRun: given.dryRun ?? false,
      transaction: given.transaction,
      lockTimeoutMilliseconds: undefined,
      backup: given.backup === true ? null : given.backup,
    });
  const script = async (direction: Direction, range: string, transaction: TransactionMode | undefined) => {
    const { lines } = await writeMigrationScript(environment, { direction, range, transaction });
    return lines.map((line) => `${line}\n`).join("");
  };
  const create = (given: Call<CreateMigrationOptions>) =>
    createRevision(environment, {
      message: given.message,
      autogenerate: given.autogenerate ?? options.models !== undefined,
      empty: given.empty ?? false,
      renames: renameTexts(given.renames),
      noRenames: given.noRenames ?? false,
      head: given.head,
      splice: given.splice ?? false,
      branchLabels: given.branchLabels ?? [],
      dependsOn: given.dependsOn ?? [],
      versionPath: undefined,
      id: given.id,
    });
  return {
    createMigration: async (given) => (await create(given)).revision,
    createRevision: create,
    upgrade: (given = {}) => run("upgrade", given.revision ?? "head", given),
    downgrade: (given) => run("downgrade", given.revision, given),
    upgradeSql: (given = {}) => script("upgrade", given.range ?? "head", given.transaction),
    downgradeSql: (given) => script("downgrade", given.range, given.transaction),
    async getCurrentRevision() {
      const { current } = await readCurrent(environment);
      if (current.length > 1) {
        throw new MultipleHeadsError(
          `the database is at ${current.length} revisions: ${current.map((id) => `'${id}'`).join(", ")}`,
          {
            heads: current,
            hint: "Call `getCurrentHeads()` instead.",
          },
        );
      }
      return current[0] ?? null;
    },
    getCurrentHeads: async () => (await readCurrent(environment)).current,
    getMigrationHistory: async () =>
      (await readHistory(environment, { range: undefined, indicateCurrent: false })).entries.map(libraryEntry),
    getHeads: async () => (await readGraphHeads(environment, true)).entries.map((entry) => entry.revision),
    stamp: (revisions, given = {}) => stamp(environment, [revisions].flat(), { purge: given.purge ?? false }),
    check: (given = {}) => check(environment, given),
    diff: async ({ renames, ...given } = {}) => {
      const { diff } = await import("./commands/diff.js");
      return diff(environment, {
        from: undefined,
        to: undefined,
        scratch: undefined,
        ...given,
        renames: renameTexts(renames),
      });
    },
    pull: async (given = {}) => {
      const { PULL_ALL, pull } = await import("./commands/pull.js");
      return pull(environment, { ...PULL_ALL, ...given });
    },
    status: () => status(environment),
    log: async (given = {}) => (await readLog(environment, countOf(given.count))).entries,
    resolve: (revision, outcome) => resolveStep(environment, revision, outcome),
    acceptEdit: (revision) => acceptEdit(environment, revision),
    close: () => environment.close(),
    [Symbol.asyncDispose]: () => environment.close(),
  };
}

/** It becomes a part of SQL, and callers without types could pass anything. */
function countOf(count: number | undefined): number | undefined {
  if (count === undefined || (Number.isSafeInteger(count) && count > 0)) return count;
  throw new UsageError(`'${String(count)}' is no number of entries`, { hint: "Pass for example `{ count: 20 }`." });
}

function openLibraryEnvironment(options: MigratorOptions): Environment {
  const cwd = options.cwd ?? process.cwd();
  const given = options.models === undefined ? [] : [options.models].flat();
  const files = given.filter((models): models is string => typeof models === "string");
  const modules = given.filter((models): models is Readonly<Record<string, unknown>> => typeof models !== "string");
  return new Environment({
    cwd,
    config: resolveConfig(
      {
        ...options.config,
        directory: options.directory,
        ...(options.connectionString === undefined ? {} : { url: options.connectionString }),
        ...(files.length === 0 ? {} : { models: files }),
      },
      { baseDirectory: cwd, cwd, env: {} },
    ),
    configPath: undefined,
    environmentName: undefined,
    args: options.args ?? {},
    db: options.db,
    models: modules,
    emit: options.onEvent ?? (() => {}),
    signal: options.signal,
    keepConnection: true,
  });
}

async function withMigrator<T>(options: MigratorOptions, work: (migrator: Migrator) => Promise<T>): Promise<T> {
  await using migrator = await openMigrator(options);
  return await work(migrator);
}

function libraryEntry(entry: HistoryEntry): MigrationHistoryEntry {
  const [first, ...others] = entry.downRevision;
  return {
    ...entry,
    downRevision: first === undefined ? null : others.length === 0 ? first : entry.downRevision,
    description: entry.description === "" ? entry.message : `${entry.message}\n\n${entry.description}`,
  };
}

async function wrapped<T>(
  ErrorClass: new (message: string, options: MigrationErrorOptions) => MigrationError,
  what: string,
  context: MigrationErrorOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MigrationError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ErrorClass(`cannot ${what}: ${message}`, {
      ...context,
      cause,
      hint: cause instanceof TsMigrateError ? cause.hint : undefined,
    });
  }
}
