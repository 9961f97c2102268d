/** Functions that are dropped and made again while a table is partitioned by them, or holds values of a type made with them. */
import { calledName, mentions } from "../../diff/provided-names.js";
import { UnsupportedOperationError } from "../../errors.js";
import type { Operation } from "../../operations/operation.js";
import { displayObject } from "../../schema/objects.js";
import { type ColumnDef, displayName, type SchemaDef, type TableDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

/**
 * All else that calls a function is dropped and made around it; these would take the rows with them.
 * @throws UnsupportedOperationError unless it is only to be said
 */
export function compareFunctions(
  environment: Environment,
  found: SchemaDef,
  wanted: SchemaDef,
  operations: readonly Operation[],
  unwritable: "refuse" | "warn",
): void {
  for (const { name, shown, isFunction } of replaced(operations)) {
    const users = Object.entries(found.tables).flatMap(([key, table]) =>
      key in wanted.tables ? usersOf(table, name) : [],
    );
    if (users.length === 0) continue;
    const what = isFunction ? "with other arguments or another result" : "when a function that it is made with changes";
    const text = `${shown} cannot be dropped and made again ${what}, because of ${users.join(", ")}`;
    if (unwritable === "warn") environment.emit({ type: "warning", text });
    else
      throw new UnsupportedOperationError(text, { dialect: "postgres", operation: "function", hint: hintText(name) });
  }
}

function hintText(name: string): string {
  return (
    `Give the new function a name of its own in the models and leave \`${name}\` as it is, or write it by hand: ` +
    `\`tsmigrate revision -m "replace ${name}"\`, with a new table or column that takes the rows over.`
  );
}

function replaced(operations: readonly Operation[]) {
  const made = new Set(operations.flatMap((op) => (op.kind === "createObject" ? (calledName(op.object) ?? []) : [])));
  return operations.flatMap((op) => {
    if (op.kind !== "dropObject" || (op.object.kind !== "function" && op.object.kind !== "definition")) return [];
    const name = calledName(op.object);
    if (name === null || !made.has(name)) return [];
    return [{ name, shown: displayObject(op.object), isFunction: op.object.kind === "function" }];
  });
}

function usersOf(table: TableDef, name: string): readonly string[] {
  const shown = displayName(table);
  const by = table.options?.postgres?.partitionBy;
  const typed = ({ type }: ColumnDef) => mentions([type.element?.text ?? type.text ?? ""], name);
  return [
    ...(by !== undefined && mentions([by], name) ? [`table ${shown} (partitioned by ${by})`] : []),
    ...table.columns.filter(typed).map((column) => `column ${shown}.${column.name} (its type)`),
  ];
}
