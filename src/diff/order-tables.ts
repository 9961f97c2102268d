import { objectOfDefinition } from "../schema/definition-names.js";
import { sameObject } from "../schema/edit-schema.js";
import { parentsOf } from "../schema/inheritance.js";
import { type ForeignKeyDef, type ObjectName, objectKey, type TableDef } from "../schema/schema.js";

export interface OrderedTables {
  /** A table comes after every table that its kept foreign keys refer to, its parents, and those whose rows it holds. */
  readonly tables: readonly TableDef[];
  /** Foreign keys that close a cycle, taken out of their tables: they have to be made when all tables are there. */
  readonly postponed: readonly { readonly table: TableDef; readonly foreignKey: ForeignKeyDef }[];
}

/**
 * Orders tables so that each can be created with its foreign keys, and takes out as few of them as it must where tables
 * refer to each other. Ties are broken by key, so the result never depends on the order of the input.
 */
export function orderTables(tables: readonly TableDef[]): OrderedTables {
  const waiting = new Map([...tables].sort(byKey).map((table) => [objectKey(table), table]));
  const ordered: TableDef[] = [];
  const postponed: { table: TableDef; foreignKey: ForeignKeyDef }[] = [];
  const awaitsParent = (table: TableDef) => neededBy(table).some((other) => waiting.has(objectKey(other)));
  const blockedBy = (table: TableDef) =>
    table.foreignKeys.filter((key) => !sameObject(key.target, table) && waiting.has(objectKey(key.target)));
  while (waiting.size > 0) {
    let ready = [...waiting.values()].filter((table) => blockedBy(table).length === 0 && !awaitsParent(table));
    if (ready.length === 0) {
      // Only tables of cycles, and what hangs on them, are left: free the one that waits for the fewest others.
      const free = [...waiting.values()].filter((table) => !awaitsParent(table));
      const inCycle = free.filter((table) => reaches(table, table, waiting));
      const cyclic = inCycle.length === 0 ? free : inCycle;
      const freed = cyclic.reduce((best, table) => (blockedBy(table).length < blockedBy(best).length ? table : best));
      const out = blockedBy(freed);
      postponed.push(...out.map((foreignKey) => ({ table: freed, foreignKey })));
      ready = [{ ...freed, foreignKeys: freed.foreignKeys.filter((key) => !out.includes(key)) }];
    }
    for (const table of ready) {
      ordered.push(table);
      waiting.delete(objectKey(table));
    }
  }
  return { tables: ordered, postponed };
}

/** What has to be there before the table, whatever its keys: parents, and tables whose rows its columns hold. */
function neededBy(table: TableDef): readonly ObjectName[] {
  const rows = table.columns.flatMap(({ type }) => {
    const element = type.name === "array" ? type.element : type;
    return element?.name === "custom" ? objectOfDefinition((element.text ?? "").replace(/(?:\s*\[\d*\])+$/, "")) : [];
  });
  return [...parentsOf(table), ...rows.filter((name) => !sameObject(name, table))];
}

export function byKey(a: TableDef, b: TableDef): number {
  const [keyOfA, keyOfB] = [objectKey(a), objectKey(b)];
  return keyOfA < keyOfB ? -1 : keyOfA > keyOfB ? 1 : 0;
}

function reaches(from: TableDef, goal: TableDef, among: ReadonlyMap<string, TableDef>): boolean {
  const seen = new Set<string>();
  const queue = [from];
  for (let table = queue.pop(); table !== undefined; table = queue.pop()) {
    for (const target of [...table.foreignKeys.map((key) => key.target), ...neededBy(table)]) {
      if (sameObject(target, table)) continue;
      if (sameObject(target, goal)) return true;
      const next = among.get(objectKey(target));
      if (next !== undefined && !seen.has(objectKey(target))) {
        seen.add(objectKey(target));
        queue.push(next);
      }
    }
  }
  return false;
}
