/** Writes the wanted schema in the words of the database, wherever the two mean the same. */
import type { Operation } from "../../../operations/operation.js";
import { parentsOf, wholeTable } from "../../../schema/inheritance.js";
import { objectsByKey } from "../../../schema/objects.js";
import { replacedFunctions } from "../../../schema/replaced-functions.js";
import {
  type ColumnDef,
  compact,
  type EnumDef,
  type ForeignKeyDef,
  findColumn,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type StorageParameters,
  sameDef,
  type TableDef,
  type TypeDef,
  type ViewDef,
} from "../../../schema/schema.js";
import type { PostgresConnection } from "../connection/connection.js";
import { mentionsName, sameSql } from "../text/sql-text.js";
import { answerQuestions } from "./answer-questions.js";
import { retypedNames, withRewritten } from "./find-rewritten.js";
import { type Ask, type Question, questionKey, unaskedText } from "./questions.js";
import { bareObject, reconcileObjects } from "./reconcile-objects.js";
import { asSerialsFound } from "./reconcile-serials.js";
import { reconcileTable } from "./reconcile-table.js";

/**
 * Texts are compared as they stand first. Only where they differ, and only then, the server is asked, in a transaction
 * that is rolled back. `ahead` makes the database what `found` says; `tell` hears of what could not be asked.
 */
export async function reconcile(
  wanted: SchemaDef,
  found: SchemaDef,
  connection: PostgresConnection,
  ahead: readonly Operation[] = [],
  tell: (text: string) => void = () => undefined,
): Promise<SchemaDef> {
  const bare = withoutDefaultSchema(wanted, connection.defaultSchema);
  const local = asSerialsFound(withMergedChecks(withMergedColumns(bare, found), found), found);
  const questions = new Map<string, Question>();
  const compared = reconcileWith(local, found, (question) => {
    questions.set(questionKey(question), question);
    return false;
  });
  const sides = { wanted: local, found, ahead };
  const answers = questions.size === 0 ? null : await answerQuestions([...questions.values()], sides, connection);
  // Without that answer a view is dropped and made again, which is right as well.
  const unasked = (answers?.unasked ?? []).filter((it) => it.kind !== "columns" || it.wanted.defaults !== undefined);
  if (unasked.length > 0) tell(unaskedText(unasked));
  const reconciled =
    answers === null ? compared : reconcileWith(local, found, (question) => answers.yes.has(questionKey(question)));
  return withRewritten(reconciled, found, ahead, connection);
}

function reconcileWith(wanted: SchemaDef, found: SchemaDef, answer: Ask): SchemaDef {
  const objects = reconcileObjects(wanted, found, answer);
  const replaced = replacedFunctions(found.objects, objects);
  // What calls a function that is made anew is made anew, in words that suit the new one.
  const ask: Ask = (question) => answer(question) && !calls(askedPart(question), replaced);
  const tables = mapValues(wanted.tables, (table, key) => {
    const counterpart = found.tables[key];
    if (counterpart === undefined) return table;
    // The very table, as below.
    if (sameDef(table, counterpart)) return counterpart;
    const settled = reconcileTable(key, table, counterpart, ask, () => askBounds(table, counterpart, found, ask));
    // The very table, so that nobody compares the two again.
    return sameDef(settled, counterpart) ? counterpart : settled;
  });
  const settled = settleReaders({ ...wanted, tables }, found, ask, replaced.length > 0 ? undefined : objects);
  return {
    tables,
    enums: mapValues(wanted.enums, (definition, key) => reconcileEnum(definition, found.enums[key])),
    views: settled.views,
    objects: settled.objects,
    schemas: wanted.schemas,
    ...(wanted.schemaComments === undefined ? {} : { schemaComments: wanted.schemaComments }),
  };
}

/**
 * What reads tables and views. The server was asked what it makes of columns as they are, and not as they are to be: the
 * answer counts for nothing that reads columns of another type, or a view with other columns, or all columns (`*`) of
 * what gets or loses one. `objects`: settled, should nothing of the kind be there.
 */
function settleReaders(wanted: SchemaDef, found: SchemaDef, answer: Ask, objects?: SchemaDef["objects"]) {
  let changed = retypedNames(wanted, found);
  const regrouped = regroupedNames(wanted, found);
  const ask: Ask = (question) =>
    answer(question) &&
    !(
      question.table === "" &&
      (calls(question.wanted, changed) || (hasStar(question.wanted) && calls(question.wanted, regrouped)))
    );
  for (;;) {
    const views = mapValues(wanted.views, (view, key) => reconcileView(view, found.views[key], ask));
    const isSettled = objects !== undefined && changed.length + regrouped.length === 0;
    const others = isSettled ? objects : reconcileObjects(wanted, found, ask);
    const more = otherColumns(views, others, found).filter((name) => !changed.includes(name));
    if (more.length === 0) return { views, objects: others };
    changed = [...changed, ...more];
  }
}

