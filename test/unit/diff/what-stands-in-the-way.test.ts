/** What has to make way for a change, and is no change of its own. */
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../../src/diff/diff-schemas.js";
import { reverseChanges } from "../../../src/diff/reverse-changes.js";
import { applyAll, describeOperation } from "../../../src/operations/registry.js";
import { objectsByKey } from "../../../src/schema/objects.js";
import { EMPTY_SCHEMA, type ForeignKeyDef, type SchemaDef, type TableDef } from "../../../src/schema/schema.js";

const PARTS = { uniques: [], foreignKeys: [], checks: [], indexes: [] } as const;
const MOOD = { name: "mood" };

const people: TableDef = {
  name: "people",
  columns: [
    { name: "id", type: { name: "integer" }, nullable: false },
    { name: "boss", type: { name: "integer" }, nullable: true },
    { name: "mood", type: { name: "enum", object: MOOD }, nullable: true },
  ],
  ...PARTS,
  primaryKey: { name: "pk_people", columns: ["id"] },
};

const own = { kind: "policy", name: "own", table: { name: "people" }, using: "mood IS NOT NULL" } as const;

function schemaOf(more: Partial<SchemaDef>, ...values: readonly string[]): SchemaDef {
  return { ...EMPTY_SCHEMA, enums: { mood: { ...MOOD, values } }, ...more };
}

function wayThereAndBack(from: SchemaDef, to: SchemaDef): readonly (readonly string[])[] {
  const up = diffSchemas(from, to);
  const down = reverseChanges(up, from).operations!;
  expect(applyAll(to, down)).toEqual(from);
  return [up.map(describeOperation), down.map(describeOperation)];
}

describe("what stands in the way", () => {
  it("is a policy of a table that goes, for the type that a column of it gets before", () => {
    const from = schemaOf({ tables: { people }, objects: objectsByKey([own]) }, "sad", "ok");
    expect(wayThereAndBack(from, schemaOf({}, "ok"))).toEqual([
      ["drop policy own on people", "replace enum mood (ok)", "drop table people"],
      ["create table people", "replace enum mood (sad, ok)", "create policy own on people"],
    ]);
  });

  it("is a policy, for the values of an enum on the way back", () => {
    const tables = { people };
    const objects = objectsByKey([own]);
    const from = schemaOf({ tables, objects }, "sad");
    expect(wayThereAndBack(from, schemaOf({ tables, objects }, "sad", "ok", "happy"))).toEqual([
      ["add value 'ok' to enum mood", "add value 'happy' to enum mood"],
      ["drop policy own on people", "replace enum mood (sad)", "create policy own on people"],
    ]);
  });

  it("is a foreign key whose comment changes, for the key that it refers to", () => {
    const key = (more: Partial<ForeignKeyDef>): ForeignKeyDef => ({
      name: "fk_boss",
      ...{ columns: ["boss"], target: { name: "people" }, targetColumns: ["id"] },
      ...more,
    });
    const from = schemaOf({ tables: { people: { ...people, foreignKeys: [key({})] } } }, "sad");
    const wanted = {
      ...people,
      primaryKey: { ...people.primaryKey!, include: ["boss"] },
      foreignKeys: [key({ comment: "above" })],
    };
    const [up] = wayThereAndBack(from, schemaOf({ tables: { people: wanted } }, "sad"));
    expect(up!.map((text) => text.split(" ").slice(0, 3).join(" "))).toEqual([
      "drop foreign key",
      "drop primary key",
      "create primary key",
      "create foreign key",
    ]);
  });
});
