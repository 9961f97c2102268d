/**
 * Tables and other objects that stand where the models no longer look: in a schema that left them in the same edit. One
 * that comes in another schema may be the same one, with its rows; nobody would see it if only the schemas of today were read.
 */
import { readFileSync } from "node:fs";
import type { Connection } from "../../dialects/dialect.js";
import { PLACED_KINDS, type Placed, placedOf } from "../../diff/placed-objects.js";
import { tableLikeness } from "../../diff/rename-questions.js";
import { splitName } from "../../schema/definition-names.js";
import { ownedSequences } from "../../schema/edit-objects.js";
import { objectsByKey, refKey, tableOf } from "../../schema/objects.js";
import { type PrivilegeTarget, targetKey } from "../../schema/privileges.js";
import { type ObjectName, objectKey, objectName, type SchemaDef, type TableDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";
import { introspect } from "../sources/introspect.js";
import { managesDefaultSchema } from "../sources/managed-schemas.js";
import type { RenameDecisions } from "./decide-renames.js";

export interface WithStrays {
  readonly found: SchemaDef;
  /** Where they are no other's old place, they are nobody's business. */
  readonly strays: Strays;
}

export interface Strays {
  /** Keys. */
  readonly tables: readonly string[];
  readonly objects: readonly Placed[];
}

export const NO_STRAYS: Strays = { tables: [], objects: [] };

/** `found` with what may be something that `wanted` has elsewhere. */
export async function withStrays(
  environment: Environment,
  connection: Connection,
  found: SchemaDef,
  wanted: SchemaDef,
  { answers }: RenameDecisions,
): Promise<WithStrays> {
  const come = Object.values(wanted.tables).filter((table) => !(objectKey(table) in found.tables));
  const newObjects = comingObjects(found, wanted);
  const none = { found, strays: NO_STRAYS };
  if (come.length + newObjects.length === 0 || connection.dialect.listSchemas === undefined) return none;
  const { defaultSchema } = connection;
  const read = new Set([...environment.config.schemas, ...wanted.schemas, ...found.schemas, defaultSchema]);
  const unread = (await connection.dialect.listSchemas(connection)).filter((name) => !read.has(name));
  const said = [
    ...[...come, ...newObjects.map(({ def }) => def)].flatMap(({ renamedFrom }) => schemaSaid(renamedFrom)),
    ...answers.flatMap(({ from }) => from.slice(0, -1)),
  ].map((part) => part.replace(/^"(.*)"$/, "$1"));
  const isUnsaid = unread.some((name) => !said.includes(name));
  const isDefaultLeft = !managesDefaultSchema(environment, connection, wanted);
  const spoken = isUnsaid || isDefaultLeft ? await revisionTexts(environment) : [];
  const mentions = (name: string) => spoken.some((text) => text.includes(JSON.stringify(name)));
  const left = unread.filter((name) => said.includes(name) || mentions(name));
  if (left.length === 0 && !isDefaultLeft) return none;
  const all = await introspect(environment, connection, left);
  const isStray = (table: TableDef) =>
    (table.schema === undefined ? mentions(table.name) : left.includes(table.schema)) &&
    !(objectKey(table) in found.tables) &&
    !(objectKey(table) in wanted.tables) &&
    come.some((one) => isLike(table, one) || one.renamedFrom === objectKey(table) || isNamed(table, answers));
  const isLeft = ({ place }: Placed) =>
    place.schema === undefined ? isDefaultLeft && mentions(place.name) : left.includes(place.schema);
  const isNew = (old: Placed) => !placedLike(found, old) && !placedLike(wanted, old);
  const isComing = (old: Placed) =>
    newObjects.some(({ place, ref, def }) => {
      if (ref.kind !== old.ref.kind || ref.signature !== old.ref.signature) return false;
      return place.name === old.place.name || def.renamedFrom === old.name || isNamed(old.place, answers);
    });
  const objects = PLACED_KINDS.flatMap((kind) => placedOf(all, kind)).filter(
    (old) => isLeft(old) && isNew(old) && isComing(old),
  );
  return merged(found, all, Object.values(all.tables).filter(isStray), objects);
}

function comingObjects(found: SchemaDef, wanted: SchemaDef): readonly Placed[] {
  return PLACED_KINDS.flatMap((kind) => placedOf(wanted, kind)).filter((one) => !placedLike(found, one));
}

/** Is there something of this kind and name? */
function placedLike(schema: SchemaDef, { ref, name }: Placed): boolean {
  return placedOf(schema, ref.kind).some(
    (other) =>
      other.name === name &&
      other.ref.signature === ref.signature &&
      (ref.kind !== "definition" || (other.ref.kind === "definition" && other.ref.type === ref.type)),
  );
}

/** `archive` of `"archive".mood`, and of nothing else. */
function schemaSaid(hint: string | undefined): readonly string[] {
  const schema = hint === undefined ? undefined : splitName(hint).schema;
  return schema === undefined ? [] : [schema];
}

function isLike(from: TableDef, to: TableDef): boolean {
  const likeness = tableLikeness(from, to, (a, b) => a.name === b.name);
  return likeness !== null && (from.name === to.name || likeness.score >= 1);
}

function isNamed(table: ObjectName, answers: RenameDecisions["answers"]): boolean {
  return answers.some(({ from }) => from.at(-1) === table.name);
}

function merged(found: SchemaDef, all: SchemaDef, tables: readonly TableDef[], placed: readonly Placed[]): WithStrays {
  const strays = tables.map(objectKey);
  const isOf = (key: string | null) => key !== null && strays.includes(key);
  const objects = Object.values(all.objects).filter((object) => {
    const on = tableOf(object);
    return isOf(on === undefined ? null : objectKey(objectName(on)));
  });
  const own = tables.flatMap((table) => ownedSequences(all, table));
  const targets = new Set(
    [
      ...tables.map((table): PrivilegeTarget => ({ type: "table", ...objectName(table) })),
      ...own.map((one): PrivilegeTarget => ({ type: "sequence", ...objectName(one) })),
    ].map(targetKey),
  );
  const ofKind = <T>(kind: "enum" | "view", defs: Readonly<Record<string, T>>) =>
    Object.fromEntries(placed.filter(({ ref }) => ref.kind === kind).map(({ name }) => [name, defs[name]!]));
  const others = placed.flatMap(({ def }) => ("kind" in def ? def : []));
  const views = ofKind("view", all.views);
  const onViews = Object.values(all.objects).filter((object) => {
    const on = tableOf(object);
    return on !== undefined && objectKey(objectName(on)) in views;
  });
  const onThem = <T extends { readonly on: PrivilegeTarget }>(defs: Readonly<Record<string, T>> | undefined) =>
    Object.fromEntries(Object.entries(defs ?? {}).filter(([, { on }]) => targets.has(targetKey(on))));
  return {
    strays: { tables: strays, objects: placed },
    found: {
      ...found,
      enums: { ...found.enums, ...ofKind("enum", all.enums) },
      views: { ...found.views, ...views },
      tables: { ...found.tables, ...Object.fromEntries(tables.map((table) => [objectKey(table), table])) },
      objects: { ...found.objects, ...objectsByKey([...objects, ...own, ...others, ...onViews]) },
      ...(found.privileges === undefined ? {} : { privileges: { ...found.privileges, ...onThem(all.privileges) } }),
      ...(found.owners === undefined ? {} : { owners: { ...found.owners, ...onThem(all.owners) } }),
    },
  };
}

/** Without those that were not moved, and what is on them. */
export function withoutStrays(schema: SchemaDef, strays: Strays): SchemaDef {
  const left = strays.tables.flatMap((key) => schema.tables[key] ?? []);
  const placed = strays.objects.filter((one) => placedLike(schema, one));
  if (left.length + placed.length === 0) return schema;
  const namesOf = (kind: string) => placed.flatMap(({ ref, name }) => (ref.kind === kind ? name : []));
  const [enums, views] = [namesOf("enum"), namesOf("view")];
  const others = new Set(placed.flatMap(({ def }) => ("kind" in def ? refKey(def) : [])));
  const without = <T>(defs: Readonly<Record<string, T>>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(defs).filter(([key]) => !names.includes(key)));
  const own = new Set<unknown>(left.flatMap((table) => ownedSequences(schema, table)));
  const keys = new Set([...left.map(objectKey), ...views]);
  const isTheirs = (key: string) => {
    const object = schema.objects[key]!;
    const on = tableOf(object);
    return others.has(key) || own.has(object) || (on !== undefined && keys.has(objectKey(objectName(on))));
  };
  return {
    ...schema,
    tables: without(schema.tables, left.map(objectKey)),
    enums: without(schema.enums, enums),
    views: without(schema.views, views),
    objects: Object.fromEntries(Object.entries(schema.objects).filter(([key]) => !isTheirs(key))),
  };
}

/** A database that is compared alone may have no revisions at all. */
async function revisionTexts(environment: Environment): Promise<readonly string[]> {
  try {
    const { nodes } = await environment.loadGraph();
    return nodes.map(({ revision }) => readFileSync(revision.path, "utf8"));
  } catch {
    return [];
  }
}
