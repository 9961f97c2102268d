/** Views whose rows are kept. */

import { ModelInvalidError } from "../errors.js";
import { conventionalName } from "../schema/naming.js";
import type { MaterializedViewDef } from "../schema/objects.js";
import { compact, type IndexDef, objectName, type StorageParameters } from "../schema/schema.js";
import { branded, tableItemBrand } from "./brand.js";
import { checkCall } from "./checked-calls.js";
import { anItemList, aText, storageParameters } from "./checks.js";
import { expressionText, type SqlExpression } from "./expression-text.js";
import { itemDrafts } from "./item-drafts.js";
import type { TableItemSpec } from "./item-specs.js";
import { knownOptions } from "./known-options.js";
import type { IndexItem } from "./table-items.js";
import {
  TYPED_VIEW,
  type TypedView,
  VIEW,
  VIEW_KEYS,
  type View,
  type ViewOptions,
  type ViewSpec,
  viewOf,
} from "./view.js";

export interface MaterializedViewOptions<S extends string = string> extends ViewOptions<S> {
  readonly indexes?: readonly IndexItem[];
  readonly with?: StorageParameters;
  readonly tablespace?: string;
  /** Default: heap. */
  readonly accessMethod?: string;
}

/**
 * A view whose rows PostgreSQL keeps until REFRESH MATERIALIZED VIEW, by its name and query; `materializedView<Row>()(…)`
 * says the type of a row as well.
 *
 * @example
 * export const totals = materializedView("totals", sql`select user_id, sum(amount) from orders group by 1`, {
 *   indexes: [uniqueIndex("ix_totals_user_id").on("user_id")],
 * });
 */
export function materializedView<R>(): TypedView<R>;
export function materializedView<const N extends string>(
  name: N,
  query: SqlExpression | string,
  options?: Omit<MaterializedViewOptions, "schema">,
): View<N>;
export function materializedView<const N extends string, const S extends string>(
  name: N,
  query: SqlExpression | string,
  options: MaterializedViewOptions<S> & { readonly schema: S },
): View<`${S}.${N}`>;
export function materializedView(
  name?: string,
  query?: SqlExpression | string,
  options: MaterializedViewOptions = {},
): View<any, any> | TypedView<any> {
  const made = (
    itsName: string,
    itsQuery: SqlExpression | string,
    { indexes = [], with: storage, tablespace, accessMethod, ...rest }: MaterializedViewOptions,
  ) => {
    const materialized = compact({ indexes, with: storage, tablespace, accessMethod });
    return viewOf<View<any, any>>(compact({ name: itsName, query: itsQuery, materialized, ...rest }) as ViewSpec);
  };
  const keys = {
    ...VIEW_KEYS,
    indexes: anItemList,
    with: storageParameters,
    tablespace: aText,
    accessMethod: aText,
  };
  if (name !== undefined) checkCall("materializedView", VIEW, [name, query, options]);
  knownOptions(`materializedView("${name}")`, options, keys);
  if (name !== undefined && query !== undefined) return made(name, query, options);
  return (...given) => {
    checkCall("materializedView<…>()", TYPED_VIEW, given);
    const [typedName, typedQuery] = given;
    return made(typedName, typedQuery, {});
  };
}

export function materializedViewDef(spec: ViewSpec): MaterializedViewDef {
  const text = expressionText(spec.query, `the materialized view '${spec.name}'`);
  return {
    kind: "materializedView",
    ...objectName(spec),
    definition: text.replace(/(?<![\s;])[\s;]+$/, ""),
    indexes: (spec.materialized?.indexes ?? []).flatMap((item) => indexesOf(item, spec)),
    ...compact({
      comment: spec.comment,
      renamedFrom: spec.renamedFrom,
      columnComments: spec.columnComments,
      with: spec.materialized?.with,
      tablespace: spec.materialized?.tablespace,
      accessMethod: spec.materialized?.accessMethod,
    }),
  };
}

function indexesOf(item: unknown, view: ViewSpec): readonly IndexDef[] {
  const spec = branded<TableItemSpec>(item, tableItemBrand);
  if (spec?.kind !== "index") {
    throw new ModelInvalidError(`the materialized view '${view.name}' has an index that is none`, {
      hint: 'Its indexes are made by index("name").on("column") and uniqueIndex(…).',
    });
  }
  return itemDrafts(spec, view).indexes.map((draft) => {
    const columns = draft.elements.flatMap((element) => element.column ?? []);
    const named = draft.name === undefined ? { name: conventionalName("index", { table: view.name, columns }) } : {};
    return { ...draft, ...named, ...(draft.name === undefined ? { conventional: true as const } : {}) } as IndexDef;
  });
}
