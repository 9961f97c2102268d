/**
 * What a database holds besides tables, enums and views: sequences, domains, composite types, extensions, functions,
 * materialized views, triggers, policies, and everything else as the statement that makes it.
 *
 * Plain frozen data as in `schema.ts`; an absent optional key means the database's own default.
 */

import { quoteName } from "../util/quote.js";
import { isCollationPath } from "./definition-names.js";
import {
  displayName,
  type IndexDef,
  type ObjectName,
  objectKey,
  type StorageParameters,
  type TypeDef,
} from "./schema.js";

interface ObjectBase extends ObjectName {
  readonly comment?: string;
  /** Wanted side only: the name it had before, with its schema if that was another. */
  readonly renamedFrom?: string;
}

/** Numbers beyond 2^53 are text. */
export type SequenceNumber = number | string;

export interface SequenceDef extends ObjectBase {
  readonly kind: "sequence";
  /** Absent: bigint. */
  readonly type?: "smallint" | "integer";
  readonly start?: SequenceNumber;
  readonly increment?: SequenceNumber;
  readonly minValue?: SequenceNumber;
  readonly maxValue?: SequenceNumber;
  readonly cache?: SequenceNumber;
  readonly cycle?: true;
  /** Dropped together with this column. */
  readonly ownedBy?: { readonly table: ObjectName; readonly column: string };
}

export interface DomainCheck {
  readonly name: string;
  /** Without outer parentheses; the value is VALUE. */
  readonly expression: string;
  readonly notValid?: true;
  readonly comment?: string;
}

export interface DomainDef extends ObjectBase {
  readonly kind: "domain";
  readonly type: TypeDef;
  readonly collation?: string;
  /** SQL. */
  readonly default?: string;
  readonly notNull?: true;
  readonly checks: readonly DomainCheck[];
}

export interface CompositeColumn {
  readonly name: string;
  readonly type: TypeDef;
  readonly collation?: string;
  readonly comment?: string;
}

export interface CompositeTypeDef extends ObjectBase {
  readonly kind: "compositeType";
  readonly columns: readonly CompositeColumn[];
}

/** Extensions have no schema of their own; `schema` is never there. */
export interface ExtensionDef extends ObjectBase {
  readonly kind: "extension";
  readonly version?: string;
  /** Where its objects are. */
  readonly into?: string;
}

export interface FunctionDef extends ObjectBase {
  readonly kind: "function";
  /** Types of the input arguments, in the server's spelling: `integer, text`. Tells overloads apart. */
  readonly signature: string;
  readonly procedure?: true;
  /** All of them with modes, names and defaults: `a integer, b text DEFAULT 'x'::text`. */
  readonly arguments: string;
  /** Absent for procedures. */
  readonly returns?: string;
  readonly language: string;
  /** The text in its quotes; the symbol of a C function. */
  readonly body?: string;
  /** `RETURN …` or `BEGIN ATOMIC … END`, instead of {@link body}. */
  readonly sqlBody?: string;
  /** Of a C function: the file. */
  readonly library?: string;
  readonly window?: true;
  /** Absent: volatile. */
  readonly volatility?: "immutable" | "stable";
  readonly strict?: true;
  readonly securityDefiner?: true;
  readonly leakproof?: true;
  /** Absent: unsafe. */
  readonly parallel?: "safe" | "restricted";
  readonly cost?: number;
  readonly rows?: number;
  readonly support?: string;
  /** Settings while it runs, each as SQL after SET: `search_path TO 'pg_catalog'`. */
  readonly settings?: readonly string[];
  /** Types that a TRANSFORM of the language converts, as SQL. */
  readonly transforms?: readonly string[];
}

export interface MaterializedViewDef extends ObjectBase {
  readonly kind: "materializedView";
  /** The query, without a trailing semicolon. */
  readonly definition: string;
  readonly indexes: readonly IndexDef[];
  readonly columnComments?: Readonly<Record<string, string>>;
  readonly with?: StorageParameters;
  readonly tablespace?: string;
  /** Absent: heap. */
  readonly accessMethod?: string;
}

/** `CREATE [CONSTRAINT] TRIGGER name fires ON table action`, on both databases. Its schema is the table's. */
export interface TriggerDef extends ObjectBase {
  readonly kind: "trigger";
  readonly table: ObjectName;
  readonly constraint?: true;
  /** `BEFORE INSERT OR UPDATE OF email`. */
  readonly fires: string;
  /** `FOR EACH ROW EXECUTE FUNCTION touch()`; on SQLite up to END. */
  readonly action: string;
  /** PostgreSQL. Absent: fires in sessions of ordinary kind. */
  readonly enabled?: "never" | "replica" | "always";
  /** Of a partitioned table: partitions, by key, on which it fires otherwise than on the whole; never empty. */
  readonly enabledOn?: Readonly<Record<string, TriggerFiring>>;
}

export type TriggerFiring = "ordinary" | "never" | "replica" | "always";

export interface PolicyDef extends ObjectBase {
  readonly kind: "policy";
  readonly table: ObjectName;
  readonly restrictive?: true;
  /** Absent: all. */
  readonly command?: "select" | "insert" | "update" | "delete";
  /** Absent: everybody. */
  readonly roles?: readonly string[];
  readonly using?: string;
  readonly withCheck?: string;
}

/** Any other object as the statement that makes it. `name` is how SQL calls it after DROP: `"odd" ON "users"`, `=== (integer, integer)`. */
export interface DefinitionDef extends ObjectBase {
  readonly kind: "definition";
  /** In SQL's words and lower case: `rule`, `event trigger`, `foreign table`, `virtual table`. */
  readonly type: string;
  readonly definition: string;
  /** Statements that follow it: members of a family, mappings of a text search, whether a rule fires. Never empty. */
  readonly further?: readonly string[];
  /** It goes with this table. */
  readonly table?: ObjectName;
}

