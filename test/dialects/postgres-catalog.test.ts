import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { reverseAll } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectTo, introspect, runOperations } from "../support/engine.js";
import { dumpStatements } from "../support/pg-dump.js";
import { renderedOperations } from "../support/rendered-operations.js";

const EVERYTHING = readFileSync(join(import.meta.dirname, "../fixtures/postgres/catalog.sql"), "utf8");

/** Without the lines that say `-- since` a newer version. */
function everythingOf(serverVersion: string): string {
  const isThere = (line: string) =>
    Number(/-- since (\d+)$/.exec(line)?.[1] ?? 0) <= Number.parseInt(serverVersion, 10);
  return EVERYTHING.split("\n").filter(isThere).join("\n");
}

describe.each(POSTGRES_DIALECTS)("everything of the catalog on $name", ({ open }) => {
  it("is read, made again in an empty database as pg_dump sees it, and taken down to nothing", async () => {
    const [database, other] = [await open(), await open()];
    const [connection, empty] = [await connectTo(database.url), await connectTo(other.url)];
    try {
      await connection.script(everythingOf(connection.serverVersion));
      const found = await introspect(connection);
      const up = diffSchemas(EMPTY_SCHEMA, found);
      expect(renderedOperations(up)).toEqual(up);
      await runOperations(empty, up);
      expect(await introspect(empty)).toEqual(found);
      expect(await dumpStatements(other.url)).toEqual(await dumpStatements(database.url));
      expect(diffSchemas(found, await empty.dialect.reconcile(found, found, empty))).toEqual([]);
      await runOperations(empty, reverseAll(up, EMPTY_SCHEMA).operations!);
      expect(await introspect(empty)).toEqual(EMPTY_SCHEMA);
    } finally {
      await connection.close();
      await empty.close();
      await database.dispose();
      await other.dispose();
    }
  });
});
