import fc from "fast-check";
import { describe, it } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { SchemaObjectDef } from "../../src/schema/objects.js";
import type { SchemaDef, TableDef } from "../../src/schema/schema.js";
import { expectThereAndBack, schemasOf } from "../support/database-law.js";
import type { TestDialect } from "../support/dialects.js";
import { holds } from "../support/laws.js";
import { OLD_SQLITES, type OldSqlite, openOldDatabase } from "../support/old-sqlite.js";

const FACTOR = Number(process.env.TSMIGRATE_DATABASE_LAW_FACTOR ?? 1);

describe.each(OLD_SQLITES)("laws on SQLite $name", (old) => {
  const numRuns = Math.ceil(10 * FACTOR);

  it("any schema becomes any other and comes back, as seen from inside and outside, and kept rows stay", {
    timeout: Math.max(240_000, numRuns * 10_000),
  }, async () => {
    const dialect: TestDialect = {
      name: "sqlite",
      family: "sqlite",
      capabilities: sqlite.capabilities,
      open: () => openOldDatabase(old),
    };
    const schemas = (await schemasOf(dialect)).map((schema) => within(schema, old));
    const law = fc.asyncProperty(schemas, schemas, (a, b) => expectThereAndBack(dialect, a, b));
    await holds(law, numRuns);
  });
});

/** Without what this SQLite has not. */
function within(schema: SchemaDef, { has }: OldSqlite): SchemaDef {
  const objects = Object.entries(schema.objects).flatMap(([key, object]): [string, SchemaObjectDef][] => {
    if (object.kind !== "definition") return [[key, object]];
    const own = has.modules.includes("fts5");
    const definition = own ? object.definition : object.definition.replace(FTS5, "USING fts4($1");
    const isThere = has.modules.some((name) => definition.includes(` ${name}(`));
    return isThere ? [[key, { ...object, definition }]] : [];
  });
  const tables = Object.entries(schema.tables).map(([key, { options, ...table }]): [string, TableDef] => {
    const { strict, ...rest } = options?.sqlite ?? {};
    const kept = { ...rest, ...(strict && has.strict ? { strict } : {}) };
    return [key, { ...table, ...(Object.keys(kept).length === 0 ? {} : { options: { sqlite: kept } }) }];
  });
  return { ...schema, objects: Object.fromEntries(objects), tables: Object.fromEntries(tables) };
}

const FTS5 = /USING fts5\((.*?)(?:, tokenize.*)?(?=\)$)/;
