/** Indexes on both sides. */
import { type IndexDef, type IndexElement, sameDef } from "../../../schema/schema.js";
import { sameSql } from "../text/sql-text.js";
import type { Ask } from "./questions.js";
import { reconcileMany } from "./reconcile-many.js";

export function reconcileIndexes(
  table: string,
  wanted: readonly IndexDef[],
  found: readonly IndexDef[],
  ask: Ask,
): readonly IndexDef[] {
  return reconcileMany(wanted, found, (a, b) => sameIndex(table, a, b, ask));
}

export function sameIndex(table: string, a: IndexDef, b: IndexDef, ask: Ask): boolean {
  const [one, other] = [plain(a), plain(b)];
  if (!sameFrame(one, other)) return false;
  const same = sameText(one.where, other.where) && one.elements.every((it, at) => sameElement(it, other.elements[at]!));
  return same || ask({ kind: "index", table, wanted: a, found: b });
}

/** Without what the server does anyway. */
function plain(index: IndexDef): IndexDef {
  const { method, with: storage, include, ...rest } = index;
  const options = Object.entries(storage ?? {}).map(([key, value]) => [key, String(value)]);
  return {
    ...rest,
    ...(method === undefined || method.toLowerCase() === "btree" ? {} : { method: method.toLowerCase() }),
    ...(options.length === 0 ? {} : { with: Object.fromEntries(options) }),
    ...(include === undefined || include.length === 0 ? {} : { include }),
    elements: index.elements.map(plainElement),
  };
}

function plainElement(element: IndexElement): IndexElement {
  const { nulls, ...rest } = element;
  const usual = element.order === "desc" ? "first" : "last";
  return nulls === undefined || nulls === usual ? rest : { ...rest, nulls };
}

/** Everything that is no text of an expression, and is not said in words that the server has others for. */
function sameFrame(a: IndexDef, b: IndexDef): boolean {
  const frame = ({
    name: _name,
    conventional: _source,
    renamedFrom: _hint,
    comment: _comment,
    where,
    elements,
    ...rest
  }: IndexDef) => ({
    ...rest,
    isPartial: where !== undefined,
    elements: elements.map(({ column, order, nulls, statistics }) => [
      column ?? null,
      order ?? null,
      nulls ?? null,
      statistics ?? null,
    ]),
  });
  return sameDef(frame(a), frame(b));
}

function sameElement(a: IndexElement, b: IndexElement): boolean {
  return (
    sameText(a.expression, b.expression) && a.collation === b.collation && sameText(a.operatorClass, b.operatorClass)
  );
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameSql(a, b);
}
