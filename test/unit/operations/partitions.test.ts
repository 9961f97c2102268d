/** What a table that becomes a partition had already, under the names that it had. */
import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/operations/operation.js";
import { applyAll, applyOperation, reverseOperation } from "../../../src/operations/registry.js";
import { EMPTY_SCHEMA, type IndexDef, type SchemaDef, type TableDef } from "../../../src/schema/schema.js";
import { canonical } from "../../support/arbitraries.js";

const EMPTY = { uniques: [], foreignKeys: [], checks: [], indexes: [] } as const;
const columns = [
  { name: "id", type: { name: "integer" }, nullable: false },
  { name: "said", type: { name: "text" }, nullable: true },
] as const;

const onSaid = (name: string): IndexDef => ({ name, unique: false, elements: [{ column: "said" }] });
const onId = (name: string): IndexDef => ({ name, unique: false, elements: [{ column: "id", order: "desc" }] });
const range = (name: string, more: Partial<TableDef>): TableDef => ({
  ...{ name, columns, ...EMPTY, options: { postgres: { partitionBy: "RANGE (id)" } } },
  ...more,
});

const log = range("log", {
  primaryKey: { name: "pk_log", columns: ["id"] },
  indexes: [onSaid("ix_said"), onId("ix_id")],
});
const inner: TableDef = {
  ...{ name: "inner", columns: [], ...EMPTY },
  partitionOf: { table: { name: "first" }, bounds: "DEFAULT", indexNames: { ix_own: "ix_inner" } },
};

const schemaOf = (...tables: readonly TableDef[]): SchemaDef => ({
  ...EMPTY_SCHEMA,
  tables: Object.fromEntries(tables.map((table) => [table.name, table])),
});
const attach = (indexNames: Readonly<Record<string, string>>, table = "first"): Operation => ({
  kind: "attachPartition",
  table: { name: table },
  partitionOf: { table: { name: "log" }, bounds: "DEFAULT", indexNames },
});

function thereAndBack(before: SchemaDef, op: Operation): SchemaDef {
  const there = applyOperation(before, op);
  expect(canonical(applyAll(there, reverseOperation(op, before)!))).toEqual(canonical(before));
  return there;
}

describe("a table that becomes a partition", () => {
  const key = { name: "pk_own", columns: ["id"] };

  it("gets the names of its indexes and keys back when it is by itself again", () => {
    const first = range("first", {
      primaryKey: key,
      indexes: [
        { name: "ix_lower", unique: false, elements: [{ expression: "lower(said)" }] },
        onSaid("ix_own"),
        onId("ix_other"),
      ],
    });
    const there = thereAndBack(schemaOf(log, first), attach({ ix_said: "ix_part", pk_log: "pk_part" }));
    expect(there.tables.first!.partitionOf!.indexNames).toEqual({
      ...{ pk_log: "pk_part", ix_said: "ix_part", ix_id: "ix_other" },
    });
  });

  it("may swap the names of two indexes and get them back", () => {
    const first = range("first", { primaryKey: key, indexes: [onSaid("ix_own"), onId("ix_other")] });
    thereAndBack(schemaOf(log, first), attach({ ix_said: "ix_other", ix_id: "ix_own" }));
  });

  it("keeps what its own partitions call their parts of an index that gets another name", () => {
    const first = range("first", { primaryKey: key, indexes: [onSaid("ix_own"), onId("ix_other")] });
    const there = thereAndBack(schemaOf(log, first, inner), attach({ ix_said: "ix_part" }));
    expect(there.tables.inner!.partitionOf!.indexNames).toEqual({ ix_part: "ix_inner" });
  });
});
