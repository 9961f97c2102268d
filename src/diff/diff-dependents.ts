/** Views, materialized views, functions, triggers, policies and rules: operations in an order in which none is missing what it reads. */
import type { Operation } from "../operations/operation.js";
import { mentionsColumn } from "../schema/expression.js";
import { refOf, type SchemaObjectDef, sqlTexts, tableOf } from "../schema/objects.js";
import { type ObjectName, objectName, type SchemaDef, sameDef, type ViewDef } from "../schema/schema.js";
import { isVirtualTable, readVirtualTable } from "../schema/virtual-table.js";
import { alterViewOf } from "./alter-parts.js";
import {
  changedColumns,
  type Dependent,
  dependentsOf,
  isForColumns,
  isFunction,
  isInTheWay,
  isOperator,
  movedKeys,
  neededTexts,
  ordered,
  providedName,
} from "./dependents.js";
import { changed, diffColumnComments } from "./diff-comments.js";
import { diffIndexes } from "./diff-materialized-indexes.js";
import { changesOf } from "./object-changes.js";
import { mentions } from "./provided-names.js";
import { replacedNames } from "./release-callers.js";

export interface DependentOperations {
  /** Before anything that one of them could stand in the way of. */
  readonly before: readonly Operation[];
  /** Functions that tables and types need, before these. */
  readonly early: readonly Operation[];
  readonly after: readonly Operation[];
  /** Functions that tables and types needed, after these. */
  readonly dropped: readonly Operation[];
  /** Names of functions and operators that are dropped and made. */
  readonly replaced: ReadonlySet<string>;
}

export interface DiffOptions {
  /** Does the database refuse to change what a view reads? */
  readonly viewsBlock: boolean;
  /** Was something renamed just before? */
  readonly renamed?: boolean;
}

/** `changes` are all operations on tables, columns and types; the options as in {@link movedKeys}. */
export function diffDependents(
  from: SchemaDef,
  to: SchemaDef,
  changes: readonly Operation[],
  { viewsBlock, renamed }: DiffOptions,
): DependentOperations {
  const columns = changedColumns(from, changes);
  const movesReaders = renamed === true && !viewsBlock;
  const types = changes.flatMap((op) => {
    if (op.kind === "replaceEnum") return [op.enum.name];
    return op.kind === "dropObject" && op.object.kind === "domain" ? [op.object.name] : [];
  });
  const moved = movedKeys(from, to, columns, viewsBlock, movesReaders, renamed === true && viewsBlock, types);
  const old = ordered(dependentsOf(from));
  const wanted = ordered(dependentsOf(to));
  const oldKeys = new Map(old.map((one) => [one.key, one]));
  // The way back of a replacement would run before that of the renames, with the old names in its text.
  const alone = renamed === true ? null : replacedAlone(to, moved, oldKeys, changes);
  const goneNames = old.filter((one) => moved.has(one.key)).flatMap((one) => providedName(one) ?? []);
  const isReplaced = (one: Dependent) =>
    viewsBlock && columns.some((column) => column.column !== null && !column.goes && isInTheWay(one, column, true));
  // It goes with its table, unless something that it calls, or the type of a column that it reads, changes before that.
  const goesByItself = (one: Dependent) =>
    isGone(one, from, to, moved) && !isReplaced(one) && !goneNames.some((name) => mentions(neededTexts(one), name));
  const going = old.filter((one) => moved.has(one.key) && !goesByItself(one) && one.key !== alone?.key);
  const needed = neededByTables(from);
  const kept = (one: Dependent) =>
    (needed.has(one.key) || isForColumns(one)) && !wanted.some(({ key }) => key === one.key);
  const created = wanted.filter((one) => !oldKeys.has(one.key) || moved.has(one.key));
  const neededLater = neededByTables(to);
  const names = created.flatMap((one) => providedName(one) ?? []);
  const create = (one: Dependent): readonly Operation[] => {
    if (one.key === alone?.key) return [alone.operation];
    if ("view" in one) return [{ kind: "createView", view: plainView(one.view) }];
    const how = { ...uncheckedOf(one.object, names, to), ...filledOf(one.object, from) };
    return [{ kind: "createObject", object: one.object, ...how }];
  };
  const altered = wanted
    .filter((one) => oldKeys.has(one.key) && !moved.has(one.key))
    .flatMap((one) => alter(oldKeys.get(one.key)!, one, names, to));
  const isEarly = (one: Dependent) => neededLater.has(one.key) || isForColumns(one);
  const isFirst = callableFirst(created);
  return {
    before: [...going]
      .reverse()
      .filter((one) => !kept(one))
      .map(drop),
    early: created.filter(isEarly).flatMap(create),
    after: [
      ...created.filter((one) => isFirst(one) && !isEarly(one)).flatMap(create),
      ...altered,
      ...created.filter((one) => !isFirst(one) && !isEarly(one)).flatMap(create),
    ],
    dropped: [...going].reverse().filter(kept).map(drop),
    replaced: viewsBlock ? replacedNames(from, to, moved) : new Set(),
  };
}

/** Functions, but for those that name a view or aggregate that is still to be made. */
function callableFirst(created: readonly Dependent[]): (one: Dependent) => boolean {
  const others = created.filter((one) => !isFunction(one)).flatMap((one) => providedName(one) ?? []);
  return (one) => isFunction(one) && !others.some((name) => mentions(neededTexts(one), name));
}

function drop(one: Dependent): Operation {
  if ("view" in one) return { kind: "dropView", view: objectName(one.view) };
  return { kind: "dropObject", object: refOf(one.object) };
}

