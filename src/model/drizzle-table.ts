/** One Drizzle table as data, with the names that drizzle-kit gives. */
import type { SequenceDef } from "../schema/objects.js";
import {
  type ColumnDef,
  compact,
  type DefaultDef,
  type IdentityDef,
  type ObjectName,
  type PrimaryKeyDef,
  type TableDef,
} from "../schema/schema.js";
import { nextValueOf, serialSequenceName } from "../schema/serials.js";
import { defaultOf } from "./column-default.js";
import { type DrizzleColumn, type DrizzleTableConfig, isDrizzleSql } from "./drizzle-api.js";
import { drizzleIndex } from "./drizzle-indexes.js";
import { drizzleForeignKey, drizzlePrimaryKey, drizzleUniques, uniqueIndex } from "./drizzle-keys.js";
import { bareSqlText, type DrizzleContext, sqlText } from "./drizzle-sql.js";
import { drizzleType } from "./drizzle-types.js";
import { bareExpressionText } from "./expression-text.js";

export function drizzleTable(config: DrizzleTableConfig, context: DrizzleContext): TableDef {
  const name: ObjectName = compact({ name: config.name, schema: config.schema });
  const { dialect } = context;
  const key = drizzlePrimaryKey(config, context);
  const uniques = drizzleUniques(config, context);
  const hasPolicies = (config.policies ?? []).length > 0;
  return compact({
    ...name,
    columns: config.columns.map((column) => columnDef(column, key, config, context)),
    primaryKey: key,
    // On SQLite drizzle-kit makes unique indexes of them.
    uniques: dialect === "sqlite" ? [] : uniques,
    foreignKeys: config.foreignKeys.map((foreignKey) => drizzleForeignKey(foreignKey, context)),
    checks: config.checks.map(({ name: check, value }) => ({
      name: check,
      expression: bareSqlText(value, `the check '${check}' of '${config.name}'`, context),
    })),
    indexes: [
      ...(dialect === "sqlite" ? uniques.map(uniqueIndex) : []),
      ...config.indexes.map(({ config: index }) => drizzleIndex(index, config, context)),
    ],
    rowSecurity:
      dialect === "postgres" && (config.enableRLS === true || hasPolicies) ? ({ enabled: true } as const) : undefined,
  });
}

function columnDef(
  column: DrizzleColumn,
  key: PrimaryKeyDef | undefined,
  table: DrizzleTableConfig,
  context: DrizzleContext,
): ColumnDef {
  const name = context.api.columnName(column);
  const where = `'${table.name}.${name}'`;
  const isKey = key?.columns.includes(name) === true;
  const type = drizzleType(column, context.dialect);
  const isNumbered =
    isSmallSerial(column) ||
    column.generatedIdentity !== undefined ||
    type.name === "serial" ||
    type.name === "bigserial";
  return compact({
    name,
    type,
    nullable: !column.notNull && !isKey && !isNumbered,
    default: isSmallSerial(column) ? nextValueOf(smallSerialSequence(name, table)) : defaultDef(column, where, context),
    identity: identityDef(column, isKey && key.columns.length === 1, context),
    generated:
      column.generated === undefined || column.generatedIdentity !== undefined
        ? undefined
        : {
            expression: bareExpressionText(generatedText(column.generated.as, where, context)),
            stored: context.dialect === "postgres" || column.generated.mode === "stored",
          },
  });
}

/** A function given to `$default` runs in the application and is no default of the database. */
function defaultDef(column: DrizzleColumn, where: string, context: DrizzleContext): DefaultDef | undefined {
  const value = column.default;
  if (value === undefined || value === null) return undefined;
  const what = `the default of ${where}`;
  if (isDrizzleSql(value)) {
    const text = bareSqlText(value, what, context);
    return /^(?:now\(\)|current_timestamp)$/i.test(text) ? { kind: "now" } : { kind: "sql", text };
  }
  return defaultOf(driverValue(value, column, context), what, drizzleType(column, context.dialect));
}

/** Texts and numbers are in the database what drizzle-kit writes there: them, and not what the column makes of them. */
function driverValue(value: unknown, column: DrizzleColumn, { dialect }: DrizzleContext): unknown {
  const isJson = /json/i.test(column.columnType);
  if (typeof value === "number" || (typeof value === "string" && !isJson)) return value;
  if (dialect === "postgres") {
    if (typeof value === "string") return jsonOf(value);
    return isJson || Array.isArray(value) ? value : column.mapToDriverValue(value);
  }
  if (!isJson) return column.mapToDriverValue(value);
  // Drizzle hands JSON of a BLOB over as bytes; its default is text, which drizzle-orm reads as well.
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A text as default of a JSON column is JSON already: `.default("{}")` is an empty object. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function generatedText(as: unknown, where: string, context: DrizzleContext): string {
  const value = typeof as === "function" ? (as as () => unknown)() : as;
  return isDrizzleSql(value) ? sqlText(value, `the expression of ${where}`, context) : String(value);
}

function identityDef(column: DrizzleColumn, isAloneKey: boolean, { dialect }: DrizzleContext): IdentityDef | undefined {
  if (dialect === "sqlite") {
    // An INTEGER PRIMARY KEY is the row's number.
    if (!isAloneKey || column.getSQLType() !== "integer") return undefined;
    return column.autoIncrement === true ? { generation: "byDefault", reuseIds: false } : { generation: "byDefault" };
  }
  const { generatedIdentity: identity } = column;
  if (identity === undefined) return undefined;
  const { startWith, increment, minValue, maxValue, cache, cycle } = identity.sequenceOptions ?? {};
  const number = (value: unknown) => (value === undefined ? undefined : Number(value));
  return compact({
    generation: identity.type,
    start: number(startWith),
    increment: number(increment),
    minValue: number(minValue),
    maxValue: number(maxValue),
    cache: number(cache),
    cycle: cycle === true ? true : undefined,
  });
}

/** The models have no word for SMALLSERIAL, which is a column with a sequence of its own. */
function isSmallSerial(column: DrizzleColumn): boolean {
  return column.getSQLType() === "smallserial";
}

function smallSerialSequence(column: string, { name, schema }: DrizzleTableConfig): SequenceDef {
  const table = compact({ name, schema });
  return {
    kind: "sequence",
    ...compact({ name: serialSequenceName(name, column), schema }),
    type: "smallint",
    ownedBy: { table, column },
  };
}

export function smallSerialSequences(config: DrizzleTableConfig, { api }: DrizzleContext): readonly SequenceDef[] {
  return config.columns.filter(isSmallSerial).map((column) => smallSerialSequence(api.columnName(column), config));
}
