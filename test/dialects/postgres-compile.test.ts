import { describe, expect, it } from "vitest";
import { introspect } from "../../src/dialects/postgres/catalog/introspect.js";
import { adapt } from "../../src/dialects/postgres/compile/adapt.js";
import { compile } from "../../src/dialects/postgres/compile/compile.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { UnsupportedOperationError } from "../../src/errors.js";
import type { Operation } from "../../src/operations/operation.js";
import { type ColumnDef, EMPTY_SCHEMA, type SchemaDef, type TypeDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { runOperations, withPostgres } from "../support/postgres-connection.js";
import { EVERYTHING, itRuns, type OperationCase, USERS } from "../support/postgres-operations.js";

const users = { name: "users" };
const integer: TypeDef = { name: "integer" };

const CASES: readonly OperationCase[] = [
  {
    before: USERS,
    op: {
      kind: "addColumn",
      table: users,
      column: {
        name: "nick",
        type: { name: "varchar", args: [9] },
        nullable: false,
        default: { kind: "literal", value: "" },
        comment: "short",
      },
    },
    rows: ["SELECT nick FROM users", [{ nick: "" }, { nick: "" }]],
  },
  {
    before: USERS,
    op: { kind: "addColumn", table: users, column: { name: "seq", type: { name: "serial" }, nullable: false } },
    rows: ["SELECT seq FROM users ORDER BY id", [{ seq: 1 }, { seq: 2 }]],
  },
  { before: USERS, op: { kind: "dropColumn", table: users, column: "age" } },
  { before: USERS, op: { kind: "renameColumn", table: users, column: "name", to: "full name" } },
  { before: USERS, op: { kind: "renameTable", table: users, to: "People" } },
  { before: USERS, op: { kind: "createTableComment", table: users, comment: "who's who" } },
  {
    before: USERS,
    op: {
      kind: "createUniqueConstraint",
      table: users,
      constraint: { name: "uq", columns: ["name", "age"], deferrable: "deferred", include: ["active"] },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createUniqueConstraint",
      table: users,
      constraint: { name: "uq", columns: ["name", "age"], nullsNotDistinct: true },
    },
    since: 150_000,
  },
  {
    before: USERS,
    op: {
      kind: "createCheckConstraint",
      table: users,
      constraint: { name: "ck", expression: "length(name) > 0 AND age <> 'x'", noInherit: true },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createCheckConstraint",
      table: users,
      constraint: { name: "ck", expression: "length(name) > 100", notValid: true },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createForeignKey",
      table: { name: "posts" },
      constraint: {
        name: "fk",
        columns: ["n"],
        target: users,
        targetColumns: ["id"],
        onDelete: "set null",
        onUpdate: "cascade",
        match: "full",
        deferrable: "immediate",
        notValid: true,
      },
    },
  },
  {
    before: USERS,
    op: {
      kind: "dropConstraint",
      table: { name: "posts" },
      name: "fk_posts_user_id_users",
      type: "foreignKey",
      columns: ["user_id"],
    },
  },
  {
    before: USERS,
    op: { kind: "dropConstraint", table: { name: "posts" }, name: "pk_posts", type: "primaryKey", columns: ["id"] },
  },
  {
    before: `${USERS} ALTER TABLE users ADD CONSTRAINT c CHECK (age <> '') NOT VALID`,
    op: { kind: "validateConstraint", table: users, name: "c" },
    oneWay: true,
  },
  { before: USERS, op: { kind: "renameConstraint", table: { name: "posts" }, name: "posts_user_id_fkey", to: "fk" } },
  {
    before: USERS,
    op: {
      kind: "createIndex",
      table: users,
      index: {
        name: "ix",
        unique: true,
        elements: [
          { expression: "lower((name)::text)", order: "desc" },
          { column: "age", nulls: "first", collation: "C", operatorClass: "text_pattern_ops" },
        ],
        include: ["id"],
        where: "active IS NOT NULL",
        with: { fillfactor: 70 },
      },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createIndex",
      table: users,
      index: { name: "ix", unique: false, elements: [{ column: "moods" }], method: "gin" },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createIndex",
      table: users,
      index: { name: "ix", unique: false, elements: [{ column: "name" }] },
      concurrently: true,
    },
  },
  {
    before: `${USERS} CREATE INDEX ix ON users (name)`,
    op: { kind: "dropIndex", index: { name: "ix" }, concurrently: true },
  },
  { before: `${USERS} CREATE INDEX ix ON users (name)`, op: { kind: "renameIndex", index: { name: "ix" }, to: "iy" } },
  { before: USERS, op: { kind: "createEnum", enum: { name: "Color", values: ["re'd"], comment: "c" } } },
  { before: USERS, op: { kind: "addEnumValue", enum: { name: "mood" }, value: "me'h", after: "sad" }, oneWay: true },
  { before: USERS, op: { kind: "renameEnumValue", enum: { name: "mood" }, value: "sad", to: "down" } },
  {
    before: `${USERS}
      ALTER TABLE users ADD CONSTRAINT c CHECK (mood <> 'ok' OR name <> '');
      CREATE INDEX i ON users (name) WHERE mood = 'sad';
      CREATE INDEX j ON users (name) WHERE active;
      ALTER TABLE users ADD COLUMN is_sad boolean GENERATED ALWAYS AS (mood = 'sad') STORED;
      CREATE INDEX k ON users (is_sad);
      COMMENT ON TYPE mood IS 'how'`,
    op: { kind: "replaceEnum", enum: { name: "mood" }, values: ["down", "ok", "sad"], mapping: { happy: "down" } },
    rows: [
      "SELECT mood::text, moods::text FROM users ORDER BY id",
      [
        { mood: "sad", moods: "{sad,down}" },
        { mood: "down", moods: "{}" },
      ],
    ],
    oneWay: true,
  },
  { before: USERS, op: { kind: "createSchema", name: "billing" } },
  { before: "CREATE SCHEMA billing", op: { kind: "dropSchema", name: "billing" } },
  {
    before: `CREATE SCHEMA billing; ${USERS}`,
    op: {
      kind: "createTable",
      table: {
        name: "invoices",
        schema: "billing",
        columns: [
          {
            name: "id",
            type: { name: "bigint" },
            nullable: false,
            identity: { generation: "always" },
            comment: "number",
          },
          { name: "user_id", type: integer, nullable: false },
          {
            name: "mood",
            type: { name: "enum", object: { name: "mood" } },
            nullable: true,
            default: { kind: "literal", value: "ok" },
          },
          {
            name: "total",
            type: { name: "numeric", args: [10, 2] },
            nullable: true,
            default: { kind: "literal", value: "0.00" },
          },
          {
            name: "vat",
            type: { name: "numeric" },
            nullable: true,
            generated: { expression: "total * 0.19", stored: true },
          },
        ],
        primaryKey: { name: "pk", columns: ["id"] },
        uniques: [],
        foreignKeys: [{ name: "fk", columns: ["user_id"], target: users, targetColumns: ["id"] }],
        checks: [{ name: "ck", expression: "total >= 0" }],
        indexes: [{ name: "ix", unique: false, elements: [{ column: "total", order: "desc" }] }],
        comment: "bills",
        options: { postgres: { unlogged: false, storage: { fillfactor: 80 } } },
      },
    },
  },
  {
    before: USERS,
    op: {
      kind: "createView",
      view: { name: "v", definition: "SELECT id, name FROM users WHERE active", comment: "active" },
    },
  },
  {
    before: `${USERS} CREATE VIEW v AS SELECT id FROM users`,
    op: { kind: "replaceView", view: { name: "v", definition: "SELECT name, mood FROM users" } },
  },
  { before: `${USERS} CREATE VIEW v AS SELECT id FROM users`, op: { kind: "dropView", view: { name: "v" } } },
  { before: `${USERS} DROP TABLE posts`, op: { kind: "dropTable", table: users } },
  {
    before: USERS,
    op: {
      kind: "batchAlterTable",
      table: users,
      recreate: "auto",
      operations: [
        { kind: "addColumn", table: users, column: { name: "nick", type: { name: "text" }, nullable: true } },
        { kind: "alterColumn", table: users, column: "nick", changes: { type: { name: "varchar", args: [10] } } },
        { kind: "dropColumn", table: users, column: "age" },
      ],
    },
  },
];

describe.each(POSTGRES_DIALECTS)("compiled for $name", ({ open }) => {
  itRuns(CASES, open);

  it("says what a server is too old for", async () => {
    const nothing = async () => EMPTY_SCHEMA;
    const virtual = { name: "c", type: integer, nullable: true, generated: { expression: "1", stored: false } };
    const column: Operation = { kind: "addColumn", table: users, column: virtual };
    await expect(compile(column, nothing, "17.5")).rejects.toThrow(
      "PostgreSQL 17 has no virtual generated columns (18 has): cannot add column users.c",
    );
    const constraint = { name: "uq", columns: ["a"], nullsNotDistinct: true } as const;
    const unique: Operation = { kind: "createUniqueConstraint", table: users, constraint };
    await expect(compile(unique, nothing, "14.1")).rejects.toThrow(UnsupportedOperationError);
    expect(await compile(unique, nothing, "15.0")).toHaveLength(1);
  });

  it("replacing an enum fails while a row holds a value that goes away", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script(USERS);
      const op: Operation = { kind: "replaceEnum", enum: { name: "mood" }, values: ["ok", "sad"] };
      await connection.begin({ foreignKeys: "keep", lockTimeoutMilliseconds: 0 });
      await expect(runOperations(connection, [op])).rejects.toMatchObject({ sqlState: "22P02" });
      await connection.rollback();
    });
  });

  it("inserts rows with every kind of value", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script("CREATE TABLE t (id integer, note text, tags text[], data jsonb, ok boolean)");
      const rows = [
        { id: 1, note: "it's; --", tags: ["a", 'b"c'], data: { list: ["x"] }, ok: true },
        { id: 2, note: null, tags: [], data: [1], ok: null },
      ];
      await runOperations(connection, [{ kind: "bulkInsert", table: { name: "t" }, rows }]);
      expect((await connection.query("SELECT * FROM t ORDER BY id")).rows).toEqual(rows);
    });
  });

  it("takes names with everything in them", async () => {
    await withPostgres(open, async (connection) => {
      const schema = 'od"d';
      const names = ['a"b', "semi;colon", "--x", "Ünïcödé 😀", "select", "new\nline", "x".repeat(63)];
      const columns = names.map(
        (name): ColumnDef => ({
          name,
          type: { name: "text" },
          nullable: true,
          comment: name,
          default: { kind: "literal", value: name },
        }),
      );
      const tables = names.map((name) => ({
        name,
        schema,
        columns,
        uniques: [{ name: `uq ${name.slice(0, 50)}`, columns: names.slice(0, 2) }],
        foreignKeys: [],
        checks: [],
        indexes: [{ name: `ix ${name.slice(0, 50)}`, unique: false, elements: names.map((column) => ({ column })) }],
      }));
      const wanted: SchemaDef = {
        ...EMPTY_SCHEMA,
        tables: Object.fromEntries(tables.map((table) => [`${JSON.stringify(schema)}.${table.name}`, table])),
        enums: { "e'\"": { name: "e'\"", values: names } },
        schemas: [schema],
      };
      await runOperations(connection, diffSchemas(EMPTY_SCHEMA, adapt(wanted)), [schema]);
      const found = await introspect(connection, EVERYTHING);
      expect(
        Object.values(found.tables)
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...names].sort());
      expect(Object.values(found.tables)[0]!.columns).toEqual(columns);
      expect(found.enums["e'\""] ?? Object.values(found.enums)[0]).toMatchObject({ name: "e'\"", values: names });
    });
  });
});
