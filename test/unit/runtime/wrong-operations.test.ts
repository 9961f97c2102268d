/** Revisions are not type-checked when they run: whatever an operation is given, it is taken or refused in one sentence. */
import { describe, expect, it } from "vitest";
import { postgres } from "../../../src/dialects/postgres/index.js";
import { TsMigrateError } from "../../../src/errors.js";
import type { Operation } from "../../../src/operations/operation.js";
import { applyOperation, describeOperation } from "../../../src/operations/registry.js";
import { operationBuilders } from "../../../src/runtime/build-operations.js";
import { checkedBuilders } from "../../../src/runtime/checked-builders.js";
import { DEFAULT_NAMING } from "../../../src/schema/naming.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../../src/schema/schema.js";
import { integer, sql, text, varchar } from "../../../src/schema.js";
import { mistakesIn, show, type Values } from "../../support/mistakes.js";

type Build = (...given: any[]) => readonly Operation[];
const op = checkedBuilders(operationBuilders({ naming: DEFAULT_NAMING, dialect: "postgres" })) as unknown as Readonly<
  Record<string, Build>
>;

/** Each with arguments that are good, in an order that runs. */
const CALLS: readonly (readonly [name: string, ...given: Values])[] = [
  ["createSchema", "archive", { comment: "old things", ifNotExists: true }],
  ["createExtension", "citext", { version: "1.6", into: "public", comment: "c", ifNotExists: true }],
  ["alterExtension", "citext", { version: "1.7", comment: "c" }],
  ["createEnum", "mood", ["sad", "happy"], { comment: "c" }],
  ["addEnumValue", "mood", "ok", { after: "sad" }],
  ["renameEnumValue", "mood", "ok", "fine"],
  ["replaceEnum", "mood", ["sad", "happy"], { mapping: { fine: "happy" } }],
  ["renameEnum", "mood", "state"],
  ["moveEnum", "state", "archive"],
  ["moveEnum", "state", null, { schema: "archive" }],
  [
    "createTable",
    "users",
    { id: integer().primaryKey(), email: text().notNull(), name: text() },
    [],
    { comment: "c", postgres: { unlogged: false, storage: { fillfactor: 90 } }, sqlite: { strict: false } },
  ],
  ["createTable", "events", { at: integer() }, [], { postgres: { partitionBy: "RANGE (at)" } }],
  ["createTable", "notes", { id: integer().primaryKey(), user_id: integer() }],
  ["createTableComment", "notes", "what people wrote"],
  ["dropTableComment", "notes"],
  ["setTableOptions", "notes", { postgres: { storage: { fillfactor: 90 }, replicaIdentity: "full" } }],
  ["moveTable", "notes", "archive"],
  ["moveTable", "notes", null, { schema: "archive" }],
  ["renameTable", "notes", "texts"],
  ["renameTable", "texts", "notes"],
  ["addColumn", "users", "age", integer().default(5), { ifNotExists: true }],
  ["renameColumn", "users", "age", "years"],
  [
    "alterColumn",
    "users",
    "years",
    { type: text(), nullable: true, default: "x", comment: "c", using: sql`years::text`, collation: "C" },
  ],
  ["alterColumn", "users", "name", { default: null, notNull: { name: "nn" }, postgres: { statistics: 100 } }],
  ["dropColumn", "users", "years", { ifExists: true }],
  [
    "createIndex",
    "ix",
    "users",
    ["email", sql`lower(name)`],
    { unique: true, where: sql`id > 0`, using: "btree", include: ["id"], with: { fillfactor: 70 }, comment: "c" },
  ],
  ["alterIndex", "ix", { with: { fillfactor: 80 }, tablespace: null, statistics: { 2: 200 } }],
  ["renameIndex", "ix", "ix2"],
  ["dropIndex", "ix2", "users", { ifExists: true, concurrently: false }],
  ["createUniqueConstraint", "uq", "users", ["email"], { deferrable: "deferred", include: ["id"], comment: "c" }],
  ["renameConstraint", "uq", "users", "uq2"],
  ["dropConstraint", "uq2", "users", { type: "unique", ifExists: true }],
  ["createCheckConstraint", "ck", "users", sql`id > 0`, { notValid: true, noInherit: true, comment: "c" }],
  ["validateConstraint", "ck", "users"],
  [
    "createForeignKey",
    "fk",
    "notes",
    ["user_id"],
    "users",
    ["id"],
    { onDelete: "set null", onUpdate: "cascade", match: "full", deferrable: "immediate", onDeleteColumns: ["user_id"] },
  ],
  ["alterConstraint", "fk", "notes", { deferrable: "deferred", notEnforced: true }],
  ["dropConstraint", "fk", "notes"],
  ["createExcludeConstraint", "ex", "users", [["id", "="]], { using: "gist", where: sql`id > 0`, comment: "c" }],
  ["createPrimaryKey", "pk", "events", ["at"], { comment: "c" }],
  ["createTable", "events_1", { at: integer() }],
  ["attachPartition", "events", "events_1", sql`for values from (1) to (2)`],
  ["renamePart", "events_1", "pk", "pk_1"],
  ["createIndex", "ix_events", "events", ["at"], { only: ["log"] }],
  ["attachIndex", "ix_events", "ix_events_1", { schema: "a", parentSchema: "b" }],
  ["detachPartition", "events", "events_1"],
  ["addInheritance", "users", "notes"],
  ["dropInheritance", "users", "notes"],
  ["createView", "adults", sql`select id from users`, { columns: ["id"], options: { security_barrier: true } }],
  ["replaceView", "adults", sql`select id, email from users`],
  ["alterView", "adults", { query: sql`select id, email from users where id > 1` }],
  ["alterView", "adults", { options: { security_barrier: true }, columnDefaults: { email: "'x'" } }],
  ["renameView", "adults", "grown_ups"],
  ["moveView", "grown_ups", "archive"],
  ["moveView", "grown_ups", null, { schema: "archive" }],
  ["dropView", "grown_ups", { cascade: false }],
  ["createMaterializedView", "ages", sql`select 1 as a`, { with: { fillfactor: 70 }, comment: "c" }],
  ["replaceMaterializedView", "ages", sql`select 2 as a`],
  ["alterMaterializedView", "ages", { with: { fillfactor: 80 }, tablespace: null, comment: "c" }],
  ["commentMaterializedView", "ages", "c"],
  ["renameMaterializedView", "ages", "years"],
  ["moveMaterializedView", "years", "archive"],
  ["moveMaterializedView", "years", null, { schema: "archive" }],
  ["dropMaterializedView", "years"],
  ["createSequence", "numbers", { type: "integer", start: 5, increment: 2, cycle: true, ifNotExists: true }],
  ["alterSequence", "numbers", { maxValue: 100, cache: 5, comment: "c" }],
  ["renameSequence", "numbers", "figures"],
  ["moveSequence", "figures", "archive"],
  ["moveSequence", "figures", null, { schema: "archive" }],
  ["dropSequence", "figures"],
  ["createDomain", "zip", varchar(10), { check: sql`value <> ''`, notNull: true, default: "x", collation: "C" }],
  ["alterDomain", "zip", { notNull: false, default: null, comment: "c" }],
  ["renameDomain", "zip", "post_code"],
  ["moveDomain", "post_code", "archive"],
  ["moveDomain", "post_code", null, { schema: "archive" }],
  ["dropDomain", "post_code"],
  ["createCompositeType", "pair", { a: integer(), b: text() }, { comment: "c" }],
  ["alterCompositeType", "pair", { columns: { a: integer() }, comment: "c" }],
  ["renameCompositeType", "pair", "couple"],
  ["moveCompositeType", "couple", "archive"],
  ["moveCompositeType", "couple", null, { schema: "archive" }],
  ["dropCompositeType", "couple"],
  [
    "createFunction",
    "touch",
    { returns: "trigger", language: "plpgsql", body: "begin return new; end", volatility: "stable", cost: 5 },
  ],
  ["replaceFunction", "touch", { returns: "trigger", language: "plpgsql", body: "begin return null; end" }],
  ["commentFunction", "touch", "", "c"],
  [
    "createTrigger",
    "tr",
    "users",
    { fires: "before update", action: "for each row execute function touch()", enabled: "always", comment: "c" },
  ],
  ["replaceTrigger", "tr", "users", { fires: "before insert", action: "for each row execute function touch()" }],
  ["alterTrigger", "tr", "users", { enabled: "never", enabledOn: { users_1: "always" }, comment: "c" }],
  ["dropTrigger", "tr", "users"],
  ["renameFunction", "touch", "", "touched"],
  ["moveFunction", "touched", "", "archive"],
  ["moveFunction", "touched", "", null, { schema: "archive" }],
  ["dropFunction", "touched", ""],
  ["enableRowSecurity", "users", { forced: true }],
  [
    "createPolicy",
    "p",
    "users",
    { roles: ["reader"], using: sql`true`, withCheck: sql`true`, command: "all", restrictive: true, comment: "c" },
  ],
  ["replacePolicy", "p", "users", { using: sql`false` }],
  ["alterPolicy", "p", "users", { roles: ["writer"], using: sql`true` }],
  ["dropPolicy", "p", "users"],
  ["disableRowSecurity", "users"],
  ["grant", ["select", "update (email)"], { on: "users", to: "reader", grantable: true }],
  ["revoke", "select", { on: { type: "table", name: "users" }, from: "reader" }],
  ["alterOwner", "admin", { of: "users" }],
  ["createDefinition", "statistics", "st", sql`create statistics st on email, name from users`, { table: "users" }],
  ["replaceDefinition", "statistics", "st", sql`create statistics st on id, name from users`, { further: ["x"] }],
  ["createDefinition", "virtual table", "f", "create virtual table f using fts5(a, content = 't')", { filled: true }],
  [
    "replaceDefinition",
    "virtual table",
    "f",
    "create virtual table f using fts5(b)",
    { renamedFrom: "e", renamedColumns: { a: "b" } },
  ],
  ["replaceDefinition", "statistics", "st", sql`create statistics st on id, name from users`],
  ["alterDefinition", "statistics", "st", { further: ["ALTER STATISTICS st SET STATISTICS 5"], comment: "c" }],
  ["moveDefinition", "statistics", "st", "archive"],
  ["moveDefinition", "statistics", "archive.st", null],
  ["commentDefinition", "statistics", "st", "c"],
  ["moveDefinition", "statistics", "st", "archive"],
  ["moveDefinition", "statistics", "archive.st", null],
  ["dropDefinition", "statistics", "st", { cascade: true }],
  ["createView", "v", sql`select 1 as a`],
  ["createComment", "view", "v", "c"],
  ["createComment", "viewColumn", "a", "c", { on: "v" }],
  ["createComment", "constraint", "ck", "c", { on: "users" }],
  ["bulkInsert", "users", [{ id: 1, email: "a@b" }]],
  ["execute", "UPDATE users SET email = 'x'"],
  ["backfill", "users", { set: { name: sql`upper(name)` }, where: sql`id > 0`, key: ["id"], batchSize: 10 }],
  ["custom", { describe: "something", upgradeSql: "select 1" }],
  ["dropTable", "users", { cascade: true, ifExists: true }],
  ["moveEnum", "state", "archive"],
  ["moveEnum", "state", null, { schema: "archive" }],
  ["dropEnum", "state", { ifExists: true }],
  ["dropExtension", "citext", { cascade: true }],
  ["dropSchema", "archive", { cascade: true }],
];

