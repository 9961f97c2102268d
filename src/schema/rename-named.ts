/** A schema after an enum, view, sequence, … got another name: what refers to it follows, as it does in the database. */
import { quoteName, quoteText } from "../util/quote.js";
import { moveObjects } from "./edit-objects.js";
import { sameObject, withoutKey } from "./edit-schema.js";
import { replaceName } from "./expression.js";
import { type FunctionDef, type NamedRef, objectsByKey, refKey, type SchemaObjectDef } from "./objects.js";
import { type ObjectName, objectKey, objectName, type SchemaDef } from "./schema.js";

export function findNamed(schema: SchemaDef, ref: NamedRef): ObjectName | undefined {
  if (ref.kind === "enum") return schema.enums[objectKey(ref)];
  if (ref.kind === "view") return schema.views[objectKey(ref)];
  return schema.objects[refKey({ ...ref, kind: ref.kind })];
}

export function renamedRef(ref: NamedRef, to: string): NamedRef {
  return { ...ref, name: to };
}

/** The object is there. */
export function renameNamed(schema: SchemaDef, ref: NamedRef, to: string): SchemaDef {
  const followed = withTexts(schema, ref, to);
  const renamed = { ...objectName(ref), name: to };
  const key = objectKey(ref);
  switch (ref.kind) {
    case "enum": {
      const definition = { ...followed.enums[key]!, ...renamed };
      return { ...followed, enums: { ...withoutKey(followed.enums, key), [objectKey(renamed)]: definition } };
    }
    case "view": {
      const definition = { ...followed.views[key]!, ...renamed };
      const views = { ...withoutKey(followed.views, key), [objectKey(renamed)]: definition };
      return moveObjects({ ...followed, views }, objectName(ref), renamed);
    }
    default: {
      const isIt = (object: SchemaObjectDef) =>
        object.kind === ref.kind &&
        sameObject(object, ref) &&
        (object.kind !== "function" || object.signature === ref.signature);
      const objects = Object.values(followed.objects).map((object) =>
        isIt(object) ? ({ ...object, ...renamed } as SchemaObjectDef) : object,
      );
      const moved = { ...followed, objects: objectsByKey(objects) };
      return ref.kind === "materializedView" ? moveObjects(moved, objectName(ref), renamed) : moved;
    }
  }
}

/** Texts that people write, and names of other things. */
const NO_SQL: ReadonlySet<string> = new Set(["name", "kind", "comment", "columnComments", "body", "values", "schema"]);

function withTexts(schema: SchemaDef, ref: NamedRef, to: string): SchemaDef {
  const isType = ref.kind === "enum" || ref.kind === "domain" || ref.kind === "compositeType";
  const follow = (value: unknown, key: string): unknown => {
    if (typeof value === "string") {
      return NO_SQL.has(key) ? value : isType && TYPE_KEYS.has(key) ? typeText(value, ref, to) : text(value, ref, to);
    }
    if (Array.isArray(value)) return value.map((inner) => follow(inner, key));
    if (typeof value !== "object" || value === null || NO_SQL.has(key)) return value;
    const isItself = isType && key === "object" && sameObject(value as ObjectName, ref);
    if (isItself) return { ...value, name: to };
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, follow(inner, name)]));
  };
  const each = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, follow(value, "")])) as Record<string, T>;
  const objects = ownSignature(Object.values(each(schema.objects)), ref, schema);
  return {
    ...schema,
    tables: each(schema.tables),
    views: each(schema.views),
    objects: objectsByKey(objects),
  };
}

/** The object itself is found under the signature that it had. */
function ownSignature(
  objects: readonly SchemaObjectDef[],
  ref: NamedRef,
  schema: SchemaDef,
): readonly SchemaObjectDef[] {
  const own = ref.kind === "function" ? (findNamed(schema, ref) as FunctionDef | undefined) : undefined;
  if (own === undefined) return objects;
  return objects.map((object) => (object.kind === "function" && refKey(object) === refKey(own) ? own : object));
}

/** Where a type stands by itself: in lists of arguments, and as the text of a type that has no other form. */
const TYPE_KEYS: ReadonlySet<string> = new Set(["signature", "arguments", "returns", "text"]);

function typeText(sql: string, ref: NamedRef, to: string): string {
  const ends = (after: string) => after === "" || /^[,)[]/.test(after) || /^(?:default\b|=|:=)/i.test(after);
  const isType = (before: string, after: string) => before.endsWith("::") || ends(after);
  return replaceName(sql, ref, plainName(to), isType);
}

const BEFORE_RELATION = /(?:\b(?:from|join|only|lateral|into|update|on|to|table)[\s(]*|,)$/i;

function text(sql: string, ref: NamedRef, to: string): string {
  const name = plainName(to);
  switch (ref.kind) {
    case "enum":
    case "domain":
    case "compositeType":
      return replaceName(sql, ref, name, (before) => before.endsWith("::"));
    case "function":
      return replaceName(sql, ref, name, (_before, after) => after.startsWith("("));
    case "sequence": {
      const place = ref.schema === undefined ? "" : `${plainName(ref.schema)}.`;
      const literal = (sequence: string) => `${quoteText(place + plainName(sequence))}::regclass`;
      return sql.replaceAll(literal(ref.name), () => literal(to));
    }
    default:
      return replaceName(
        sql,
        ref,
        name,
        (before, after) => after.startsWith(".") || (BEFORE_RELATION.test(before) && !after.startsWith("(")),
      );
  }
}

/** As the server writes it, but for names that are words of SQL. */
function plainName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteName(name);
}
