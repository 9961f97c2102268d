import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { releaseIncomplete } from "../../src/diff/release-incomplete.js";
import { reverseChanges } from "../../src/diff/reverse-changes.js";
import type { Operation } from "../../src/operations/operation.js";
import { applyAll, applyOperation, reverseOperation } from "../../src/operations/registry.js";
import { isMovableType } from "../../src/schema/definition-names.js";
import { sameObject } from "../../src/schema/edit-schema.js";
import { type MovableRef, NAMED_KINDS, type NamedRef, refOf } from "../../src/schema/objects.js";
import { EMPTY_SCHEMA, objectName, type SchemaDef } from "../../src/schema/schema.js";
import { arbitrarySchema as arbitraryTables, canonical } from "../support/arbitraries.js";
import { withObjects } from "../support/arbitrary-objects.js";
import { withPostgresParts } from "../support/arbitrary-postgres.js";
import { withSqliteParts } from "../support/arbitrary-sqlite.js";
import { movedTables } from "../support/database-law.js";
import { holds } from "../support/laws.js";
import { renderedOperations } from "../support/rendered-operations.js";

const RUNS = Number(process.env.TSMIGRATE_LAW_RUNS ?? 400);

/** Types go after the columns that are of them. */
const MAY_FOLLOW: readonly string[] = ["dropEnum", "createComment"];

/** All that keeps everything but its name. */
function namedIn(schema: SchemaDef): readonly NamedRef[] {
  const kinds: readonly string[] = NAMED_KINDS;
  return [
    ...Object.values(schema.enums).map((it): NamedRef => ({ kind: "enum", ...objectName(it) })),
    ...Object.values(schema.views).map((it): NamedRef => ({ kind: "view", ...objectName(it) })),
    ...Object.values(schema.objects)
      .filter(({ kind }) => kinds.includes(kind))
      .map((it) => refOf(it) as NamedRef),
  ];
}

function movableIn(schema: SchemaDef): readonly MovableRef[] {
  const owned = (ref: NamedRef) =>
    Object.values(schema.objects).some(
      (it) => it.kind === "sequence" && ref.kind === "sequence" && sameObject(it, ref) && it.ownedBy !== undefined,
    );
  const definitions = Object.values(schema.objects).flatMap((it): readonly MovableRef[] =>
    it.kind === "definition" && isMovableType(it.type) ? [{ kind: "definition", type: it.type, name: it.name }] : [],
  );
  return [...namedIn(schema).filter((ref) => !owned(ref)), ...definitions];
}

const SCHEMAS = {
  postgres: withPostgresParts(withObjects(arbitraryTables, "postgres")),
  sqlite: withSqliteParts(withObjects(arbitraryTables, "sqlite")),
};

// A table that becomes a child has columns of its parent's from before: only a database tells which of them are its own.
describe.each(["postgres", "sqlite"] as const)("laws of operations and diff on schemas of %s", (family) => {
  const arbitrarySchema = SCHEMAS[family];

  it("a schema does not differ from itself", () => {
    holds(
      fc.property(arbitrarySchema, (schema) => {
        expect(diffSchemas(schema, schema)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("applying the difference gives exactly the other schema", () => {
    holds(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        fc.pre(movedTables(a, b).length === 0);
        // A schema that nobody wants any more stays, empty.
        const schemas = [...new Set([...a.schemas, ...b.schemas])].sort();
        expect(canonical(applyAll(a, diffSchemas(a, b)))).toEqual({ ...canonical(b), schemas });
      }),
      RUNS,
    );
  });

  it("each operation can be undone where it was done", () => {
    holds(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        fc.pre(movedTables(a, b).length === 0);
        let schema = a;
        for (const op of diffSchemas(a, b)) {
          const after = applyOperation(schema, op);
          expect(canonical(applyAll(after, reverseOperation(op, schema)!))).toEqual(canonical(schema));
          schema = after;
        }
      }),
      RUNS,
    );
  });

  it("the downgrade of a difference leads back to the first schema", () => {
    holds(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        fc.pre(movedTables(a, b).length === 0);
        const operations = diffSchemas(a, b);
        const reversal = reverseChanges(operations, a);
        expect(reversal.operations).not.toBeNull();
        expect(canonical(applyAll(applyAll(a, operations), reversal.operations!))).toEqual(canonical(a));
      }),
      RUNS,
    );
  });

  it("operations are data: JSON and back is the same", () => {
    holds(
      fc.property(arbitrarySchema, (schema) => {
        const operations = diffSchemas(EMPTY_SCHEMA, schema);
        expect(JSON.parse(JSON.stringify(operations))).toEqual(operations);
      }),
      RUNS,
    );
  });

  it("what has a name gets another one and its own back, and a revision says so", () => {
    holds(
      fc.property(arbitrarySchema, (schema) => {
        for (const object of family === "postgres" ? namedIn(schema) : []) {
          const op: Operation = { kind: "renameObject", object, to: 'Other "name"' };
          expect(renderedOperations([op])).toEqual([op]);
          const there = applyOperation(schema, op);
          expect(canonical(there)).not.toEqual(canonical(schema));
          expect(canonical(applyAll(there, reverseOperation(op, schema)!))).toEqual(canonical(schema));
        }
      }),
      Math.ceil(RUNS / 4),
    );
  });

  it("what can be elsewhere goes to another schema and back, and a revision says so", () => {
    holds(
      fc.property(arbitrarySchema, (schema) => {
        for (const object of family === "postgres" ? movableIn(schema) : []) {
          const op: Operation = { kind: "moveObject", object, to: 'Other "schema"' };
          expect(renderedOperations([op])).toEqual([op]);
          const there = applyOperation(schema, op);
          expect(canonical(there)).not.toEqual(canonical(schema));
          expect(canonical(applyAll(there, reverseOperation(op, schema)!))).toEqual(canonical(schema));
        }
      }),
      Math.ceil(RUNS / 4),
    );
  });

  it("drops come after everything that could still need what is dropped", () => {
    holds(
      fc.property(arbitrarySchema, arbitrarySchema, (a, b) => {
        fc.pre(movedTables(a, b).length === 0);
        // Which partitions have a part of it can be said when all that go are gone.
        const last = new Set(releaseIncomplete(a, b).last.map((op) => JSON.stringify(op)));
        const kinds = diffSchemas(a, b)
          .filter((op) => !last.has(JSON.stringify(op)))
          .map((op) => op.kind)
          .filter((kind) => !/Object$|View$|RowSecurity$/.test(kind));
        const firstDrop = kinds.findIndex((kind) => kind === "dropColumn" || kind === "dropTable");
        if (firstDrop < 0) return;
        const after = kinds.slice(firstDrop).filter((kind) => kind !== "dropColumn" && kind !== "dropTable");
        expect(after.filter((kind) => !MAY_FOLLOW.includes(kind))).toEqual([]);
      }),
      RUNS,
    );
  });
});
