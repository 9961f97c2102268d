/** `op.backfill("users", { set: { full_name: sql`first || ' ' || last` }, where: sql`full_name IS NULL` })`. */
import type { BackfillAssignments, OperationOf } from "../operations/operation.js";
import { expression, type RenderContext, renderDefaultValue } from "./render-column.js";
import { literal, object, type Source, string } from "./source.js";

type Entry = readonly [string, Source];

export function backfillArguments(op: OperationOf<"backfill">, context: RenderContext): readonly Source[] {
  const plain: readonly Entry[] = Object.entries({ key: op.key, batchSize: op.batchSize, schema: op.table.schema })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, literal(value)]);
  const reverse: readonly Entry[] =
    op.reverse === undefined ? [] : [["reverse", object(assignments(op.reverse, context))]];
  return [string(op.table.name), object([...assignments(op, context), ...plain, ...reverse])];
}

function assignments({ set, where }: BackfillAssignments, context: RenderContext): readonly Entry[] {
  const values = Object.entries(set).map(([column, value]): Entry => [column, renderDefaultValue(value, context)]);
  return [
    ["set", object(values)],
    ...(where === undefined ? [] : [["where", expression(where, context)] satisfies Entry]),
  ];
}
