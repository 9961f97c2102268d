/** How the rows of a table get into its successor: which columns, from what, and what identifies a row on both sides. */
import type { ColumnDef, TableDef } from "../../../schema/schema.js";
import { findColumn } from "../../../schema/schema.js";
import { readTable, sameName } from "../catalog/read-table.js";
import { ddl } from "../text/ddl.js";
import type { ColumnNode, TableNode } from "../text/table-nodes.js";

export interface CopyRequest {
  readonly from: TableDef;
  readonly to: TableDef;
  /** The texts of both, read back. */
  readonly oldNode: TableNode;
  readonly newNode: TableNode;
  /** Column of `to` → the column of `from` its values come from; columns that are new are not there. */
  readonly sources: ReadonlyMap<string, string>;
  /** Column of `to` → the expression that converts its old value. */
  readonly using: ReadonlyMap<string, string>;
  /** New column → what fills it in the rows that are there, where that is not its default. */
  readonly fills?: ReadonlyMap<string, string>;
}

export interface CopiedColumn {
  readonly column: ColumnDef;
  readonly oldNode: ColumnNode | null;
  readonly newNode: ColumnNode;
  /** Over the old table. */
  readonly expression: string;
  readonly converted: boolean;
}

export interface CopyPlan {
  readonly columns: readonly CopiedColumn[];
  /** Columns of the new table that get their default. */
  readonly filled: readonly ColumnDef[];
  /** Quoted names and expressions of what is inserted: the columns, and the rowid where no column stands for it. */
  readonly targets: readonly string[];
  readonly values: readonly string[];
  readonly orderBy: readonly string[];
  /** The old rows' number; null where they have none, or where a value is not of its row alone. */
  readonly rangeKey: string | null;
  /** New column or rowid → expression over the old table; empty where rows cannot be told apart. */
  readonly keys: readonly { readonly target: string; readonly expression: string }[];
}

export function planCopy(request: CopyRequest): CopyPlan {
  const { from, to, oldNode, newNode, sources, using } = request;
  const alias = rowidAlias(newNode);
  const oldRowid = rowidName(oldNode);
  const columns: CopiedColumn[] = [];
  const filled: ColumnDef[] = [];
  for (const node of newNode.columns) {
    const column = findColumn(to, node.name)!;
    if (node.constraints.some((constraint) => constraint.kind === "generated")) continue;
    const source = sources.get(node.name);
    const old = source === undefined ? null : (oldNode.columns.find((other) => other.name === source) ?? null);
    const fill = source === undefined ? request.fills?.get(node.name) : undefined;
    const expression = using.get(node.name) ?? fill ?? (source === undefined ? null : ddl.id(source));
    // A new INTEGER PRIMARY KEY takes the rowids that the rows had.
    const value = expression ?? (node.name === alias ? oldRowid : null);
    if (value === null) filled.push(column);
    else
      columns.push({
        column,
        oldNode: old,
        newNode: node,
        expression: value,
        converted: using.has(node.name) || fill !== undefined,
      });
  }
  const newRowid = alias === null ? rowidName(newNode) : null;
  const copiesRowid = newRowid !== null && oldRowid !== null;
  return {
    columns,
    filled,
    targets: [...(copiesRowid ? [newRowid] : []), ...columns.map(({ newNode: node }) => ddl.id(node.name))],
    values: [...(copiesRowid ? [oldRowid] : []), ...columns.map(({ expression }) => expression)],
    orderBy:
      oldRowid === null ? (oldNode.withoutRowid ? (from.primaryKey?.columns ?? []).map(ddl.id) : []) : [oldRowid],
    rangeKey: columns.some(({ converted, expression }) => converted && /\bover\b/i.test(expression)) ? null : oldRowid,
    keys: copiesRowid ? [{ target: newRowid, expression: oldRowid }] : keyColumns(to, newNode, columns),
  };
}

/** The primary key identifies rows where the rowid does not: in a table without one, or where it is a column. */
function keyColumns(to: TableDef, node: TableNode, columns: readonly CopiedColumn[]): CopyPlan["keys"] {
  if (rowidAlias(node) === null && !node.withoutRowid) return [];
  const keys = (to.primaryKey?.columns ?? []).map((name) => columns.find((copied) => copied.newNode.name === name));
  return keys.every((key) => key !== undefined)
    ? keys.map((key) => ({ target: ddl.id(key.newNode.name), expression: key.expression }))
    : [];
}

/** The column that is the rowid, or null. */
export function rowidAlias(node: TableNode): string | null {
  return readTable(node, []).table.columns.find((column) => column.identity !== undefined)?.name ?? null;
}

/** A name under which the rowid can be reached; null where there is none, or where columns took all three. */
function rowidName(node: TableNode): string | null {
  if (node.withoutRowid) return null;
  return (
    ["rowid", "_rowid_", "oid"].find((name) => !node.columns.some((column) => sameName(column.name, name))) ?? null
  );
}
