/** Schemas of real projects, read, compared with themselves, and built again where they hold nothing but what we know. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adapt } from "../../src/dialects/postgres/adapt.js";
import { compile } from "../../src/dialects/postgres/compile.js";
import type { PostgresConnection } from "../../src/dialects/postgres/connection.js";
import { introspect } from "../../src/dialects/postgres/introspect.js";
import { reconcile } from "../../src/dialects/postgres/reconcile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectPostgres, withPostgres } from "../support/postgres-connection.js";

const FOLDER = join(import.meta.dirname, "../../../shared/schemas/pg");
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".sql")) : [];
if (FILES.length === 0) process.stderr.write(`skipped, there are no real schemas in ${FOLDER}\n`);

/** These need nothing besides tables, enums, views and extensions. */
const COMPLETE: readonly string[] = ["synapse.sql", "lago.sql"];
/** Newer than the oldest server we support. */
const NEEDS_VERSION = 150_000;

describe.each(POSTGRES_DIALECTS)("real schemas on $name", ({ open }) => {
  if (FILES.length === 0) it("are not there, so that nothing is read", () => undefined);

  for (const file of FILES) {
    it(`${file} is read, and is the same as itself`, async (context) => {
      await withPostgres(open, async (connection, url) => {
        if (connection.facts.versionNumber < NEEDS_VERSION) context.skip("needs PostgreSQL 15");
        const found = await load(file, connection, url);
        expect(Object.keys(found.tables).length).toBeGreaterThan(10);
        await using again = await connectPostgres(url);
        expect(await reconcile(adapt(found), found, again)).toEqual(found);
      });
    });
  }

  for (const file of FILES.filter((name) => COMPLETE.includes(name))) {
    it(`${file} comes out as it went in when it is built from its structure`, async (context) => {
      await withPostgres(open, async (connection, url) => {
        if (connection.facts.versionNumber < NEEDS_VERSION) context.skip("needs PostgreSQL 15");
        const found = await load(file, connection, url);
        const extensions = await connection.query<{ name: string }>(
          "SELECT extname AS name FROM pg_extension WHERE extname <> 'plpgsql'",
        );
        await withPostgres(open, async (other) => {
          for (const { name } of extensions.rows) await other.script(`CREATE EXTENSION ${name} SCHEMA public`);
          const failures: string[] = [];
          for (const op of diffSchemas(EMPTY_SCHEMA, found)) {
            for (const { sql } of await compile(op, async () => found, other.serverVersion)) {
              await other.script(sql).catch((error: Error) => failures.push(`${error.message}: ${sql.slice(0, 200)}`));
            }
          }
          expect(failures).toEqual([]);
          expect(await introspect(other, { ignoreTables: [], schemas: found.schemas })).toEqual(found);
        });
      });
    });
  }
});

async function load(file: string, connection: PostgresConnection, url: string): Promise<SchemaDef> {
  await connection.script(readFileSync(join(FOLDER, file), "utf8"));
  const { rows } = await connection.query<{ name: string }>(
    "SELECT nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')",
  );
  // The file changes settings of its session.
  await using fresh = await connectPostgres(url);
  return await introspect(fresh, { ignoreTables: [], schemas: rows.map(({ name }) => name) });
}
