/** Several operations on one table as one rebuild of it. */
import { OperationConflictError } from "../../../errors.js";
import type { Operation, OperationOf, Statement } from "../../../operations/operation.js";
import { applyAll, applyOperation, describeOperation } from "../../../operations/registry.js";
import { renameColumnIn } from "../../../schema/expression.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../../../schema/schema.js";
import { parenthesize } from "../../standard-ddl.js";
import { renameStatements } from "../alter/rename.js";
import { lowerColumn, lowerTableIn } from "../forms/lower.js";
import { refuseUnsupported } from "../forms/unsupported.js";
import { defaultExpression } from "../text/defaults.js";
import { rebuildStatements } from "./rebuild-table.js";

/**
 * The statements that do all of `ops`, which name the same table. `all` are these and those of other tables among which
 * they stand, in order.
 *
 * Renames come last and natively: only SQLite itself rewrites the views, triggers and foreign keys that use the name.
 *
 * @throws OperationConflictError, UnsupportedOperationError
 */
export function compileRebuild(
  ops: readonly Operation[],
  before: SchemaDef,
  all: readonly Operation[] = ops,
): readonly Statement[] {
  const flat = ops.flatMap((op) => (op.kind === "batchAlterTable" ? op.operations : [op]));
  const moves = followNames(flat, tableOf(ops, before), before);
  const end = lowerTableIn(applyAll(before, all), { name: moves.tableTo });
  const from = lowerTableIn(before, moves.table).tables[objectKey(moves.table)];
  const wanted = backToOldNames(end, moves, flat).tables[objectKey(moves.table)];
  if (from === undefined || wanted === undefined) return [];
  const to = withoutLostIdentity(wanted, from);
  refuseUnsupported(to, flat.map(describeOperation).join(", "), from);
  const renames = renameStatements(moves);
  const unchanged = sameDef(from, to) && moves.using.size === 0 && !ops.some(isForced);
  return unchanged ? renames : [...rebuildStatements({ before, from, to, ...moves }), ...renames];
}

/** Filling itself is a part of INTEGER PRIMARY KEY in a table that has rowids, and goes with either. */
function withoutLostIdentity(table: TableDef, from: TableDef): TableDef {
  const losesRowid = table.options?.sqlite?.withoutRowid === true && from.options?.sqlite?.withoutRowid !== true;
  const isKey = (of: TableDef, name: string) =>
    of.primaryKey?.columns.length === 1 && of.primaryKey.columns[0] === name;
  return {
    ...table,
    columns: table.columns.map((column) => {
      if (column.identity === undefined || !isKey(from, column.name)) return column;
      if (isKey(table, column.name) && !(losesRowid && column.identity.reuseIds !== false)) return column;
      const { identity: _gone, ...rest } = column;
      return rest;
    }),
  };
}

function isForced(op: Operation): boolean {
  return op.kind === "batchAlterTable" && op.recreate === "always";
}

/** What the columns and the table are called before, and where they end. */
export interface NameMoves {
  /** The table under its old name, and its new name. */
  readonly table: ObjectName;
  readonly tableTo: string;
  /** Old column name → new one, where they differ. */
  readonly columns: ReadonlyMap<string, string>;
  /** Column as named in the rebuilt table → column it is copied from. */
  readonly sources: ReadonlyMap<string, string>;
  readonly using: ReadonlyMap<string, string>;
  /** New column → the default it came with, which fills the rows even where another one follows. */
  readonly fills: ReadonlyMap<string, string>;
}

function followNames(ops: readonly Operation[], table: ObjectName, before: SchemaDef): NameMoves {
  let tableTo = table.name;
  // New name → old name of every column that was there from the start.
  const origins = new Map((before.tables[objectKey(table)]?.columns ?? []).map((column) => [column.name, column.name]));
  const using = new Map<string, string>();
  const fills = new Map<string, string>();
  for (const op of ops) {
    if (op.kind === "renameTable") tableTo = op.to;
    else if (op.kind === "addColumn" && op.column.default !== undefined) {
      const { type } = lowerColumn(op.column);
      fills.set(op.column.name, parenthesize(defaultExpression(op.column.default, type)));
    } else if (op.kind === "dropColumn") {
      origins.delete(op.column);
      fills.delete(op.column);
    } else if (op.kind === "renameColumn") {
      move(origins, op.column, op.to);
      move(fills, op.column, op.to);
    } else if (op.kind === "alterColumn" && op.using !== undefined) {
      using.set(origins.get(op.column) ?? op.column, inOldNames(op.using, origins));
    }
  }
  const columns = new Map([...origins].flatMap(([name, origin]) => (name === origin ? [] : [[origin, name] as const])));
  const sources = new Map([...origins.values()].map((origin) => [origin, origin]));
  return { table, tableTo, columns, sources, using, fills };
}

function move(map: Map<string, string>, from: string, to: string): void {
  const value = map.get(from);
  map.delete(from);
  if (value !== undefined) map.set(to, value);
}

function inOldNames(expression: string, origins: ReadonlyMap<string, string>): string {
  let text = expression;
  for (const [name, origin] of origins) if (name !== origin) text = renameColumnIn(text, name, origin);
  return text;
}

/** The schema at the end, but with the names of the beginning, which the rebuild works with. */
function backToOldNames(end: SchemaDef, moves: NameMoves, ops: readonly Operation[]): SchemaDef {
  let schema = end;
  try {
    if (moves.tableTo !== moves.table.name) {
      schema = applyOperation(schema, { kind: "renameTable", table: { name: moves.tableTo }, to: moves.table.name });
    }
    for (const [origin, name] of moves.columns) {
      schema = applyOperation(schema, { kind: "renameColumn", table: moves.table, column: name, to: origin });
    }
    return schema;
  } catch (cause) {
    if (!(cause instanceof OperationConflictError)) throw cause;
    const operation = ops.map(describeOperation).join(", ");
    throw new OperationConflictError(
      `a name of table '${displayName(moves.table)}' is given away and taken again in one rebuild`,
      {
        operation,
        cause,
        hint: "Put the renames into a revision of their own, before the other changes.",
      },
    );
  }
}

/** The table that the operations are about. */
function tableOf(ops: readonly Operation[], before: SchemaDef): ObjectName {
  const named = ops.find((op) => "table" in op && op.table !== undefined) as OperationOf<"addColumn"> | undefined;
  if (named !== undefined) return { name: named.table.name };
  const index = ops.find((op) => op.kind === "dropIndex" || op.kind === "renameIndex");
  const holder = Object.values(before.tables).find((table) =>
    table.indexes.some(({ name }) => name === index?.index.name),
  );
  return { name: holder?.name ?? "" };
}
