/**
 * What stands in a config file, and what the engine gets of it. At run time this file is {@link defineConfig} alone, and
 * must stay so: a config pays for what it imports at every start.
 */
import type { Kysely, Dialect as KyselyDialect } from "kysely";
import type { Operation } from "../operations/operation.js";
import type { MANAGED_KINDS } from "../schema/managed-kinds.js";
import type { NamingConvention } from "../schema/naming.js";
import type { ObjectKind } from "../schema/objects.js";
import type { DefaultDef, DialectName, ObjectName, SchemaDef, TypeDef } from "../schema/schema.js";

/** The config of a project. Paths are relative to the folder of the config file. */
export interface UserConfig extends EnvironmentConfig {
  /**
   * Named environments, chosen with `--env` or TSMIGRATE_ENV. Each may override any key. One that says where the database
   * is (`url`, `directUrl`, `connect` or `targets`) takes nothing of the kind over from the top of the config.
   */
  readonly environments?: Readonly<Record<string, EnvironmentConfig>> | undefined;
}

export interface EnvironmentConfig {
  /** Holds the revision template; the revisions are in its folder `versions`. Default: `migrations`. */
  readonly directory?: string | undefined;
  /** The database. Default: the environment variable DATABASE_URL. */
  readonly url?: string | undefined;
  /** Where the wanted schema is: modules, `.sql` files (`schema/*.sql`) or database URLs. */
  readonly models?: string | readonly string[] | undefined;
  /** Default: from `url`. */
  readonly dialect?: DialectName | KyselyFamily | undefined;
  /** The database without the pooler that `url` goes through: locks and session settings need a real connection. */
  readonly directUrl?: string | undefined;
  /** PostgreSQL: the role that steps run as (`SET ROLE`), and so the owner of what they make. */
  readonly role?: string | undefined;
  /** PostgreSQL: schemas to manage, besides those that the models use. Default: the first of search_path. */
  readonly schemas?: readonly string[] | undefined;
  /** Gives the database when it takes more than a fixed URL. */
  readonly connect?: Connect | undefined;
  /** Default: `tsmigrate_version`. */
  readonly versionTable?: string | undefined;
  /** Default: the connection's default schema. */
  readonly versionTableSchema?: string | undefined;
  /** Folders of revision files; a new one goes beside its parent. Default: `<directory>/versions`. */
  readonly versionLocations?: readonly string[] | undefined;
  /** Look into folders within the version locations as well. Default: false. */
  readonly recursiveVersionLocations?: boolean | undefined;
  /**
   * The name of a new file without its extension, of `{rev} {slug} {epoch} {year} {month} {day} {hour} {minute} {second}`;
   * `/` makes folders. Default: `{rev}_{slug}`.
   */
  readonly fileTemplate?: string | undefined;
  /** Characters. Default: 40. */
  readonly truncateSlugLength?: number | undefined;
  /** An IANA name, for dates in file names and headers. Default: `UTC`. */
  readonly timezone?: string | undefined;
  /** Keep a file `heads` in each version location, so that two branches that both add a revision conflict in version control. Default: true. */
  readonly headsFile?: boolean | undefined;
  /** Refuse a new revision without a message. Default: true. */
  readonly requireMessage?: boolean | undefined;
  /** Run one after the other on every file that is written. */
  readonly postWriteHooks?: readonly PostWriteHook[] | undefined;
  /** What one transaction holds. Default: `per-revision`. */
  readonly transaction?: TransactionMode | undefined;
  /** Milliseconds to wait for another run. Default: 60,000. */
  readonly lockTimeout?: number | undefined;
  /** PostgreSQL: milliseconds a statement of a step may take; 0, the default, is no limit. */
  readonly statementTimeout?: number | undefined;
  /** PostgreSQL: milliseconds a statement of a step waits for a table lock, so that nobody queues behind it. Default: 2,000. */
  readonly ddlLockTimeout?: number | undefined;
  /** PostgreSQL: milliseconds that a standby may be behind before a backfill waits for it; 0: it never waits. Default: 10,000. */
  readonly maxReplicationLag?: number | undefined;
  /** PostgreSQL: try a step again that could not get its locks. Default: 30 attempts within 300,000 ms. */
  readonly retry?: false | RetryConfig | undefined;
  /** How constraints and indexes without a name are called: templates of `{table}`, `{columns}` and `{target}`, or functions. */
  readonly namingConvention?: NamingConvention | undefined;
  /** Leaves an object out of comparing when it gives false. */
  readonly includeObject?: ((object: ComparedObject) => boolean) | undefined;
  /**
   * Kinds of objects that autogenerate creates, changes and drops although the models declare none of them: `function`,
   * `trigger`, `policy`, … A kind that the models declare one of is managed anyway; any other is left alone. `grant` and
   * `owner`: who may do what and whose things are is read and compared, which it is not otherwise.
   */
  readonly manage?: readonly ManagedKind[] | undefined;
  /** How models of Drizzle's are read. */
  readonly drizzle?: DrizzleConfig | undefined;
  /** Sees what autogenerate found, and may give another list. */
  readonly onOperations?: OnOperations | undefined;
  /** Called in the transaction of each step when its version rows have been moved; throwing undoes the step. */
  readonly onStep?: ((step: AppliedStep) => unknown) | undefined;
  /** Do two types differ? Undefined leaves it to tsmigrate. */
  readonly compareType?: ((column: ComparedColumn<TypeDef>) => boolean | undefined) | undefined;
  /** Do two defaults differ? Undefined leaves it to tsmigrate. */
  readonly compareDefault?: ((column: ComparedColumn<DefaultDef | null>) => boolean | undefined) | undefined;
  /** PostgreSQL: write revisions that keep tables usable while they run. Default: true. */
  readonly online?: boolean | undefined;
  readonly lint?: LintConfig | undefined;
  /** The URL of a database whose content does not matter. Default: one is made, in memory or beside the real one. */
  readonly scratch?: string | undefined;
  /** Many databases or schemas that get the same revisions, with `--all` or `--target <name>`. */
  readonly targets?: Targets | undefined;
  /** How many targets are worked on at once. Default: 4. */
  readonly concurrency?: number | undefined;
}

