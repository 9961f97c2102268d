/**
 * What every command works with: the config, the files, the connection, the clock. The command line opens one from the
 * arguments, the library one from its options; nothing is shared between two of them.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { Kysely } from "kysely";
import type { KyselyFamily, ResolvedConfig } from "../../config/config.js";
import { type DatabaseUrl, parseDatabaseUrl } from "../../dialects/database-url.js";
import type { Connection, ConnectOptions, KeptSessions } from "../../dialects/dialect.js";
import { loadDialect } from "../../dialects/registry.js";
import type { DecideRename } from "../../diff/rename-questions.js";
import { ConfigInvalidError } from "../../errors.js";
import type { RevisionStep } from "../../revisions/revision.js";
import { loadRevisions } from "../../revisions/revision-directory.js";
import { buildRevisionGraph, type RevisionGraph } from "../../revisions/revision-graph.js";
import type { Emit } from "../../runtime/events.js";
import { type Ledger, type LedgerAuthor, openLedger } from "../../runtime/ledger.js";
import { openVersionTable, type VersionTable } from "../../runtime/version-table.js";
import { compact, type ObjectName } from "../../schema/schema.js";
import { packageVersion } from "../../util/package-version.js";
import { guardHooks } from "./guard-hooks.js";
import type { GraphUse, RevisionFiles } from "./revision-files.js";
import { importUserModule, loadStepModules, type StepModules } from "./user-modules.js";

export interface EnvironmentOptions {
  readonly cwd: string;
  readonly config: ResolvedConfig;
  /** The config file, where there is one. */
  readonly configPath: string | undefined;
  readonly environmentName: string | undefined;
  /** `-x` arguments. */
  readonly args: Readonly<Record<string, string>>;
  /** The application's own Kysely, instead of a URL. */
  readonly db?: Kysely<any> | undefined;
  /** Modules that are loaded already, instead of files. */
  readonly models?: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly emit: Emit;
  /** Asks a person whether something is a rename; absent where there is nobody to ask. */
  readonly askRename?: DecideRename | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of every URL that may hold a password before it is used. */
  readonly hide?: (url: string) => void;
  /** Takes what is known to be secret out of a text. */
  readonly redact?: (text: string) => string;
  /** Keeps the connection open from call to call. */
  readonly keepConnection: boolean;
  /** One of many databases or schemas that share their revisions. */
  readonly target?: TargetOptions | undefined;
}

export interface TargetOptions {
  readonly name: string;
  readonly schema: string | undefined;
  /** The schema, and what is found besides; empty where there is no schema. */
  readonly searchPath: readonly string[];
  /** The files, read once for all of them. */
  readonly files: RevisionFiles;
  /** What the targets before have left open for the next. */
  readonly sessions?: KeptSessions;
  /** Says what is true of all targets of one host the first time only. */
  readonly warnOnce: (text: string) => void;
}

export interface ConnectPurpose {
  /** May a missing SQLite file be made? */
  readonly create: boolean;
  readonly readOnly: boolean;
  /** A missing SQLite file is looked at as an empty database, and not made. */
  readonly missingIsEmpty?: boolean;
}

const POOLED =
  "the database is reached through a pooler: what runs outside a transaction will be refused; set `directUrl` in the config to go past it";

export class Environment implements AsyncDisposable {
  readonly options: EnvironmentOptions;
  /** Of the options, with its functions guarded. */
  readonly config: ResolvedConfig;
  #connection: Promise<Connection> | null = null;
  #purpose: ConnectPurpose | null = null;
  #own: Kysely<any> | null = null;
  #author: LedgerAuthor | null = null;

  constructor(options: EnvironmentOptions) {
    this.options = options;
    this.config = guardHooks(options.config, options.configPath);
  }

  get emit(): Emit {
    return this.options.emit;
  }

  /** Milliseconds since the process began to count, for durations. */
  now(): number {
    return performance.now();
  }

  today(): Date {
    return new Date();
  }

  /** From 0 to 1. */
  random(): number {
    return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
  }

