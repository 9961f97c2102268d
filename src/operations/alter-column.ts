/** alterColumn: type, nullability, default, identity, generated expression, collation, comment. */

import { UnsupportedOperationError } from "../errors.js";
import { displayType, isWidening } from "../schema/display-type.js";
import { putTable } from "../schema/edit-schema.js";
import { descendantsOf, inheritedColumn, wholeTable, withOverride } from "../schema/inheritance.js";
import {
  type ColumnDef,
  compact,
  displayName,
  findColumn,
  objectKey,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { withSerialSpelled } from "../schema/serials.js";
import { conflict, requireColumn, requireTable } from "./conflict.js";
import type { ColumnChanges, OperationOf, OperationSpec } from "./operation.js";

export const alterColumn: OperationSpec<"alterColumn"> = {
  kind: "alterColumn",
  apply(before, op) {
    const spelled = withSerialSpelled(before, op.table, op.column, op.changes);
    const table = requireTable(spelled, op.table, describe(op));
    const column = requireColumn(wholeTable(spelled, table), op.column, describe(op));
    if (op.changes.nullable === true && table.primaryKey?.columns.includes(op.column)) {
      throw conflict(describe(op), "a primary key column cannot be nullable");
    }
    const changed = putTable(spelled, withColumn(spelled, table, changeColumn(column, op.changes)));
    return inHeirs(changed, op);
  },
  reverse(op, before) {
    const spelled = withSerialSpelled(before, op.table, op.column, op.changes);
    const table = spelled.tables[objectKey(op.table)];
    const column = table === undefined ? undefined : findColumn(wholeTable(spelled, table), op.column);
    if (column === undefined) return null;
    return [
      {
        kind: "alterColumn",
        table: op.table,
        column: op.column,
        changes: changesBack(column, op.changes),
        ...(op.usingBack === undefined ? {} : { using: op.usingBack, ...compact({ usingBack: op.using }) }),
      },
    ];
  },
  toSql(op, ddl) {
    throw new UnsupportedOperationError(`${ddl.dialect} has no standard form of '${describe(op)}'`, {
      dialect: ddl.dialect,
      operation: describe(op),
    });
  },
  describe,
  destroys(op, before) {
    const table = before.tables[objectKey(op.table)];
    const column = table === undefined ? undefined : findColumn(wholeTable(before, table), op.column);
    if (column === undefined) return null;
    if (op.changes.generated && column.generated === undefined) {
      return `${displayName(op.table)}.${op.column} (its values are computed from now on)`;
    }
    if (op.using !== undefined && op.usingBack === undefined && op.changes.type === undefined) {
      return `${displayName(op.table)}.${op.column} (its values become ${op.using})`;
    }
    if (op.changes.type === undefined || isWidening(column.type, op.changes.type)) return null;
    return `${displayName(op.table)}.${op.column} (${displayType(column.type)} to ${displayType(op.changes.type)} may change or refuse values)`;
  },
};

function withColumn(schema: SchemaDef, table: TableDef, column: ColumnDef): TableDef {
  if (inheritedColumn(schema, table, column.name) !== undefined) return withOverride(schema, table, column);
  return { ...table, columns: table.columns.map((other) => (other.name === column.name ? column : other)) };
}

/** What changes in a table changes in its partitions and children too, also where they had it in their own way. */
function inHeirs(schema: SchemaDef, op: OperationOf<"alterColumn">): SchemaDef {
  const { comment: _comment, identity: _identity, notNull: _notNull, postgres: _postgres, ...changes } = op.changes;
  return descendantsOf(schema, op.table).reduce((changed, { name, schema: of }) => {
    const heir = requireTable(changed, { name, ...(of === undefined ? {} : { schema: of }) }, describe(op));
    const own = findColumn(heir, op.column);
    return own === undefined ? changed : putTable(changed, withColumn(changed, heir, changeColumn(own, changes)));
  }, schema);
}

/** The column after the changes; a key that is absent in `changes` is kept, null takes it away. */
export function changeColumn(column: ColumnDef, changes: ColumnChanges): ColumnDef {
  const kept: Record<string, unknown> = { ...column };
  if (changes.nullable === true) delete kept.sqlite;
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete kept[key];
    else if (value !== undefined) kept[key] = value;
  }
  return kept as unknown as ColumnDef;
}

/** The changes that turn `from` into `to`, null when there are none. Names are not compared. */
export function columnChanges(
  from: ColumnDef,
  to: ColumnDef,
  same: (a: unknown, b: unknown) => boolean,
): ColumnChanges | null {
  const changes: Record<string, unknown> = {};
  for (const key of ASPECTS) {
    if (!same(from[key], to[key])) changes[key] = to[key] ?? null;
  }
  return Object.keys(changes).length === 0 ? null : (changes as ColumnChanges);
}

const ASPECTS = [
  "type",
  "nullable",
  "default",
  "identity",
  "generated",
  "collation",
  "comment",
  "sqlite",
  "postgres",
  "notNull",
] as const;

function changesBack(column: ColumnDef, changes: ColumnChanges): ColumnChanges {
  const lost = changes.nullable === true && column.sqlite !== undefined;
  const isBack = (key: (typeof ASPECTS)[number]) => changes[key] !== undefined || (key === "sqlite" && lost);
  return Object.fromEntries(ASPECTS.filter(isBack).map((key) => [key, column[key] ?? null])) as ColumnChanges;
}

function describe(op: OperationOf<"alterColumn">): string {
  const { changes } = op;
  const parts: string[] = [];
  if (changes.type !== undefined) parts.push(`type ${displayType(changes.type)}`);
  if (changes.nullable !== undefined) parts.push(changes.nullable ? "nullable" : "not null");
  if (changes.default !== undefined) parts.push(changes.default === null ? "no default" : "default");
  if (changes.identity !== undefined) parts.push(changes.identity === null ? "no identity" : "identity");
  if (changes.generated !== undefined)
    parts.push(changes.generated === null ? "not generated" : "generated expression");
  if (changes.collation !== undefined) parts.push("collation");
  if (changes.comment !== undefined) parts.push("comment");
  if (changes.sqlite !== undefined) parts.push("how it is NOT NULL");
  if (op.using !== undefined && changes.type === undefined) parts.push("values");
  if (changes.postgres !== undefined) parts.push("storage");
  if (changes.notNull !== undefined) parts.push("not null");
  return `alter column ${displayName(op.table)}.${op.column}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`;
}
