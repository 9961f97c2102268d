/** Indexes of a Drizzle table, with the names that drizzle-kit gives them. */
import { compact, type IndexDef, type IndexElement } from "../schema/schema.js";
import { type DrizzleIndex, type DrizzleIndexColumn, type DrizzleTableConfig, isDrizzleSql } from "./drizzle-api.js";
import { named } from "./drizzle-keys.js";
import { bareSqlText, type DrizzleContext, sqlText } from "./drizzle-sql.js";
import { bareExpressionText } from "./expression-text.js";

export function drizzleIndex(index: DrizzleIndex, config: DrizzleTableConfig, context: DrizzleContext): IndexDef {
  const what = `an index of '${config.name}'`;
  const names = new Set(config.columns.map(context.api.columnName));
  const elements = index.columns.map((part) =>
    isDrizzleSql(part) ? elementOfSql(sqlText(part, what, context), names) : elementOfColumn(part, context),
  );
  const columns = elements.map(({ column }) => column ?? "expr").join("_");
  const isUnnamed = index.name === undefined;
  return compact({
    ...named(index.name ?? `${config.name}_${columns}_index`, isUnnamed, { unique: index.unique, elements }),
    where: index.where === undefined ? undefined : bareSqlText(index.where, what, context),
    method: index.method === undefined || index.method === "btree" ? undefined : index.method,
    with:
      index.with === undefined || Object.keys(index.with).length === 0
        ? undefined
        : (index.with as NonNullable<IndexDef["with"]>),
  });
}

function elementOfColumn(part: DrizzleIndexColumn, { api }: DrizzleContext): IndexElement {
  const { order, nulls, opClass } = part.indexConfig ?? {};
  const isDescending = order === "desc";
  // Drizzle says NULLS LAST where nobody said anything, in either direction.
  const usual = isDescending ? "first" : "last";
  return compact({
    column: api.columnName(part),
    order: isDescending ? ("desc" as const) : undefined,
    nulls: nulls === undefined || nulls === usual ? undefined : (nulls as "first" | "last"),
    operatorClass: opClass,
  });
}

const ORDER = /\s+(asc|desc)$/i;
const NULLS = /\s+nulls\s+(first|last)$/i;
/** Behind a name any word is one; behind parentheses it could be an operator (`(a) isnull`). */
const OPERATOR_CLASS = /(?:(?<=")\s+(?!isnull|notnull)([a-z_]\w*)|(?<=\))\s+([a-z_]\w*_ops))$/i;
const COLLATION = /\s+collate\s+("(?:[^"]|"")+"|\w+)$/i;
const NAME = /^"((?:[^"]|"")+)"$/;

/** drizzle-kit takes the text as it is, and so behind the expression may stand all that SQL allows there. */
function elementOfSql(text: string, names: ReadonlySet<string>): IndexElement {
  let rest = text;
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(0, match.index);
    return match.slice(1).find((part) => part !== undefined);
  };
  const nulls = take(NULLS)?.toLowerCase() as "first" | "last" | undefined;
  const order = take(ORDER)?.toLowerCase();
  const operatorClass = take(OPERATOR_CLASS);
  const collation = take(COLLATION);
  const bare = bareExpressionText(rest);
  const name = NAME.exec(bare)?.[1]?.replaceAll('""', '"');
  const isDescending = order === "desc";
  const sort = compact({
    order: isDescending ? ("desc" as const) : undefined,
    nulls: nulls === (isDescending ? "first" : "last") ? undefined : nulls,
    operatorClass,
    collation: collation === undefined ? undefined : (NAME.exec(collation)?.[1] ?? collation),
  });
  return name !== undefined && names.has(name) ? { column: name, ...sort } : { expression: bare, ...sort };
}
