/** The part of drizzle-orm that is used, as far as its types matter here. All of it is public. */

/** Of `drizzle-orm/pg-core` or `drizzle-orm/sqlite-core`. */
export interface DrizzleApi {
  getTableConfig(table: object): DrizzleTableConfig;
  getViewConfig(view: object): DrizzleViewConfig;
  getMaterializedViewConfig?(view: object): DrizzleViewConfig;
  /** As the database has it: one that is only a key of the models is converted by the configured casing. */
  columnName(column: DrizzleNamed): string;
  /** The SQL of an expression; columns come without their table where it is asked for `indexes`. */
  readonly dialect: { sqlToQuery(sql: DrizzleSql, source?: "indexes"): { sql: string; params: readonly unknown[] } };
}

/** An expression, told from a value by {@link isDrizzleSql}. */
export interface DrizzleSql {
  readonly queryChunks: readonly unknown[];
  inlineParams?(): DrizzleSql;
}

export function isDrizzleSql(value: unknown): value is DrizzleSql {
  return typeof value === "object" && value !== null && "queryChunks" in value;
}

/** A column as far as its name goes. */
export interface DrizzleNamed {
  readonly name: string;
  /** Is the name only the key that the column has in the models? */
  readonly keyAsName?: boolean;
}

export interface DrizzleColumn extends DrizzleNamed {
  readonly notNull: boolean;
  readonly primary: boolean;
  readonly default: unknown;
  readonly isUnique: boolean;
  readonly uniqueName: string | undefined;
  readonly uniqueType?: "distinct" | "not distinct" | undefined;
  readonly columnType: string;
  readonly generated?: { readonly as: unknown; readonly mode?: "stored" | "virtual" } | undefined;
  readonly generatedIdentity?: {
    readonly type: "always" | "byDefault";
    readonly sequenceOptions?: Readonly<Record<string, number | string | boolean | undefined>>;
  };
  /** SQLite. */
  readonly autoIncrement?: boolean;
  /** Of an enum. */
  readonly enum?: { readonly enumName: string; readonly schema: string | undefined };
  /** Of an array. */
  readonly baseColumn?: DrizzleColumn;
  getSQLType(): string;
  mapToDriverValue(value: unknown): unknown;
}

export interface DrizzleTableConfig {
  readonly name: string;
  readonly schema?: string | undefined;
  readonly columns: readonly DrizzleColumn[];
  readonly indexes: readonly { readonly config: DrizzleIndex }[];
  readonly foreignKeys: readonly DrizzleForeignKey[];
  readonly checks: readonly { readonly name: string; readonly value: DrizzleSql }[];
  readonly primaryKeys: readonly DrizzleKey[];
  readonly uniqueConstraints: readonly (DrizzleKey & { readonly nullsNotDistinct?: boolean })[];
  readonly policies?: readonly DrizzlePolicy[];
  readonly enableRLS?: boolean;
}

export interface DrizzleKey {
  readonly columns: readonly DrizzleColumn[];
  readonly name?: string | undefined;
  getName(): string | undefined;
}

export interface DrizzleIndex {
  readonly name?: string | undefined;
  readonly columns: readonly (DrizzleIndexColumn | DrizzleSql)[];
  readonly unique: boolean;
  readonly method?: string;
  readonly where?: DrizzleSql | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

export interface DrizzleIndexColumn extends DrizzleNamed {
  readonly indexConfig?: { readonly order?: string; readonly nulls?: string; readonly opClass?: string };
}

export interface DrizzleForeignKey {
  readonly onDelete?: string | undefined;
  readonly onUpdate?: string | undefined;
  getName(): string;
  reference(): {
    readonly name?: string | undefined;
    readonly columns: readonly DrizzleColumn[];
    readonly foreignTable: object;
    readonly foreignColumns: readonly DrizzleColumn[];
  };
}

export interface DrizzlePolicy {
  readonly name: string;
  readonly as?: string;
  readonly for?: string;
  readonly to?: unknown;
  readonly using?: DrizzleSql;
  readonly withCheck?: DrizzleSql;
  readonly _linkedTable?: object | undefined;
}

export interface DrizzleViewConfig {
  readonly name: string;
  readonly schema?: string | undefined;
  readonly isExisting?: boolean;
  readonly query?: DrizzleSql | undefined;
  /** `{ securityInvoker: true }`. */
  readonly with?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Of materialized views. */
  readonly using?: string | undefined;
  readonly tablespace?: string | undefined;
}
