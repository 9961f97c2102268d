/** Schemas of real projects, read and built again from what was read; a chain of migrations, one difference a step. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { difference, introspect, runOperations } from "../support/engine.js";
import { sqliteFile } from "../support/sqlite.js";
import { schemaFacts } from "../support/sqlite-facts.js";

const SCHEMAS = join(import.meta.dirname, "../../../shared/schemas");
const listed = (folder: string) => {
  const path = join(SCHEMAS, folder);
  return existsSync(path)
    ? readdirSync(path)
        .filter((name) => name.endsWith(".sql"))
        .sort()
    : [];
};
const FILES = listed("sqlite");
const CHAIN = listed("chains/komga");
if (FILES.length === 0) process.stderr.write("skipped, there are no real schemas beside the checkout\n");

const load = (db: Database.Database, folder: string, file: string) => {
  db.unsafeMode(true);
  db.exec(readFileSync(join(SCHEMAS, folder, file), "utf8"));
};

describe("real schemas", () => {
  if (FILES.length === 0) it("are not there, so that nothing is read", () => undefined);

  it.each(FILES)("%s comes out as it went in when it is built from what was read", async (file) => {
    const first = await sqliteFile();
    load(first.raw, "sqlite", file);
    const found = await introspect(first.connection);
    const second = await sqliteFile();
    await runOperations(second.connection, diffSchemas(EMPTY_SCHEMA, found));
    expect(schemaFacts(second.raw)).toEqual(schemaFacts(first.raw));
    expect(await introspect(second.connection)).toEqual(found);
    expect(await difference(second.connection, found)).toEqual([]);
  });
});
