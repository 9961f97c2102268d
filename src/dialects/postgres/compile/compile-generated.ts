/** Generated columns, where the server cannot change the column it has: another takes its place, at the end of the table. */
import { relation } from "../../../operations/kept-targets.js";
import type { Operation, Statement } from "../../../operations/operation.js";
import { statement } from "../../../operations/operation.js";
import { reverseOperation, standardStatements } from "../../../operations/registry.js";
import { type ColumnDef, type ObjectName, objectName, type SchemaDef, type TableDef } from "../../../schema/schema.js";
import { ddl } from "../text/ddl.js";
import { cutName } from "../text/identifiers.js";
import { mentionsName } from "../text/sql-text.js";
import { typeDdl } from "../text/types.js";

/**
 * Drops the column, with all that hangs on it, and makes it and all that anew. What it holds is computed again, so only
 * a column that was plain before loses data.
 */
export async function recreateColumn(
  table: ObjectName,
  from: ColumnDef,
  to: ColumnDef,
  schema: SchemaDef,
): Promise<readonly Statement[]> {
  const restored = lostWith(table, to.name, schema);
  const [dropped, ...made] = await compiled(
    [dropOf(table, to.name), { kind: "addColumn", table, column: to }, ...restored],
    schema,
  );
  const hazards = from.generated === undefined ? (["deletesData"] as const) : [];
  return [{ ...dropped!, hazards, remakes: { ...relation(table), column: to.name } }, ...made];
}

/** Makes a plain column that holds what the generated one shows. */
export async function settleColumn(
  table: ObjectName,
  from: ColumnDef,
  schema: SchemaDef,
): Promise<readonly Statement[]> {
  const restored = lostWith(table, from.name, schema);
  const kept = ddl.id(cutName(`tsm_${from.name}`));
  const column = ddl.id(from.name);
  const alter = `ALTER TABLE ${ddl.name(table)}`;
  const collation = from.collation === undefined ? "" : ` COLLATE ${ddl.collation(from.collation)}`;
  return [
    statement(`${alter} ADD COLUMN ${kept} ${typeDdl(from.type)}${collation}`),
    statement(`UPDATE ${ddl.name(table)} SET ${kept} = ${column}`, { hazards: ["rewritesTable"] }),
    statement(`${alter} DROP COLUMN ${column}`, { remakes: { ...relation(table), column: from.name } }),
    statement(`${alter} RENAME COLUMN ${kept} TO ${column}`),
    ...(from.comment === undefined
      ? []
      : [statement(`COMMENT ON COLUMN ${ddl.name(table)}.${column} IS ${ddl.literal(from.comment)}`)]),
    ...(from.nullable ? [] : [statement(`${alter} ALTER COLUMN ${column} SET NOT NULL`)]),
    ...(await compiled(restored, schema)),
  ];
}

/**
 * The server changes no column that a generated one is made from: those are dropped before `statements` and made again
 * after, which computes them anew.
 */
export async function aroundGenerated(
  table: TableDef,
  columns: readonly string[],
  schema: SchemaDef,
  statements: readonly Statement[],
): Promise<readonly Statement[]> {
  const dependants = table.columns.filter(
    ({ name, generated }) =>
      generated !== undefined &&
      !columns.includes(name) &&
      columns.some((column) => mentionsName(generated.expression, column)),
  );
  const drops: Statement[] = [];
  for (const { name } of dependants) {
    const remakes = { ...relation(table), column: name };
    for (const each of await compiled([dropOf(table, name)], schema)) drops.push({ ...each, hazards: [], remakes });
  }
  const restored = await compiled(
    [
      ...dependants.map((column): Operation => ({ kind: "addColumn", table: objectName(table), column })),
      // After all the columns, since some of it may use several of them.
      ...dependants.flatMap(({ name }) => lostWith(table, name, schema)),
    ],
    schema,
  );
  const once = restored.filter(({ sql }, at) => restored.findIndex((other) => other.sql === sql) === at);
  return [...drops, ...statements, ...once];
}

function dropOf(table: ObjectName, column: string): Operation {
  return { kind: "dropColumn", table: objectName(table), column };
}

/** What goes with a dropped column: keys, checks and indexes. */
function lostWith(table: ObjectName, column: string, schema: SchemaDef): readonly Operation[] {
  const back = reverseOperation(dropOf(table, column), schema) ?? [];
  return back.filter(({ kind }) => kind !== "addColumn" && kind !== "alterColumn");
}

async function compiled(ops: readonly Operation[], schema: SchemaDef): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  for (const op of ops) statements.push(...(await standardStatements(op, ddl, async () => schema)));
  return statements;
}
