/** Which part of a database `pull` is about: all of it, some schemas, or some tables with what they need. */
import { UsageError } from "../../errors.js";
import { namesIn } from "../../schema/expression.js";
import { objectsByKey, type SchemaObjectDef, sqlTexts, tableOf } from "../../schema/objects.js";
import { privilegesWithin } from "../../schema/privilege-scope.js";
import {
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
  type TypeDef,
} from "../../schema/schema.js";
import { nearest } from "../../util/nearest.js";
import { quoteName } from "../../util/quote.js";
import { type Selection, type Wish, wayToAdd, withoutDanglingKeys, withoutReaders } from "./left-out.js";

/**
 * `defaultSchema` is what objects without a schema are in; `known` are the keys of all tables of the database.
 *
 * @throws UsageError for a name that is not there
 */
export function selectObjects(
  found: SchemaDef,
  wanted: Wish,
  defaultSchema: string | undefined,
  known: ReadonlySet<string>,
): Selection {
  const inSchemas = wanted.schemas.length === 0 ? found : onlySchemas(found, wanted.schemas, defaultSchema);
  const selected = wanted.tables.length === 0 ? inSchemas : onlyTables(inSchemas, wanted.tables, defaultSchema);
  const wayIn = (name: ObjectName) => wayToAdd(name, found, wanted, defaultSchema);
  const readers = withoutReaders(selected, found, wayIn);
  const { schema, leftOut } = withoutDanglingKeys(
    { ...readers.schema, ...privilegesWithin(found, readers.schema) },
    known,
    wayIn,
  );
  return { schema, leftOut: [...leftOut, ...readers.leftOut] };
}

function onlySchemas(found: SchemaDef, names: readonly string[], defaultSchema: string | undefined): SchemaDef {
  const known = [...found.schemas, ...(defaultSchema === undefined ? [] : [defaultSchema])];
  for (const name of names) if (!known.includes(name)) throw unknown("schema", name, known);
  const isIn = (object: ObjectName) => names.includes(object.schema ?? defaultSchema ?? "");
  const kept = <T extends ObjectName>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, object]) => isIn(object)));
  const [tables, views, enums] = [kept(found.tables), kept(found.views), kept(found.enums)];
  const seeds = Object.values(found.objects).filter((object) => isIn(tableOf(object) ?? placeOf(object, found)));
  const texts = Object.values(views).map(({ definition }) => definition);
  const needed = neededBy(found, { tables: Object.values(tables), objects: seeds, texts, qualified: true });
  return withSchemas(found, names, {
    ...found,
    tables,
    views,
    enums: { ...needed.enums, ...enums },
    objects: needed.objects,
  });
}

/** The tables, and every type, sequence and function that they or each other name. */
function onlyTables(found: SchemaDef, names: readonly string[], defaultSchema: string | undefined): SchemaDef {
  const byName = new Map(Object.values(found.tables).map((table) => [objectKey(table), table]));
  const tables = names.map((name) => {
    const table = byName.get(name) ?? byName.get(name.replace(`${defaultSchema}.`, ""));
    if (table === undefined) throw unknown("table", name, [...byName.keys()]);
    return table;
  });
  const keys = new Set(tables.map(objectKey));
  const belongs = (object: SchemaObjectDef) => {
    const on = tableOf(object) ?? (object.kind === "sequence" ? object.ownedBy?.table : undefined);
    return on !== undefined && keys.has(objectKey(on));
  };
  const needed = neededBy(found, {
    tables,
    objects: Object.values(found.objects).filter(belongs),
    texts: [],
    qualified: false,
  });
  const kept = Object.fromEntries(Object.entries(found.tables).filter(([key]) => keys.has(key)));
  return withSchemas(found, [], { ...found, tables: kept, views: {}, ...needed });
}

/**
 * The objects and every type, sequence, function and extension that these, the tables and the texts name. `qualified`:
 * something of another schema is meant only where that is named, too.
 */
