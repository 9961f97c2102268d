/**
 * A schema after an enum, view, sequence, … got another name or went to another schema: what refers to it follows, as it
 * does in the database.
 */
import { quoteText } from "../util/quote.js";
import {
  collationPath,
  joinName,
  movedText,
  multirangeOf,
  objectOfDefinition,
  splitName,
  sqlPath,
} from "./definition-names.js";
import { moveObjects } from "./edit-objects.js";
import { sameObject, withoutKey } from "./edit-schema.js";
import { replaceName } from "./expression.js";
import {
  type DefinitionDef,
  type DefinitionRef,
  type FunctionDef,
  type MovableRef,
  type NamedRef,
  objectsByKey,
  refKey,
  type SchemaObjectDef,
} from "./objects.js";
import { type OwnerDef, type PrivilegeDef, privilegeKey, targetKey } from "./privileges.js";
import { compact, type ObjectName, objectKey, objectName, type SchemaDef } from "./schema.js";

export function findNamed(schema: SchemaDef, ref: MovableRef): ObjectName | undefined {
  if (ref.kind === "enum") return schema.enums[objectKey(ref)];
  if (ref.kind === "view") return schema.views[objectKey(ref)];
  return schema.objects[refKey({ ...ref, kind: ref.kind })];
}

export function renamedRef(ref: NamedRef, to: string): NamedRef {
  return { ...ref, name: to };
}

/** In another schema; null is the default one. */
export function movedRef<R extends MovableRef>(ref: R, to: string | null): R {
  const place = compact({ schema: to ?? undefined });
  if (ref.kind === "definition") return { ...ref, name: joinName({ ...place, rest: splitName(ref.name).rest }) };
  const { schema: _schema, ...rest } = ref;
  return { ...rest, ...place } as R;
}

/** Null: the default one. */
export function schemaOfRef(ref: MovableRef): string | null {
  return (ref.kind === "definition" ? splitName(ref.name).schema : ref.schema) ?? null;
}

/** What it is called where others name it. */
function placeOf(ref: MovableRef): ObjectName {
  return ref.kind === "definition" ? objectOfDefinition(ref.name) : objectName(ref);
}

/** The object is there. `to` says what kind of thing `ref` does, by its other name. */
export function renameNamed(schema: SchemaDef, ref: MovableRef, to: MovableRef): SchemaDef {
  const [from, renamed] = [placeOf(ref), placeOf(to)];
  const followed = withTexts(schema, { kind: textKind(ref), from, to: renamed, ref });
  const put = <T extends ObjectName>({ schema: _schema, ...rest }: T): T => ({ ...rest, ...renamed }) as unknown as T;
  const key = objectKey(from);
  switch (ref.kind) {
    case "enum": {
      const enums = { ...withoutKey(followed.enums, key), [objectKey(renamed)]: put(followed.enums[key]!) };
      return { ...followed, enums };
    }
    case "view": {
      const views = { ...withoutKey(followed.views, key), [objectKey(renamed)]: put(followed.views[key]!) };
      return moveObjects({ ...followed, views }, from, renamed);
    }
    case "definition": {
      const all = Object.values(withMultirange(followed, ref, renamed).objects);
      const objects = all.map((object) =>
        isDefinition(object, ref) ? movedDefinition(object, to as DefinitionRef) : object,
      );
      const moved = { ...followed, objects: objectsByKey(objects) };
      return ref.type === "foreign table" ? moveObjects(moved, from, renamed) : moved;
    }
    default: {
      const isIt = (object: SchemaObjectDef) =>
        object.kind === ref.kind &&
        sameObject(object, ref) &&
        (object.kind !== "function" || object.signature === ref.signature);
      const objects = Object.values(followed.objects).map((object) => (isIt(object) ? put(object) : object));
      const moved = { ...followed, objects: objectsByKey(objects) };
      return ref.kind === "materializedView" ? moveObjects(moved, from, renamed) : moved;
    }
  }
}

function isDefinition(object: SchemaObjectDef, ref: DefinitionRef): object is DefinitionDef {
  return object.kind === "definition" && object.type === ref.type && object.name === ref.name;
}

