/** Views that are made, dropped or changed, in an order in which none is missing what it reads. */

import { usesEnum } from "../operations/enums.js";
import type { Operation } from "../operations/operation.js";
import { mentionsColumn } from "../schema/expression.js";
import { objectName, type SchemaDef, sameDef, type ViewDef } from "../schema/schema.js";
import { topologicalSort } from "../util/topological-sort.js";

export interface ViewOperations {
  /** Before anything that a view could stand in the way of. */
  readonly before: readonly Operation[];
  readonly after: readonly Operation[];
}

/**
 * `changes` are all other operations. `viewsBlock`: the database refuses to change what a view reads, so that views over
 * it are dropped and made again (PostgreSQL); they stay where the database looks after them itself.
 */
export function diffViews(
  from: SchemaDef,
  to: SchemaDef,
  changes: readonly Operation[],
  viewsBlock: boolean,
): ViewOperations {
  const old = ordered(from.views);
  const wanted = ordered(to.views);
  const differs = (key: string) => from.views[key] !== undefined && !sameDef(from.views[key], to.views[key]);
  const moved = new Set(Object.keys(from.views).filter(differs));
  const names = viewsBlock ? blockedNames(from, changes) : [];
  // In order of dependency, so that what reads a view that goes is found after it.
  for (const [key, view] of old) {
    const goes = (name: string) => mentionsColumn(view.definition, name);
    const readsMoved = viewsBlock && [...moved].some((other) => other !== key && goes(from.views[other]!.name));
    if (readsMoved || names.some(goes)) moved.add(key);
  }
  const isAlone = moved.size === 1 && changes.length === 0;
  const [only] = moved;
  if (isAlone && only !== undefined && only in to.views) {
    const made = wanted.filter(([key]) => !(key in from.views)).map(([, view]) => create(view));
    return { before: [], after: [{ kind: "replaceView", view: to.views[only]! }, ...made] };
  }
  return {
    before: old
      .filter(([key]) => moved.has(key))
      .toReversed()
      .map(([, view]): Operation => ({ kind: "dropView", view: objectName(view) })),
    after: wanted.filter(([key]) => !(key in from.views) || moved.has(key)).map(([, view]) => create(view)),
  };
}

function create(view: ViewDef): Operation {
  return { kind: "createView", view };
}

/** Each view after those that its text names; ties by key. */
function ordered(views: SchemaDef["views"]): readonly (readonly [string, ViewDef])[] {
  const entries = Object.keys(views)
    .sort()
    .map((key) => [key, views[key]!] as const);
  const needs = ([key, view]: readonly [string, ViewDef]) =>
    entries.filter(([other, { name }]) => other !== key && mentionsColumn(view.definition, name));
  return topologicalSort(entries, needs).order;
}

/** Tables whose columns change their type, by themselves or with their enum, or go. */
function blockedNames(from: SchemaDef, changes: readonly Operation[]): readonly string[] {
  return changes.flatMap((op): readonly string[] => {
    if (op.kind === "dropColumn" || op.kind === "dropTable") return [op.table.name];
    if (op.kind === "alterColumn")
      return op.changes.type === undefined && op.changes.generated === undefined ? [] : [op.table.name];
    if (op.kind !== "replaceEnum") return [];
    return Object.values(from.tables)
      .filter((table) => table.columns.some((column) => usesEnum(column.type, op.enum)))
      .map((table) => table.name);
  });
}
