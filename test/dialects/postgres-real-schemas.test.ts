/** Schemas of real projects, read, compared with themselves, and built again where they hold nothing but what we know. */
import { describe, expect, it } from "vitest";
import { introspect } from "../../src/dialects/postgres/catalog/introspect.js";
import { adapt } from "../../src/dialects/postgres/compile/adapt.js";
import { compile } from "../../src/dialects/postgres/compile/compile.js";
import type { PostgresConnection } from "../../src/dialects/postgres/connection/connection.js";
import { reconcile } from "../../src/dialects/postgres/reconcile/reconcile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { applyOperation } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { dumpStatements } from "../support/pg-dump.js";
import { connectPostgres, withPostgres } from "../support/postgres-connection.js";
import { realSchemaSql, realSchemas, whyNotTaken } from "../support/real-schemas.js";

const FILES = realSchemas("postgres");

/** What pg_dump says of one of the two and not of the other. */
async function dumpDifference(a: string, b: string): Promise<readonly string[]> {
  const [first, second] = [await dumpStatements(a), await dumpStatements(b)];
  if (first === null || second === null) return [];
  return [
    ...first.filter((statement) => !second.includes(statement)).map((statement) => `- ${statement}`),
    ...second.filter((statement) => !first.includes(statement)).map((statement) => `+ ${statement}`),
  ];
}

describe.each(POSTGRES_DIALECTS)("real schemas on $name", ({ open }) => {
  if (FILES.length === 0) it("are not there, so that nothing is read", () => undefined);

  for (const file of FILES) {
    it(`${file} is read, and is the same as itself`, async (context) => {
      await withPostgres(open, async (connection, url) => {
        const reason = await whyNotTaken(file, url);
        if (reason !== null) context.skip(reason);
        const found = await load(file, connection, url);
        expect(Object.keys(found.tables).length).toBeGreaterThan(10);
        await using again = await connectPostgres(url);
        expect(await reconcile(adapt(found), found, again)).toEqual(found);
      });
    });
  }

  for (const file of FILES) {
    it(`${file} comes out as it went in when it is built from its structure`, async (context) => {
      await withPostgres(open, async (connection, url) => {
        const reason = await whyNotTaken(file, url);
        if (reason !== null) context.skip(reason);
        const found = await load(file, connection, url);
        await withPostgres(open, async (other, otherUrl) => {
          const failures: string[] = [];
          let before = EMPTY_SCHEMA;
          for (const op of diffSchemas(EMPTY_SCHEMA, found)) {
            const met = before;
            before = applyOperation(before, op);
            for (const { sql } of await compile(op, async () => met, other.serverVersion)) {
              await other.script(sql).catch((error: Error) => failures.push(`${error.message}: ${sql.slice(0, 200)}`));
            }
          }
          expect(failures).toEqual([]);
          expect(await introspect(other, { ignoreTables: [], schemas: found.schemas })).toEqual(found);
          expect(await dumpDifference(url, otherUrl)).toEqual([]);
        });
      });
    });
  }
});

async function load(file: string, connection: PostgresConnection, url: string): Promise<SchemaDef> {
  await connection.script(realSchemaSql("postgres", file));
  const { rows } = await connection.query<{ name: string }>(
    "SELECT nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')",
  );
  // The file changes settings of its session.
  await using fresh = await connectPostgres(url);
  return await introspect(fresh, { ignoreTables: [], schemas: rows.map(({ name }) => name) });
}
