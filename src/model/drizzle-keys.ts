/** Keys of a Drizzle table, with the names that drizzle-kit gives them. */
import {
  compact,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IndexDef,
  type PrimaryKeyDef,
  type UniqueDef,
} from "../schema/schema.js";
import type { DrizzleForeignKey, DrizzleNamed, DrizzleTableConfig } from "./drizzle-api.js";
import type { DrizzleContext } from "./drizzle-sql.js";

export function drizzlePrimaryKey(config: DrizzleTableConfig, context: DrizzleContext): PrimaryKeyDef | undefined {
  const [key] = config.primaryKeys;
  if (key !== undefined) {
    const name = convertedName(key.getName() ?? "", key.columns, context);
    return named(name, key.name === undefined, { columns: key.columns.map(context.api.columnName) });
  }
  const columns = config.columns.filter((column) => column.primary).map(context.api.columnName);
  return columns.length === 0 ? undefined : named(`${config.name}_pkey`, true, { columns });
}

export function drizzleUniques(config: DrizzleTableConfig, { api }: DrizzleContext): readonly UniqueDef[] {
  // Unlike those of other keys, the name holds the keys of the models whatever the casing is.
  const usual = (columns: readonly DrizzleNamed[]) =>
    `${config.name}_${columns.map(({ name }) => name).join("_")}_unique`;
  const unique = (name: string | undefined, columns: readonly DrizzleNamed[], isNotDistinct: boolean): UniqueDef =>
    named(name ?? usual(columns), name === undefined || name === usual(columns), {
      columns: columns.map(api.columnName),
      ...(isNotDistinct ? { nullsNotDistinct: true as const } : {}),
    });
  return [
    ...config.columns
      .filter((column) => column.isUnique)
      .map((column) => unique(column.uniqueName, [column], column.uniqueType === "not distinct")),
    ...config.uniqueConstraints.map((constraint) =>
      unique(constraint.getName(), constraint.columns, constraint.nullsNotDistinct === true),
    ),
  ];
}

/** What drizzle-kit makes of a unique constraint on SQLite. */
export function uniqueIndex({ name, columns, conventional }: UniqueDef): IndexDef {
  return compact({ name: name!, conventional, unique: true, elements: columns.map((column) => ({ column })) });
}

export function drizzleForeignKey(key: DrizzleForeignKey, context: DrizzleContext): ForeignKeyDef {
  const { api } = context;
  const { name, columns, foreignTable, foreignColumns } = key.reference();
  const target = api.getTableConfig(foreignTable);
  return named(convertedName(key.getName(), [...columns, ...foreignColumns], context), name === undefined, {
    columns: columns.map(api.columnName),
    target: compact({ name: target.name, schema: target.schema }),
    targetColumns: foreignColumns.map(api.columnName),
    ...compact({ onDelete: action(key.onDelete), onUpdate: action(key.onUpdate) }),
  });
}

/** drizzle-kit replaces one name after the other where it stands first, in given names as well. */
function convertedName(name: string, columns: readonly DrizzleNamed[], { api }: DrizzleContext): string {
  return columns.reduce((text, column) => text.replace(column.name, () => api.columnName(column)), name);
}

function action(rule: string | undefined): ForeignKeyAction | undefined {
  return rule === undefined || rule === "no action" ? undefined : (rule as ForeignKeyAction);
}

export function named<T extends object>(name: string, conventional: boolean, rest: T) {
  return conventional ? { name, conventional: true as const, ...rest } : { name, ...rest };
}
