/** What was read of a database, kept true while a script changes it and nobody can read again. */
import type { Operation } from "../../../operations/operation.js";
import type { SchemaDef } from "../../../schema/schema.js";
import { liveFactsOf, type StoredObject, withLiveFacts } from "../catalog/live-facts.js";
import { sameName } from "../catalog/read-table.js";
import { madeTriggers } from "../catalog/scripted-objects.js";
import { plannedViews } from "../rebuild/rebuild-table.js";

/**
 * `schema` is the one after `op`, with the facts of before. Views and triggers are those of the schema; the text of a table
 * that was changed is not known any more, and what the schema says is written instead.
 */
export function followFacts(schema: SchemaDef, op: Operation): SchemaDef {
  const facts = liveFactsOf(schema);
  if (facts === null) return schema;
  const made = [...plannedViews(schema), ...madeTriggers(schema)];
  const isIn = (objects: readonly StoredObject[]) => (one: StoredObject) =>
    objects.some((other) => other.type === one.type && sameName(other.name, one.name));
  const touched = "table" in op && op.table !== undefined ? op.table.name : null;
  const isChanged = (name: string) => touched !== null && op.kind !== "createIndex" && sameName(touched, name);
  const replaced = op.kind === "replaceObject" ? op.object.name : null;
  const kept = facts.objects.filter((object) => {
    if (object.type === "trigger" && replaced !== null && sameName(replaced, object.name)) return object.temporary;
    if (object.type === "view" || object.type === "trigger") return object.temporary || isIn(made)(object);
    return !isChanged(object.table);
  });
  const objects = [...kept, ...made.filter((object) => !isIn(kept)(object))];
  const isThere = (name: string) =>
    isIn(objects)({ type: "view", name, table: name, sql: "", temporary: false }) ||
    Object.values(schema.tables).some((table) => sameName(table.name, name));
  const probes = facts.probes.filter(({ object }) => isThere(object));
  return withLiveFacts(schema, { ...facts, objects, probes });
}