/** Null takes something away, gives back the server's own choice, or is the default schema. */
const NULLS: readonly (readonly [name: string, ...given: Values])[] = [
  ["createForeignKey", "fk", "notes", ["user_id"], "users", ["id"], { schema: "archive", targetSchema: null }],
  ["attachPartition", "events", "old", "FOR VALUES FROM (1) TO (2)", { schema: "archive", parentSchema: null }],
  ["alterColumn", "users", "a", { default: null, identity: null, generated: null, collation: null, comment: null }],
  ["alterColumn", "users", "a", { sqlite: null, postgres: null, notNull: null, comment: "c", existingComment: null }],
  ["alterSequence", "s", { type: null, start: null, increment: null, minValue: null, maxValue: null, cache: null }],
  ["alterSequence", "s", { cycle: null, ownedBy: null, comment: null }],
  ["alterDomain", "d", { notNull: null, default: null, comment: null }],
  ["alterCompositeType", "c", { comment: null }],
  ["alterExtension", "citext", { version: null, comment: null }],
  ["alterTrigger", "tr", "users", { enabled: null, comment: null }],
  ["alterPolicy", "po", "users", { roles: null, using: null, withCheck: null, comment: null }],
];

/** What went wrong that is no sentence of ours, or a statement with a value that is no SQL in it. */
async function failure(name: string, given: Values, before: SchemaDef): Promise<string | null> {
  try {
    const operations = op[name]!(...given);
    const statements = [];
    for (const operation of operations) {
      statements.push(describeOperation(operation), JSON.stringify(operation));
      applyOperation(before, operation);
      const compiled = await postgres.compile(operation, async () => before, "18.0");
      statements.push(...compiled.map(({ sql }) => sql));
    }
    return statements.find((text) => /\[object |undefined|\bNaN\b/.test(text)) ?? null;
  } catch (error) {
    if (!(error instanceof TsMigrateError))
      return String((error as Error).stack)
        .split("\n", 4)
        .join(" ");
    return /\[object /.test(error.message) ? error.message : null;
  }
}

describe("an operation that is given something else", () => {
  it("is one of these, each of which is tried", () => {
    const called = new Set(CALLS.map(([name]) => name));
    expect(Object.keys(op).filter((name) => !called.has(name))).toEqual([]);
  });

  it.for(NULLS)("takes null where there is a meaning to it: %s", ([name, ...given]) => {
    expect(op[name]!(...given).length).toBeGreaterThan(0);
  });

  it.each(Object.keys(op))("takes it or says what it takes: %s", async (name) => {
    let schema = EMPTY_SCHEMA;
    const wrong: string[] = [];
    for (const [called, ...given] of CALLS) {
      if (called === name) {
        expect([given, await failure(name, given, schema)]).toEqual([given, null]);
        for (const mistake of mistakesIn(given)) {
          const found = await failure(name, mistake, schema);
          if (found !== null) wrong.push(`${name}(${show(mistake)}): ${found}`);
        }
      }
      try {
        schema = op[called]!(...given).reduce(applyOperation, schema);
      } catch (error) {
        if (!(error instanceof TsMigrateError)) throw error;
      }
    }
    expect(wrong).toEqual([]);
  });
});
