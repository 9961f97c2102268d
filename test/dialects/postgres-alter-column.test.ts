import { describe, expect, it } from "vitest";
import type { ColumnChanges, Operation } from "../../src/operations/operation.js";
import type { TypeDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { runOperations, withPostgres } from "../support/postgres-connection.js";
import { itRuns, type OperationCase, USERS } from "../support/postgres-operations.js";

const users = { name: "users" };
const integer: TypeDef = { name: "integer" };

function alter(column: string, changes: ColumnChanges, more: object = {}): Operation {
  return { kind: "alterColumn", table: users, column, changes, ...more };
}

const CASES: readonly OperationCase[] = [
  {
    before: USERS,
    op: alter("age", { type: integer }),
    rows: [
      "INSERT INTO users (name) VALUES ('c'); SELECT age FROM users ORDER BY id",
      [{ age: 30 }, { age: 41 }, { age: 7 }],
    ],
  },
  { before: USERS, op: alter("age", { type: integer, default: null, nullable: false }) },
  {
    before: USERS,
    op: alter(
      "age",
      { type: { name: "bigint" }, default: { kind: "literal", value: 9 } },
      { using: "age::bigint + 1" },
    ),
    rows: ["SELECT age::int FROM users ORDER BY id", [{ age: 31 }, { age: 42 }]],
  },
  { before: USERS, op: alter("name", { type: { name: "text" } }) },
  { before: USERS, op: alter("name", { type: { name: "varchar", args: [100] }, collation: "C", comment: "it's" }) },
  {
    before: USERS,
    op: alter("active", { type: integer }),
    rows: ["SELECT active FROM users ORDER BY id", [{ active: 1 }, { active: 0 }]],
  },
  {
    before: USERS,
    op: alter("active", { type: { name: "bigint" } }),
    rows: ["SELECT active::int FROM users ORDER BY id", [{ active: 1 }, { active: 0 }]],
  },
  { before: USERS, op: alter("active", { default: { kind: "literal", value: true }, nullable: true }) },
  {
    before: USERS,
    op: alter("mood", { type: { name: "text" } }),
    rows: ["SELECT mood FROM users ORDER BY id", [{ mood: "sad" }, { mood: "happy" }]],
  },
  { before: USERS, op: alter("moods", { type: { name: "array", element: { name: "text" } } }) },
  {
    before: USERS,
    op: alter("balance", { type: { name: "numeric", args: [14, 4] }, default: { kind: "sql", text: "1 + 0.5" } }),
  },
  { before: USERS, op: alter("name", { default: { kind: "literal", value: "it's" }, comment: "the name" }) },
  {
    before: USERS,
    op: alter("twice", { generated: { expression: "length(name) * 3", stored: true } }),
    rows: ["SELECT twice FROM users ORDER BY id", [{ twice: 9 }, { twice: 9 }]],
  },
  {
    before: USERS,
    op: alter("twice", { generated: null }),
    rows: ["SELECT twice FROM users ORDER BY id", [{ twice: 6 }, { twice: 6 }]],
  },
  {
    before: USERS,
    op: alter("age", { generated: { expression: "name || '!'", stored: true }, default: null }),
    rows: ["SELECT age FROM users ORDER BY id", [{ age: "ann!" }, { age: "bob!" }]],
  },
  {
    before: `${USERS} ALTER TABLE users ADD COLUMN half integer GENERATED ALWAYS AS (length(name) / 2) VIRTUAL`,
    op: alter("half", { generated: { expression: "length(name) / 3", stored: false } }),
    rows: ["SELECT half FROM users", [{ half: 1 }, { half: 1 }]],
    since: 180_000,
  },
  {
    before: `${USERS} ALTER TABLE users ADD COLUMN half integer GENERATED ALWAYS AS (length(name) / 2) VIRTUAL`,
    op: alter("half", { generated: { expression: "length(name) / 2", stored: true } }),
    rows: ["SELECT half FROM users", [{ half: 1 }, { half: 1 }]],
    since: 180_000,
  },
  {
    before: `${USERS} ALTER TABLE users ADD COLUMN half integer GENERATED ALWAYS AS (length(name) / 2) VIRTUAL NOT NULL`,
    op: alter("half", { generated: null, default: { kind: "literal", value: 4 } }),
    rows: ["SELECT half FROM users", [{ half: 1 }, { half: 1 }]],
    since: 180_000,
  },
  {
    before: `${USERS} ALTER TABLE users ALTER id SET INCREMENT BY 5`,
    op: alter("id", { identity: { generation: "always", start: 100, maxValue: 5000, cycle: true } }),
  },
  { before: USERS, op: alter("id", { type: { name: "bigint" } }) },
  { before: USERS, op: alter("id", { identity: null }) },
  {
    before: USERS,
    op: alter("id", { type: { name: "bigserial" }, identity: null }),
    rows: ["INSERT INTO users (name) VALUES ('c'); SELECT id::int FROM users WHERE name = 'c'", [{ id: 3 }]],
  },
  {
    before: USERS,
    op: {
      kind: "alterColumn",
      table: { name: "posts" },
      column: "n",
      changes: { identity: { generation: "byDefault" }, nullable: false },
    },
    rows: ["INSERT INTO posts (user_id) VALUES (1); SELECT n FROM posts WHERE id = 4", [{ n: 8 }]],
  },
  {
    before: USERS,
    op: {
      kind: "alterColumn",
      table: { name: "posts" },
      column: "id",
      changes: { type: integer, identity: { generation: "byDefault" } },
    },
    rows: ["INSERT INTO posts (user_id) VALUES (1); SELECT max(id) AS id FROM posts", [{ id: 4 }]],
  },
  {
    before: USERS,
    op: { kind: "alterColumn", table: { name: "posts" }, column: "id", changes: { type: { name: "bigserial" } } },
    rows: [
      "INSERT INTO posts (user_id) VALUES (1); SELECT max(id)::int AS id, format_type(seqtypid, NULL) AS type FROM posts, pg_sequence WHERE seqrelid = 'posts_id_seq'::regclass GROUP BY 2",
      [{ id: 4, type: "bigint" }],
    ],
  },
  { before: USERS, op: { kind: "alterColumn", table: { name: "posts" }, column: "id", changes: { type: integer } } },
];

describe.each(POSTGRES_DIALECTS)("a column on $name", ({ open }) => {
  itRuns(CASES, open);

  it("narrowing text fails on a row that is too long instead of cutting it", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script(USERS);
      const narrow = runOperations(connection, [alter("name", { type: { name: "varchar", args: [2] } })]);
      await expect(narrow).rejects.toMatchObject({ sqlState: "22001" });
    });
  });
});
