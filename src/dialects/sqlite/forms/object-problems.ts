/** What SQLite cannot hold of triggers, functions, sequences and the like. */
import { displayObject, KIND_WORDS, type SchemaObjectDef, SQLITE_DEFINITIONS } from "../../../schema/objects.js";
import { displayName } from "../../../schema/schema.js";
import type { Problem } from "./problems.js";

const HINT = 'Mark it with `.only("postgres")`.';

export function objectProblems(object: SchemaObjectDef): readonly Problem[] {
  const what = displayObject(object);
  if (object.kind === "trigger") return triggerProblems(object, what);
  if (object.kind === "definition" && SQLITE_DEFINITIONS.has(object.type)) return [];
  const words = object.kind === "definition" ? `objects of type '${object.type}'` : plural(KIND_WORDS[object.kind]);
  return [{ table: displayName(object), message: `${what}: SQLite has no ${words}`, hint: HINT }];
}

function triggerProblems(object: Extract<SchemaObjectDef, { kind: "trigger" }>, what: string): readonly Problem[] {
  const says = [
    object.constraint === true ? "is a constraint trigger" : null,
    object.enabled === undefined && object.enabledOn === undefined ? null : "is switched on or off",
    object.table.schema === undefined ? null : "is on a table of a schema",
    /\bexecute\s+(?:function|procedure)\b/i.test(object.action) ? "calls a function" : null,
  ].filter((text) => text !== null);
  return says.map((text) => ({
    table: displayName(object.table),
    message: `${what} ${text}, which SQLite has not`,
    hint: `${HINT.slice(0, -1)}, and write another for SQLite with \`.only("sqlite")\`.`,
  }));
}

function plural(words: string): string {
  return words.endsWith("y") ? `${words.slice(0, -1)}ies` : `${words}s`;
}
