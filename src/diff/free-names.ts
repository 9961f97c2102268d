/**
 * Tables, indexes and, on PostgreSQL, the keys of one schema share one set of names. What is to get a name that another
 * table still has in it gets it only when it is free: what goes, goes early; what stays moves to another name.
 */
import type { FoundConstraint } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { conventionalName, freeName } from "../schema/naming.js";
import { type IndexDef, objectKey, objectName, type SchemaDef, type TableDef } from "../schema/schema.js";
import type { ConstraintOperations } from "./diff-constraints.js";
import { dropIndexOf } from "./diff-constraints.js";

export interface NamedPair {
  readonly from: TableDef;
  readonly to: TableDef;
  readonly constraints: ConstraintOperations;
}

interface Owner {
  readonly table: TableDef;
  readonly part: { readonly index: IndexDef } | { readonly key: FoundConstraint };
}

export interface FreedNames {
  /** To be done before anything is made. */
  readonly operations: readonly Operation[];
  /** Those of them that a pair would have done later. */
  readonly moved: ReadonlySet<Operation>;
}

/** `keys`: do the names of keys count? */
export function freeNames(
  from: SchemaDef,
  pairs: readonly NamedPair[],
  created: readonly TableDef[],
  keys: boolean,
): FreedNames {
  const owners = namesOf(from, keys);
  const taken = new Set([...owners.keys(), ...Object.keys(from.tables)]);
  const operations: Operation[] = [];
  const moved = new Set<Operation>();
  for (const [name, table] of wantedNames(pairs, created, keys)) {
    const owner = owners.get(name);
    if (owner === undefined || objectKey(owner.table) === objectKey(table)) continue;
    owners.delete(name);
    const pair = pairs.find((one) => objectKey(one.from) === objectKey(owner.table));
    const later =
      pair === undefined
        ? undefined
        : [...pair.constraints.dropped, ...pair.constraints.renamed].find((op) => freesName(op, owner));
    if (later !== undefined) {
      moved.add(later);
      operations.push(later);
    } else operations.push(makeWay(owner, pair === undefined, taken));
  }
  return { operations, moved };
}

function namesOf(schema: SchemaDef, keys: boolean): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const table of Object.values(schema.tables)) {
    for (const index of table.indexes) owners.set(keyOf(table, index.name), { table, part: { index } });
    for (const key of keys ? keysOf(table) : []) {
      if (key.constraint.name !== null) owners.set(keyOf(table, key.constraint.name), { table, part: { key } });
    }
  }
  return owners;
}

function keysOf(table: TableDef): readonly FoundConstraint[] {
  return [
    ...(table.primaryKey === undefined ? [] : [{ type: "primaryKey", constraint: table.primaryKey } as const]),
    ...table.uniques.map((constraint) => ({ type: "unique", constraint }) as const),
  ];
}

/** Names that something new gets, with the table it is on. */
function wantedNames(
  pairs: readonly NamedPair[],
  created: readonly TableDef[],
  keys: boolean,
): readonly (readonly [string, TableDef])[] {
  const made = pairs.flatMap(({ to, constraints }) =>
    [...constraints.created, ...constraints.renamed].flatMap((op) => {
      const name = madeName(op, keys);
      return name === null ? [] : [[keyOf(to, name), to] as const];
    }),
  );
  const whole = created.flatMap((table) =>
    [
      table.name,
      ...table.indexes.map((index) => index.name),
      ...(keys ? keysOf(table).flatMap((key) => key.constraint.name ?? []) : []),
    ].map((name) => [keyOf(table, name), table] as const),
  );
  return [...made, ...whole];
}

function madeName(op: Operation, keys: boolean): string | null {
  switch (op.kind) {
    case "createIndex":
      return op.index.name;
    case "renameIndex":
      return op.to;
    case "createPrimaryKey":
    case "createUniqueConstraint":
      return keys ? op.constraint.name : null;
    case "renameConstraint":
      return keys ? op.to : null;
    default:
      return null;
  }
}

function freesName(op: Operation, { part }: Owner): boolean {
  if ("index" in part) {
    return (op.kind === "dropIndex" || op.kind === "renameIndex") && op.index.name === part.index.name;
  }
  return (op.kind === "dropConstraint" || op.kind === "renameConstraint") && op.name === part.key.constraint.name;
}

/** `goes`: its table is dropped later on. */
function makeWay({ table, part }: Owner, goes: boolean, taken: Set<string>): Operation {
  const free = (name: string) => {
    const found = freeName(name, { has: (candidate) => taken.has(keyOf(table, candidate)) });
    taken.add(keyOf(table, found));
    return found;
  };
  if ("index" in part) {
    if (goes) return dropIndexOf(table, part.index);
    const columns = part.index.elements.flatMap((element) => element.column ?? []);
    const to = free(conventionalName("index", { table: table.name, columns }));
    return { kind: "renameIndex", index: { ...objectName(table), name: part.index.name }, to };
  }
  const { type, constraint } = part.key;
  const columns = "columns" in constraint ? constraint.columns : [];
  const to = free(conventionalName(type === "primaryKey" ? type : "unique", { table: table.name, columns }));
  return { kind: "renameConstraint", table: objectName(table), name: constraint.name!, to };
}

function keyOf(table: TableDef, name: string): string {
  return objectKey({ ...objectName(table), name });
}
