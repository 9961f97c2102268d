/**
 * Triggers, views and indexes that SQL of the user's own makes, as far as a script can know of them: a rebuild takes them away and
 * has to give them back, and no database is there to be asked.
 *
 * They travel with a {@link SchemaDef} like the live facts of `live-facts.ts`, under a symbol of their own.
 */
import { createStatements } from "../../../operations/object-sql.js";
import type { Operation, Statement } from "../../../operations/operation.js";
import { filterObjectDefs, putObject } from "../../../schema/edit-objects.js";
import type { SchemaObjectDef, TriggerDef } from "../../../schema/objects.js";
import type { SchemaDef } from "../../../schema/schema.js";
import { ddl } from "../text/ddl.js";
import { splitScript } from "../text/split-script.js";
import { identifierOf, type Token, tokenize } from "../text/sql-tokenizer.js";
import type { StoredObject } from "./live-facts.js";
import { readTrigger } from "./read-objects.js";
import { sameName } from "./read-table.js";

const SCRIPTED = Symbol("objects made by SQL of the user's own");

/** In order of creation; those of the user's own SQL first, then the triggers that operations made. */
export function scriptedObjectsOf(schema: SchemaDef): readonly StoredObject[] {
  const own = ownObjectsOf(schema);
  const made = Object.values(schema.objects).flatMap((object) =>
    object.kind === "trigger" && !own.some((other) => other.type === "trigger" && sameName(other.name, object.name))
      ? [storedTrigger(object)]
      : [],
  );
  return [...own, ...made];
}

function ownObjectsOf(schema: SchemaDef): readonly StoredObject[] {
  return (schema as { readonly [SCRIPTED]?: readonly StoredObject[] })[SCRIPTED] ?? [];
}

/** The triggers of the schema, as operations make them. */
export function madeTriggers(schema: SchemaDef): readonly StoredObject[] {
  return Object.values(schema.objects).flatMap((object) => (object.kind === "trigger" ? [storedTrigger(object)] : []));
}

function storedTrigger(trigger: TriggerDef): StoredObject {
  const [{ sql }] = createStatements(trigger, ddl) as [Statement];
  return { type: "trigger", name: trigger.name, table: trigger.table.name, sql, temporary: false };
}

/** The schema after a script of the user's own. */
export function followScript(schema: SchemaDef, sql: string): SchemaDef {
  let objects = ownObjectsOf(schema);
  let known = schema;
  for (const { text } of splitScript(sql)) {
    const change = readChange(text);
    if (change === null) continue;
    known = followTrigger(known, change);
    const others = objects.filter((object) => !(object.type === change.type && sameName(object.name, change.name)));
    if (change.object === null) objects = others;
    // IF NOT EXISTS leaves what is there.
    else if (others.length === objects.length) objects = [...objects, change.object];
  }
  return withScripted(known, objects);
}

/** Operations can drop what SQL of the user's own made, and the other way round. */
function followTrigger(schema: SchemaDef, { type, name, object }: Change): SchemaDef {
  if (type !== "trigger" || object?.temporary === true) return schema;
  const isIt = (other: SchemaObjectDef) => other.kind === "trigger" && sameName(other.name, name);
  if (object === null) return filterObjectDefs(schema, (other) => !isIt(other));
  return Object.values(schema.objects).some(isIt) ? schema : putObject(schema, readTrigger(object));
}

/** The schema after an operation that takes such objects along: triggers and indexes go with their table. */
export function followOperation(schema: SchemaDef, op: Operation): SchemaDef {
  const objects = ownObjectsOf(schema);
  if (objects.length === 0) return schema;
  switch (op.kind) {
    case "dropTable":
      return withScripted(
        schema,
        objects.filter((object) => !sameName(object.table, op.table.name)),
      );
    case "dropView":
      return withScripted(
        schema,
        objects.filter((object) => !sameName(object.table, op.view.name)),
      );
    case "dropObject":
    case "replaceObject":
      return withScripted(
        schema,
        objects.filter((object) => object.type !== "trigger" || !sameName(object.name, op.object.name)),
      );
    case "dropIndex":
      return withScripted(
        schema,
        objects.filter((object) => object.type !== "index" || !sameName(object.name, op.index.name)),
      );
    default:
      return schema;
  }
}

function withScripted(schema: SchemaDef, objects: readonly StoredObject[]): SchemaDef {
  return { ...schema, [SCRIPTED]: objects } as SchemaDef;
}

interface Change {
  readonly type: StoredObject["type"];
  readonly name: string;
  /** Null when it is dropped. */
  readonly object: StoredObject | null;
}

const TYPES: Readonly<Record<string, StoredObject["type"]>> = { TRIGGER: "trigger", VIEW: "view", INDEX: "index" };

/**
 * `CREATE [TEMP] TRIGGER|VIEW|[UNIQUE] INDEX [IF NOT EXISTS] [main.]name …` and `DROP TRIGGER|VIEW|INDEX [IF EXISTS]
 * [main.]name`. The text is put as SQLite stores it: from the name on as it was written.
 */
function readChange(sql: string): Change | null {
  const tokens = tokenize(sql);
  const verb = tokens[0]?.key;
  if (verb !== "CREATE" && verb !== "DROP") return null;
  let at = 1;
  const modifier = tokens[at]?.key ?? "";
  const temporary = modifier === "TEMP" || modifier === "TEMPORARY";
  if (temporary || modifier === "UNIQUE") at++;
  const word = tokens[at]?.key ?? "";
  const type = TYPES[word];
  if (type === undefined) return null;
  at++;
  if (tokens[at]?.key === "IF") at += verb === "CREATE" ? 3 : 2;
  if (tokens[at + 1]?.key === ".") at += 2;
  const name = nameAt(tokens, at);
  if (verb === "DROP") return { type, name, object: null };
  const on = tokens.findIndex((token, index) => index > at && token.key === "ON");
  const table = type === "view" ? name : nameAt(tokens, tokens[on + 2]?.key === "." ? on + 3 : on + 1);
  const kind = modifier === "UNIQUE" ? "UNIQUE INDEX" : word;
  const text = `CREATE ${kind} ${sql.slice(tokens[at]?.start ?? 0)}`;
  return { type, name, object: { type, name, table, sql: text, temporary } };
}

function nameAt(tokens: readonly Token[], at: number): string {
  const token = tokens[at];
  return token === undefined ? "" : identifierOf(token);
}
