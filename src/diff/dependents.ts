/**
 * What stands on tables and on each other: views, materialized views, functions, triggers, policies, rules. Which of
 * them are made, changed and dropped, and which have to make way for something else and come back.
 */
import { alterDefinitionTexts } from "../operations/alter-definition.js";
import { usesEnum } from "../operations/enums.js";
import type { Operation } from "../operations/operation.js";
import { sameObject } from "../schema/edit-schema.js";
import { castsTo, namesIn } from "../schema/expression.js";
import type { FunctionDef, MaterializedViewDef, SchemaObjectDef, TriggerDef } from "../schema/objects.js";
import { sqlTexts, tableOf } from "../schema/objects.js";
import { sameHead } from "../schema/replaced-functions.js";
import { type IndexDef, type ObjectName, type SchemaDef, sameDef, type ViewDef } from "../schema/schema.js";
import { isVirtualTable, survives } from "../schema/virtual-table.js";
import { quoteName } from "../util/quote.js";
import { topologicalSort } from "../util/topological-sort.js";
import { calledName, isNamesake, isOperatorName, mentions, transformName } from "./provided-names.js";

export type Dependent =
  | { readonly key: string; readonly view: ViewDef }
  | { readonly key: string; readonly object: SchemaObjectDef };

const KINDS: ReadonlySet<string> = new Set(["function", "materializedView", "trigger", "policy", "definition"]);

/** In the order in which kinds need each other, then by key. */
export function dependentsOf(schema: SchemaDef): readonly Dependent[] {
  const objects = Object.keys(schema.objects)
    .sort()
    .map((key) => ({ key, object: schema.objects[key]! }))
    .filter(({ object }) => KINDS.has(object.kind));
  const views = Object.keys(schema.views)
    .sort()
    .map((key) => ({ key: `view:${key}`, view: schema.views[key]! }));
  return [...objects, ...views].sort((a, b) => rankOf(a) - rankOf(b));
}

/** Objects that columns, indexes and functions are made with: ranges, operator classes, languages and the like. */
const TYPE_RANK = 0;

function rankOf(one: Dependent): number {
  if ("view" in one || one.object.kind === "materializedView") return 3;
  if (one.object.kind === "function") return 1;
  if (one.object.kind !== "definition" || one.object.table !== undefined) return 4;
  switch (one.object.type) {
    case "type":
    case "collation":
    case "language":
    case "access method":
    case "transform":
    case "operator family":
    case "operator class":
    case "text search parser":
    case "text search template":
    case "text search dictionary":
    case "text search configuration":
      return TYPE_RANK;
    case "publication":
    case "foreign table":
      return 4;
    case "event trigger":
      return 5;
    default:
      return 2;
  }
}

export function isForColumns(one: Dependent): boolean {
  return rankOf(one) === TYPE_RANK;
}

/** What others can read or call, and so wait for. */
export function providedName(one: Dependent): string | null {
  return "view" in one ? one.view.name : calledName(one.object);
}

/** What must be there when it is made. */
export function neededTexts(one: Dependent): readonly string[] {
  if ("view" in one) return [one.view.definition, ...Object.values(one.view.columnDefaults ?? {})];
  if (one.object.kind === "materializedView") return [one.object.definition, ...one.object.indexes.flatMap(indexTexts)];
  if (one.object.kind !== "function") return sqlTexts(one.object);
  return functionHead(one.object);
}

function indexTexts({ where, elements }: IndexDef): readonly string[] {
  return [where, ...elements.map(({ expression }) => expression)].filter((text) => text !== undefined);
}

/** Or an aggregate, which is called as functions are. */
export function isOperator(one: Dependent): boolean {
  return "object" in one && one.object.kind === "definition" && /^(?:operator|aggregate)$/.test(one.object.type);
}

export function isFunction(one: Dependent): boolean {
  return "object" in one && one.object.kind === "function";
}

const USUAL_LANGUAGES: ReadonlySet<string> = new Set(["sql", "plpgsql", "c", "internal"]);

/** The body of a function need not be right before it runs. */
export function functionHead(it: FunctionDef): readonly string[] {
  const language = USUAL_LANGUAGES.has(it.language) ? "" : quoteName(it.language);
  const transforms = it.transforms === undefined ? "" : quoteName(transformName(it.language));
  return [it.arguments, it.returns ?? "", it.sqlBody ?? "", language, transforms];
}

/** Each after those that it needs. */
export function ordered(dependents: readonly Dependent[]): readonly Dependent[] {
  const providers = new Map<string, Dependent[]>();
  for (const one of dependents) {
    const name = providedName(one)?.toLowerCase();
    if (name !== undefined) providers.set(name, [...(providers.get(name) ?? []), one]);
  }
  const operators = [...providers.keys()].filter(isOperatorName);
  const needs = (one: Dependent) => {
    const names = neededTexts(one).flatMap((text) => {
      const { plain, quoted } = namesIn(text);
      return [...plain, ...[...quoted].map((name) => name.toLowerCase())];
    });
    names.push(...operators.filter((name) => mentions(neededTexts(one), name)));
    return [...new Set(names)]
      .sort()
      .flatMap((name) => (providers.get(name) ?? []).filter((other) => other !== one && !isOtherOfName(one, other)));
  };
  return topologicalSort(dependents, needs).order;
}

