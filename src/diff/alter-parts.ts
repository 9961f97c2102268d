/** Keys, indexes and views that become others where they are, by ALTER: nothing that stands on them has to make way. */
import type { FoundConstraint } from "../operations/constraints.js";
import type { Operation } from "../operations/operation.js";
import { type IndexDef, objectName, sameDef, type TableDef, type ViewDef } from "../schema/schema.js";

const STORAGE = ["with", "tablespace"];

/** `from` and `to` are without their comments. */
export function alterConstraintOf(table: TableDef, from: FoundConstraint, to: FoundConstraint): Operation | null {
  const { name } = to.constraint;
  if (name === null || from.type !== to.type || from.constraint.name !== name || to.type === "check") return null;
  if (to.type !== "foreignKey" && isPartitioned(table)) return null;
  const keys = to.type === "foreignKey" ? ["deferrable", "notEnforced"] : STORAGE;
  const changes = changesIn(from.constraint, to.constraint, keys);
  return changes === null ? null : { kind: "alterConstraint", table: objectName(table), name, changes };
}

export function alterIndexOf(table: TableDef, from: IndexDef, to: IndexDef): Operation | null {
  if (from.name !== to.name || isPartitioned(table)) return null;
  const [{ elements: was, ...old }, { elements: wanted, ...now }] = [from, to];
  const bare = (elements: IndexDef["elements"]) => elements.map(({ statistics: _target, ...element }) => element);
  if (!sameDef(bare(was), bare(wanted))) return null;
  const storage = changesIn(old, now, STORAGE);
  if (storage === null) return null;
  const targets = wanted.flatMap(({ statistics }, at) =>
    statistics === was[at]!.statistics ? [] : [[String(at + 1), statistics ?? null] as const],
  );
  const changes = { ...storage, ...(targets.length === 0 ? {} : { statistics: Object.fromEntries(targets) }) };
  return { kind: "alterIndex", index: { ...objectName(table), name: to.name }, changes };
}

/** Both say the same query, or one that gives the same columns. */
export function alterViewOf(from: ViewDef, to: ViewDef): readonly Operation[] {
  const definition = from.definition === to.definition ? {} : { definition: to.definition };
  const changes = { ...definition, ...changesIn(pick(from), pick(to), ["options", "columnDefaults"])! };
  return Object.keys(changes).length === 0 ? [] : [{ kind: "alterView", view: objectName(to), changes }];
}

function pick({ options, columnDefaults }: ViewDef): object {
  return { ...(options === undefined ? {} : { options }), ...(columnDefaults === undefined ? {} : { columnDefaults }) };
}

/** New values of these keys, null for what goes; null where others differ as well. */
function changesIn(from: object, to: object, keys: readonly string[]): Readonly<Record<string, any>> | null {
  const [a, b] = [from, to] as readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>];
  const changed = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !sameDef(a[key], b[key]));
  if (changed.some((key) => !keys.includes(key))) return null;
  return Object.fromEntries(changed.map((key) => [key, b[key] ?? null]));
}

/** Indexes on a partitioned table have no storage of their own to change. */
function isPartitioned({ options }: TableDef): boolean {
  return options?.postgres?.partitionBy !== undefined;
}
