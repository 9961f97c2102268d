/**
 * Writes the wanted schema in the words of the one that was found, wherever the two mean the same, so that plain
 * comparison afterwards shows true differences only. Works without the database: SQLite keeps texts as they were given.
 */
import {
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
  type ViewDef,
} from "../../../schema/schema.js";
import { sameName } from "../catalog/read-table.js";
import { sameExpression } from "../text/expression.js";
import { reconcileColumn } from "./reconcile-column.js";
import { reconcileConstraints } from "./reconcile-constraints.js";
import { reconcileObjects } from "./reconcile-objects.js";

/** `wanted` is what `adapt` gave. Running it twice changes nothing more. */
export function reconcileSchema(wanted: SchemaDef, found: SchemaDef): SchemaDef {
  const spell = spelling(found);
  const tables = Object.values(wanted.tables).map((table): TableDef => {
    const as = found.tables[objectKey(table)];
    // The very table, as further down.
    if (as !== undefined && sameDef(table, as)) return as;
    const respelled = isSpelled(table, found) ? table : respell(table, spell);
    const other = found.tables[objectKey(respelled)];
    return other === undefined ? respelled : reconcileTable(respelled, other);
  });
  const views = Object.values(wanted.views).map((view): ViewDef => {
    const respelled = { ...view, ...spell.object(view) };
    const other = found.views[objectKey(respelled)];
    const isSame = other !== undefined && sameExpression(other.definition, view.definition);
    return isSame && sameDef(other.columns, view.columns) ? other : respelled;
  });
  return {
    ...wanted,
    tables: Object.fromEntries(tables.map((table) => [objectKey(table), table])),
    views: Object.fromEntries(views.map((view) => [objectKey(view), view])),
    objects: reconcileObjects(wanted.objects, found.objects, spell.object),
  };
}

interface Spelling {
  /** The name of a table or view as the database has it. */
  object(name: ObjectName): ObjectName;
  /** The name of a column as the database has it. */
  column(table: ObjectName, name: string): string;
}

/** Names that differ in case only are one name to SQLite. */
function spelling(found: SchemaDef): Spelling {
  const objects = [...Object.values(found.tables), ...Object.values(found.views)];
  const names = new Map(objects.map((object) => [object.name.toLowerCase(), object.name]));
  const object = (name: ObjectName): ObjectName => ({ name: names.get(name.name.toLowerCase()) ?? name.name });
  return {
    object,
    column(table, name) {
      const columns = found.tables[objectKey(object(table))]?.columns ?? [];
      if (columns.some((column) => column.name === name)) return name;
      return columns.find((column) => sameName(column.name, name))?.name ?? name;
    },
  };
}

/** Are all names in it as the database has them, as they mostly are? */
function isSpelled(table: TableDef, found: SchemaDef): boolean {
  const other = found.tables[objectKey(table)];
  const has = ({ columns }: TableDef, name: string) => columns.some((column) => column.name === name);
  return (
    other !== undefined &&
    table.schema === undefined &&
    table.columns.every(({ name }, at) => other.columns[at]?.name === name || has(other, name)) &&
    table.foreignKeys.every(({ target, targetColumns }) => {
      const referred = target.schema === undefined ? found.tables[objectKey(target)] : undefined;
      return referred !== undefined && targetColumns.every((name) => has(referred, name));
    }) &&
    keyNames(table).every((name) => has(table, name))
  );
}

function keyNames({ primaryKey, uniques, foreignKeys, indexes }: TableDef): readonly string[] {
  return [
    ...(primaryKey?.columns ?? []),
    ...uniques.flatMap(({ columns }) => columns),
    ...foreignKeys.flatMap(({ columns }) => columns),
    ...indexes.flatMap(({ elements }) => elements.flatMap(({ column }) => column ?? [])),
  ];
}

function respell(table: TableDef, spell: Spelling): TableDef {
  const own = (name: string) => spell.column(table, name);
  const keyed = <T extends { readonly columns: readonly string[] }>(key: T): T => ({
    ...key,
    columns: key.columns.map(own),
  });
  return {
    ...table,
    ...spell.object(table),
    columns: table.columns.map((column) => ({ ...column, name: own(column.name) })),
    ...(table.primaryKey === undefined ? {} : { primaryKey: keyed(table.primaryKey) }),
    uniques: table.uniques.map(keyed),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...keyed(key),
      target: spell.object(key.target),
      targetColumns: key.targetColumns.map((name) => spell.column(key.target, name)),
    })),
    indexes: table.indexes.map((index) => ({
      ...index,
      elements: index.elements.map((element) =>
        element.column === undefined ? element : { ...element, column: own(element.column) },
      ),
    })),
  };
}

function reconcileTable(wanted: TableDef, found: TableDef): TableDef {
  const columns = inOrderOf(
    found.columns,
    wanted.columns.map((column, at) => {
      const here = found.columns[at];
      const other =
        here?.name === column.name ? here : found.columns.find((candidate) => candidate.name === column.name);
      return other === undefined ? column : reconcileColumn(column, wanted, { column: other, table: found });
    }),
    (column) => column.name,
  );
  const table = { ...wanted, columns, ...reconcileConstraints(wanted, found) };
  // The very table, so that nobody compares the two again.
  return sameDef(table, found) ? found : table;
}

/** Those that are in `order` by their key first, in that order; then the others as they come. */
export function inOrderOf<T>(order: readonly T[], items: readonly T[], keyOf: (item: T) => unknown): readonly T[] {
  if (items.length === order.length && items.every((item, at) => keyOf(item) === keyOf(order[at]!))) return items;
  const places = new Map(order.map((item, index) => [keyOf(item), index]));
  const place = (item: T) => places.get(keyOf(item)) ?? order.length;
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => place(a.item) - place(b.item) || a.index - b.index)
    .map(({ item }) => item);
}
