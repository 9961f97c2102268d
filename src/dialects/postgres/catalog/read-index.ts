/** From the catalog's row to the structure of one index. */

import { partList } from "../../../schema/incomplete-indexes.js";
import { compact, type ExcludeDef, type IndexDef, type IndexElement } from "../../../schema/schema.js";
import { quoteText } from "../../../util/quote.js";
import { type Catalog, DEFAULT_COLLATION, defaultClassKey, vector } from "./catalog.js";
import type { IndexRow } from "./constraint-queries.js";
import { type ColumnsByNumber, columnNames, readExpression, readKeyStorage } from "./read-parts.js";
import type { NameOf } from "./read-table.js";

export function readIndex(row: IndexRow, columns: ColumnsByNumber, catalog: Catalog, nameOf: NameOf): IndexDef {
  const [, name, , unique, nullsNotDistinct] = row;
  const parts = row[18];
  return {
    name,
    unique,
    elements: readElements(row, columns, catalog),
    ...compact({ ...readRest(row, columns), nullsNotDistinct: nullsNotDistinct ? (true as const) : undefined }),
    ...(parts === null ? {} : { only: partList(parts.map(([schema, table]) => nameOf(schema, table))) }),
  };
}

/** An exclusion by its index, which has its name. */
export function readExclude(row: IndexRow, columns: ColumnsByNumber, catalog: Catalog): ExcludeDef {
  const [operators, deferrable, deferred] = row[17]!;
  return {
    name: row[1],
    elements: readElements(row, columns, catalog).map((element, at) => ({ ...element, operator: operators[at]! })),
    ...compact({
      ...readRest(row, columns),
      deferrable: deferrable ? (deferred ? ("deferred" as const) : ("immediate" as const)) : undefined,
    }),
  };
}

function readRest(row: IndexRow, columns: ColumnsByNumber) {
  const [, , method, , , keys, keyCount, , , , , where, storage, , tablespace, , comment] = row;
  const included = vector(keys).slice(keyCount);
  return {
    where: where === null ? undefined : readExpression(where),
    method: method === "btree" ? undefined : method,
    include: included.length === 0 ? undefined : columnNames(included, columns),
    ...readKeyStorage(storage, tablespace),
    comment: comment ?? undefined,
  };
}

function readElements(row: IndexRow, columns: ColumnsByNumber, catalog: Catalog): readonly IndexElement[] {
  const [, , method, , , keys, keyCount, options, classes, collations, expressions, , , parameters, , targets] = row;
  const [optionOf, classOf, collationOf] = [options, classes, collations].map(vector) as [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  let expressionCount = 0;
  return vector(keys)
    .slice(0, keyCount)
    .map((key, at): IndexElement => {
      const column = columns.get(key);
      const parameter = parameters?.find(([position]) => position === at + 1)?.[1];
      return compact({
        column: column?.[2],
        expression: column === undefined ? readExpression(expressions![expressionCount++]!) : undefined,
        ...(method === "btree" ? readOrder(optionOf[at]!) : {}),
        collation: collationName(collationOf[at]!, column?.[9] ?? DEFAULT_COLLATION, catalog),
        operatorClass: operatorClass(classOf[at]!, method, column?.[3], parameter, catalog),
        statistics: targets?.find(([position]) => position === at + 1)?.[1],
      });
    });
}

/** Bit 1: descending, bit 2: nulls first. Nulls come last going up and first going down, unless said otherwise. */
function readOrder(option: number): Pick<IndexElement, "order" | "nulls"> {
  const descending = (option & 1) !== 0;
  const nullsFirst = (option & 2) !== 0;
  return compact({
    order: descending ? ("desc" as const) : undefined,
    nulls: descending === nullsFirst ? undefined : nullsFirst ? ("first" as const) : ("last" as const),
  });
}

function collationName(collation: number, usual: number, catalog: Catalog): string | undefined {
  if (collation === 0 || collation === usual) return undefined;
  return collation === DEFAULT_COLLATION ? "default" : catalog.collations.get(collation);
}

/** Named where it is not the one that the column's own type gets by itself, or has parameters. */
function operatorClass(
  oid: number,
  method: string,
  columnType: number | undefined,
  parameters: readonly string[] | undefined,
  catalog: Catalog,
): string | undefined {
  const [, , , isDefault, name] = catalog.operatorClasses.get(oid)!;
  const ownDefault = columnType === undefined ? oid : catalog.defaultClasses.get(defaultClassKey(method, columnType));
  const isUsual = isDefault && (ownDefault === undefined || ownDefault === oid);
  if (parameters === undefined) return isUsual ? undefined : name;
  const texts = parameters.map((parameter) => {
    const at = parameter.indexOf("=");
    return `${parameter.slice(0, at)} = ${quoteText(parameter.slice(at + 1))}`;
  });
  return `${name} (${texts.join(", ")})`;
}
