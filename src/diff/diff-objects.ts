/** Extensions, sequences, domains and composite types: what tables are made with. */
import { usesEnum } from "../operations/enums.js";
import type { Operation } from "../operations/operation.js";
import { isOwnedBy } from "../schema/edit-objects.js";
import { sameObject } from "../schema/edit-schema.js";
import {
  type CompositeTypeDef,
  type DomainDef,
  type ObjectOf,
  refKey,
  refOf,
  type SchemaObjectDef,
  type SequenceDef,
  sqlTexts,
} from "../schema/objects.js";
import { findColumn, type ObjectName, objectName, type SchemaDef, sameDef, type TypeDef } from "../schema/schema.js";
import { topologicalSort } from "../util/topological-sort.js";
import { functionHead } from "./dependents.js";
import { changesOf } from "./object-changes.js";
import { calledName, isNamesake, mentions } from "./provided-names.js";

export interface ObjectOperations {
  readonly extensions: readonly Operation[];
  /** Before enums change: domains of one that is made again let go of their columns, and go. */
  readonly first: readonly Operation[];
  /** Before the tables. */
  readonly before: readonly Operation[];
  /** When the tables are there. */
  readonly after: readonly Operation[];
  /** When nothing uses them any more. */
  readonly dropped: readonly Operation[];
  readonly droppedExtensions: readonly Operation[];
}

/** `enumChanges`: what becomes of enums between the first operations and those before the tables. */
export function diffObjects(from: SchemaDef, to: SchemaDef, enumChanges: readonly Operation[] = []): ObjectOperations {
  const extensions = pairsOf("extension", from, to);
  const sequences = diffSequences(from, to);
  const replaced = enumChanges.flatMap((op) => (op.kind === "replaceEnum" ? [op.enum] : []));
  const types = diffTypes(from, to, replaced);
  return {
    extensions: extensions.flatMap(([old, wanted]) => (wanted === undefined ? [] : change(old, wanted))),
    first: types.first,
    before: [...sequences.before, ...types.changed],
    after: sequences.after,
    dropped: [...types.dropped, ...sequences.dropped],
    droppedExtensions: extensions.flatMap(([old, wanted]) => (wanted === undefined ? [drop(old!)] : [])),
  };
}

type Pair<T> = readonly [old: T | undefined, wanted: T | undefined];

function pairsOf<K extends SchemaObjectDef["kind"]>(
  kind: K,
  from: SchemaDef,
  to: SchemaDef,
): readonly Pair<ObjectOf<K>>[] {
  const keys = [...new Set([...Object.keys(from.objects), ...Object.keys(to.objects)])].sort();
  return keys
    .map((key) => [from.objects[key], to.objects[key]] as const)
    .filter((pair) => pair.some((object) => object?.kind === kind)) as unknown as readonly Pair<ObjectOf<K>>[];
}

function drop(object: SchemaObjectDef): Operation {
  return { kind: "dropObject", object: refOf(object) };
}

function change(old: SchemaObjectDef | undefined, wanted: SchemaObjectDef): readonly Operation[] {
  if (old === undefined) return [{ kind: "createObject", object: wanted }];
  const changes = changesOf(old, wanted);
  return Object.keys(changes).length === 0 ? [] : [{ kind: "alterObject", object: refOf(wanted), changes }];
}

/** A sequence gets its owner when this is there, and loses it before this goes. */
function diffSequences(from: SchemaDef, to: SchemaDef) {
  const before: Operation[] = [];
  const after: Operation[] = [];
  const dropped: Operation[] = [];
  for (const [old, wanted] of pairsOf("sequence", from, to)) {
    if (wanted === undefined) {
      if (!goesWithOwner(old!, to)) dropped.push(drop(old!));
      continue;
    }
    const { ownedBy, ...free } = wanted;
    if (old === undefined) before.push({ kind: "createObject", object: free });
    else {
      const { ownedBy: oldOwner, ...oldFree } = old;
      const isFreed = oldOwner !== undefined && !sameDef(oldOwner, ownedBy ?? null);
      const changes = { ...changesOf(oldFree, free), ...(isFreed ? { ownedBy: null } : {}) };
      if (Object.keys(changes).length > 0) before.push({ kind: "alterObject", object: refOf(wanted), changes });
    }
    if (ownedBy !== undefined && !sameDef(old?.ownedBy ?? null, ownedBy)) {
      after.push({ kind: "alterObject", object: refOf(wanted), changes: { ownedBy } });
    }
  }
  return { before, after, dropped };
}

function goesWithOwner(sequence: SequenceDef, to: SchemaDef): boolean {
  if (sequence.ownedBy === undefined) return false;
  return !Object.values(to.tables).some(
    (table) => isOwnedBy(sequence, table) && findColumn(table, sequence.ownedBy!.column) !== undefined,
  );
}

type UserType = DomainDef | CompositeTypeDef;