/** Is its table dropped, or the view that it is on? */
function isGone(one: Dependent, from: SchemaDef, to: SchemaDef, moved: ReadonlySet<string>): boolean {
  const table = "object" in one ? tableOf(one.object) : undefined;
  if (table === undefined) return false;
  const same = (schema: SchemaDef) =>
    Object.values(schema.tables).some((it) => it.name === table.name && it.schema === table.schema);
  if (same(from)) return !same(to);
  const view = Object.entries(from.views).find(([, it]) => it.name === table.name && it.schema === table.schema);
  return view !== undefined && moved.has(`view:${view[0]}`);
}

/** One view that changes while nothing else does, and that nothing stands on. */
function replacedAlone(
  to: SchemaDef,
  moved: ReadonlySet<string>,
  old: ReadonlyMap<string, Dependent>,
  changes: readonly Operation[],
): { readonly key: string; readonly operation: Operation } | null {
  const [key] = moved;
  if (moved.size !== 1 || changes.length > 0 || key === undefined) return null;
  const view = to.views[key.replace(/^view:/, "")];
  const before = old.get(key);
  if (!key.startsWith("view:") || view === undefined || before === undefined) return null;
  return { key, operation: { kind: "replaceView", view: plainView(view) } };
}

/** Without what only the wanted side knows. */
function plainView({ sameColumns: _mark, ...view }: ViewDef): ViewDef {
  return view;
}

/** What defaults, checks, generated columns, indexes, domains and operator classes call, and what these call in turn. */
function neededByTables(schema: SchemaDef): ReadonlySet<string> {
  const texts = [...tableTexts(schema)];
  for (const object of Object.values(schema.objects)) if (object.kind === "domain") texts.push(...sqlTexts(object));
  const all = dependentsOf(schema);
  for (const one of all) if (isForColumns(one)) texts.push(...neededTexts(one));
  const functions = all.filter((one) => isFunction(one) || isOperator(one));
  const needed = new Set<string>();
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const one of functions) {
      if (needed.has(one.key) || !mentions(texts, providedName(one)!)) continue;
      needed.add(one.key);
      if ("object" in one) texts.push(...sqlTexts(one.object));
    }
  }
  return needed;
}

function* tableTexts(schema: SchemaDef): Generator<string> {
  for (const table of Object.values(schema.tables)) {
    for (const column of table.columns) {
      if (column.default?.kind === "sql") yield column.default.text;
      if (column.generated !== undefined) yield column.generated.expression;
    }
    if (table.options?.postgres?.partitionBy !== undefined) yield table.options.postgres.partitionBy;
    for (const check of table.checks) yield check.expression;
    for (const { where, elements } of table.excludes ?? []) {
      if (where !== undefined) yield where;
      for (const element of elements) if (element.expression !== undefined) yield element.expression;
    }
    for (const index of table.indexes) {
      if (index.where !== undefined) yield index.where;
      for (const element of index.elements) if (element.expression !== undefined) yield element.expression;
    }
  }
}

/** A body that names what is made in the same run, or any table when it is made before them, cannot be checked yet. */
function uncheckedOf(object: SchemaObjectDef, names: readonly string[], to: SchemaDef): { readonly unchecked?: true } {
  if (object.kind !== "function" || object.body === undefined) return {};
  const { body } = object;
  const tables = Object.values(to.tables).map((table) => table.name);
  return [...names, ...tables].some((name) => mentionsColumn(body, name)) ? { unchecked: true } : {};
}

/** Does it search the values of a table that is there and may have rows? */
function filledOf(object: SchemaObjectDef, from: SchemaDef): { readonly filled?: true } {
  const content = isVirtualTable(object) ? readVirtualTable(object.definition)?.content : undefined;
  if (typeof content !== "object") return {};
  const isContent = ({ name }: ObjectName) => name.toLowerCase() === content.table.toLowerCase();
  return [...Object.values(from.tables), ...Object.values(from.views)].some(isContent) ? { filled: true } : {};
}

function alter(from: Dependent, to: Dependent, names: readonly string[], schema: SchemaDef): readonly Operation[] {
  if ("view" in from && "view" in to) {
    return [
      ...alterViewOf(from.view, to.view),
      ...changed("view", to.view.name, to.view, from.view.comment, to.view.comment),
      ...diffColumnComments(to.view, from.view.columnComments, to.view.columnComments),
    ];
  }
  if ("view" in from || "view" in to || sameDef(from.object, to.object)) return [];
  const object = refOf(to.object);
  const comment = from.object.comment === to.object.comment ? {} : { comment: to.object.comment ?? null };
  if (to.object.kind === "function") {
    const { comment: _a, ...before } = from.object;
    const { comment: _b, ...after } = to.object;
    if (sameDef(before, after)) return [{ kind: "alterObject", object, changes: comment }];
    const uncommented: readonly Operation[] =
      from.object.comment !== undefined && to.object.comment === undefined
        ? [{ kind: "alterObject", object, changes: { comment: null } }]
        : [];
    return [...uncommented, { kind: "replaceObject", object: to.object, ...uncheckedOf(to.object, names, schema) }];
  }
  if (isVirtualTable(to.object)) return [{ kind: "replaceObject", object: to.object }];
  const changes = changesOf(from.object, to.object);
  const indexes = [...diffIndexes(from.object, to.object), ...materializedComments(from.object, to.object)];
  return [
    ...indexes,
    ...(Object.keys(changes).length === 0 ? [] : [{ kind: "alterObject", object, changes } as const]),
  ];
}

function materializedComments(from: SchemaObjectDef, to: SchemaObjectDef): readonly Operation[] {
  if (from.kind !== "materializedView" || to.kind !== "materializedView") return [];
  return diffColumnComments(to, from.columnComments, to.columnComments);
}
