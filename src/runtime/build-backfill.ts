/** From the arguments of `op.backfill(…)` to the operation. */
import { UsageError } from "../errors.js";
import { defaultOf } from "../model/column-default.js";
import { bareExpressionText } from "../model/expression-text.js";
import type { BackfillAssignments, BackfillValue } from "../operations/operation.js";
import { compact, type ObjectName } from "../schema/schema.js";
import type { BackfillOptions, BackfillSet } from "./operations.js";

/** @throws UsageError for what cannot be run */
export function buildBackfill(table: ObjectName, options: BackfillOptions): object {
  const { key, batchSize, reverse } = options;
  const columns = key === undefined ? undefined : [key].flat();
  if (columns?.length === 0) throw refused(table, "has an empty key", "Leave `key` out: it is the primary key.");
  if (batchSize !== undefined && !(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw refused(table, "needs a whole number of rows as batchSize", "Write for example `batchSize: 5_000`.");
  }
  const built = assignments(table, options);
  const moved = columns?.find((column) => Object.hasOwn(built.set, column));
  if (moved !== undefined) throw movesKey(table, moved);
  return compact({
    kind: "backfill",
    table,
    ...built,
    key: columns,
    batchSize,
    reverse: reverse === undefined ? undefined : assignments(table, reverse),
  });
}

/** The rows are walked in the order of the key, which must stay. */
export function movesKey(table: ObjectName, column: string): UsageError {
  return refused(
    table,
    `sets '${column}', which is in the key that the rows are taken in the order of`,
    'Name other columns with `key: ["…"]`, or use `op.execute`.',
  );
}

function assignments(table: ObjectName, { set, where }: BackfillSet): BackfillAssignments {
  const what = `op.backfill of '${table.name}'`;
  const values = Object.entries(set ?? {}).map(([column, value]): [string, BackfillValue] => [
    column,
    defaultOf(value, `'${column}' of ${what}`) ?? { kind: "literal", value: null },
  ]);
  if (values.length === 0) {
    throw refused(table, "sets nothing", "Write `set: { column: value }`.");
  }
  const condition = where === undefined ? undefined : bareExpressionText(where, `where of ${what}`);
  return { set: Object.fromEntries(values), ...(condition === undefined ? {} : { where: condition }) };
}

function refused(table: ObjectName, message: string, hint: string): UsageError {
  return new UsageError(`op.backfill of '${table.name}' ${message}`, { hint });
}
