/** Tables, and the named schemas that hold them. */
import { compact, type DialectName, type ObjectName, objectKey, type TableOptions } from "../schema/schema.js";
import { branded, brandedObject, schemaBrand, tableBrand } from "./brand.js";
import { type Argument, checkOf, columnMap, itemList, optional, sqlText, text } from "./call-arguments.js";
import { checkCall, checkedMethods, someSettings } from "./checked-calls.js";
import { aText } from "./checks.js";
import type { AnyColumn } from "./column.js";
import type { ColumnRefs } from "./column-ref.js";
import { type EnumOptions, type EnumType, enumType } from "./enum-type.js";
import type { SqlExpression } from "./expression-text.js";
import { knownDialect, knownOptions, knownTableOptions } from "./known-options.js";
import type { TableItem } from "./table-items.js";
import { TYPED_VIEW, type View, viewOf } from "./view.js";

declare const inferred: unique symbol;

export type ColumnMap = Readonly<Record<string, AnyColumn>>;

/** `S` is the schema's name, so that the table's key in Kysely's `Database` can be `"billing.invoices"`. */
export interface TableOptionsInput<S extends string = string> extends TableOptions {
  readonly schema?: S;
  readonly comment?: string;
  /**
   * PostgreSQL: holds the rows of another table within these bounds, `{ table: "events", bounds: sql\`for values in (1)\` }`.
   * Its columns are those of that table; what it says of one is marked `.inherited()`. See `partition`.
   */
  readonly partitionOf?: PartitionOfInput;
  /** PostgreSQL: names of tables whose columns it has besides its own. */
  readonly inherits?: readonly string[];
  /** PostgreSQL: policies decide which rows are seen; `"forced"` for the owner as well. */
  readonly rowSecurity?: boolean | "forced";
}

export interface PartitionOfInput {
  /** A name or `"schema.name"`. */
  readonly table: string;
  /** `for values from (…) to (…)`, `for values in (…)`, `for values with (modulus …, remainder …)`, `default`. */
  readonly bounds: SqlExpression | string;
  /** By the name of an index of the parent: the name of its part, where the server's own will not do. */
  readonly indexNames?: Readonly<Record<string, string>>;
}

/** A list, or a function that gets the columns. */
export type Constraints<C = ColumnMap> = readonly TableItem[] | ((t: ColumnRefs<C>) => readonly TableItem[]);

/** Kysely's key of a table: `invoices`, `billing.invoices`. */
export type QualifiedName<N extends string, S extends string> = [S] extends [""] ? N : `${S}.${N}`;

export interface Table<N extends string = string, C = ColumnMap> {
  readonly [tableBrand]: TableSpec;
  readonly [inferred]?: { readonly name: N; readonly columns: C };
  comment(text: string): this;
  /** The table's name before, with its schema if that was another: autogenerate renames it instead of dropping and creating. Harmless once done. */
  renamedFrom(name: string): this;
  /** Leaves the table out on the other database. */
  only(dialect: DialectName): this;
}

export interface TableSpec {
  readonly name: string;
  readonly columns: ColumnMap;
  readonly constraints?: Constraints;
  readonly options: TableOptionsInput;
  readonly renamedFrom?: string;
  readonly only?: DialectName;
}

/**
 * A table by its name and columns; the keys are the columns' names in the database.
 *
 * @example
 * export const users = table("users", {
 *   id: integer().primaryKey().autoIncrement(),
 *   email: varchar(100).notNull().unique(),
 * }, (t) => [index().on(t.email.desc())]);
 */
export function table<const N extends string, C extends ColumnMap, const S extends string = "">(
  name: N,
  columns: C,
  constraints?: Constraints<C>,
  options: TableOptionsInput<S> = {},
): Table<QualifiedName<N, S>, C> {
  return tableOf(specOf(name, columns, constraints as Constraints, options));
}

/**
 * A partition of a table that says `postgres: { partitionBy }`: it has the columns, keys and indexes of that, and those
 * that are given here.
 *
 * @example
 * export const events2024 = partition("events_2024", events, sql`for values from ('2024-01-01') to ('2025-01-01')`);
 */