function isOtherOfName(one: Dependent, other: Dependent): boolean {
  return "object" in one && "object" in other && isNamesake(one.object, other.object);
}

export interface ChangedColumn {
  readonly table: ObjectName;
  /** Null: all of the table. */
  readonly column: string | null;
  readonly goes: boolean;
  /** Only its primary key changes: what groups by it reads other columns that it does not group by. */
  readonly isKey?: true;
}

/** Columns that get another type, by themselves or with their enum, or go; tables that go, and primary keys. */
export function changedColumns(from: SchemaDef, changes: readonly Operation[]): readonly ChangedColumn[] {
  return changes.flatMap((op): readonly ChangedColumn[] => {
    if (op.kind === "dropTable") return [{ table: op.table, column: null, goes: true }];
    if (op.kind === "dropColumn") return [{ table: op.table, column: op.column, goes: true }];
    if (op.kind === "alterColumn") {
      const stays = op.changes.type === undefined && op.changes.generated === undefined;
      return stays ? [] : [{ table: op.table, column: op.column, goes: false }];
    }
    if (op.kind === "dropConstraint" && op.type === "primaryKey") {
      return [{ table: op.table, column: null, goes: false, isKey: true }];
    }
    if (op.kind !== "replaceEnum") return [];
    return Object.values(from.tables).flatMap((table) =>
      table.columns
        .filter((column) => usesEnum(column.type, op.enum))
        .map((column) => ({ table, column: column.name, goes: false })),
    );
  });
}

/**
 * Keys of those that cannot stay while the rest changes. `isBlocking`: the database refuses to change what something
 * else reads (PostgreSQL); otherwise it looks after them itself, but for columns that go. `isRenamed`: something gets
 * another name, which SQLite does only when every view can be read before and after. `bodiesFollow`: the same, and the
 * bodies of functions in SQL's own words have the new name by then, so that the way back could not replace them first.
 * `types`: names of types that go and come back, which the server refuses while anything has them in its arguments or casts.
 */
export function movedKeys(
  from: SchemaDef,
  to: SchemaDef,
  columns: readonly ChangedColumn[],
  isBlocking: boolean,
  isRenamed: boolean,
  bodiesFollow = false,
  types: readonly string[] = [],
): ReadonlySet<string> {
  const old = dependentsOf(from);
  const wanted = new Map(dependentsOf(to).map((one) => [one.key, one]));
  // The way back of another query would run before that of the renames, with the old names in its text.
  const stays = (one: Dependent) =>
    canStay(one, wanted.get(one.key), !isRenamed && !bodiesFollow) &&
    !(bodiesFollow && hasOtherBody(one, wanted.get(one.key)));
  /** As it is and as it is to be, where it becomes that in its place. */
  const both = (one: Dependent): readonly Dependent[] => {
    const other = wanted.get(one.key);
    return "view" in one && other !== undefined ? [one, other] : [one];
  };
  const moved = new Set(old.filter((one) => !stays(one)).map((one) => one.key));
  const blocked = columns.filter((column) => isBlocking || column.goes);
  // What is to stay as it is although it names a column that goes is for the database to refuse.
  const staysAsItIs = (one: Dependent) => sameDef({ ...one }, { ...wanted.get(one.key) });
  for (const one of old) {
    const isMoved = (column: ChangedColumn) =>
      both(one).some((it) => isInTheWay(it, column, isBlocking)) &&
      !(column.goes && isPartOfTables(one) && staysAsItIs(one));
    if (blocked.some(isMoved) || types.some((type) => isOfType(one, type))) moved.add(one.key);
  }
  for (let before = -1; before !== moved.size; ) {
    before = moved.size;
    const gone = old.filter((one) => moved.has(one.key) || (isRenamed && isRemade(one, wanted.get(one.key))));
    for (const one of old) {
      if (moved.has(one.key)) continue;
      const onMoved = gone.some((other) => "view" in other && "object" in one && isOn(one.object, other.view));
      const reads = gone.some((other) => {
        const name = providedName(other);
        return name !== null && mentions(both(one).flatMap(neededTexts), name) && !isOtherOfName(one, other);
      });
      if (onMoved || ((isBlocking || isRenamed) && reads)) moved.add(one.key);
    }
  }
  return moved;
}

const OF_TYPES: ReadonlySet<string> = new Set(["aggregate", "operator", "operator class", "cast", "transform", "type"]);

/** Does the server know the type as part of it? */
function isOfType(one: Dependent, type: string): boolean {
  if ("object" in one && one.object.kind === "function") {
    const { signature, arguments: inWords, returns, sqlBody } = one.object;
    return mentions([signature ?? inWords, returns ?? ""], type) || castsTo(sqlBody ?? "", type);
  }
  const texts = neededTexts(one);
  const isMadeOf = "object" in one && one.object.kind === "definition" && OF_TYPES.has(one.object.type);
  return isMadeOf ? mentions(texts, type) : texts.some((text) => castsTo(text, type));
}