/** Another Kysely dialect of a family: libSQL, PGlite, Neon, CockroachDB, Yugabyte. */
export interface KyselyFamily {
  readonly family: DialectName;
  /** Gets the URL that the config, the environment or `--url` names. */
  readonly kysely: (url: string | undefined) => KyselyDialect;
}

/** Gives a URL, or a Kysely of which one connection is used and which is never destroyed. */
export type Connect = (context: ConnectContext) => string | Kysely<any> | Promise<string | Kysely<any>>;

export interface ConnectContext extends ConfigContext {
  readonly url: string | undefined;
}

export type TransactionMode = "per-revision" | "all" | "none";

/** A program that gets the file's path as its last argument, or where an argument says `{path}`; or a function. */
export type PostWriteHook =
  | { readonly command: string; readonly args?: readonly string[] | undefined; readonly cwd?: string | undefined }
  | ((path: string) => unknown);

export interface RetryConfig {
  /** Default: 30. */
  readonly attempts?: number | undefined;
  /** Milliseconds that all attempts of a step may take. Default: 300,000. */
  readonly budget?: number | undefined;
}

/** Kinds of objects beyond tables, enums and views. Row security goes with `policy`. */
export type ManagedKind = (typeof MANAGED_KINDS)[number];

export interface ComparedObject {
  readonly kind:
    | "schema"
    | "table"
    | "column"
    | "primaryKey"
    | "unique"
    | "foreignKey"
    | "check"
    | "index"
    | "enum"
    | "view"
    | ObjectKind;
  /** Null for a constraint that the database holds without a name. */
  readonly name: string | null;
  /** Absent: the connection's default schema. */
  readonly schema?: string;
  /** The table that a column, constraint or index belongs to. */
  readonly table?: string;
  /** Where it was found. */
  readonly source: "database" | "models";
}

export type OnOperations = (
  operations: readonly Operation[],
  context: { readonly dialect: DialectName; readonly from: SchemaDef; readonly to: SchemaDef },
) => readonly Operation[] | void | Promise<readonly Operation[] | void>;

/** A revision that was just run, in either direction. */
export interface AppliedStep {
  readonly direction: "upgrade" | "downgrade";
  readonly revision: {
    readonly id: string;
    readonly downRevisions: readonly string[];
    readonly message: string;
    /** Absolute. */
    readonly path: string;
  };
  /** What the version table held before and holds now. */
  readonly headsBefore: readonly string[];
  readonly headsAfter: readonly string[];
}

export interface ComparedColumn<T> {
  readonly table: ObjectName;
  readonly column: string;
  /** As the database has it. */
  readonly found: T;
  /** As the models want it. */
  readonly wanted: T;
}

export interface DrizzleConfig {
  /** As drizzle-kit's config and the client have it: the names of columns that the models give no name but their key. */
  readonly casing?: "snake_case" | "camelCase" | undefined;
}