/** Types of definitions that SQLite has: virtual tables, and tables that models have no words for. */
export const SQLITE_DEFINITIONS: ReadonlySet<string> = new Set(["virtual table", "table"]);

export type SchemaObjectDef =
  | SequenceDef
  | DomainDef
  | CompositeTypeDef
  | ExtensionDef
  | FunctionDef
  | MaterializedViewDef
  | TriggerDef
  | PolicyDef
  | DefinitionDef;
export type ObjectKind = SchemaObjectDef["kind"];
export type ObjectOf<K extends ObjectKind> = Extract<SchemaObjectDef, { readonly kind: K }>;

/** What tells one object from all others. */
export interface ObjectRef extends ObjectName {
  readonly kind: ObjectKind;
  readonly table?: ObjectName;
  readonly signature?: string;
  readonly type?: string;
}

/** Enums, views and other objects that keep everything but their name when they get another. */
export const NAMED_KINDS = [
  "enum",
  "domain",
  "compositeType",
  "sequence",
  "function",
  "view",
  "materializedView",
] as const;
export type NamedKind = (typeof NAMED_KINDS)[number];

export interface NamedRef extends ObjectName {
  readonly kind: NamedKind;
  /** Of a function. */
  readonly signature?: string;
}

/** What can go to another schema. */
export type MovableRef = NamedRef | DefinitionRef;

/** Its name is SQL, with the schema in it. */
export interface DefinitionRef {
  readonly kind: "definition";
  readonly type: string;
  readonly name: string;
  readonly schema?: never;
  readonly signature?: never;
}

export function displayNamed(ref: MovableRef): string {
  if (ref.kind === "enum" || ref.kind === "view") return `${ref.kind} ${displayName(ref)}`;
  return displayObject({ ...ref, kind: ref.kind });
}

export type ObjectDefs = Readonly<Record<string, SchemaObjectDef>>;

export function refOf(object: SchemaObjectDef | ObjectRef): ObjectRef {
  const { kind, name, schema } = object;
  return {
    kind,
    name,
    ...(schema === undefined ? {} : { schema }),
    ...(kind === "trigger" || kind === "policy" ? { table: tableOf(object)! } : {}),
    ...(kind === "function" ? { signature: (object as FunctionDef).signature } : {}),
    ...(kind === "definition" ? { type: (object as DefinitionDef).type } : {}),
  };
}

/** The key in `SchemaDef.objects`: `function:slug(text)`, `trigger:touch on users`. */
export function refKey(object: SchemaObjectDef | ObjectRef): string {
  const ref = refOf(object);
  const kind = ref.type === undefined ? ref.kind : ref.type;
  const name = ref.kind === "definition" ? displayName(ref) : objectKey(ref);
  const on = ref.table === undefined ? "" : ` on ${objectKey(ref.table)}`;
  return `${kind}:${name}${ref.signature === undefined ? "" : `(${ref.signature})`}${on}`;
}

/** How people read it: `function slug(text)`, `trigger touch on users`. */
export function displayObject(object: SchemaObjectDef | ObjectRef): string {
  const ref = refOf(object);
  const on = ref.table === undefined ? "" : ` on ${displayName(ref.table)}`;
  const words = ref.type ?? KIND_WORDS[ref.kind];
  return `${words} ${displayName(ref)}${ref.signature === undefined ? "" : `(${ref.signature})`}${on}`;
}

export const KIND_WORDS: Readonly<Record<ObjectKind, string>> = {
  sequence: "sequence",
  domain: "domain",
  compositeType: "composite type",
  extension: "extension",
  function: "function",
  materializedView: "materialized view",
  trigger: "trigger",
  policy: "policy",
  definition: "object",
};

export function tableOf(object: SchemaObjectDef | ObjectRef): ObjectName | undefined {
  return "table" in object ? object.table : undefined;
}

export function objectsByKey(objects: readonly SchemaObjectDef[]): ObjectDefs {
  return Object.fromEntries(objects.map((object) => [refKey(object), object]));
}

/** The SQL that is in it: where names of other objects can stand. */
export function sqlTexts(object: SchemaObjectDef): readonly string[] {
  const given = (...texts: readonly (string | undefined)[]) => texts.filter((text) => text !== undefined);
  switch (object.kind) {
    case "sequence":
    case "extension":
      return [];
    case "domain":
      return given(
        ...typeNames(object.type),
        ...collationNames(object),
        object.default,
        ...object.checks.map((check) => check.expression),
      );
    case "compositeType":
      return object.columns.flatMap((column) => [...typeNames(column.type), ...collationNames(column)]);
    case "function":
      return given(object.arguments, object.returns, object.body, object.sqlBody);
    case "trigger":
      return [object.fires, object.action];
    case "policy":
      return given(object.using, object.withCheck);
    case "materializedView":
      return [object.definition];
    case "definition":
      return [object.definition, ...(object.further ?? [])];
  }
}

function collationNames({ collation }: { readonly collation?: string | undefined }): readonly string[] {
  return collation === undefined ? [] : [isCollationPath(collation) ? collation : quoteName(collation)];
}

/** Names of types that are no built-in ones, quoted where SQL would read them otherwise. */
function typeNames(type: TypeDef): readonly string[] {
  if (type.element !== undefined) return typeNames(type.element);
  if (type.object !== undefined) return [quoteName(type.object.name)];
  return type.text === undefined ? [] : [type.text];
}
