/** Small pure edits of what a schema holds besides tables, enums and views. */
import { quoteName } from "../util/quote.js";
import { objectOfDefinition, sqlName } from "./definition-names.js";
import { sameObject } from "./edit-schema.js";
import { renameColumnIn } from "./expression.js";
import {
  type FunctionDef,
  type ObjectRef,
  objectsByKey,
  refKey,
  type SchemaObjectDef,
  type SequenceDef,
  tableOf,
} from "./objects.js";
import { movePrivileges } from "./privileges.js";
import { compact, type ObjectName, objectKey, objectName, type SchemaDef } from "./schema.js";

export function getObject(schema: SchemaDef, ref: ObjectRef | SchemaObjectDef): SchemaObjectDef | undefined {
  return schema.objects[refKey(ref)];
}

export function putObject(schema: SchemaDef, object: SchemaObjectDef): SchemaDef {
  return { ...schema, objects: { ...schema.objects, [refKey(object)]: object } };
}

export function filterObjectDefs(schema: SchemaDef, keep: (object: SchemaObjectDef) => boolean): SchemaDef {
  const all = Object.entries(schema.objects);
  const kept = all.filter(([, object]) => keep(object));
  return kept.length === all.length ? schema : { ...schema, objects: Object.fromEntries(kept) };
}

/** Triggers, policies, rules: what goes with the table or view. */
export function objectsOn(schema: SchemaDef, table: ObjectName): readonly SchemaObjectDef[] {
  return Object.values(schema.objects).filter((object) => isOn(object, table));
}

export function isOn(object: SchemaObjectDef, table: ObjectName): boolean {
  const on = tableOf(object);
  return on !== undefined && sameObject(on, table);
}

/** Sequences that are dropped with the table, or with one column of it. */
export function ownedSequences(schema: SchemaDef, table: ObjectName, column?: string): readonly SequenceDef[] {
  return Object.values(schema.objects).filter(
    (object): object is SequenceDef =>
      object.kind === "sequence" &&
      object.ownedBy !== undefined &&
      sameObject(object.ownedBy.table, table) &&
      (column === undefined || object.ownedBy.column === column),
  );
}

/** Does the sequence belong to a column of the table? */
export function isOwnedBy(sequence: SequenceDef, table: ObjectName): boolean {
  return sequence.ownedBy !== undefined && sameObject(sequence.ownedBy.table, table);
}

/** Where the table is no partition any more. */
export function withoutFiringOn(schema: SchemaDef, partition: ObjectName): SchemaDef {
  return mapFiring(schema, (key) => (key === objectKey(partition) ? null : key));
}

/** `edit` gives a partition another key, or takes it out. */
function mapFiring(schema: SchemaDef, edit: (key: string) => string | null): SchemaDef {
  const all = Object.entries(schema.objects);
  if (!all.some(([, object]) => object.kind === "trigger" && object.enabledOn !== undefined)) return schema;
  const objects = all.map(([key, object]): [string, SchemaObjectDef] => {
    if (object.kind !== "trigger" || object.enabledOn === undefined) return [key, object];
    const { enabledOn, ...rest } = object;
    const kept = Object.entries(enabledOn).flatMap(([name, firing]) => {
      const edited = edit(name);
      return edited === null ? [] : [[edited, firing] as const];
    });
    return [key, kept.length === 0 ? rest : { ...rest, enabledOn: Object.fromEntries(kept) }];
  });
  return { ...schema, objects: Object.fromEntries(objects) };
}

/** The table and all that goes with it under another name. */
export function moveObjects(schema: SchemaDef, from: ObjectName, to: ObjectName): SchemaDef {
  const objects = Object.values(schema.objects);
  const moved = objects.map((object): SchemaObjectDef => {
    if (object.kind === "sequence" && object.ownedBy !== undefined && sameObject(object.ownedBy.table, from)) {
      return { ...object, ownedBy: { ...object.ownedBy, table: to } };
    }
    // SQLite carries the name into the bodies of its triggers; PostgreSQL's have none.
    const action = object.kind === "trigger" && /\bbegin\b/i.test(object.action);
    const text = action ? { action: renameColumnIn(object.action, from.name, to.name) } : {};
    return isOn(object, from) ? ({ ...object, ...text, table: to } as SchemaObjectDef) : { ...object, ...text };
  });
  const privileges = movePrivileges(schema, { type: "table", ...objectName(from) }, objectName(to));
  const after =
    moved.length === 0 ? { ...schema, ...privileges } : { ...schema, ...privileges, objects: objectsByKey(moved) };
  return mapFiring(after, (key) => (key === objectKey(from) ? objectKey(to) : key));
}

/** A column under another name, in what belongs to its table. */
export function renameColumnInObjects(schema: SchemaDef, table: ObjectName, from: string, to: string): SchemaDef {
  const text = (sql: string | undefined) => (sql === undefined ? undefined : renameColumnIn(sql, from, to));
  const renamed = Object.values(schema.objects).map((object): SchemaObjectDef => {
    if (object.kind === "sequence" && object.ownedBy?.column === from && sameObject(object.ownedBy.table, table)) {
      return { ...object, ownedBy: { table: object.ownedBy.table, column: to } };
    }
    if (object.kind === "definition" && object.type === "publication") {
      return { ...object, definition: renameInMembers(object.definition, table, from, to) };
    }
    if (!isOn(object, table)) return object;
    if (object.kind === "trigger") return { ...object, fires: text(object.fires)!, action: text(object.action)! };
    if (object.kind !== "policy") return object;
    return { ...object, ...compact({ using: text(object.using), withCheck: text(object.withCheck) }) };
  });
  return renamed.length === 0 ? schema : { ...schema, objects: objectsByKey(renamed) };
}

/** What a publication lists and reads of the table, and not what it has of others. */
function renameInMembers(sql: string, table: ObjectName, from: string, to: string): string {
  const members = sql.split(/(?<=\bFOR |, )(?=TABLE )/);
  const isOf = (member: string) => {
    const name = /^TABLE (?:ONLY )?(.*)$/s.exec(member)?.[1];
    return name !== undefined && sameObject(objectOfDefinition(name), table);
  };
  const head = /^TABLE (?:ONLY )?(?:"(?:[^"]|"")*"|[^\s".(]+)(?:\.(?:"(?:[^"]|"")*"|[^\s".(]+))?/;
  return members
    .map((member) => {
      if (!isOf(member)) return member;
      const [name = ""] = head.exec(member) ?? [];
      // The options after the last member are no names.
      const [, body = "", options = ""] = /^(.*?)( WITH \([^()]*\))?$/s.exec(member.slice(name.length)) ?? [];
      return name + renameColumnIn(body, from, to).replaceAll(quoteName(to), () => sqlName(to)) + options;
    })
    .join("");
}

/** All functions of one name. */
export function overloadsOf(schema: SchemaDef, name: ObjectName): readonly FunctionDef[] {
  return Object.values(schema.objects).filter(
    (object): object is FunctionDef => object.kind === "function" && sameObject(object, name),
  );
}