/** Triggers that feed a full text search name its columns, which no rename of a table's column reaches. */
function isRemade(one: Dependent, other: Dependent | undefined): boolean {
  if (!("object" in one) || !isVirtualTable(one.object) || other === undefined) return false;
  return !sameDef({ ...one }, { ...other });
}

function hasOtherBody(one: Dependent, other: Dependent | undefined): boolean {
  const bodyOf = (it: Dependent | undefined) =>
    it !== undefined && "object" in it && it.object.kind === "function" ? it.object.sqlBody : undefined;
  return bodyOf(one) !== bodyOf(other);
}

/** Does it know the columns of tables by themselves, and not by what its text happens to name? */
function isPartOfTables(one: Dependent): boolean {
  if ("view" in one) return false;
  return tableOf(one.object) !== undefined || (one.object.kind === "definition" && one.object.type === "publication");
}

function isOn(object: SchemaObjectDef, relation: ObjectName): boolean {
  const table = tableOf(object);
  return table !== undefined && sameObject(table, relation);
}

export function isInTheWay(one: Dependent, changed: ChangedColumn, isBlocking: boolean): boolean {
  const { table, column, goes } = changed;
  if (changed.isKey === true) return isBlocking && groupsBy(one, table);
  const texts = neededTexts(one);
  if ("view" in one || one.object.kind === "materializedView") return isBlocking && mentions(texts, table.name);
  const own = isOn(one.object, table);
  // It goes with its table.
  if (column === null) return !own && isBlocking && mentions(texts, table.name) && one.object.kind !== "trigger";
  if (one.object.kind === "function")
    return one.object.sqlBody !== undefined && mentions([one.object.sqlBody], table.name);
  if (one.object.kind === "policy" && !own && !mentions(texts, table.name)) return false;
  if (one.object.kind === "trigger" && !own) return false;
  if (one.object.kind === "definition" && one.object.type === "publication") {
    // Columns that it lists may get other types, those of its conditions not.
    const isRead = column !== null && mentions(texts, table.name) && mentions(texts, column);
    return isRead && texts.some((text) => goes || / WHERE \(/.test(text));
  }
  if (one.object.kind === "definition" && !own) return false;
  return mentions(texts, column);
}

function groupsBy(one: Dependent, table: ObjectName): boolean {
  const texts = "object" in one && one.object.kind === "function" ? [one.object.sqlBody ?? ""] : neededTexts(one);
  return texts.some((text) => /\bgroup\s+by\b/i.test(text)) && mentions(texts, table.name);
}

/** Is it the same on both sides, or does it become the other one where it is? */
function canStay(one: Dependent, other: Dependent | undefined, canReplace: boolean): boolean {
  if (other === undefined) return false;
  if ("view" in one || "view" in other) {
    if (!("view" in one && "view" in other)) return false;
    const isReplaced = canReplace && other.view.sameColumns === true && one.view.columns === undefined;
    return isReplaced || sameDef(queryOf(one.view), queryOf(other.view));
  }
  return sameDef(one.object, other.object) || isAlterable(one.object, other.object);
}

/** By ALTER, COMMENT ON or CREATE OR REPLACE, keeping what depends on it; a virtual table with its rows. */
export function isAlterable(from: SchemaObjectDef, to: SchemaObjectDef): boolean {
  const { comment: _from, ...a } = from as SchemaObjectDef & Record<string, unknown>;
  const { comment: _to, ...b } = to as SchemaObjectDef & Record<string, unknown>;
  if (sameDef(a, b)) return true;
  switch (from.kind) {
    case "function":
      return sameHead(from, to as FunctionDef);
    case "materializedView": {
      const frame = (it: MaterializedViewDef) => [it.definition, it.accessMethod].map(orNull);
      return sameDef(frame(from), frame(to as MaterializedViewDef));
    }
    case "trigger": {
      const { enabled: _a, enabledOn: _onA, ...rest } = a as unknown as TriggerDef;
      const { enabled: _b, enabledOn: _onB, ...other } = b as unknown as TriggerDef;
      return sameDef(rest, other);
    }
    case "policy": {
      const wanted = to as typeof from;
      // ALTER POLICY cannot take an expression away, on the way back neither.
      const hasSame = (key: "using" | "withCheck") => (from[key] === undefined) === (wanted[key] === undefined);
      const same = from.restrictive === wanted.restrictive && from.command === wanted.command;
      return same && hasSame("using") && hasSame("withCheck");
    }
    case "definition": {
      const wanted = to as typeof from;
      if (isVirtualTable(from) && isVirtualTable(to) && survives(from.definition, to.definition)) return true;
      // And back again.
      return alterDefinitionTexts(from, wanted) !== null && alterDefinitionTexts(wanted, from) !== null;
    }
    default:
      return false;
  }
}

/** The view without what COMMENT ON and ALTER VIEW change. */
function queryOf({ name, schema, definition, columns }: ViewDef): object {
  return { name, schema, definition, columns };
}

function orNull(value: unknown): unknown {
  return value ?? null;
}
