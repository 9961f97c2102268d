/** Views: a name and a query. */
import { compact, type DialectName, type ObjectName, type StorageParameters } from "../schema/schema.js";
import { brandedObject, viewBrand } from "./brand.js";
import { sqlText, text } from "./call-arguments.js";
import { checkCall, checkedMethods, someSettings } from "./checked-calls.js";
import { aText, storageParameters, texts, textsByName } from "./checks.js";
import type { SqlExpression } from "./expression-text.js";
import { type KeysOf, knownDialect, knownOptions } from "./known-options.js";

declare const inferred: unique symbol;

/** `R` is the row it gives; nobody can infer it from SQL, so `$type` or `view<R>()(…)` says it. */
export interface View<N extends string = string, R = Record<string, unknown>> {
  readonly [viewBrand]: ViewSpec;
  readonly [inferred]?: { readonly name: N; readonly row: R };
  /** Says what a row is: `.$type<{ id: number; username: string }>()`. */
  $type<Row>(): View<N, Row>;
  comment(text: string): this;
  /** The name it had before, with its schema if that was another, so that it is renamed. Harmless once done; PostgreSQL only, SQLite makes views again. */
  renamedFrom(name: string): this;
  /** Leaves the view out on the other database. */
  only(dialect: DialectName): this;
}

export interface ViewSpec extends ObjectName {
  readonly query: SqlExpression | string;
  readonly columns?: readonly string[];
  readonly comment?: string;
  readonly options?: StorageParameters;
  readonly columnComments?: Readonly<Record<string, string>>;
  readonly columnDefaults?: Readonly<Record<string, string>>;
  readonly renamedFrom?: string;
  readonly only?: DialectName;
  /** Its rows are kept; with these indexes on them. */
  readonly materialized?: {
    readonly indexes: readonly unknown[];
    readonly with?: StorageParameters;
    readonly tablespace?: string;
    readonly accessMethod?: string;
  };
}

export interface ViewOptions<S extends string = string> {
  readonly schema?: S;
  /** Names for what the query gives, instead of its own. */
  readonly columns?: readonly string[];
  readonly comment?: string;
  /** PostgreSQL: `security_barrier`, `security_invoker`, `check_option`. */
  readonly options?: StorageParameters;
  /** By column. */
  readonly columnComments?: Readonly<Record<string, string>>;
  /** PostgreSQL: SQL that fills a column which an insert into the view leaves out. */
  readonly columnDefaults?: Readonly<Record<string, string>>;
}

/** Gives a view whose row is `R` once it gets its name and query. */
export type TypedView<R> = <const N extends string>(name: N, query: SqlExpression | string) => View<N, R>;

/**
 * A view by its name and query; `view<Row>()(name, query)` says the type of a row as well.
 *
 * @example
 * export const activeUsers = view("active_users", sql`select id, username from users where is_active`);
 */
export function view<R>(): TypedView<R>;
export function view<const N extends string>(
  name: N,
  query: SqlExpression | string,
  options?: Omit<ViewOptions, "schema">,
): View<N>;
export function view<const N extends string, const S extends string>(
  name: N,
  query: SqlExpression | string,
  options: ViewOptions<S> & { readonly schema: S },
): View<`${S}.${N}`>;
export function view(
  name?: string,
  query?: SqlExpression | string,
  options: ViewOptions = {},
): View<any, any> | TypedView<any> {
  if (name !== undefined) checkCall("view", VIEW, [name, query, options]);
  knownOptions(`view("${name}")`, options, VIEW_KEYS);
  if (name !== undefined && query !== undefined) return viewOf(compact({ name, query, ...options }));
  return (...given) => {
    checkCall("view<…>()", TYPED_VIEW, given);
    const [typedName, typedQuery] = given;
    return viewOf({ name: typedName, query: typedQuery });
  };
}

/** After `view<Row>()`. */
export const TYPED_VIEW = [text("name"), sqlText("query")];
export const VIEW = [...TYPED_VIEW, someSettings];
export const VIEW_KEYS: KeysOf<ViewOptions> = {
  schema: aText,
  columns: texts,
  comment: aText,
  options: storageParameters,
  columnComments: textsByName,
  columnDefaults: textsByName,
};

export function viewOf<V extends View<any, any>>(spec: ViewSpec): V {
  return brandedObject<V>(methods, viewBrand, spec);
}

interface Chain {
  readonly [viewBrand]: ViewSpec;
}

const plainMethods = {
  $type(this: Chain) {
    return viewOf(this[viewBrand]);
  },
  comment(this: Chain, comment: string) {
    return viewOf({ ...this[viewBrand], comment });
  },
  renamedFrom(this: Chain, renamedFrom: string) {
    return viewOf({ ...this[viewBrand], renamedFrom });
  },
  only(this: Chain, only: DialectName) {
    return viewOf({ ...this[viewBrand], only: knownDialect(only) });
  },
};

const methods = checkedMethods(plainMethods, {
  $type: [],
  comment: [text("text")],
  renamedFrom: [text("name")],
  only: [text("dialect")],
});