export function partition<const N extends string, C extends ColumnMap, const S extends string = "">(
  name: N,
  of: Table<any, C>,
  bounds: SqlExpression | string,
  constraints?: Constraints<C>,
  options: Omit<TableOptionsInput<S>, "partitionOf" | "inherits"> & {
    readonly indexNames?: PartitionOfInput["indexNames"];
  } = {},
): Table<QualifiedName<N, S>, C> {
  checkCall("partition", PARTITION, [name, of, bounds, constraints, options]);
  const { name: parent, options: parentOptions } = of[tableBrand];
  const { indexNames, ...rest } = options;
  const table = objectKey(compact({ name: parent, schema: parentOptions.schema }) as ObjectName);
  return tableOf(
    specOf(name, {}, constraints as Constraints, { ...rest, partitionOf: compact({ table, bounds, indexNames }) }),
  );
}

/** A named schema of PostgreSQL; what is made by its methods lives in it. */
export interface PgSchema<S extends string = string> {
  readonly [schemaBrand]: { readonly name: string; readonly comment?: string };
  table<const N extends string, C extends ColumnMap>(
    name: N,
    columns: C,
    constraints?: Constraints<C>,
    options?: Omit<TableOptionsInput, "schema">,
  ): Table<`${S}.${N}`, C>;
  enumType<const T extends string>(
    name: string,
    values: readonly T[],
    options?: Omit<EnumOptions, "schema">,
  ): EnumType<T>;
  view<const N extends string>(name: N, query: SqlExpression | string): View<`${S}.${N}`>;
}

export function pgSchema<const S extends string>(schema: S, options: { readonly comment?: string } = {}): PgSchema<S> {
  checkCall("pgSchema", [text("name"), someSettings], [schema, options]);
  knownOptions(`pgSchema("${schema}")`, options, { comment: aText });
  return Object.freeze({
    [schemaBrand]: { name: schema as string, ...compact({ comment: options.comment }) },
    table: <const N extends string, C extends ColumnMap>(
      name: N,
      columns: C,
      constraints?: Constraints<C>,
      options: Omit<TableOptionsInput, "schema"> = {},
    ): Table<`${S}.${N}`, C> => tableOf(specOf(name, columns, constraints as Constraints, { ...options, schema })),
    enumType: <const T extends string>(
      name: string,
      values: readonly T[],
      options: Omit<EnumOptions, "schema"> = {},
    ): EnumType<T> => enumType(name, values, { ...options, schema }),
    view: <const N extends string>(...given: readonly [name: N, query: SqlExpression | string]): View<`${S}.${N}`> => {
      checkCall("view", TYPED_VIEW, given);
      const [name, query] = given;
      return viewOf({ name, schema, query });
    },
  });
}

const constraintList = optional(itemList("constraints"));
const TABLE = [text("name"), columnMap("columns"), constraintList, someSettings];
const PARTITION = [text("name"), tableArgument("of"), sqlText("bounds"), constraintList, someSettings];

function tableArgument(name: string): Argument {
  const isTable = (value: unknown) => branded(value, tableBrand) !== undefined;
  return { name, optional: false, expected: checkOf("what table(…) made", isTable) };
}

function specOf(
  name: string,
  columns: ColumnMap,
  constraints: Constraints | undefined,
  options: TableOptionsInput,
): TableSpec {
  checkCall("table", TABLE, [name, columns, constraints, options]);
  knownTableOptions(name, options);
  return compact({ name, columns: { ...columns }, constraints, options });
}

interface Chain {
  readonly [tableBrand]: TableSpec;
}

function tableOf<T extends Table<any, any>>(spec: TableSpec): T {
  return brandedObject<T>(methods, tableBrand, spec);
}

function extended(chain: Chain, more: Partial<TableSpec>): Table<any, any> {
  return tableOf({ ...chain[tableBrand], ...more });
}

const plainMethods = {
  comment(this: Chain, comment: string) {
    return extended(this, { options: { ...this[tableBrand].options, comment } });
  },
  renamedFrom(this: Chain, renamedFrom: string) {
    return extended(this, { renamedFrom });
  },
  only(this: Chain, only: DialectName) {
    return extended(this, { only: knownDialect(only) });
  },
};

const methods = checkedMethods(plainMethods, {
  comment: [text("text")],
  renamedFrom: [text("name")],
  only: [text("dialect")],
});
