/** One run of one tool, as its documentation sets it up: `node migrate.mjs <tool> <url or file> <folder of migrations>`. */
import { promises as fs } from "node:fs";
import * as path from "node:path";

const [tool, target, folder] = process.argv.slice(2);
const isPostgres = target.startsWith("postgres");

const tools = {
  /** https://kysely.dev/docs/migrations */
  async kysely() {
    const { FileMigrationProvider, Kysely, PostgresDialect, SqliteDialect } = await import("kysely");
    const { Migrator } = await import("kysely/migration").catch(() => import("kysely"));
    const Provider = FileMigrationProvider ?? (await import("kysely/migration")).FileMigrationProvider;
    const dialect = isPostgres
      ? new PostgresDialect({ pool: new (await import("pg")).default.Pool({ connectionString: target }) })
      : new SqliteDialect({ database: new (await import("better-sqlite3")).default(target) });
    const db = new Kysely({ dialect });
    const migrator = new Migrator({
      db,
      provider: new Provider({ fs, path, migrationFolder: folder }),
      // What its documentation says to do for CREATE INDEX CONCURRENTLY.
      disableTransactions: process.env.NO_TRANSACTION === "1",
    });
    const { error } = await migrator.migrateToLatest();
    await db.destroy();
    if (error) throw error;
  },
  /** https://knexjs.org/guide/migrations.html */
  async knex() {
    const { default: knex } = await import("knex");
    const connection = isPostgres ? target : { filename: target };
    const client = isPostgres ? "pg" : "better-sqlite3";
    const db = knex({ client, connection, useNullAsDefault: true });
    try {
      await db.migrate.latest({ directory: folder, loadExtensions: [".mjs"] });
    } finally {
      await db.destroy();
    }
  },
  /** https://orm.drizzle.team/docs/migrations */
  async drizzle() {
    if (isPostgres) {
      const { drizzle } = await import("drizzle-orm/node-postgres");
      const { migrate } = await import("drizzle-orm/node-postgres/migrator");
      const pool = new (await import("pg")).default.Pool({ connectionString: target });
      await migrate(drizzle(pool), { migrationsFolder: folder });
      await pool.end();
    } else {
      const { drizzle } = await import("drizzle-orm/better-sqlite3");
      const { migrate } = await import("drizzle-orm/better-sqlite3/migrator");
      const { default: Database } = await import("better-sqlite3");
      migrate(drizzle(new Database(target)), { migrationsFolder: folder });
    }
  },
  /** https://salsita.github.io/node-pg-migrate/api; `wait` so that a second run is not an error. */
  async "node-pg-migrate"() {
    const { runner } = await import("node-pg-migrate");
    await runner({
      databaseUrl: target,
      dir: folder,
      direction: "up",
      migrationsTable: "pgmigrations",
      count: Number.POSITIVE_INFINITY,
      advisoryLockMode: "wait",
      log: () => {},
    });
  },
};

await tools[tool]();
