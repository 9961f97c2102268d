/** Revisions are not type-checked when they run: a slip in a call is told in one sentence and leaves nothing behind. */
import { describe, expect, it } from "vitest";
import { DIALECTS } from "../support/dialects.js";
import { revisionText, tempProject } from "../support/temp-project.js";

const CALLS: readonly (readonly [call: string, message: string])[] = [
  ['op.createTable("x")', "op.createTable(name, columns, constraints?, options?): 'columns' is missing"],
  [
    "op.createTable({ id: integer() })",
    "op.createTable(name, columns, constraints?, options?): 'name' is an object, and must be a text",
  ],
  [
    'op.createTable("x", { id: integer() }, [], { strict: true })',
    "op.createTable(name, columns, constraints?, options?) has no option 'strict'; it takes schema, comment, partitionOf, inherits, rowSecurity, sqlite, postgres, ifNotExists",
  ],
  [
    'op.addColumn("t", integer())',
    "op.addColumn(table, name, column, options?): 'name' is an object, and must be a text",
  ],
  ['op.dropColumn("t")', "op.dropColumn(table, name, options?): 'name' is missing"],
  ['op.renameTable("t")', "op.renameTable(from, to, options?): 'to' is missing"],
  ['op.alterColumn("t", "a")', "op.alterColumn(table, name, changes): 'changes' is missing"],
  [
    'op.alterColumn("t", "a", { nulable: false })',
    "op.alterColumn(table, name, changes) has no option 'nulable'; did you mean 'nullable'?",
  ],
  [
    'op.createIndex("i", "t", "a")',
    "op.createIndex(name, table, columns, options?): 'columns' is a text, and must be a list of columns and expressions, as in [\"email\", sql`lower(name)`]",
  ],
  [
    'op.createIndex("i", "t", ["a"], { unqiue: true })',
    "op.createIndex(name, table, columns, options?) has no option 'unqiue'; did you mean 'unique'?",
  ],
  [
    'op.createUniqueConstraint("u", "t", [])',
    "op.createUniqueConstraint(name, table, columns, options?): 'columns' is an empty list, and must be a list of texts, as in [\"email\"]",
  ],
  [
    'op.createForeignKey("f", "t", ["a"], "t")',
    "op.createForeignKey(name, table, columns, targetTable, targetColumns, options?): 'targetColumns' is missing",
  ],
  [
    'op.createCheckConstraint("c", "t", 5)',
    "op.createCheckConstraint(name, table, expression, options?): 'expression' is a number, and must be SQL, as a text or a sql`…` template",
  ],
  ['op.dropConstraint("c")', "op.dropConstraint(name, table, options?): 'table' is missing"],
  [
    'op.createTrigger("t", { on: "t" })',
    "op.createTrigger(name, table, options): 'table' is an object, and must be a text",
  ],
  [
    'op.bulkInsert("t", { a: 1 })',
    "op.bulkInsert(table, rows, options?): 'rows' is an object, and must be a list of rows",
  ],
  ['op.batchAlterTable("t")', "op.batchAlterTable(table, changes, options?): 'changes' is missing"],
  [
    'op.batchAlterTable("t", (batch) => { batch.dropColumn(); })',
    "op.dropColumn(table, name, options?): 'name' is missing",
  ],
  ["op.autocommitBlock()", "op.autocommitBlock(work): 'work' is missing"],
  [
    'op.custom({ describe: "x", sql: "select 1" })',
    "op.custom(operation) has no option 'sql'; it takes describe, upgradeSql, reverse",
  ],
  [
    'op.createForeignKey("f", "t", ["a"], "t", ["id"], { onDelete: "cascad" })',
    "'onDelete' of op.createForeignKey must be one of 'cascade', 'restrict', 'set null', 'set default', 'no action'; did you mean 'cascade'?",
  ],
  [
    'op.createIndex("i", "t", ["a"], { unique: "yes" })',
    "'unique' of op.createIndex is a text, and must be true or false",
  ],
  ['op.createTrigger("tr", "t", { fires: "before insert" })', "op.createTrigger needs 'action' among its options"],
  [
    'op.createComment("table", "t", "c")',
    "op.createComment(type, name, comment, options?): 'type' is a text, and must be one of 'schema', 'view', 'viewColumn', 'enum', 'index', 'constraint'",
  ],
  ["op.execute(5)", "op.execute takes SQL text, a sql`…` template or a Kysely query"],
  ['op.dropTable("t", {}, true)', "op.dropTable takes 2 arguments, not 3"],
  ["op.dropTable(null)", "op.dropTable(name, options?): 'name' is null, and must be a text"],
];

describe.each(DIALECTS.filter(({ name }) => name !== "sqlite-worker"))("a wrong call on $name", ({ open }) => {
  it("fails its revision with one sentence each, and what came before is taken back", async () => {
    const database = await open();
    try {
      const project = tempProject({ url: database.url });
      const calls = CALLS.map(([call]) => `() => ${call}`).join(",\n");
      project.write(
        "migrations/versions/aaaaaaaaaaaa_slips.ts",
        revisionText({
          id: "aaaaaaaaaaaa",
          upgrade: `
  await op.createTable("t", { id: integer().primaryKey(), a: integer() });
  const calls: readonly (() => unknown)[] = [${calls}];
  await calls[Number(op.args["call"])]!();`,
        }),
      );
      for (const [at, [call, message]] of CALLS.entries()) {
        const result = await project.run(["upgrade", "-x", `call=${at}`, "--json"]);
        expect([call, result.exitCode, result.json().error.message]).toEqual([
          call,
          5,
          `upgrade of 'aaaaaaaaaaaa' failed: ${message}`,
        ]);
      }
      expect((await project.run(["current", "--json"])).json()).toMatchObject({ current: [] });
    } finally {
      await database.dispose();
    }
  });
});
