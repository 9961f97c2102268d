/** What the config's `compareType` and `compareDefault` say about columns that are on both sides. */
import type { EnvironmentConfig } from "../../config/config.js";
import { type ColumnDef, findColumn, objectName, type SchemaDef, type TableDef } from "../../schema/schema.js";

/**
 * Gives `reconciled` with the hooks' answers in it: a column they call the same has what the database has, one they call
 * different what the models say, word for word.
 */
export function applyCompareHooks(
  found: SchemaDef,
  declared: SchemaDef,
  reconciled: SchemaDef,
  hooks: Pick<EnvironmentConfig, "compareType" | "compareDefault">,
): SchemaDef {
  if (hooks.compareType === undefined && hooks.compareDefault === undefined) return reconciled;
  const table = (key: string, to: TableDef): TableDef => {
    const [before, wanted] = [found.tables[key], declared.tables[key]];
    if (before === undefined || wanted === undefined) return to;
    return {
      ...to,
      columns: to.columns.map((column) => {
        const [old, model] = [findColumn(before, column.name), findColumn(wanted, column.name)];
        return old === undefined || model === undefined ? column : answered(column, old, model, to, hooks);
      }),
    };
  };
  const tables = Object.fromEntries(Object.entries(reconciled.tables).map(([key, to]) => [key, table(key, to)]));
  return { ...reconciled, tables };
}

function answered(
  column: ColumnDef,
  old: ColumnDef,
  model: ColumnDef,
  table: TableDef,
  { compareType, compareDefault }: Pick<EnvironmentConfig, "compareType" | "compareDefault">,
): ColumnDef {
  const place = { table: objectName(table), column: column.name };
  const typeDiffers = compareType?.({ ...place, found: old.type, wanted: model.type });
  const defaultDiffers = compareDefault?.({ ...place, found: old.default ?? null, wanted: model.default ?? null });
  const { default: reconciledDefault, ...rest } = column;
  const source = defaultDiffers === undefined ? reconciledDefault : (defaultDiffers ? model : old).default;
  return {
    ...rest,
    ...(typeDiffers === undefined ? {} : { type: (typeDiffers ? model : old).type }),
    ...(source === undefined ? {} : { default: source }),
  };
}
