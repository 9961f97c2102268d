/** Composite types whose parts get other types while tables hold values of them: PostgreSQL knows no statement for it. */
import { mentions } from "../../diff/provided-names.js";
import { UnsupportedOperationError } from "../../errors.js";
import type { Operation } from "../../operations/operation.js";
import type { CompositeTypeDef } from "../../schema/objects.js";
import { type ColumnDef, displayName, objectKey, type SchemaDef, sameDef } from "../../schema/schema.js";
import type { Environment } from "../environment/environment.js";

/**
 * Parts may come; the values that are stored have none of another type.
 * @throws UnsupportedOperationError unless it is only to be said
 */
export function compareComposites(
  environment: Environment,
  found: SchemaDef,
  operations: readonly Operation[],
  unwritable: "refuse" | "warn",
): void {
  for (const op of operations) {
    if (op.kind !== "alterObject" || op.object.kind !== "compositeType") continue;
    const before = Object.values(found.objects).find(
      (it): it is CompositeTypeDef => it.kind === "compositeType" && objectKey(it) === objectKey(op.object),
    );
    const after = (op.changes as Partial<CompositeTypeDef>).columns;
    const part = before?.columns.find((column) => isRetyped(column, after));
    const users = part === undefined ? [] : holdersOf(found, op.object.name);
    if (users.length === 0) continue;
    const text = `part '${part!.name}' of composite type '${displayName(op.object)}' gets another type, and PostgreSQL cannot change that while columns are of it: ${users.join(", ")}`;
    if (unwritable === "warn") environment.emit({ type: "warning", text });
    else throw new UnsupportedOperationError(text, { dialect: "postgres", operation: "compositeType", hint: HINT });
  }
}

const HINT =
  "Give the new type a name of its own in the models, and the column that type: autogenerate writes both, and you the conversion (`using`). A column that goes anyway is dropped in a revision before.";

type Part = CompositeTypeDef["columns"][number];

function isRetyped(part: Part, parts: readonly Part[] | undefined): boolean {
  const other = parts?.find(({ name }) => name === part.name);
  return other !== undefined && !sameDef([other.type, other.collation ?? null], [part.type, part.collation ?? null]);
}

function holdersOf(schema: SchemaDef, type: string): readonly string[] {
  const holds = ({ type: { element, text, object } }: ColumnDef) =>
    object?.name === type || mentions([element?.text ?? text ?? ""], type);
  return Object.values(schema.tables).flatMap((table) =>
    table.columns.filter(holds).map(({ name }) => `${displayName(table)}.${name}`),
  );
}