export type LintSeverity = "off" | "info" | "warning" | "error";

export interface LintConfig {
  /** By code or name of the rule. */
  readonly rules?: Readonly<Record<string, LintSeverity>> | undefined;
  /** Judges by the stricter of two severities where a rule has two. Default: false. */
  readonly strict?: boolean | undefined;
}

/** A list, or a function that finds them, for example in a table of tenants. */
export type Targets = readonly Target[] | ((context: ConnectContext) => readonly Target[] | Promise<readonly Target[]>);

/** A database by its URL, or more about it. */
export type Target = string | TargetConfig;

export interface TargetConfig {
  /** What output and `--target` call it, one name a target. Default: its schema, or its URL without a password. */
  readonly name?: string | undefined;
  /** Default: the config's own database. */
  readonly url?: string | undefined;
  /** The same without its pooler. */
  readonly directUrl?: string | undefined;
  /** PostgreSQL: the schema that revisions run in, which has a version table of its own. It has to be there. */
  readonly schema?: string | undefined;
  /** PostgreSQL: schemas whose objects revisions find besides those of `schema`, say those of extensions. Default: none. */
  readonly searchPath?: readonly string[] | undefined;
  /** What revisions read as `op.args`, over what `-x` says. */
  readonly args?: Readonly<Record<string, string>> | undefined;
}

/** What a config that is a function gets. */
export interface ConfigContext {
  /** The environment that was asked for, with `--env` or TSMIGRATE_ENV. */
  readonly env: string | undefined;
  /** Arguments given with `-x key=value`. */
  readonly args: Readonly<Record<string, string>>;
}

/** A config, a promise of one, or a function that gives one. */
export type ConfigInput =
  | UserConfig
  | Promise<UserConfig>
  | ((context: ConfigContext) => UserConfig | Promise<UserConfig>);

/**
 * Gives back what it is given, with its keys checked by the compiler.
 *
 * @example export default defineConfig({ url: "sqlite:///./app.db", models: "./models.ts" });
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** A database URL, and the folder that a relative SQLite path in it starts from. May hold a password. */
export interface LocatedUrl {
  readonly text: string;
  /** Absolute. */
  readonly baseDirectory: string;
}

/** A config with every default filled in, for one environment. Paths are absolute. */
export interface ResolvedConfig {
  /** The folder that paths of the config start from. */
  readonly baseDirectory: string;
  readonly directory: string;
  readonly url: LocatedUrl | undefined;
  /** Absolute paths; database URLs stay as they were written, relative to `baseDirectory`. */
  readonly models: readonly string[];
  readonly dialect: DialectName | KyselyFamily | undefined;
  readonly directUrl: LocatedUrl | undefined;
  readonly role: string | undefined;
  /** Empty: the default schema only. */
  readonly schemas: readonly string[];
  readonly connect: Connect | undefined;
  readonly versionTable: string;
  readonly versionTableSchema: string | undefined;
  /** At least one. */
  readonly versionLocations: readonly string[];
  readonly recursiveVersionLocations: boolean;
  readonly fileTemplate: string;
  readonly truncateSlugLength: number;
  readonly timezone: string;
  readonly headsFile: boolean;
  readonly requireMessage: boolean;
  /** `cwd` of a program is absolute and always there. */
  readonly postWriteHooks: readonly PostWriteHook[];
  readonly transaction: TransactionMode;
  readonly lockTimeoutMilliseconds: number;
  readonly statementTimeoutMilliseconds: number;
  readonly ddlLockTimeoutMilliseconds: number;
  readonly maxReplicationLagMilliseconds: number;
  /** Null: a step is tried once. */
  readonly retry: { readonly attempts: number; readonly budgetMilliseconds: number } | null;
  /** What it leaves out follows the default convention. */
  readonly namingConvention: NamingConvention;
  readonly includeObject: EnvironmentConfig["includeObject"];
  readonly manage: EnvironmentConfig["manage"];
  readonly drizzle: DrizzleConfig;
  readonly onOperations: EnvironmentConfig["onOperations"];
  readonly onStep: EnvironmentConfig["onStep"];
  readonly compareType: EnvironmentConfig["compareType"];
  readonly compareDefault: EnvironmentConfig["compareDefault"];
  readonly online: boolean;
  readonly lint: { readonly rules: Readonly<Record<string, LintSeverity>>; readonly strict: boolean };
  readonly scratch: LocatedUrl | undefined;
  readonly targets: EnvironmentConfig["targets"];
  readonly concurrency: number;
}
