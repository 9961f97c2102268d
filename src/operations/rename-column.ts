/** renameColumn: whatever is made of the column, refers to it or is granted on it goes along. */
import { renameColumnPrivileges } from "../schema/column-privileges.js";
import { renameColumnInObjects } from "../schema/edit-objects.js";
import { mapTables, sameObject } from "../schema/edit-schema.js";
import { mentionsColumn, renameColumnIn } from "../schema/expression.js";
import { descendantsOf, wholeTable } from "../schema/inheritance.js";
import {
  displayName,
  findColumn,
  type IndexDef,
  type ObjectName,
  type SchemaDef,
  type TableDef,
  type TableOptions,
} from "../schema/schema.js";
import { conflict, requireColumn, requireTable } from "./conflict.js";
import { excludesOf } from "./exclusions.js";
import { type OperationSpec, statement } from "./operation.js";

export const renameColumn: OperationSpec<"renameColumn"> = {
  kind: "renameColumn",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    requireColumn(table, op.column, this.describe(op));
    if (findColumn(wholeTable(before, table), op.to) !== undefined)
      throw conflict(this.describe(op), `there is a column '${op.to}' already`);
    const all = [op.table, ...descendantsOf(before, op.table)];
    const renamed = all.reduce(
      (schema: SchemaDef, one) => renameColumnPrivileges(schema, one, op.column, op.to),
      renameColumnInObjects(before, op.table, op.column, op.to),
    );
    const isOne = (other: ObjectName) => all.some((one) => sameObject(one, other));
    return mapTables(renamed, (other) => {
      const own = isOne(other) ? renameOwn(other, op.column, op.to) : other;
      if (!own.foreignKeys.some((key) => isOne(key.target))) return own;
      return {
        ...own,
        foreignKeys: own.foreignKeys.map((key) =>
          isOne(key.target) ? { ...key, targetColumns: renameIn(key.targetColumns, op.column, op.to) } : key,
        ),
      };
    });
  },
  reverse: (op) => [{ kind: "renameColumn", table: op.table, column: op.to, to: op.column }],
  toSql: (op, ddl) => [
    statement(`ALTER TABLE ${ddl.name(op.table)} RENAME COLUMN ${ddl.id(op.column)} TO ${ddl.id(op.to)}`),
  ],
  describe: (op) => `rename column ${displayName(op.table)}.${op.column} to ${op.to}`,
  destroys: () => null,
};

function renameIn(columns: readonly string[], from: string, to: string): readonly string[] {
  return columns.map((column) => (column === from ? to : column));
}

function renameOwn(table: TableDef, from: string, to: string): TableDef {
  const inText = (text: string) => renameColumnIn(text, from, to);
  const indexed = <T extends Pick<IndexDef, "elements" | "include" | "where">>(index: T): T => ({
    ...index,
    elements: index.elements.map((element) =>
      element.column === undefined
        ? { ...element, expression: inText(element.expression ?? "") }
        : { ...element, column: element.column === from ? to : element.column },
    ),
    ...(index.include === undefined ? {} : { include: renameIn(index.include, from, to) }),
    ...(index.where === undefined ? {} : { where: inText(index.where) }),
  });
  const keyed = <T extends { readonly columns: readonly string[]; readonly include?: readonly string[] }>(
    key: T,
  ): T => ({
    ...key,
    columns: renameIn(key.columns, from, to),
    ...(key.include === undefined ? {} : { include: renameIn(key.include, from, to) }),
  });
  return {
    ...table,
    ...(table.primaryKey === undefined ? {} : { primaryKey: keyed(table.primaryKey) }),
    columns: table.columns.map((column) => ({
      ...column,
      name: column.name === from ? to : column.name,
      ...(column.generated === undefined || !mentionsColumn(column.generated.expression, from)
        ? {}
        : { generated: { ...column.generated, expression: inText(column.generated.expression) } }),
    })),
    uniques: table.uniques.map(keyed),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...key,
      columns: renameIn(key.columns, from, to),
      ...(key.onDeleteColumns === undefined ? {} : { onDeleteColumns: renameIn(key.onDeleteColumns, from, to) }),
    })),
    checks: table.checks.map((check) =>
      mentionsColumn(check.expression, from) ? { ...check, expression: inText(check.expression) } : check,
    ),
    indexes: table.indexes.map(indexed),
    ...excludesOf((table.excludes ?? []).map(indexed)),
    ...(table.options?.postgres?.partitionBy === undefined ? {} : { options: partitioned(table.options, inText) }),
  };
}

/** `RANGE (at)`: the first word is none of a column. */
function partitioned(options: TableOptions, inText: (sql: string) => string): TableOptions {
  const partitionBy = options.postgres?.partitionBy?.replace(/\(.*$/s, inText);
  return partitionBy === undefined ? options : { ...options, postgres: { ...options.postgres, partitionBy } };
}