function neededBy(
  found: SchemaDef,
  seeds: {
    readonly tables: readonly TableDef[];
    readonly objects: readonly SchemaObjectDef[];
    readonly texts: readonly string[];
    readonly qualified: boolean;
  },
): Pick<SchemaDef, "objects" | "enums"> {
  const kept = new Set(seeds.objects);
  const mentioned = new Set<string>();
  const read = (texts: readonly string[]) => {
    for (const { plain, quoted } of texts.map(namesIn)) for (const name of [...plain, ...quoted]) mentioned.add(name);
  };
  const isNamed = (name: string) => mentioned.has(name) || mentioned.has(name.toLowerCase());
  const isMeant = ({ name, schema }: ObjectName) =>
    isNamed(name) && (!seeds.qualified || schema === undefined || isNamed(schema));
  read([...seeds.texts, ...seeds.tables.flatMap(tableTexts), ...seeds.objects.flatMap(sqlTexts)]);
  const others = Object.values(found.objects).filter(
    (object) => tableOf(object) === undefined && object.kind !== "extension" && object.kind !== "materializedView",
  );
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const object of others) {
      if (kept.has(object) || !isMeant(placeOf(object, found))) continue;
      kept.add(object);
      read(sqlTexts(object));
    }
  }
  // What of an extension is used does not show in names; one in a schema of its own is used by that.
  const isUsed = (object: SchemaObjectDef) =>
    object.kind === "extension" && (object.into === undefined || isNamed(object.into));
  return {
    objects: objectsByKey(Object.values(found.objects).filter((object) => kept.has(object) || isUsed(object))),
    enums: Object.fromEntries(Object.entries(found.enums).filter(([, it]) => isMeant(it))),
  };
}

/** Where an object is: the name of a definition holds its schema. */
function placeOf(object: SchemaObjectDef, { schemas }: SchemaDef): ObjectName {
  if (object.kind !== "definition" || object.schema !== undefined) return object;
  const bare = (text: string) => text.replace(/^"(.*)"$/s, (_all, inner: string) => inner.replaceAll('""', '"'));
  const schema = schemas.find(
    (name) => object.name.startsWith(`${name}.`) || object.name.startsWith(`${quoteName(name)}.`),
  );
  if (schema === undefined) return { name: bare(object.name) };
  const length = object.name.startsWith(`${schema}.`) ? schema.length : quoteName(schema).length;
  return { name: bare(object.name.slice(length + 1)), schema };
}

/** With the named schemas that are asked for, or that something is in. */
function withSchemas(found: SchemaDef, names: readonly string[], selected: SchemaDef): SchemaDef {
  const all: readonly (ObjectName & { readonly into?: string })[] = [
    ...[selected.tables, selected.views, selected.enums].flatMap((each): readonly ObjectName[] => Object.values(each)),
    ...Object.values(selected.objects).flatMap((object) => [placeOf(object, found), object]),
  ];
  const used = new Set([...names, ...all.flatMap(({ schema, into }) => [schema, into])]);
  const { schemaComments = {} } = found;
  const comments = Object.entries(schemaComments).filter(([name]) => used.has(name));
  const { schemaComments: _all, ...rest } = selected;
  return {
    ...rest,
    schemas: found.schemas.filter((name) => used.has(name)),
    ...(comments.length === 0 ? {} : { schemaComments: Object.fromEntries(comments) }),
  };
}

/** Where names of types, sequences and functions can stand, as quoted names or SQL. */
function tableTexts(table: TableDef): readonly string[] {
  return [
    ...table.columns.flatMap((column) => [
      ...typeTexts(column.type),
      ...(column.default?.kind === "sql" ? sequenceTexts(column.default.text) : []),
      column.generated?.expression ?? "",
    ]),
    ...table.checks.map((check) => check.expression),
    ...table.indexes.flatMap((index) => [
      ...index.elements.map(({ expression = "" }) => expression),
      index.where ?? "",
    ]),
  ];
}

/** A sequence is named in a string: `nextval('users_id_seq'::regclass)`. */
function sequenceTexts(text: string): readonly string[] {
  const named = (text.match(/'(?:[^']|'')*'(?:::regclass)?/g) ?? []).filter((part) => part.endsWith("::regclass"));
  return [text, ...named.map((part) => part.slice(1, part.lastIndexOf("'")).replaceAll("''", "'"))];
}

function typeTexts(type: TypeDef): readonly string[] {
  if (type.element !== undefined) return typeTexts(type.element);
  if (type.object !== undefined) return Object.values(objectName(type.object)).map(quoteName);
  return type.text === undefined ? [] : [type.text];
}

function unknown(what: string, name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  return new UsageError(`the database has no ${what} '${name}'`, {
    hint:
      near === undefined
        ? `It has ${
            known.length === 0
              ? "none"
              : known
                  .slice(0, 8)
                  .map((each) => `'${each}'`)
                  .join(", ")
          }.`
        : `Did you mean '${near}'?`,
  });
}