function diffTypes(from: SchemaDef, to: SchemaDef, replaced: readonly ObjectName[]) {
  const pairs = [...pairsOf("domain", from, to), ...pairsOf("compositeType", from, to)];
  const inOrder = (types: readonly UserType[]) =>
    topologicalSort(types, (one) => types.filter((other) => other !== one && mentions(sqlTexts(one), other.name)))
      .order;
  const released = (it: UserType) => it.kind === "domain" && replaced.some((name) => usesEnum(it.type, name));
  const wanted = inOrder(pairs.flatMap(([, it]) => (it === undefined ? [] : [it])));
  const changed = wanted.flatMap((it): readonly Operation[] => {
    const old = pairs.find(([, other]) => other === it)![0];
    if (old !== undefined && released(old)) return retyped(old, it, from, to).make;
    if (old === undefined || isAlterableType(old, it)) return change(old, it);
    const { release, make } = retyped(old, it, from, to);
    return [...release, ...make];
  });
  const gone = inOrder(pairs.flatMap(([old, it]) => (it === undefined ? [old!] : [])));
  const first = [...inOrder(pairs.flatMap(([old]) => (old !== undefined && released(old) ? [old] : [])))]
    .reverse()
    .flatMap((old) => retyped(old, old, from, to).release);
  return {
    first,
    changed,
    dropped: [...gone]
      .reverse()
      .filter((it) => !released(it))
      .map(drop),
  };
}

function isAlterableType(from: UserType, to: UserType): boolean {
  if (from.kind === "domain") {
    const frame = (it: DomainDef) => [it.type, it.collation ?? null];
    return sameDef(frame(from), frame(to as DomainDef));
  }
  const wanted = (to as CompositeTypeDef).columns.map((column) => column.name);
  const kept = from.columns.map((column) => column.name).filter((name) => wanted.includes(name));
  const added = wanted.filter((name) => !kept.includes(name));
  return sameDef([...kept, ...added], wanted);
}

/** Dropped and made again. The columns of a domain, of tables and of composite types, are of the type beneath it for a moment, that of `wanted`. */
function retyped(old: UserType, wanted: UserType, from: SchemaDef, to: SchemaDef) {
  const isOf = (type: TypeDef): boolean =>
    type.name === "array"
      ? isOf(type.element!)
      : type.name === "domain" && type.object !== undefined && sameObject(type.object, old);
  const columns = Object.entries(from.tables).flatMap(([key, table]) =>
    key in to.tables
      ? table.columns.filter((column) => isOf(column.type)).map((column) => ({ table: objectName(table), column }))
      : [],
  );
  const alter = (typeOf: (column: TypeDef) => TypeDef): readonly Operation[] =>
    wanted.kind !== "domain"
      ? []
      : columns.map(({ table, column: { name, type } }) => ({
          kind: "alterColumn",
          table,
          column: name,
          changes: { type: typeOf(type) },
        }));
  const beneath = (type: TypeDef): TypeDef =>
    type.name === "array" ? { ...type, element: beneath(type.element!) } : (wanted as DomainDef).type;
  const holders = pairsOf("compositeType", from, to).flatMap(([it]) =>
    wanted.kind === "domain" && it?.columns.some(({ type }) => isOf(type)) ? [it] : [],
  );
  const alterHolders = (typeOf: (column: TypeDef) => TypeDef): readonly Operation[] =>
    holders.map((it) => ({
      kind: "alterObject",
      object: refOf(it),
      changes: {
        columns: it.columns.map((column) => (isOf(column.type) ? { ...column, type: typeOf(column.type) } : column)),
      },
    }));
  const same = (type: TypeDef) => type;
  return {
    release: [...alter(beneath), ...alterHolders(beneath), drop(old)],
    make: [{ kind: "createObject", object: wanted } satisfies Operation, ...alterHolders(same), ...alter(same)],
  };
}

/** Types and functions among each other: each is made after those that it is made with. */
export function inOrderOfNeed(operations: readonly Operation[]): readonly Operation[] {
  const needs = (op: Operation) => {
    const texts =
      op.kind === "createObject" ? headTexts(op.object) : op.kind === "alterObject" ? textsIn(op.changes) : [];
    const isNeeded = (other: Operation) => {
      if (other === op || other.kind !== "createObject") return false;
      if (op.kind === "createObject" && isNamesake(op.object, other.object)) return false;
      const name = calledName(other.object);
      return name !== null && mentions(texts, name);
    };
    return texts.length === 0 ? [] : operations.filter(isNeeded);
  };
  return topologicalSort(operations, needs).order;
}

/** Each is dropped before those that it was made with, which `from` still has. */
export function inOrderOfDrop(operations: readonly Operation[], from: SchemaDef): readonly Operation[] {
  const defOf = (op: Operation) => (op.kind === "dropObject" ? from.objects[refKey(op.object)] : undefined);
  const needs = (op: Operation) => {
    const dropped = defOf(op);
    const name = op.kind === "dropObject" ? calledName(op.object) : null;
    if (name === null) return [];
    return operations.filter((other) => {
      const def = defOf(other);
      if (other === op || def === undefined || (dropped !== undefined && isNamesake(def, dropped))) return false;
      return mentions(headTexts(def), name);
    });
  };
  return topologicalSort(operations, needs).order;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function headTexts(object: SchemaObjectDef): readonly string[] {
  return object.kind === "function" ? functionHead(object) : sqlTexts(object);
}
