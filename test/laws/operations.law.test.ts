import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { applyAll, applyOperation, reverseAll, reverseOperation } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { arbitrarySchema as arbitraryTables, canonical } from "../support/arbitraries.js";
import { withObjects } from "../support/arbitrary-objects.js";

const arbitrarySchema = withObjects(arbitraryTables, "postgres");

const RUNS = Number(process.env.TSMIGRATE_LAW_RUNS ?? 1000);

describe("laws of operations and diff", () => {
  it("a schema does not differ from itself", () => {
    fc.assert(
      fc.property(arbitrarySchema, (schema) => {
        expect(diffSchemas(schema, schema)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("applying the difference gives exactly the other schema", () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        expect(canonical(applyAll(a, diffSchemas(a, b)))).toEqual(canonical(b));
      }),
      { numRuns: RUNS },
    );
  });

  it("each operation can be undone where it was done", () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        let schema = a;
        for (const op of diffSchemas(a, b)) {
          const after = applyOperation(schema, op);
          expect(canonical(applyAll(after, reverseOperation(op, schema)!))).toEqual(canonical(schema));
          schema = after;
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("the downgrade of a difference leads back to the first schema", () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        const operations = diffSchemas(a, b);
        const reversal = reverseAll(operations, a);
        expect(reversal.operations).not.toBeNull();
        expect(canonical(applyAll(applyAll(a, operations), reversal.operations!))).toEqual(canonical(a));
      }),
      { numRuns: RUNS },
    );
  });

  it("operations are data: JSON and back is the same", () => {
    fc.assert(
      fc.property(arbitrarySchema, (schema) => {
        const operations = diffSchemas(EMPTY_SCHEMA, schema);
        expect(JSON.parse(JSON.stringify(operations))).toEqual(operations);
      }),
      { numRuns: RUNS },
    );
  });

  it("drops come after everything that could still need what is dropped", () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        const kinds = diffSchemas(a, b)
          .map((op) => op.kind)
          .filter((kind) => !/Object$|View$|RowSecurity$/.test(kind));
        const firstDrop = kinds.findIndex((kind) => kind === "dropColumn" || kind === "dropTable");
        if (firstDrop < 0) return;
        expect(kinds.slice(firstDrop).every((kind) => kind === "dropColumn" || kind === "dropTable")).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
