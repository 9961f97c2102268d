/** What cannot be part of a selection, since it names what is no part of it, and how that could be. */
import { namesIn } from "../../schema/expression.js";
import { parentsOf } from "../../schema/inheritance.js";
import { KIND_WORDS, type SchemaObjectDef, tableOf } from "../../schema/objects.js";
import {
  displayName,
  type ForeignKeyDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
  type TypeDef,
  type ViewDef,
} from "../../schema/schema.js";
import { quoteName } from "../../util/quote.js";

export interface Selection {
  readonly schema: SchemaDef;
  /** Sentences about what had to be left out of it. */
  readonly leftOut: readonly string[];
}

/** What was asked for; nothing named: all. */
export interface Wish {
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
}

/** What to do about something that is not there, as the end of a sentence. */
export type WayIn = (missing: ObjectName) => string;

export function wayToAdd(
  missing: ObjectName,
  found: SchemaDef,
  { schemas, tables }: Wish,
  defaultSchema: string | undefined,
): string {
  const schema = missing.schema ?? defaultSchema;
  const isAsked = schemas.length > 0 && schemas.includes(schema ?? "");
  if (tables.length > 0 && objectKey(missing) in found.tables) {
    const more = schemas.length === 0 || isAsked || schema === undefined ? "" : ` --schema ${schema}`;
    return `; add \`--table ${objectKey(missing)}${more}\``;
  }
  if (schemas.length > 0 && !isAsked && schema !== undefined) return `; add \`--schema ${schema}\``;
  return "";
}

/** Without the views, functions, policies and tables that name what the database has and the selection has not. */
export function withoutReaders(selected: SchemaDef, found: SchemaDef, wayIn: WayIn): Selection {
  const leftOut: string[] = [];
  // Functions that had to go are missed as well.
  const gone: ObjectName[] = [];
  let schema = selected;
  for (;;) {
    const there = new Set(relationsOf(schema).map(objectKey));
    const missing = [...relationsOf(found).filter((relation) => !there.has(objectKey(relation))), ...gone];
    const dangling = missing.length === 0 ? undefined : firstReader(schema, missing);
    if (dangling === undefined) return { schema, leftOut };
    const { reader, reads, sentence } = dangling;
    leftOut.push(
      `${sentence}${relationsOf(selected).some((one) => objectKey(one) === objectKey(reads)) ? "" : wayIn(reads)}`,
    );
    if ("kind" in reader && reader.kind === "function") gone.push(reader);
    const belongs = (one: object) => one === reader || isOn(one as SchemaObjectDef, reader);
    const rest = <T extends object>(all: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.entries(all).filter(([, one]) => !belongs(one)));
    schema = { ...schema, tables: rest(schema.tables), views: rest(schema.views), objects: rest(schema.objects) };
  }
}

function isOn(object: SchemaObjectDef, reader: TableDef | ViewDef | SchemaObjectDef): boolean {
  const on = "kind" in object ? tableOf(object) : undefined;
  return on !== undefined && "columns" in reader && !("kind" in reader) && objectKey(on) === objectKey(reader);
}

function relationsOf(schema: SchemaDef): readonly ObjectName[] {
  return [
    ...Object.values(schema.tables),
    ...Object.values(schema.views),
    ...Object.values(schema.objects).filter(({ kind }) => kind === "materializedView"),
  ];
}

interface Reader {
  readonly reader: TableDef | ViewDef | SchemaObjectDef;
  readonly reads: ObjectName;
  readonly sentence: string;
}

