/** By which name others call an object, and whether they do. */
import { mentionsColumn } from "../schema/expression.js";
import type { ObjectRef, SchemaObjectDef } from "../schema/objects.js";

/** Types of definitions that nothing else names. */
const NAMELESS: ReadonlySet<string> = new Set([
  "cast",
  "user mapping",
  "event trigger",
  "publication",
  "rule",
  "statistics",
]);

/** Null where nothing else can need it. */
export function calledName(object: SchemaObjectDef | ObjectRef): string | null {
  if (object.kind === "trigger" || object.kind === "policy") return null;
  return object.kind === "definition" ? definitionName(String(object.type), object.name) : object.name;
}

/** Of definitions that may have one name, those that others are made from come first. */
const MADE_FROM: readonly string[] = [
  "text search parser",
  "text search template",
  "text search dictionary",
  "text search configuration",
  "operator family",
  "operator class",
  "foreign data wrapper",
  "server",
  "foreign table",
];

/**
 * Do two definitions have one name, and the first is not made from the other? Each of their texts says the name, its own,
 * and so seems to need the other: an operator class and its family, two aggregates, a dictionary and its configuration.
 */
export function isNamesake(one: SchemaObjectDef, other: SchemaObjectDef): boolean {
  if (one.kind !== "definition" || other.kind !== "definition") return false;
  if (calledName(one)?.toLowerCase() !== calledName(other)?.toLowerCase()) return false;
  const [own, others] = [MADE_FROM.indexOf(one.type), MADE_FROM.indexOf(other.type)];
  return others === -1 || own <= others;
}

/** `"a"."total"(integer)`, `a.=== (integer, integer)`, `words USING btree`: the last name before what else tells it apart. */
function definitionName(type: string, name: string): string | null {
  if (NAMELESS.has(type)) return null;
  if (type === "transform") return transformName(/ LANGUAGE "?(.*?)"?$/s.exec(name)?.[1] ?? "");
  if (type === "operator") return name.replace(/ ?\(.*$/s, "").replace(/^.*\./s, "");
  const last = /^(?:(?:"(?:[^"]|"")*"|[^".(\s]+)\.)?("(?:[^"]|"")*"|[^"(\s]+)/.exec(name)?.[1] ?? name;
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
}

/** Functions say of which language they use transforms; nobody else can have this name. */
export function transformName(language: string): string {
  return `transform ${language}`;
}

const OPERATOR = /^[-+*/<>=~!@#%^&|`?]+$/;

export function isOperatorName(name: string): boolean {
  return OPERATOR.test(name);
}

export function mentions(texts: readonly string[], name: string): boolean {
  if (isOperatorName(name)) return texts.some((text) => operatorsIn(text).includes(name));
  return texts.some((text) => mentionsColumn(text, name));
}

function operatorsIn(text: string): readonly string[] {
  return text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, " ").match(/[-+*/<>=~!@#%^&|`?]+/g) ?? [];
}