/** The type of several ranges goes with that of one. */
function withMultirange(schema: SchemaDef, ref: DefinitionRef, to: ObjectName): SchemaDef {
  const found = findNamed(schema, ref) as DefinitionDef | undefined;
  const written = found?.type === "type" ? multirangeOf(found.definition) : undefined;
  if (written === undefined) return schema;
  const from = objectOfDefinition(written);
  if (from.schema !== splitName(ref.name).schema) return schema;
  return withTexts(schema, { kind: "type", from, to: compact({ name: from.name, schema: to.schema }), ref });
}

function movedDefinition(object: DefinitionDef, to: DefinitionRef): DefinitionDef {
  const text = (sql: string) =>
    movedText(sql, object.type, objectOfDefinition(object.name), sqlPath(objectOfDefinition(to.name)));
  return {
    ...object,
    name: to.name,
    definition: text(object.definition),
    ...compact({ further: object.further?.map(text) }),
  };
}

type TextKind = "type" | "routine" | "sequence" | "relation" | "collation" | "textSearch" | "none";

const TEXT_KINDS: Readonly<Record<NamedRef["kind"], TextKind>> = {
  enum: "type",
  domain: "type",
  compositeType: "type",
  sequence: "sequence",
  function: "routine",
  view: "relation",
  materializedView: "relation",
};

function textKind(ref: MovableRef): TextKind {
  if (ref.kind !== "definition") return TEXT_KINDS[ref.kind];
  if (ref.type.startsWith("text search ")) return "textSearch";
  const kinds: Readonly<Record<string, TextKind>> = {
    type: "type",
    aggregate: "routine",
    collation: "collation",
    "foreign table": "relation",
  };
  return kinds[ref.type] ?? "none";
}

interface Renaming {
  readonly kind: TextKind;
  readonly from: ObjectName;
  readonly to: ObjectName;
  readonly ref: MovableRef;
}

/** Texts that people write, and names of other things. */
const NO_SQL: ReadonlySet<string> = new Set(["name", "kind", "comment", "columnComments", "body", "values", "schema"]);

/** Where a type stands by itself: in lists of arguments, and as the text of a type that has no other form. */
const TYPE_KEYS: ReadonlySet<string> = new Set(["signature", "arguments", "returns", "text"]);

function withTexts(schema: SchemaDef, renaming: Renaming): SchemaDef {
  const { kind, from, to, ref } = renaming;
  if (kind === "none") return schema;
  const follow = (value: unknown, key: string, whole: unknown): unknown => {
    if (typeof value === "string") {
      if (key === "name" && isDefinitionNamed(whole, value)) return nameText(value, renaming);
      if (NO_SQL.has(key)) return value;
      return kind === "type" && TYPE_KEYS.has(key) ? typeText(value, renaming) : text(value, key, whole, renaming);
    }
    if (Array.isArray(value)) return value.map((inner) => follow(inner, key, whole));
    if (typeof value !== "object" || value === null || NO_SQL.has(key)) return value;
    const isItself = kind === "type" && key === "object" && sameObject(value as ObjectName, from);
    if (isItself) return to;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, follow(inner, name, whole)]));
  };
  const each = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, follow(value, "", value)])) as Record<
      string,
      T
    >;
  const objects = ownSignature(Object.values(each(schema.objects)), ref, schema);
  return {
    ...schema,
    tables: each(schema.tables),
    views: each(schema.views),
    objects: objectsByKey(objects),
    ...(kind === "type" ? withSignatures(schema, renaming) : {}),
  };
}

