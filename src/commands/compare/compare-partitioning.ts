/** Tables that are partitioned on one side only, or otherwise, or by what changes: PostgreSQL knows no statement for it. */
import { UnsupportedOperationError } from "../../errors.js";
import { usesEnum } from "../../operations/enums.js";
import type { Operation } from "../../operations/operation.js";
import { sameObject } from "../../schema/edit-schema.js";
import { mentionsColumn } from "../../schema/expression.js";
import { wholeTable } from "../../schema/inheritance.js";
import { displayName, type SchemaDef, type TableDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

/**
 * An operation could move the rows, but not prove that nobody outside the schema holds on to the old table (foreign keys
 * of it, publications, prepared statements), nor which partitions are to take them. So a person writes it.
 * @throws UnsupportedOperationError unless it is only to be said
 */
export function comparePartitioning(
  environment: Environment,
  found: SchemaDef,
  wanted: SchemaDef,
  unwritable: "refuse" | "warn",
): void {
  for (const [key, table] of Object.entries(wanted.tables)) {
    const before = found.tables[key];
    if (before === undefined || sameText(keyOf(table), keyOf(before))) continue;
    const text = differenceText(table, keyOf(before), keyOf(table));
    if (unwritable === "warn" || !isCertain(keyOf(table), keyOf(before))) {
      environment.emit({ type: "warning", text });
    } else {
      throw new UnsupportedOperationError(text, { dialect: "postgres", operation: "partition", hint: hintText(table) });
    }
  }
}

/**
 * Columns that a table is partitioned by and that get another type, by themselves or with their enum.
 * @throws UnsupportedOperationError unless it is only to be said
 */
export function comparePartitionKeys(
  environment: Environment,
  found: SchemaDef,
  operations: readonly Operation[],
  unwritable: "refuse" | "warn",
): void {
  const changes = operations.filter((op) => op.kind === "alterColumn" || op.kind === "replaceEnum");
  for (const table of changes.length === 0 ? [] : Object.values(found.tables)) {
    const by = keyOf(table);
    if (by === undefined) continue;
    const whole = wholeTable(found, table);
    for (const { name, type } of whole.columns.filter((column) => mentionsColumn(by, column.name))) {
      const why = changes.flatMap((op) => {
        if (op.kind === "replaceEnum")
          return usesEnum(type, op.enum) ? [`its enum ${displayName(op.enum)} changes`] : [];
        const isIt = op.column === name && sameObject(op.table, table);
        return isIt && (op.changes.type !== undefined || "collation" in op.changes) ? ["its type changes"] : [];
      });
      if (why.length === 0) continue;
      const text = `table '${displayName(table)}' is partitioned by ${by}, and PostgreSQL cannot change the type of column '${name}' (${why[0]})`;
      if (unwritable === "warn") environment.emit({ type: "warning", text });
      else {
        const hint = hintText(table);
        throw new UnsupportedOperationError(text, { dialect: "postgres", operation: "partition", hint });
      }
    }
  }
}

function differenceText(table: TableDef, before: string | undefined, after: string | undefined): string {
  const words = (by: string | undefined) => (by === undefined ? "not partitioned" : `partitioned by ${by}`);
  return `table '${displayName(table)}' is ${words(before)} in the database and ${words(after)} in the models, and PostgreSQL cannot change that`;
}

function hintText(table: TableDef): string {
  const shown = displayName(table);
  return (
    `Write it by hand: \`tsmigrate revision -m "partition ${shown}"\`, and in it op.renameTable for the old table and its ` +
    'indexes, op.createTable for the new one with its partitions, op.execute("INSERT INTO … SELECT …"), op.dropConstraint and ' +
    "op.createForeignKey for the keys that refer to it, op.dropTable for the old one."
  );
}

function keyOf(table: TableDef): string | undefined {
  return table.options?.postgres?.partitionBy;
}

function sameText(a: string | undefined, b: string | undefined): boolean {
  const plain = (text: string | undefined) => (text ?? "").replace(/[\s"]/g, "").toLowerCase();
  return plain(a) === plain(b);
}

/** The server writes expressions and operator classes in its own way; two lists of columns are told apart by their texts. */
function isCertain(a: string | undefined, b: string | undefined): boolean {
  const parts = [a, b].map((text) => /^\s*(\w+)\s*\((.*)\)\s*$/s.exec(text ?? ""));
  const [one, other] = parts;
  if (one == null || other == null) return true;
  const isPlain = (list: string) => /^(?:\s*(?:"(?:[^"]|"")*"|[\w$]+)\s*(?:,|$))+$/u.test(list);
  return one[1]!.toLowerCase() !== other[1]!.toLowerCase() || (isPlain(one[2]!) && isPlain(other[2]!));
}
