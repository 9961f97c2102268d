/** One Drizzle table as data, with the names that drizzle-kit gives. */
import { ModelInvalidError } from "../errors.js";
import type { PolicyDef, SequenceDef } from "../schema/objects.js";
import {
  type ColumnDef,
  compact,
  type DefaultDef,
  type DialectName,
  type ForeignKeyAction,
  type ForeignKeyDef,
  type IdentityDef,
  type IndexDef,
  type IndexElement,
  type ObjectName,
  type PrimaryKeyDef,
  type TableDef,
  type UniqueDef,
} from "../schema/schema.js";
import { nextValueOf, serialSequenceName } from "../schema/serials.js";
import { defaultOf } from "./column-default.js";
import {
  type DrizzleApi,
  type DrizzleColumn,
  type DrizzleForeignKey,
  type DrizzleIndex,
  type DrizzleSql,
  type DrizzleTableConfig,
  isDrizzleSql,
} from "./drizzle-api.js";
import { drizzleType } from "./drizzle-types.js";
import { bareExpressionText } from "./expression-text.js";

export interface DrizzleContext {
  readonly api: DrizzleApi;
  readonly dialect: DialectName;
}

export function drizzleTable(config: DrizzleTableConfig, context: DrizzleContext): TableDef {
  const name: ObjectName = compact({ name: config.name, schema: config.schema });
  const { dialect } = context;
  const key = primaryKeyOf(config);
  const keyColumns = new Set(key?.columns);
  const uniques = uniquesOf(config);
  const hasPolicies = (config.policies ?? []).length > 0;
  return compact({
    ...name,
    columns: config.columns.map((column) => columnDef(column, keyColumns.has(column.name), config, context)),
    primaryKey: key,
    // On SQLite drizzle-kit makes unique indexes of them.
    uniques: dialect === "sqlite" ? [] : uniques,
    foreignKeys: config.foreignKeys.map((foreignKey) => foreignKeyDef(foreignKey, context)),
    checks: config.checks.map(({ name: check, value }) => ({
      name: check,
      expression: bareExpressionText(sqlText(value, `the check '${check}' of '${config.name}'`, context)),
    })),
    indexes: [
      ...(dialect === "sqlite" ? uniques.map(uniqueIndex) : []),
      ...config.indexes.map(({ config: index }) => indexDef(index, config.name, context)),
    ],
    rowSecurity:
      dialect === "postgres" && (config.enableRLS === true || hasPolicies) ? ({ enabled: true } as const) : undefined,
  });
}