/** Functions with the type in their arguments are found under other ones. */
function withSignatures({ privileges, owners }: SchemaDef, renaming: Renaming): Partial<SchemaDef> {
  const follow = <T extends PrivilegeDef | OwnerDef>(one: T): T =>
    "signature" in one.on && one.on.signature !== undefined
      ? { ...one, on: { ...one.on, signature: typeText(one.on.signature, renaming) } }
      : one;
  const each = <T extends PrivilegeDef | OwnerDef>(all: Readonly<Record<string, T>>, keyOf: (one: T) => string) =>
    Object.fromEntries(Object.values(all).map((one) => [keyOf(follow(one)), follow(one)]));
  return {
    ...(privileges === undefined ? {} : { privileges: each(privileges, privilegeKey) }),
    ...(owners === undefined ? {} : { owners: each(owners, ({ on }) => targetKey(on)) }),
  };
}

/** The object itself is found under the signature that it had. */
function ownSignature(
  objects: readonly SchemaObjectDef[],
  ref: MovableRef,
  schema: SchemaDef,
): readonly SchemaObjectDef[] {
  const own = ref.kind === "function" ? (findNamed(schema, ref) as FunctionDef | undefined) : undefined;
  if (own === undefined) return objects;
  return objects.map((object) => (object.kind === "function" && refKey(object) === refKey(own) ? own : object));
}

function typeText(sql: string, { from, to }: Renaming): string {
  const ends = (after: string) => after === "" || /^[,)[]/.test(after) || /^(?:default\b|=|:=)/i.test(after);
  const isType = (before: string, after: string) => before.endsWith("::") || ends(after);
  return replaceName(sql, from, sqlPath(to), isType);
}

function isDefinitionNamed(whole: unknown, name: string): boolean {
  const { kind, name: own } = whole as Partial<SchemaObjectDef>;
  return kind === "definition" && own === name;
}

/** Types between brackets and the relation of a rule are part of what SQL calls an object. */
function nameText(name: string, { kind, from, to }: Renaming): string {
  if (kind === "relation") return replaceName(name, from, sqlPath(to), (before) => /\bon$/i.test(before));
  return kind === "type" ? replaceName(name, from, sqlPath(to), isListed) : name;
}

/** `(mood, text)`, `(text AS mood)`. */
function isListed(before: string, after: string): boolean {
  return /(?:[(,]|\bas)$/i.test(before) && /^(?:[,)[]|as\b)/i.test(after);
}

const BEFORE_RELATION = /(?:\b(?:from|join|only|lateral|into|update|on|to|table)[\s(]*|,)$/i;

function text(sql: string, key: string, whole: unknown, { kind, from, to, ref }: Renaming): string {
  const name = sqlPath(to);
  const isDefinition = (whole as Partial<SchemaObjectDef>).kind === "definition";
  switch (kind) {
    case "type":
      return replaceName(sql, from, name, (before, after) => {
        // A range is made by a function of its name.
        const isMade = ref.kind === "definition" && after.startsWith("(");
        return isMade || before.endsWith("::") || (isDefinition && (before.endsWith("=") || isListed(before, after)));
      });
    case "routine":
      return replaceName(
        sql,
        from,
        name,
        (before, after) => after.startsWith("(") || (isDefinition && before.endsWith("=")),
      );
    case "sequence":
      return literalText(sql, from, to, ["regclass"]);
    case "collation":
      if (key === "collation") return sql === collationPath(from) ? collationPath(to) : sql;
      return replaceName(sql, from, name, (before) => /(?:\bcollate|\bcollation\s*=)$/i.test(before));
    case "textSearch": {
      const followed = literalText(sql, from, to, ["regconfig", "regdictionary"]);
      const isMeant = (before: string) => /(?:\b(?:with|template|parser)|[=,])$/i.test(before);
      return isDefinition ? replaceName(followed, from, name, isMeant) : followed;
    }
    default:
      return replaceName(
        sql,
        from,
        name,
        (before, after) => after.startsWith(".") || (BEFORE_RELATION.test(before) && !after.startsWith("(")),
      );
  }
}

/** Names that stand in texts: `'numbers'::regclass`. */
function literalText(sql: string, from: ObjectName, to: ObjectName, types: readonly string[]): string {
  const literal = (object: ObjectName, type: string) => `${quoteText(sqlPath(object))}::${type}`;
  return types.reduce((done, type) => done.replaceAll(literal(from, type), () => literal(to, type)), sql);
}
