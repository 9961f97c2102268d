import { describe, expect, it } from "vitest";
import { readRawIndex } from "../../src/dialects/postgres/recovery/raw-index.js";

describe("an index in the user's own SQL", () => {
  it.each([
    ["create index concurrently a on t (x)", { kind: "create", isUnique: false, name: "a", table: "t", rest: "(x)" }],
    [
      '-- why\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "A b" ON ONLY "S"."T" USING gin (lower("X")) WHERE y > 0 ; ',
      { kind: "create", isUnique: true, name: '"A b"', table: '"S"."T"', rest: 'USING gin (lower("X")) WHERE y > 0' },
    ],
    ["DROP INDEX CONCURRENTLY IF EXISTS s.a CASCADE;", { kind: "drop", name: "s.a" }],
    ["drop index concurrently a", { kind: "drop", name: "a" }],
    ["create index a on t (x)", null],
    ["drop index a", null],
    ["create index concurrently on t (x)", null],
    ["create index concurrently a on t (x); select 1", null],
    ["drop index concurrently a, b", null],
    ["create table t (x int)", null],
    ["", null],
  ])("is told by its words: %s", (sql, found) => {
    expect(readRawIndex(sql)).toEqual(found);
  });
});
