/**
 * Which kinds of objects autogenerate looks after. A database of an existing user has functions, triggers and extensions
 * that the models never mention, and that must not be dropped for it: a kind is managed once the models declare one
 * object of it, or when the config says so with `manage`. What something that is left alone needs is left alone as well.
 */
import type { ManagedKind } from "../../config/config.js";
import { sameObject } from "../../schema/edit-schema.js";
import { mentionsColumn } from "../../schema/expression.js";
import { depthOf, parentsOf } from "../../schema/inheritance.js";
import { objectsByKey, type SchemaObjectDef, sqlTexts, tableOf } from "../../schema/objects.js";
import { objectKey, type SchemaDef, type TableDef } from "../../schema/schema.js";

/** `function`, `trigger`, …; an object of another kind goes by its type: `rule`, `event trigger`. Row security goes with policies. */
export function managedKind(object: SchemaObjectDef): string {
  return object.kind === "definition" ? object.type : object.kind;
}

export interface ManagedSchemas {
  readonly wanted: SchemaDef;
  /** Objects of kinds that are left alone, by kind. */
  readonly leftAlone: ReadonlyMap<string, number>;
}

/**
 * The wanted schema with everything of `found` that is not managed, so that comparing leaves it alone and a downgrade
 * gives back what goes with a table.
 */
export function withUnmanaged(
  wanted: SchemaDef,
  found: SchemaDef,
  manage: readonly (ManagedKind | (string & {}))[] = [],
): ManagedSchemas {
  const declared = Object.values(wanted.objects).map(managedKind);
  const hasRowSecurity = Object.values(wanted.tables).some((table) => table.rowSecurity !== undefined);
  const kinds = new Set([...manage, ...declared, ...(hasRowSecurity ? ["policy"] : [])]);
  const unmanaged = Object.values(found.objects).filter((object) => !kinds.has(managedKind(object)));
  const leftAlone = new Map<string, number>();
  for (const object of unmanaged) leftAlone.set(managedKind(object), (leftAlone.get(managedKind(object)) ?? 0) + 1);
  const heirs = kinds.has("partition") ? {} : unmanagedHeirs(wanted, found);
  const stays = (object: SchemaObjectDef) => {
    const table = tableOf(object) ?? (object.kind === "sequence" ? object.ownedBy?.table : undefined);
    if (table === undefined || !(objectKey(table) in found.tables)) {
      return table === undefined || !(objectKey(table) in found.views) || objectKey(table) in wanted.views;
    }
    return objectKey(table) in wanted.tables || objectKey(table) in heirs;
  };
  const count = Object.keys(heirs).length;
  if (count > 0) leftAlone.set("partition", count);
  const kept = unmanaged.filter(stays);
  const declaredObjects = withFiringOn(heirs, wanted.objects, found.objects);
  const objects = { ...objectsByKey([...kept, ...neededBy(kept, found, wanted)]), ...declaredObjects };
  const secured = kinds.has("policy") ? wanted.tables : withRowSecurityOf(wanted.tables, found.tables);
  const tables = { ...heirs, ...secured };
  return { wanted: { ...wanted, tables, objects }, leftAlone };
}

/**
 * Partitions and children of tables of which the models declare none: something else makes those (by the month, say). They
 * are the database's business, as long as what they are parts of is there.
 */
function unmanagedHeirs(wanted: SchemaDef, found: SchemaDef): SchemaDef["tables"] {
  const managed = new Set(Object.values(wanted.tables).flatMap((table) => parentsOf(table).map(objectKey)));
  const heirs: Record<string, TableDef> = {};
  const children = Object.values(found.tables).filter((table) => parentsOf(table).length > 0);
  for (const table of children.sort((a, b) => depthOf(found, a) - depthOf(found, b))) {
    const key = objectKey(table);
    const parents = parentsOf(table).map(objectKey);
    const stays = parents.every((parent) => (parent in wanted.tables || parent in heirs) && !managed.has(parent));
    if (stays && !(key in wanted.tables)) heirs[key] = table;
  }
  return heirs;
}

/** How triggers fire on partitions that are left alone is left alone. */
function withFiringOn(
  heirs: SchemaDef["tables"],
  wanted: SchemaDef["objects"],
  found: SchemaDef["objects"],
): SchemaDef["objects"] {
  return Object.fromEntries(
    Object.entries(wanted).map(([key, object]): [string, SchemaObjectDef] => {
      const other = found[key];
      if (object.kind !== "trigger" || other?.kind !== "trigger") return [key, object];
      const theirs = Object.entries(other.enabledOn ?? {}).filter(([partition]) => partition in heirs);
      if (theirs.length === 0) return [key, object];
      return [key, { ...object, enabledOn: { ...object.enabledOn, ...Object.fromEntries(theirs) } }];
    }),
  );
}

/** What those that are left alone call or are made with stays too, unless the models say what it is to be. */
function neededBy(kept: readonly SchemaObjectDef[], found: SchemaDef, wanted: SchemaDef): readonly SchemaObjectDef[] {
  const texts = kept.flatMap(sqlTexts);
  const declared = Object.values(wanted.objects);
  return Object.values(found.objects).filter(
    (object) =>
      !kept.includes(object) &&
      !declared.some((other) => other.kind === object.kind && sameObject(other, object)) &&
      texts.some((text) => mentionsColumn(text, object.name)),
  );
}

function withRowSecurityOf(wanted: SchemaDef["tables"], found: SchemaDef["tables"]): SchemaDef["tables"] {
  if (Object.values(found).every((table) => table.rowSecurity === undefined)) return wanted;
  return Object.fromEntries(
    Object.entries(wanted).map(([key, table]): [string, TableDef] => {
      const rowSecurity = found[key]?.rowSecurity;
      return [key, rowSecurity === undefined ? table : { ...table, rowSecurity }];
    }),
  );
}

/** `2 functions, 1 trigger`. */
export function leftAloneText(leftAlone: ReadonlyMap<string, number>): string {
  const words = (kind: string) => kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const plural = (kind: string, count: number) =>
    count === 1 || kind === "statistics" ? words(kind) : words(kind).replace(/y$/, "ie").concat("s");
  return [...leftAlone]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${plural(kind, count)}`)
    .join(", ");
}