/** Views that say another query, and may give other columns. */
function otherColumns(views: SchemaDef["views"], objects: SchemaDef["objects"], found: SchemaDef): readonly string[] {
  const isOther = (text: string, before: string | undefined) => before !== undefined && before !== text;
  return [
    ...Object.entries(views).flatMap(([key, view]) =>
      view.sameColumns !== true && isOther(view.definition, found.views[key]?.definition) ? [view.name] : [],
    ),
    ...Object.entries(objects).flatMap(([key, object]) => {
      const before = found.objects[key];
      if (object.kind !== "materializedView" || before?.kind !== "materializedView") return [];
      return isOther(object.definition, before.definition) ? [object.name] : [];
    }),
  ];
}

/** Tables that have other columns than they had. */
function regroupedNames(wanted: SchemaDef, found: SchemaDef): readonly string[] {
  const names = (table: TableDef) => table.columns.map((column) => column.name).sort();
  return Object.entries(wanted.tables).flatMap(([key, table]) => {
    const before = found.tables[key];
    return before === undefined || before === table || sameDef(names(table), names(before)) ? [] : [table.name];
  });
}

/** All columns of something; no number of rows and no product. */
function hasStar(part: unknown): boolean {
  if (typeof part === "string") return /(?:\b(?:select|all|distinct)\s|[,.])\s*\*/i.test(part);
  return typeof part === "object" && part !== null && Object.values(part).some(hasStar);
}

/** Of a function only the body that the server reads, where that is what is asked. */
function askedPart({ kind, wanted, found }: Question): unknown {
  if (kind !== "object" || wanted.kind !== "function") return wanted;
  return "sqlBody" in found && wanted.sqlBody !== found.sqlBody ? wanted.sqlBody : undefined;
}

function calls(part: unknown, names: readonly string[]): boolean {
  if (names.length === 0) return false;
  if (typeof part === "string") return names.some((name) => mentionsName(part, name));
  return typeof part === "object" && part !== null && Object.values(part).some((value) => calls(value, names));
}

/** Both partitions of one table as it is partitioned now. */
function askBounds(wanted: TableDef, counterpart: TableDef, found: SchemaDef, ask: Ask): boolean {
  const parent = found.tables[objectKey(counterpart.partitionOf!.table)];
  const partitionBy = parent?.options?.postgres?.partitionBy;
  if (parent === undefined || partitionBy === undefined) return false;
  const columns = wholeTable(found, parent).columns.map(({ name, type, collation }) =>
    compact({ name, type, collation, nullable: true }),
  );
  const part = ({ partitionOf }: TableDef) => ({ columns, partitionBy, bounds: partitionOf!.bounds });
  return ask({ kind: "bounds", table: "", wanted: part(wanted), found: part(counterpart) });
}

/** A child has columns of its own that its parents have too, once it was made before it became a child. */
function withMergedColumns(wanted: SchemaDef, found: SchemaDef): SchemaDef {
  const children = Object.entries(wanted.tables).filter(([, table]) => table.inherits !== undefined);
  if (children.length === 0) return wanted;
  const tables = children.map(([key, table]): [string, TableDef] => {
    const given = wholeTable(wanted, { ...table, columns: [] });
    const merged = (found.tables[key]?.columns ?? []).filter(
      (column) =>
        column.inherited !== true &&
        findColumn(table, column.name) === undefined &&
        findColumn(given, column.name) !== undefined,
    );
    return [key, { ...table, columns: [...table.columns, ...merged] }];
  });
  return { ...wanted, tables: { ...wanted.tables, ...Object.fromEntries(tables) } };
}

/** So it is with checks, in children and in partitions. */
function withMergedChecks(wanted: SchemaDef, found: SchemaDef): SchemaDef {
  const children = Object.entries(wanted.tables).filter(([, table]) => parentsOf(table).length > 0);
  if (children.length === 0) return wanted;
  const tables = children.map(([key, table]): [string, TableDef] => {
    const given = new Set(checkNames(wanted, table));
    const merged = (found.tables[key]?.checks ?? []).filter(
      ({ name }) => name !== null && given.has(name) && !table.checks.some((check) => check.name === name),
    );
    return [key, { ...table, checks: [...table.checks, ...merged] }];
  });
  return { ...wanted, tables: { ...wanted.tables, ...Object.fromEntries(tables) } };
}

