import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../../src/diff/diff-schemas.js";
import type { IndexDef, SchemaDef, TableDef } from "../../../src/schema/schema.js";

const EMPTY = { uniques: [], foreignKeys: [], checks: [], indexes: [] } as const;

/** The name of the part is as the database has it, which is what reconciling takes over. */
const schema = (only?: IndexDef["only"]): SchemaDef => {
  const index = { name: "ix", unique: false, elements: [{ column: "day" }], ...(only === undefined ? {} : { only }) };
  const log: TableDef = {
    ...EMPTY,
    name: "log",
    columns: [{ name: "day", type: { name: "integer" }, nullable: true }],
    indexes: [index],
    options: { postgres: { partitionBy: "RANGE (day)" } },
  };
  const part = (name: string, from: number): TableDef => ({
    ...EMPTY,
    name,
    columns: [],
    partitionOf: {
      table: { name: "log" },
      bounds: `FOR VALUES FROM (${from}) TO (${from + 1})`,
      indexNames: { ix: `own_${name}` },
    },
  });
  return {
    tables: { log, log_a: part("log_a", 0), log_b: part("log_b", 1) },
    enums: {},
    views: {},
    objects: {},
    schemas: [],
  };
};

describe("an index that loses parts", () => {
  it("gives names to the parts that it has, and to no others", () => {
    const named = diffSchemas(schema(), schema([{ name: "log_a" }])).filter(({ kind }) => kind === "renamePart");
    expect(named).toEqual([{ kind: "renamePart", table: { name: "log_a" }, index: "ix", to: "own_log_a" }]);
    expect(diffSchemas(schema(), schema([])).map(({ kind }) => kind)).toEqual(["dropIndex", "createIndex"]);
  });
});
