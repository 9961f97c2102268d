/** All tables: of partitions and children only what is their own. */
import { asInherited } from "../../../schema/inheritance.js";
import { type ColumnDef, findColumn, type PartitionOf, sameDef, type TableDef } from "../../../schema/schema.js";
import { indexNameOf } from "../../../schema/server-names.js";
import type { Catalog } from "./catalog.js";
import type { Oid } from "./catalog-queries.js";
import { type NameOf, readTable } from "./read-table.js";
import type { RelationRow } from "./relation-queries.js";

export function readTables(catalog: Catalog, nameOf: NameOf): readonly TableDef[] {
  const rows = catalog.relations.filter(([, , , kind]) => kind === "r" || kind === "p");
  const whole = new Map<Oid, TableDef>(rows.map((row) => [row[0], readTable(row, catalog, nameOf)]));
  return rows.map((row) => {
    const table = whole.get(row[0])!;
    return row[17] === null ? table : readChild(row, table, whole, catalog, nameOf);
  });
}

function readChild(
  row: RelationRow,
  table: TableDef,
  whole: ReadonlyMap<Oid, TableDef>,
  catalog: Catalog,
  nameOf: NameOf,
): TableDef {
  const bounds = row[16];
  const parents = row[17]!;
  const names = parents.map(([, schema, name]) => nameOf(schema, name));
  const own = { ...table, columns: ownColumns(row, table, whole, catalog) };
  if (bounds === null) return { ...own, inherits: names };
  const indexNames = unusualNames(row, catalog);
  const partitionOf: PartitionOf = { table: names[0]!, bounds, ...(indexNames === undefined ? {} : { indexNames }) };
  return { ...own, partitionOf };
}

/** Those that no parent has, and those that are not as the parent has them. */
function ownColumns(
  [oid, , , , , , , , , , , , , , , , , parents]: RelationRow,
  table: TableDef,
  whole: ReadonlyMap<Oid, TableDef>,
  catalog: Catalog,
): readonly ColumnDef[] {
  const rows = catalog.columns.get(oid) ?? [];
  return table.columns.flatMap((column, at): readonly ColumnDef[] => {
    const row = rows[at]!;
    if (!row[12]) return [column];
    for (const [parent] of parents!) {
      const theirs = whole.get(parent);
      const given = theirs === undefined ? undefined : findColumn(theirs, column.name);
      if (given === undefined) continue;
      const theirRow = catalog.columns.get(parent)!.find((other) => other[2] === column.name)!;
      const base = asInherited(given);
      const { identity: _identity, default: value, ...rest } = column;
      // A serial column of the parent counts up the parent's sequence.
      const sameValue = row[6] === theirRow[6];
      const own: ColumnDef = {
        ...rest,
        ...(sameValue ? { type: base.type } : {}),
        ...(sameValue
          ? base.default === undefined
            ? {}
            : { default: base.default }
          : value === undefined
            ? {}
            : { default: value }),
      };
      const isInKey = table.primaryKey?.columns.includes(column.name) === true;
      return sameDef(own, isInKey ? { ...base, nullable: false } : base) ? [] : [{ ...own, inherited: true }];
    }
    return [{ ...column, inherited: true }];
  });
}

/** Names of the parts of the parent's indexes, as far as the server would not choose the same for a new partition. */
function unusualNames([oid, , table]: RelationRow, catalog: Catalog): Readonly<Record<string, string>> | undefined {
  const attached = (catalog.attachedIndexes.get(oid) ?? []).map(([, parent, name, columns, purpose]) => ({
    parent,
    name,
    usual: indexNameOf(table, columns, purpose),
  }));
  const isUnusual = (one: (typeof attached)[number]) =>
    one.name !== one.usual || attached.some((other) => other !== one && other.usual === one.usual);
  const unusual = attached.filter(isUnusual).map(({ parent, name }) => [parent, name] as const);
  return unusual.length === 0 ? undefined : Object.fromEntries(unusual);
}
