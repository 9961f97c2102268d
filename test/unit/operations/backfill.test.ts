import { describe, expect, it } from "vitest";
import type { Operation } from "../../../src/operations/operation.js";
import { describeOperation, reverseOperation } from "../../../src/operations/registry.js";
import { buildBackfill } from "../../../src/runtime/build-backfill.js";
import { EMPTY_SCHEMA } from "../../../src/schema/schema.js";
import { callText, renderedOperations } from "../../support/rendered-operations.js";

const OPERATION: Operation = {
  kind: "backfill",
  table: { name: "users", schema: "app" },
  set: {
    full_name: { kind: "sql", text: "first || ' ' || last" },
    "odd \" na'me`${x}": { kind: "literal", value: "it's `${y}`" },
    seen_at: { kind: "now" },
    nothing: { kind: "literal", value: null },
  },
  where: "full_name IS NULL",
  key: ["tenant", "id"],
  batchSize: 100,
  reverse: { set: { full_name: { kind: "literal", value: null } } },
};

describe("backfill", () => {
  it("is the same after being rendered and evaluated, whatever its names and values", () => {
    expect(renderedOperations([OPERATION])).toEqual([OPERATION]);
    expect(JSON.parse(JSON.stringify(OPERATION))).toEqual(OPERATION);
  });

  it("is rendered as the call that makes it", () => {
    const plain: Operation = { kind: "backfill", table: { name: "t" }, set: { a: { kind: "literal", value: 1 } } };
    expect(callText(plain)).toBe('backfill("t", { set: { a: 1 } })');
    expect(describeOperation(OPERATION)).toMatch(/^backfill app\.users \(full_name, /);
  });

  it("is undone by what it says undoes it, twice by itself, and otherwise by nothing", () => {
    const [undone] = reverseOperation(OPERATION, EMPTY_SCHEMA)!;
    expect(undone).toMatchObject({ kind: "backfill", set: { full_name: { value: null } }, key: ["tenant", "id"] });
    expect(reverseOperation(undone!, EMPTY_SCHEMA)).toEqual([OPERATION]);
    const { reverse: _reverse, ...onlyForward } = OPERATION as Extract<Operation, { kind: "backfill" }>;
    expect(reverseOperation(onlyForward, EMPTY_SCHEMA)).toBeNull();
  });

  it.each([
    [{ set: {} }, "sets nothing"],
    [{ set: { a: 1 }, batchSize: 0 }, "needs a whole number of rows as batchSize"],
    [{ set: { a: 1 }, key: [] }, "has an empty key"],
    [{ set: { a: 1 }, key: "a" }, "sets 'a', which is in the key"],
  ])("refuses %j", (options, message) => {
    expect(() => buildBackfill({ name: "t" }, options)).toThrow(message);
  });
});
