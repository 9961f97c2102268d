/** setTableOptions: what a table is made with besides its columns and constraints. */
import { putTable } from "../schema/edit-schema.js";
import { displayName, objectKey, sameDef, type TableDef, type TableOptions } from "../schema/schema.js";
import { requireTable } from "./conflict.js";
import type { OperationOf, OperationSpec } from "./operation.js";

type DialectOptions = { readonly [K in keyof TableOptions]-?: NonNullable<TableOptions[K]> };

export const setTableOptions: OperationSpec<"setTableOptions"> = {
  kind: "setTableOptions",
  apply(before, op) {
    const { options: found, ...table } = requireTable(before, op.table, this.describe(op));
    const options = plainOptions({ ...found, ...op.options });
    return putTable(before, { ...table, ...(options === undefined ? {} : { options }) });
  },
  reverse(op, before) {
    const found = before.tables[objectKey(op.table)]?.options ?? {};
    const keys = Object.keys(op.options) as (keyof TableOptions)[];
    const options = Object.fromEntries(keys.map((key) => [key, found[key] ?? {}]));
    return [{ kind: "setTableOptions", table: op.table, options }];
  },
  // Each database changes its own options in its own way, and has no word for those of the other.
  toSql: () => [],
  describe: (op) => `set options of table ${displayName(op.table)}${optionWords(op)}`,
  destroys: () => null,
};

/** Without what says nothing: options that are off, and a database that none are left for. */
export function plainOptions(options: TableOptions): TableOptions | undefined {
  const kept = Object.entries(options).flatMap(([dialect, own]): readonly [string, object][] => {
    const said = Object.entries(own ?? {}).filter(([, value]) => value !== false && value !== undefined);
    return said.length === 0 ? [] : [[dialect, Object.fromEntries(said)]];
  });
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as TableOptions);
}

/** The options in which the two tables differ, each database's as a whole; null where they do not. */
export function optionChanges(from: TableDef, to: TableDef): TableOptions | null {
  const [before, after] = [plainOptions(from.options ?? {}) ?? {}, plainOptions(to.options ?? {}) ?? {}];
  const changed = (["sqlite", "postgres"] as const).filter((key) => !sameDef(before[key] ?? {}, after[key] ?? {}));
  if (changed.length === 0) return null;
  return Object.fromEntries(changed.map((key) => [key, after[key] ?? {}]));
}

function optionWords(op: OperationOf<"setTableOptions">): string {
  const words = Object.values(op.options as DialectOptions).flatMap((own) =>
    Object.entries(own ?? {}).map(([key, value]) => (value === true ? key : `${key} ${JSON.stringify(value)}`)),
  );
  return words.length === 0 ? " (none)" : ` (${words.join(", ")})`;
}
