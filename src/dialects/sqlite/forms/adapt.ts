import { ModelInvalidError } from "../../../errors.js";
import type { SchemaDef } from "../../../schema/schema.js";
import { displayName } from "../../../schema/schema.js";
import { enumOf, lowerSchema } from "./lower.js";
import { objectProblems } from "./object-problems.js";
import { type Problem, schemaProblems, tableProblems } from "./problems.js";

/**
 * The models' schema as SQLite will hold it: enums as text with a named check, comments left out.
 *
 * @throws {@link ModelInvalidError} for what SQLite cannot hold; the fields name the first, the message all of them.
 */
export function adapt(wanted: SchemaDef): SchemaDef {
  const lowered = lowerSchema(wanted);
  const problems = [
    ...missingEnums(wanted),
    ...Object.values(lowered.tables).flatMap(tableProblems),
    ...schemaProblems(lowered),
    ...Object.values(lowered.objects).flatMap(objectProblems),
  ];
  const [first] = problems;
  if (first === undefined) return withoutMarks(lowered);
  throw new ModelInvalidError(problems.map((problem) => problem.message).join("\n"), {
    table: first.table,
    column: first.column,
    hint: first.hint,
  });
}

/** That a key was not to be checked is no part of the structure. */
function withoutMarks(schema: SchemaDef): SchemaDef {
  const tables = Object.entries(schema.tables).map(([key, table]) => {
    if (table.foreignKeys.every((foreignKey) => !("unchecked" in foreignKey))) return [key, table] as const;
    const foreignKeys = table.foreignKeys.map(({ unchecked: _mark, ...foreignKey }) => foreignKey);
    return [key, { ...table, foreignKeys }] as const;
  });
  return { ...schema, tables: Object.fromEntries(tables) };
}

function missingEnums(wanted: SchemaDef): readonly Problem[] {
  return Object.values(wanted.tables).flatMap((table) =>
    table.columns
      .filter((column) => column.type.name === "enum" && enumOf(column.type, wanted.enums) === undefined)
      .map((column) => ({
        table: displayName(table),
        column: column.name,
        message: `column '${displayName(table)}.${column.name}' has the enum type '${displayName(column.type.object ?? { name: "" })}', which the models do not define`,
        hint: "Export the `enumType(…)` from the models module.",
      })),
  );
}