  randomBytes(count: number): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(count));
  }

  /** Reads the revision files as they are now; whoever `writes` may find no folder of them. @throws RevisionError */
  async loadGraph(use: GraphUse = {}): Promise<RevisionGraph> {
    const { config, options } = this;
    if (options.target !== undefined) return options.target.files.graph(use);
    const revisions = await loadRevisions({
      locations: config.versionLocations,
      recursive: config.recursiveVersionLocations,
      mayBeMissing: use.writes === true,
      importRevision: (path) => importUserModule(path),
    });
    return buildRevisionGraph(revisions);
  }

  /** Loads what the steps run, all in one go. @throws RevisionFileError */
  loadSteps(steps: readonly RevisionStep[]): Promise<StepModules> {
    return this.options.target?.files.steps(steps) ?? loadStepModules(steps);
  }

  /** Opens the database, once. @throws ConnectionError, DriverMissingError, ConfigInvalidError without a URL */
  async connect(purpose: ConnectPurpose): Promise<Connection> {
    // What was opened for reading only, or must not be created, serves no command that writes.
    if (this.#connection !== null && !covers(this.#purpose, purpose)) await this.close();
    this.#purpose ??= purpose;
    this.#connection ??= this.#openAndTell(purpose);
    try {
      return await this.#connection;
    } catch (error) {
      // Nothing to close, and the next call may find the database there.
      this.#connection = null;
      this.#purpose = null;
      throw error;
    }
  }

  versionTable(connection: Connection): VersionTable {
    return openVersionTable(connection, this.versionTableName(connection.defaultSchema));
  }

  ledger(connection: Connection): Ledger {
    return openLedger(connection, this.versionTableName(connection.defaultSchema), () => this.author);
  }

  /** Who writes into the ledger: us. Not made for commands that only read, since chance takes 5 ms to load. */
  get author(): LedgerAuthor {
    this.#author ??= {
      toolVersion: packageVersion(),
      host: hostname(),
      pid: process.pid,
      run: randomUUID(),
      redact: (text) => this.options.redact?.(text) ?? text,
    };
    return this.#author;
  }

  /** What another run is kept out by. */
  lockName(connection: Connection): string {
    const { name, schema } = this.versionTableName(connection.defaultSchema);
    return `${schema ?? ""}\0${name}`;
  }

  versionTableName(defaultSchema: string | undefined): ObjectName {
    const schema = this.config.versionTableSchema ?? defaultSchema;
    return { name: this.config.versionTable, ...(schema === undefined ? {} : { schema }) };
  }

  /** The database's URL, undefined where it is reached in another way. */
  async databaseUrl(): Promise<DatabaseUrl | undefined> {
    const { config, db } = this.options;
    if (db !== undefined || typeof config.dialect === "object") return undefined;
    const place = await this.#place();
    return typeof place === "string" ? this.#parse(place) : undefined;
  }

  /** How connections of this environment are made. */
  connectOptions(purpose: ConnectPurpose): ConnectOptions {
    const { config, cwd } = this.options;
    return {
      resolveFrom: [...new Set([config.baseDirectory, cwd])],
      create: purpose.create,
      readOnly: purpose.readOnly,
      applicationName: "tsmigrate",
      statementTimeoutMilliseconds: config.statementTimeoutMilliseconds,
      ddlLockTimeoutMilliseconds: config.ddlLockTimeoutMilliseconds,
      ...(config.role === undefined ? {} : { role: config.role }),
      notify: (note) => this.emit(note),
    };
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    this.#purpose = null;
    await (await connection)?.close();
    await this.#own?.destroy();
    this.#own = null;
  }

  /** Closes the connection after a call, unless the environment was opened to keep it. */
  async release(): Promise<void> {
    if (!this.options.keepConnection) await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openAndTell(purpose: ConnectPurpose): Promise<Connection> {
    const connection = await this.#open(purpose);
    const { dialect, serverVersion, encryption } = connection;
    const warn = this.options.target?.warnOnce ?? ((text) => this.emit({ type: "warning", text }));
    if (connection.isPooled === true && !purpose.readOnly) warn(POOLED);
    if (encryption === undefined) return connection;
    this.emit({ type: "detail", text: `${dialect.name} ${serverVersion}, encryption: ${encryption.mode}` });
    if (encryption.warning !== undefined) warn(encryption.warning);
    return connection;
  }

  async #open(purpose: ConnectPurpose): Promise<Connection> {
    const { config } = this;
    const { db, target } = this.options;
    const searchPath = target?.searchPath ?? [];
    const connectOptions = {
      ...this.connectOptions(purpose),
      ...(searchPath.length === 0 ? {} : { searchPath }),
      ...compact({ sessions: target?.sessions }),
    };
    if (db !== undefined) return (await loadDialect(familyOf(db))).adopt(db, connectOptions);
    const place = await this.#place();
    if (typeof place !== "string") return (await loadDialect(familyOf(place))).adopt(place, connectOptions);
    if (typeof config.dialect === "object") return this.#openFamily(config.dialect, place, connectOptions);
    const url = this.#parse(place);
    if (config.dialect !== undefined && config.dialect !== url.dialect) {
      throw new ConfigInvalidError(`'dialect' is '${config.dialect}', but the database URL is one of ${url.dialect}`, {
        key: "dialect",
        path: this.options.configPath,
        hint: "Leave `dialect` out: the URL says it.",
      });
    }
    const dialect = await loadDialect(url.dialect);
    if (purpose.missingIsEmpty !== true || url.dialect !== "sqlite" || url.file === null || existsSync(url.file)) {
      return dialect.connect(url, connectOptions);
    }
    this.emit({ type: "warning", text: `the database file '${url.file}' does not exist yet` });
    return dialect.connect({ ...url, file: null }, { ...connectOptions, readOnly: false });
  }

  #parse(place: string): DatabaseUrl {
    const { config } = this;
    return parseDatabaseUrl(place, place === config.url?.text ? config.url.baseDirectory : config.baseDirectory);
  }

  /** The database that the config's `connect`, `directUrl` or `url` names, in this order. */
  async #place(): Promise<string | Kysely<any>> {
    const { config } = this;
    const { args, environmentName } = this.options;
    const url = config.url?.text;
    const place = config.connect === undefined ? undefined : await config.connect({ url, args, env: environmentName });
    const named = place ?? config.directUrl?.text ?? url;
    if (typeof named === "string") this.options.hide?.(named);
    if (named !== undefined) return named;
    throw new ConfigInvalidError("no database URL is configured", {
      key: "url",
      path: this.options.configPath,
      hint:
        config.targets === undefined
          ? "Set `url` in the config, DATABASE_URL in the environment, or pass --url."
          : "The config has `targets`: pass --all, or `--target <name>` for one of them.",
    });
  }

  /** Another Kysely dialect of a family; the Kysely made of it is destroyed with the connection. */
  async #openFamily(family: KyselyFamily, url: string, options: ConnectOptions): Promise<Connection> {
    const { Kysely: KyselyClass } = await import("kysely");
    const db = new KyselyClass<any>({ dialect: family.kysely(url) });
    this.#own = db;
    return (await loadDialect(family.family)).adopt(db, options);
  }
}

function covers(open: ConnectPurpose | null, wanted: ConnectPurpose): boolean {
  return (
    open !== null &&
    open.missingIsEmpty === wanted.missingIsEmpty &&
    (open.create || !wanted.create) &&
    (!open.readOnly || wanted.readOnly)
  );
}

/** Which of our dialects an application's Kysely speaks, told by its adapter's name. */
function familyOf(db: Kysely<any>): "sqlite" | "postgres" {
  const adapter = db.getExecutor().adapter.constructor.name.toLowerCase();
  if (/postgres|pg|cockroach|yugabyte|neon/.test(adapter)) return "postgres";
  if (/sqlite|libsql|d1/.test(adapter)) return "sqlite";
  // Every Kysely adapter of the PostgreSQL family inserts with RETURNING and takes transactional DDL.
  return db.getExecutor().adapter.supportsTransactionalDdl ? "postgres" : "sqlite";
}
