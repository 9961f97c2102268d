/** Writes the wanted schema in the words of the database, wherever the two mean the same. */
import { objectsByKey } from "../../schema/objects.js";
import {
  type EnumDef,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
  type TypeDef,
  type ViewDef,
} from "../../schema/schema.js";
import { answerQuestions } from "./answer-questions.js";
import type { PostgresConnection } from "./connection.js";
import { type Ask, type Question, questionKey } from "./questions.js";
import { bareObject, reconcileObjects } from "./reconcile-objects.js";
import { asSerialsFound } from "./reconcile-serials.js";
import { reconcileTable } from "./reconcile-table.js";
import { sameSql } from "./sql-text.js";

/**
 * Texts are compared as they stand first. Only where they differ, and only then, the server is asked, in a transaction
 * that is rolled back.
 */
export async function reconcile(
  wanted: SchemaDef,
  found: SchemaDef,
  connection: PostgresConnection,
): Promise<SchemaDef> {
  const local = asSerialsFound(withoutDefaultSchema(wanted, connection.defaultSchema), found);
  const questions = new Map<string, Question>();
  const compared = reconcileWith(local, found, (question) => {
    questions.set(questionKey(question), question);
    return false;
  });
  if (questions.size === 0) return compared;
  const yes = await answerQuestions([...questions.values()], { wanted: local, found }, connection);
  return reconcileWith(local, found, (question) => yes.has(questionKey(question)));
}

function reconcileWith(wanted: SchemaDef, found: SchemaDef, ask: Ask): SchemaDef {
  return {
    tables: mapValues(wanted.tables, (table, key) => {
      const counterpart = found.tables[key];
      return counterpart === undefined ? table : reconcileTable(key, table, counterpart, ask);
    }),
    enums: mapValues(wanted.enums, (definition, key) => reconcileEnum(definition, found.enums[key])),
    views: mapValues(wanted.views, (view, key) => reconcileView(view, found.views[key], ask)),
    objects: reconcileObjects(wanted, found, ask),
    schemas: wanted.schemas,
  };
}

function reconcileEnum(wanted: EnumDef, found: EnumDef | undefined): EnumDef {
  return found !== undefined && sameDef(wanted, found) ? found : wanted;
}

function reconcileView(wanted: ViewDef, found: ViewDef | undefined, ask: Ask): ViewDef {
  const definition = wanted.definition.trim().replace(/;\s*$/, "");
  const { comment, ...view } = { ...wanted, definition };
  const commented = comment === undefined || comment === "" ? view : { ...view, comment };
  if (found === undefined) return commented;
  const { comment: _comment, ...bare } = found;
  const same = sameSql(definition, found.definition) || ask({ kind: "view", table: "", wanted: view, found: bare });
  return same ? { ...commented, definition: found.definition } : commented;
}

/** `public.users` and `users` are one table where `public` is the default schema. */
function withoutDefaultSchema(schema: SchemaDef, defaultSchema: string): SchemaDef {
  const bare = <T extends ObjectName>(object: T): T => {
    if (object.schema !== defaultSchema) return object;
    const { schema: _default, ...rest } = object;
    return rest as T;
  };
  const type = (it: TypeDef): TypeDef => ({
    ...it,
    ...(it.element === undefined ? {} : { element: type(it.element) }),
    ...(it.object === undefined ? {} : { object: bare(it.object) }),
  });
  const table = (it: TableDef): TableDef => ({
    ...bare(it),
    columns: it.columns.map((column) => ({ ...column, type: type(column.type) })),
    foreignKeys: it.foreignKeys.map((key) => ({ ...key, target: bare(key.target) })),
  });
  return {
    tables: rekeyed(Object.values(schema.tables).map(table)),
    enums: rekeyed(Object.values(schema.enums).map(bare)),
    views: rekeyed(Object.values(schema.views).map(bare)),
    objects: objectsByKey(Object.values(schema.objects).map((object) => bareObject(object, bare, type))),
    schemas: schema.schemas.filter((name) => name !== defaultSchema),
  };
}

function rekeyed<T extends ObjectName>(objects: readonly T[]): Record<string, T> {
  return Object.fromEntries(objects.map((object) => [objectKey(object), object]));
}

function mapValues<T>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
