/**
 * Every key of a config with its default, and why one would change it. Only what differs has to be written down:
 * `export default defineConfig({ url: process.env.DATABASE_URL, models: "./models.ts" })` is a whole config.
 * Paths are relative to this file.
 */
import { defineConfig } from "tsmigrate/config";

export default defineConfig({
  // The database. Left out, it is the environment variable DATABASE_URL; `--url` overrides both.
  url: process.env.DATABASE_URL ?? "sqlite:///./app.db",
  // Where the wanted schema is: a module (ours or Drizzle's), several, a folder of them or a pattern ("./src/db/*.ts"),
  // a .sql file (or schema/*.sql), or another database's URL.
  models: "./models.ts",
  // Holds revision.ts.tpl, the template of new revisions, and the folder versions.
  directory: "migrations",

  // Chosen with `--env production` or TSMIGRATE_ENV; each may override any key.
  environments: {
    // production: { url: process.env.PROD_URL, lockTimeout: 300_000 },
  },

  // --- Reaching the database ---
  // Follows from the url. An object brings another Kysely dialect of a family, such as libSQL, PGlite or CockroachDB:
  // dialect: { family: "sqlite", kysely: (url) => new LibsqlDialect({ url }) },
  // Set it when url goes through a pooler, which can keep neither locks nor settings of a session:
  // directUrl: process.env.DIRECT_URL,
  // For credentials that are fetched or expire: gives a URL or a Kysely.
  // connect: async ({ env }) => fetchDatabaseUrl(env),
  // PostgreSQL: owns what steps make, when the login is a person's.
  // role: "app_owner",
  // PostgreSQL: the schemas to manage. None named: the first of search_path. Those that models use are managed anyway.
  schemas: [],

  // --- Where revisions are kept ---
  // The table that says where the database is. Change it when two projects share a schema.
  versionTable: "tsmigrate_version",
  // Keeps that table out of your own schema.
  // versionTableSchema: "migrations",
  // Several folders let teams or modules keep revisions apart; a new one goes beside its parent.
  versionLocations: ["migrations/versions"],
  // Needed when fileTemplate makes folders.
  recursiveVersionLocations: false,
  // Of {rev} {slug} {epoch} {year} {month} {day} {hour} {minute} {second}. "{year}{month}{day}_{slug}" sorts by date.
  fileTemplate: "{rev}_{slug}",
  // Characters of the message that go into the file name.
  truncateSlugLength: 40,
  // Of the dates in file names and headers.
  timezone: "UTC",
  // The file `heads` makes two branches that both add a revision conflict when they are merged, not when they are deployed.
  headsFile: true,
  // A history of revisions without messages tells nobody anything.
  requireMessage: true,
  // Formatters of new files: { command: "prettier", args: ["--write"] }, which gets the path, or (path) => { … }.
  postWriteHooks: [],

  // --- Running them ---
  // "all" makes a run one transaction, "none" leaves it to the revisions.
  transaction: "per-revision",
  // Milliseconds to wait while another process migrates.
  lockTimeout: 60_000,
  // PostgreSQL: milliseconds a statement may run. 0 is for ever, as building an index can take hours.
  statementTimeout: 0,
  // PostgreSQL: milliseconds to wait for a table, while every query of the application queues behind.
  ddlLockTimeout: 2_000,
  // PostgreSQL: milliseconds a standby may be behind before a backfill waits for it; 0: it never waits.
  maxReplicationLag: 10_000,
  // PostgreSQL: how often a step that got no lock is tried again, and within how many milliseconds; false: never.
  retry: { attempts: 30, budget: 300_000 },
  // Called in the transaction of each step: audit rows, notifications. Throwing undoes the step.
  // onStep: (step) => { … },

  // --- Comparing models and database ---
  // Of {table} {columns} {target}, or functions. An existing database may follow another convention.
  namingConvention: {
    primaryKey: "pk_{table}",
    unique: "uq_{table}_{columns}",
    index: "ix_{table}_{columns}",
    foreignKey: "fk_{table}_{columns}_{target}",
    check: "ck_{table}_{columns}",
    exclude: "ex_{table}_{columns}",
  },
  // Leaves tables of other programs alone.
  // includeObject: (object) => !(object.kind === "table" && object.name?.startsWith("legacy_")),
  // Looks after all functions and triggers of the database, although the models declare none.
  // manage: ["function", "trigger"],
  // Compares who may do what and whose things are as well (PostgreSQL).
  // manage: ["grant", "owner"],
  // Drizzle models: as `casing` of the client and of drizzle-kit, for columns without a name of their own.
  // drizzle: { casing: "snake_case" },
  // Sees what autogenerate found before it is written, and may give another list.
  // onOperations: (operations) => operations.filter((operation) => operation.kind !== "dropTable"),
  // For types and defaults of your own: true is different, false the same, undefined as usual.
  // compareType: ({ found, wanted }) => undefined,
  // compareDefault: ({ found, wanted }) => undefined,
  // PostgreSQL: write revisions that keep tables usable while they run, at the price of more steps.
  online: true,

  // --- Checking ---
  // Severities by rule, as in { LK201: "warning" }; strict takes the higher one where a rule has two.
  lint: { rules: {}, strict: false },
  // An empty database to try things in. Left out, one is made: in memory, or on the server of the real one.
  // scratch: "postgres://localhost/scratch",

  // --- Many databases ---
  // URLs, or schemas of one database, that all get the same revisions with --all, each with a version table of its own.
  // A target says name, url, directUrl, schema, searchPath and args; a function may look them up.
  // targets: async ({ url, env, args }) => [{ name: "acme", schema: "tenant_1" }, "sqlite:///./other.db"],
  // How many of them at once, unless --concurrency says so.
  concurrency: 4,
});