function columnDef(
  column: DrizzleColumn,
  isKey: boolean,
  table: DrizzleTableConfig,
  context: DrizzleContext,
): ColumnDef {
  const where = `'${table.name}.${column.name}'`;
  const type = drizzleType(column, context.dialect);
  const isNumbered =
    isSmallSerial(column) ||
    column.generatedIdentity !== undefined ||
    type.name === "serial" ||
    type.name === "bigserial";
  return compact({
    name: column.name,
    type,
    nullable: !column.notNull && !isKey && !isNumbered,
    default: isSmallSerial(column)
      ? nextValueOf(smallSerialSequence(column, table))
      : defaultDef(column, where, context),
    identity: identityDef(column, isKey, table, context),
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
    const text = bareExpressionText(sqlText(value, what, context));
    return /^(?:now\(\)|current_timestamp)$/i.test(text) ? { kind: "now" } : { kind: "sql", text };
  }
  const isPlain = /json/i.test(column.columnType) || Array.isArray(value);
  const driver = isPlain && context.dialect === "postgres" ? value : column.mapToDriverValue(value);
  return defaultOf(driver, what, drizzleType(column, context.dialect));
}

function generatedText(as: unknown, where: string, context: DrizzleContext): string {
  const value = typeof as === "function" ? (as as () => unknown)() : as;
  return isDrizzleSql(value) ? sqlText(value, `the expression of ${where}`, context) : String(value);
}

function identityDef(
  column: DrizzleColumn,
  isKey: boolean,
  table: DrizzleTableConfig,
  { dialect }: DrizzleContext,
): IdentityDef | undefined {
  if (dialect === "sqlite") {
    // An INTEGER PRIMARY KEY is the row's number.
    const isAlone = isKey && primaryKeyOf(table)?.columns.length === 1 && column.getSQLType() === "integer";
    if (!isAlone) return undefined;
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

function primaryKeyOf(config: DrizzleTableConfig): PrimaryKeyDef | undefined {
  const [key] = config.primaryKeys;
  if (key !== undefined) {
    return named(key.getName() ?? "", key.name === undefined, { columns: key.columns.map(({ name }) => name) });
  }
  const columns = config.columns.filter((column) => column.primary).map(({ name }) => name);
  return columns.length === 0 ? undefined : named(`${config.name}_pkey`, true, { columns });
}

function uniquesOf(config: DrizzleTableConfig): readonly UniqueDef[] {
  const usual = (columns: readonly string[]) => `${config.name}_${columns.join("_")}_unique`;
  const unique = (name: string, columns: readonly string[], isNotDistinct: boolean): UniqueDef =>
    named(name, name === usual(columns), {
      columns,
      ...(isNotDistinct ? { nullsNotDistinct: true as const } : {}),
    });
  return [
    ...config.columns
      .filter((column) => column.isUnique)
      .map((column) =>
        unique(column.uniqueName ?? usual([column.name]), [column.name], column.uniqueType === "not distinct"),
      ),
    ...config.uniqueConstraints.map((constraint) => {
      const columns = constraint.columns.map(({ name }) => name);
      return unique(constraint.getName() ?? usual(columns), columns, constraint.nullsNotDistinct === true);
    }),
  ];
}

function uniqueIndex({ name, columns, conventional }: UniqueDef): IndexDef {
  return compact({ name: name!, conventional, unique: true, elements: columns.map((column) => ({ column })) });
}

function foreignKeyDef(key: DrizzleForeignKey, { api }: DrizzleContext): ForeignKeyDef {
  const { name, columns, foreignTable, foreignColumns } = key.reference();
  const target = api.getTableConfig(foreignTable);
  return named(key.getName(), name === undefined, {
    columns: columns.map((column) => column.name),
    target: compact({ name: target.name, schema: target.schema }),
    targetColumns: foreignColumns.map((column) => column.name),
    ...compact({ onDelete: action(key.onDelete), onUpdate: action(key.onUpdate) }),
  });
}

function action(rule: string | undefined): ForeignKeyAction | undefined {
  return rule === undefined || rule === "no action" ? undefined : (rule as ForeignKeyAction);
}

function indexDef(index: DrizzleIndex, table: string, context: DrizzleContext): IndexDef {
  const what = `an index of '${table}'`;
  const elements = index.columns.map((part): IndexElement => {
    if (isDrizzleSql(part)) return { expression: bareExpressionText(sqlText(part, what, context)) };
    const { order, nulls, opClass } = part.indexConfig ?? {};
    const isDescending = order === "desc";
    // Drizzle says NULLS LAST where nobody said anything, in either direction.
    const usual = isDescending ? "first" : "last";
    return compact({
      column: part.name,
      order: isDescending ? ("desc" as const) : undefined,
      nulls: nulls === undefined || nulls === usual ? undefined : (nulls as "first" | "last"),
      operatorClass: opClass,
    });
  });
  const columns = elements.map(({ column }) => column ?? "expr").join("_");
  return compact({
    ...named(index.name ?? `${table}_${columns}_index`, index.name === undefined, { unique: index.unique, elements }),
    where: index.where === undefined ? undefined : bareExpressionText(sqlText(index.where, what, context)),
    method: index.method === undefined || index.method === "btree" ? undefined : index.method,
    with:
      index.with === undefined || Object.keys(index.with).length === 0
        ? undefined
        : (index.with as NonNullable<IndexDef["with"]>),
  });
}

/** The models have no word for SMALLSERIAL, which is a column with a sequence of its own. */
function isSmallSerial(column: DrizzleColumn): boolean {
  return column.getSQLType() === "smallserial";
}

function smallSerialSequence({ name: column }: DrizzleColumn, { name, schema }: DrizzleTableConfig): SequenceDef {
  const table = compact({ name, schema });
  return {
    kind: "sequence",
    ...compact({ name: serialSequenceName(name, column), schema }),
    type: "smallint",
    ownedBy: { table, column },
  };
}

export function smallSerialSequences(config: DrizzleTableConfig): readonly SequenceDef[] {
  return config.columns.filter(isSmallSerial).map((column) => smallSerialSequence(column, config));
}

export function drizzlePolicies(config: DrizzleTableConfig, context: DrizzleContext): readonly PolicyDef[] {
  return (config.policies ?? []).map((policy) => {
    const sql = (value: DrizzleSql | undefined) =>
      value === undefined ? undefined : bareExpressionText(sqlText(value, `the policy '${policy.name}'`, context));
    const roles = [policy.to ?? []].flat().map((role) => (typeof role === "string" ? role : (role as ObjectName).name));
    return {
      kind: "policy",
      name: policy.name,
      table: compact({ name: config.name, schema: config.schema }),
      ...compact({
        restrictive: policy.as === "restrictive" ? (true as const) : undefined,
        command: policy.for === undefined || policy.for === "all" ? undefined : (policy.for as "select"),
        roles: roles.length === 0 || roles.includes("public") ? undefined : roles.sort(),
        using: sql(policy.using),
        withCheck: sql(policy.withCheck),
      }),
    };
  });
}

/** `what` names the place for the error. @throws ModelInvalidError for a parameter that cannot be written out */
function sqlText(sql: DrizzleSql, what: string, { api }: DrizzleContext): string {
  const { sql: text, params } = api.dialect.sqlToQuery(sql.inlineParams?.() ?? sql, "indexes");
  if (params.length === 0) return text.trim();
  throw new ModelInvalidError(`${what} holds a bound parameter: ${text.trim()}`, {
    hint: "Write the value with `sql.raw(…)`, since DDL takes no parameters.",
  });
}

function named<T extends object>(name: string, conventional: boolean, rest: T) {
  return conventional ? { name, conventional: true as const, ...rest } : { name, ...rest };
}