/** Names of the checks that its parents give it. */
function checkNames(schema: SchemaDef, table: TableDef): readonly (string | null)[] {
  return parentsOf(table).flatMap((name) => {
    const parent = schema.tables[objectKey(name)];
    if (parent === undefined) return [];
    const own = parent.checks.filter(({ noInherit }) => noInherit !== true).map((check) => check.name);
    return [...own, ...checkNames(schema, parent)];
  });
}

function reconcileEnum(wanted: EnumDef, found: EnumDef | undefined): EnumDef {
  return found !== undefined && sameDef(wanted, found) ? found : wanted;
}

function reconcileView(wanted: ViewDef, found: ViewDef | undefined, ask: Ask): ViewDef {
  const definition = wanted.definition.trim().replace(/;\s*$/, "");
  const { comment, ...view } = { ...wanted, definition };
  const commented = comment === undefined || comment === "" ? view : { ...view, comment };
  if (found === undefined) return commented;
  const plain = ({ name, schema }: ViewDef, text: string): ViewDef => compact({ name, schema, definition: text });
  const same =
    sameSql(definition, found.definition) ||
    ask({ kind: "view", table: "", wanted: plain(wanted, definition), found: plain(found, found.definition) });
  const settled = { ...commented, ...reconcileViewFacts(wanted, found, ask) };
  if (same) return { ...settled, definition: found.definition };
  const part = (text: string) => ({ ...objectName(wanted), definition: text });
  const sameColumns =
    wanted.columns === undefined &&
    ask({ kind: "columns", table: "", wanted: part(definition), found: part(found.definition) });
  return sameColumns ? { ...settled, sameColumns } : settled;
}

function reconcileViewFacts(wanted: ViewDef, found: ViewDef, ask: Ask): Pick<ViewDef, "options" | "columnDefaults"> {
  const texts = (parameters: StorageParameters = {}) =>
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const defaults = Object.entries(wanted.columnDefaults ?? {}).map(([name, value]) => {
    const other = found.columnDefaults?.[name];
    const part = (text: string) => ({
      ...objectName(found),
      definition: found.definition,
      defaults: { [name]: text },
    });
    const same =
      other !== undefined &&
      (sameSql(value, other) || ask({ kind: "columns", table: "", wanted: part(value), found: part(other) }));
    return [name, same ? other : value] as const;
  });
  return {
    ...(found.options !== undefined && sameDef(texts(wanted.options), texts(found.options))
      ? { options: found.options }
      : {}),
    ...(defaults.length === 0 ? {} : { columnDefaults: Object.fromEntries(defaults) }),
  };
}

/** `public.users` and `users` are one table where `public` is the default schema. */
function withoutDefaultSchema(schema: SchemaDef, defaultSchema: string): SchemaDef {
  const bare = <T extends ObjectName>(object: T): T => {
    if (object.schema !== defaultSchema) return object;
    const { schema: _default, ...rest } = object;
    return rest as T;
  };
  const type = (it: TypeDef): TypeDef => {
    if (it.element === undefined && it.object === undefined) return it;
    return {
      ...it,
      ...(it.element === undefined ? {} : { element: type(it.element) }),
      ...(it.object === undefined ? {} : { object: bare(it.object) }),
    };
  };
  const typed = (column: ColumnDef): ColumnDef => {
    const own = type(column.type);
    return own === column.type ? column : { ...column, type: own };
  };
  const pointed = (key: ForeignKeyDef): ForeignKeyDef => {
    const target = bare(key.target);
    return target === key.target ? key : { ...key, target };
  };
  const table = (it: TableDef): TableDef => ({
    ...bare(it),
    columns: it.columns.map(typed),
    foreignKeys: it.foreignKeys.map(pointed),
    ...(it.inherits === undefined ? {} : { inherits: it.inherits.map(bare) }),
    ...(it.partitionOf === undefined ? {} : { partitionOf: { ...it.partitionOf, table: bare(it.partitionOf.table) } }),
  });
  return {
    tables: rekeyed(Object.values(schema.tables).map(table)),
    enums: rekeyed(Object.values(schema.enums).map(bare)),
    views: rekeyed(Object.values(schema.views).map(bare)),
    objects: objectsByKey(Object.values(schema.objects).map((object) => bareObject(object, bare, type))),
    schemas: schema.schemas.filter((name) => name !== defaultSchema),
    ...(schema.schemaComments === undefined ? {} : { schemaComments: schema.schemaComments }),
  };
}

function rekeyed<T extends ObjectName>(objects: readonly T[]): Record<string, T> {
  return Object.fromEntries(objects.map((object) => [objectKey(object), object]));
}

function mapValues<T>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
