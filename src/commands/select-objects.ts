/** Which part of a database `pull` is about: all of it, some schemas, or some tables with what they need. */
import { UsageError } from "../errors.js";
import { namesIn } from "../schema/expression.js";
import { objectsByKey, type SchemaObjectDef, sqlTexts, tableOf } from "../schema/objects.js";
import { privilegesWithin } from "../schema/privilege-scope.js";
import {
  displayName,
  type ForeignKeyDef,
  type ObjectName,
  objectKey,
  type SchemaDef,
  type TableDef,
  type TypeDef,
} from "../schema/schema.js";
import { nearest } from "../util/nearest.js";
import { quoteName } from "../util/quote.js";

export interface Selection {
  readonly schema: SchemaDef;
  /** Sentences about what had to be left out of it. */
  readonly leftOut: readonly string[];
}

/**
 * `defaultSchema` is what objects without a schema are in; `known` are the keys of all tables of the database.
 *
 * @throws UsageError for a name that is not there
 */
export function selectObjects(
  found: SchemaDef,
  wanted: { readonly schemas: readonly string[]; readonly tables: readonly string[] },
  defaultSchema: string | undefined,
  known: ReadonlySet<string>,
): Selection {
  const inSchemas = wanted.schemas.length === 0 ? found : onlySchemas(found, wanted.schemas, defaultSchema);
  const selected = wanted.tables.length === 0 ? inSchemas : onlyTables(inSchemas, wanted.tables, defaultSchema);
  return withoutDanglingKeys({ ...selected, ...privilegesWithin(found, selected) }, known);
}

function onlySchemas(found: SchemaDef, names: readonly string[], defaultSchema: string | undefined): SchemaDef {
  const known = [...found.schemas, ...(defaultSchema === undefined ? [] : [defaultSchema])];
  for (const name of names) if (!known.includes(name)) throw unknown("schema", name, known);
  const isIn = (object: ObjectName) => names.includes(object.schema ?? defaultSchema ?? "");
  const kept = <T extends ObjectName>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([, object]) => isIn(object)));
  return {
    ...found,
    tables: kept(found.tables),
    enums: kept(found.enums),
    views: kept(found.views),
    objects: objectsByKey(
      Object.values(found.objects).filter((object) => object.kind === "extension" || isIn(tableOf(object) ?? object)),
    ),
    schemas: found.schemas.filter((name) => names.includes(name)),
  };
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
  const others = Object.values(found.objects).filter((object) => tableOf(object) === undefined);
  const kept = new Set(Object.values(found.objects).filter((object) => belongs(object) || object.kind === "extension"));
  const mentioned = new Set<string>();
  const read = (texts: readonly string[]) => {
    for (const { plain, quoted } of texts.map(namesIn)) for (const name of [...plain, ...quoted]) mentioned.add(name);
  };
  read(tables.flatMap(tableTexts));
  read([...kept].flatMap(sqlTexts));
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const object of others) {
      if (kept.has(object) || !(mentioned.has(object.name) || mentioned.has(object.name.toLowerCase()))) continue;
      kept.add(object);
      read(sqlTexts(object));
    }
  }
  const enums = Object.entries(found.enums).filter(([, { name }]) => mentioned.has(name));
  const objects = objectsByKey(Object.values(found.objects).filter((object) => kept.has(object)));
  const schemas = [...tables, ...enums.map(([, it]) => it), ...Object.values(objects)].map(({ schema }) => schema);
  return {
    ...found,
    tables: Object.fromEntries(Object.entries(found.tables).filter(([key]) => keys.has(key))),
    enums: Object.fromEntries(enums),
    views: {},
    objects,
    schemas: found.schemas.filter((name) => schemas.includes(name)),
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
  return [text, ...[...text.matchAll(/'((?:[^']|'')*)'::regclass/g)].map(([, name]) => name!.replaceAll("''", "'"))];
}

function typeTexts(type: TypeDef): readonly string[] {
  if (type.element !== undefined) return typeTexts(type.element);
  if (type.object !== undefined) return [quoteName(type.object.name)];
  return type.text === undefined ? [] : [type.text];
}

/** Without the foreign keys to tables that the database has and the selection has not. */
export function withoutDanglingKeys(schema: SchemaDef, known: ReadonlySet<string>): Selection {
  const leftOut: string[] = [];
  const isThere = (table: TableDef, key: ForeignKeyDef) => {
    const there = objectKey(key.target) in schema.tables || !known.has(objectKey(key.target));
    if (!there) {
      const columns = key.columns.join(", ");
      leftOut.push(
        `foreign key of ${displayName(table)} (${columns}) to ${displayName(key.target)}: its table is not there`,
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
