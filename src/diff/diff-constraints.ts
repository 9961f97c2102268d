/** What changed in the keys, checks and indexes of a table that is on both sides. */
import { createOf, dropOf, type FoundConstraint, listConstraints } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { type ForeignKeyDef, type IndexDef, objectName, sameDef, type TableDef } from "../schema/schema.js";

export interface ConstraintOperations {
  /** Indexes first, then uniques and checks, then the primary key. */
  readonly dropped: readonly Operation[];
  readonly created: readonly Operation[];
  readonly droppedForeignKeys: readonly ForeignKeyDef[];
  readonly createdForeignKeys: readonly ForeignKeyDef[];
  /** Columns of each primary or unique key of `from` that does not stay as it is. */
  readonly droppedKeys: readonly (readonly string[])[];
}

/** `conventional` only says who chose the name; it is no part of the thing. */
export function plainConstraint<T extends object>(constraint: T): T {
  const { conventional: _source, ...rest } = constraint as T & { conventional?: true };
  return rest as T;
}

export function diffConstraints(from: TableDef, to: TableDef): ConstraintOperations {
  const table = objectName(to);
  const before = listConstraints(from);
  const after = listConstraints(to).map(
    (found) => ({ type: found.type, constraint: plainConstraint(found.constraint) }) as FoundConstraint,
  );
  const gone = before.filter((found) => !after.some((other) => sameConstraint(found, other)));
  const made = after.filter((found) => !before.some((other) => sameConstraint(found, other)));
  const indexesAfter = to.indexes.map(plainConstraint);
  const goneIndexes = from.indexes.filter(
    (index) => !indexesAfter.some((other) => sameDef(plainConstraint(index), other)),
  );
  const madeIndexes = indexesAfter.filter(
    (index) => !from.indexes.some((other) => sameDef(plainConstraint(other), index)),
  );
  const inOrder = (found: readonly FoundConstraint[], ...types: readonly FoundConstraint["type"][]) =>
    types.flatMap((type) => found.filter((candidate) => candidate.type === type));
  return {
    dropped: [
      ...goneIndexes.map((index): Operation => dropIndexOf(from, index)),
      ...inOrder(gone, "unique", "check", "primaryKey").map((found) =>
        dropOf(
          table,
          found.type,
          found.constraint.name,
          "columns" in found.constraint ? found.constraint.columns : [],
          found.type === "check" ? found.constraint.expression : undefined,
        ),
      ),
    ],
    created: [
      ...inOrder(made, "primaryKey", "unique", "check").map((found) => createOf(table, found)),
      ...madeIndexes.map((index): Operation => ({ kind: "createIndex", table, index })),
    ],
    droppedForeignKeys: gone.flatMap((found) => (found.type === "foreignKey" ? [found.constraint] : [])),
    createdForeignKeys: made.flatMap((found) => (found.type === "foreignKey" ? [found.constraint] : [])),
    droppedKeys: [
      ...gone.flatMap((found) =>
        found.type === "primaryKey" || found.type === "unique" ? [found.constraint.columns] : [],
      ),
      ...goneIndexes.flatMap((index) =>
        index.unique
          ? [index.elements.flatMap((element) => (element.column === undefined ? [] : [element.column]))]
          : [],
      ),
    ],
  };
}

function sameConstraint(a: FoundConstraint, b: FoundConstraint): boolean {
  return a.type === b.type && sameDef(plainConstraint(a.constraint), b.constraint);
}

function dropIndexOf(table: TableDef, index: IndexDef): Operation {
  return { kind: "dropIndex", index: { ...objectName(table), name: index.name }, table: objectName(table) };
}