/** Functions first: what calls one that has to go is told of the same table by its own text. */
function firstReader(schema: SchemaDef, missing: readonly ObjectName[]): Reader | undefined {
  const names = new Set(relationsOf(schema).map(({ name }) => name));
  for (const object of Object.values(schema.objects)) {
    const reads = missing.find((relation) => isReadBy(object, relation, names));
    if (reads === undefined) continue;
    const place = tableOf(object);
    const on = place === undefined ? "" : ` of ${displayName(place)}`;
    const kind = object.kind === "materializedView" ? "view" : KIND_WORDS[object.kind];
    const word = object.kind === "function" ? "names" : "reads";
    const sentence = `${kind} ${displayName(object)}${on}: ${displayName(reads)}, which it ${word}, is not there`;
    return { reader: object, reads, sentence };
  }
  for (const view of Object.values(schema.views)) {
    const reads = missing.find((relation) => isQueried(view.definition, relation, names));
    if (reads === undefined) continue;
    const sentence = `view ${displayName(view)}: ${displayName(reads)}, which it reads, is not there`;
    return { reader: view, reads, sentence };
  }
  for (const table of Object.values(schema.tables)) {
    const parent = parentsOf(table).find((one) => missing.some((other) => objectKey(other) === objectKey(one)));
    if (parent !== undefined) {
      const sentence = `table ${displayName(table)}: its parent ${displayName(parent)} is not there`;
      return { reader: table, reads: parent, sentence };
    }
    for (const column of table.columns) {
      const reads = missing.find((relation) => isTypeIn(typeOf(column.type), relation));
      if (reads === undefined) continue;
      const sentence = `table ${displayName(table)}: ${displayName(reads)}, whose rows the column ${column.name} holds, is not there`;
      return { reader: table, reads, sentence };
    }
  }
  return undefined;
}

function isReadBy(object: SchemaObjectDef, relation: ObjectName, names: ReadonlySet<string>): boolean {
  switch (object.kind) {
    case "materializedView":
      return isQueried(object.definition, relation, names);
    case "function":
      // A body of another language may name what is not there until it is called.
      return (
        isTypeIn(object.arguments, relation) ||
        isTypeIn(object.returns ?? "", relation) ||
        isSource(object.sqlBody ?? (object.language === "sql" ? (object.body ?? "") : ""), relation)
      );
    case "policy":
      return isSource(`${object.using ?? ""} ${object.withCheck ?? ""}`, relation);
    default:
      return false;
  }
}

function isQueried(query: string, { name, schema }: ObjectName, names: ReadonlySet<string>): boolean {
  const { plain, quoted } = namesIn(query);
  const isNamed = (word: string) => plain.has(word) || quoted.has(word);
  return schema === undefined ? isNamed(name) && !names.has(name) : isNamed(name) && isNamed(schema);
}

/** After FROM, unless its schema tells that it is meant. */
function isSource(sql: string, relation: ObjectName): boolean {
  const start = relation.schema === undefined ? "(?:FROM|JOIN|INTO|UPDATE)\\s+\\(*(?:ONLY\\s+)?" : '(?<![\\w."])';
  return new RegExp(`${start}${spelled(relation)}(?![\\w"(])`, "i").test(sql);
}

/** As a type: at the end of what stands between two commas. An argument may be called like a table. */
function isTypeIn(text: string, relation: ObjectName): boolean {
  return new RegExp(`(?:^|[\\s(,])${spelled(relation)}(?:\\[\\])*\\s*(?=$|[,)=]|DEFAULT\\b)`).test(text);
}

function spelled(relation: ObjectName): string {
  const plain = (name: string) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const either = (name: string) => `(?:${plain(name)}|${plain(quoteName(name))})`;
  const { name, schema } = objectName(relation);
  return schema === undefined ? either(name) : `${either(schema)}\\.${either(name)}`;
}

function typeOf(type: TypeDef): string {
  if (type.element !== undefined) return typeOf(type.element);
  if (type.object !== undefined) return displayName(type.object);
  return type.text ?? "";
}

/** Without the foreign keys to tables that the database has and the selection has not. */
export function withoutDanglingKeys(schema: SchemaDef, known: ReadonlySet<string>, wayIn: WayIn = () => ""): Selection {
  const leftOut: string[] = [];
  const isThere = (table: TableDef, key: ForeignKeyDef) => {
    const there = objectKey(key.target) in schema.tables || !known.has(objectKey(key.target));
    if (!there) {
      const columns = key.columns.join(", ");
      leftOut.push(
        `foreign key of ${displayName(table)} (${columns}) to ${displayName(key.target)}: its table is not there${wayIn(key.target)}`,
      );
    }
    return there;
  };
  const tables = Object.entries(schema.tables).map(([key, table]): [string, TableDef] => {
    const foreignKeys = table.foreignKeys.filter((foreignKey) => isThere(table, foreignKey));
    return [key, foreignKeys.length === table.foreignKeys.length ? table : { ...table, foreignKeys }];
  });
  return { schema: { ...schema, tables: Object.fromEntries(tables) }, leftOut };
}
