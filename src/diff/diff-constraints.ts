/** What changed in the keys, checks and indexes of a table that is on both sides. */
import { createOf, dropOf, type FoundConstraint, listConstraints } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import {
  type CheckDef,
  type ForeignKeyDef,
  type IndexDef,
  objectName,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { sameColumns, uniqueKeys } from "../schema/unique-keys.js";
import { alterConstraintOf, alterIndexOf } from "./alter-parts.js";
import { changed } from "./diff-comments.js";
import { orderRenames, type Rename } from "./order-renames.js";

export interface ConstraintOperations {
  /** Indexes first, then uniques and checks, then the primary key. */
  readonly dropped: readonly Operation[];
  /** What only has another name, when the names that go are free. */
  readonly renamed: readonly Operation[];
  readonly created: readonly Operation[];
  readonly droppedForeignKeys: readonly ForeignKeyDef[];
  readonly createdForeignKeys: readonly ForeignKeyDef[];
  /** What becomes another one where it is, unless it has to make way. */
  readonly alteredForeignKeys: readonly AlteredForeignKey[];
  /** Columns of each primary or unique key of `from` that does not stay as it is. */
  readonly droppedKeys: readonly (readonly string[])[];
  /** Of these the ones whose columns no other key of `from` stays on. */
  readonly lostKeys: readonly (readonly string[])[];
}

export interface AlteredForeignKey {
  readonly from: ForeignKeyDef;
  readonly to: ForeignKeyDef;
  readonly operation: Operation;
}

/** Without what only the wanted side knows: who chose the name, what it was before. It is no part of the thing. */
export function plainConstraint<T extends object>(constraint: T): T {
  const {
    conventional: _source,
    renamedFrom: _hint,
    ofEnum: _enum,
    ...rest
  } = constraint as T & Pick<CheckDef, "conventional" | "renamedFrom" | "ofEnum">;
  return rest as T;
}

/** `taken`: is the name one of another table's, where such names have to differ? */
export function diffConstraints(
  from: TableDef,
  to: TableDef,
  taken: (name: string) => boolean = () => false,
): ConstraintOperations {
  const table = objectName(to);
  const constraints = changedParts(
    plainList(from),
    plainList(to),
    nameOf,
    ({ type, constraint }) => ({ type, constraint: uncommented(constraint) }) as FoundConstraint,
    sameShape,
    taken,
    (a, b) => alterConstraintOf(to, a, b),
  );
  const indexes = changedParts(
    from.indexes.map(plainConstraint),
    to.indexes.map(plainConstraint),
    (index) => index.name,
    uncommented,
    (a, b) => sameDef({ ...a, name: "" }, { ...b, name: "" }),
    taken,
    (a, b) => alterIndexOf(to, a, b),
  );
  const validated = constraints.made.filter((found) =>
    constraints.gone.some((other) => sameDef({ ...found.constraint, notValid: true }, other.constraint)),
  );
  const isValidated = ({ constraint }: FoundConstraint) =>
    validated.some((found) => found.constraint.name === constraint.name);
  const gone = constraints.gone.filter((found) => !isValidated(found));
  const made = constraints.made.filter((found) => !isValidated(found));
  const inOrder = (found: readonly FoundConstraint[], ...types: readonly FoundConstraint["type"][]) =>
    types.flatMap((type) => found.filter((candidate) => candidate.type === type));
  const goneKeys = [
    ...gone.flatMap(({ type, constraint }) =>
      type === "primaryKey" || type === "unique" ? [{ name: constraint.name, columns: constraint.columns }] : [],
    ),
    ...indexes.gone.flatMap(({ name, unique, elements }) =>
      unique ? [{ name, columns: elements.flatMap(({ column }) => column ?? []) }] : [],
    ),
  ];
  const keptKeys = uniqueKeys(from).filter(({ name }) => !goneKeys.some((key) => key.name === name));
  return {
    dropped: [
      ...indexes.gone.map((index): Operation => dropIndexOf(from, index)),
      ...inOrder(gone, "unique", "exclude", "check", "primaryKey").map((found) => dropConstraintOf(from, found)),
    ],
    renamed: [
      ...indexes.renames.map(
        (rename): Operation => ({ kind: "renameIndex", index: { ...table, name: rename.from }, to: rename.to }),
      ),
      ...constraints.renames.map(
        (rename): Operation => ({ kind: "renameConstraint", table, name: rename.from, to: rename.to }),
      ),
    ],
    created: [
      ...validated.map((found): Operation => ({ kind: "validateConstraint", table, name: found.constraint.name! })),
      ...constraints.altered.flatMap(([{ type }, , operation]) => (type === "foreignKey" ? [] : [operation])),
      ...indexes.altered.map(([, , operation]) => operation),
      ...inOrder(made, "primaryKey", "unique", "check", "exclude").map((found) => createOf(table, found)),
      ...indexes.made.map((index): Operation => ({ kind: "createIndex", table, index })),
      ...constraints.kept.flatMap(([{ constraint: old }, { constraint: now }]) =>
        now.name === null ? [] : changed("constraint", now.name, table, old.comment, now.comment),
      ),
      ...indexes.kept.flatMap(([old, now]) => changed("index", now.name, table, old.comment, now.comment)),
    ],
    droppedForeignKeys: gone.flatMap((found) => (found.type === "foreignKey" ? [found.constraint] : [])),
    createdForeignKeys: made.flatMap((found) => (found.type === "foreignKey" ? [found.constraint] : [])),
    alteredForeignKeys: constraints.altered.flatMap(([before, after, operation]) =>
      before.type === "foreignKey" && after.type === "foreignKey"
        ? [{ from: before.constraint, to: after.constraint, operation }]
        : [],
    ),
    droppedKeys: goneKeys.map(({ columns }) => columns),
    lostKeys: goneKeys
      .filter(({ columns }) => !keptKeys.some((kept) => sameColumns(kept.columns, columns)))
      .map(({ columns }) => columns),
  };
}

export function dropConstraintOf(table: TableDef, found: FoundConstraint): Operation {
  return dropOf(
    objectName(table),
    found.type,
    found.constraint.name,
    "columns" in found.constraint ? found.constraint.columns : [],
    found.type === "check" ? found.constraint.expression : undefined,
  );
}

export function dropIndexOf(table: TableDef, index: IndexDef): Operation {
  return { kind: "dropIndex", index: { ...objectName(table), name: index.name }, table: objectName(table) };
}

interface ChangedParts<T> {
  readonly gone: readonly T[];
  readonly made: readonly T[];
  readonly renames: readonly Rename[];
  /** What stays, under the same name or another: as it is and as it is to be. */
  readonly kept: readonly (readonly [T, T])[];
  /** Of these the ones that something does change about. */
  readonly altered: readonly (readonly [from: T, to: T, operation: Operation])[];
}

export function uncommented<T extends { readonly comment?: string }>(part: T): T {
  const { comment: _comment, ...rest } = part;
  return rest as T;
}

/** Nothing is lost by a new name, so nobody is asked. Names that two of them swap are dropped and made. */
function changedParts<T>(
  before: readonly T[],
  after: readonly T[],
  name: (item: T) => string | null,
  bare: (item: T) => T,
  same: (a: T, b: T) => boolean,
  taken: (name: string) => boolean,
  alter: (from: T, to: T) => Operation | null,
): ChangedParts<T> {
  const equal = (a: T, b: T) => sameDef(bare(a), bare(b));
  const different = before.filter((item) => !after.some((other) => equal(item, other)));
  const wanted = after.filter((item) => !before.some((other) => equal(other, item)));
  const altered = different.flatMap((from) =>
    wanted.flatMap((to): (readonly [T, T, Operation])[] => {
      const operation = alter(bare(from), bare(to));
      return operation === null ? [] : [[from, to, operation]];
    }),
  );
  const gone = different.filter((item) => !altered.some(([from]) => from === item));
  const made = wanted.filter((item) => !altered.some(([, to]) => to === item));
  const stay = after.flatMap((item): (readonly [T, T])[] => {
    const old = before.find((other) => equal(other, item));
    return old === undefined ? [] : [[old, item]];
  });
  const pairs: (readonly [T, T])[] = [];
  for (const item of made) {
    const [to, partner] = [
      name(item),
      gone.find((other) => same(bare(other), bare(item)) && !pairs.some(([p]) => p === other)),
    ];
    if (to === null || partner === undefined || name(partner) === null || taken(to)) continue;
    pairs.push([partner, item]);
  }
  const claims = pairs.map(([from, to]) => ({ from: name(from)!, to: name(to)!, said: false }));
  const there = before
    .filter((item) => !gone.includes(item) || pairs.some(([from]) => from === item))
    .flatMap((item) => name(item) ?? []);
  const { steps, done } = orderRenames(claims, there, () => false);
  const renamed = pairs.filter(([from]) => done.some((rename) => rename.from === name(from)));
  return {
    gone: gone.filter((item) => !renamed.some(([from]) => from === item)),
    made: made.filter((item) => !renamed.some(([, to]) => to === item)),
    renames: steps,
    kept: [...stay, ...renamed, ...altered.map(([from, to]) => [from, to] as const)],
    altered,
  };
}

function plainList(table: TableDef): readonly FoundConstraint[] {
  return listConstraints(table).map(
    (found) => ({ type: found.type, constraint: plainConstraint(found.constraint) }) as FoundConstraint,
  );
}

function nameOf(found: FoundConstraint): string | null {
  return found.constraint.name;
}

function sameShape(a: FoundConstraint, b: FoundConstraint): boolean {
  return a.type === b.type && sameDef({ ...a.constraint, name: null }, { ...b.constraint, name: null });
}
