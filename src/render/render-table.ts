/** A table as a person would declare it: what concerns one column stands with the column, conventional names nowhere. */
import { nameDrafts } from "../model/constraint-drafts.js";
import { DEFAULT_NAMING, type NamingConvention } from "../schema/naming.js";
import {
  type ColumnDef,
  compact,
  type ForeignKeyDef,
  type IndexDef,
  type IndexElement,
  objectKey,
  type TableDef,
  type UniqueDef,
} from "../schema/schema.js";
import { quoteName } from "../util/quote.js";
import {
  expression,
  foreignKeyOptions,
  nameArgument,
  options,
  type PartWriter,
  parentOptions,
  type RenderContext,
  renderCheck,
  renderColumnWith,
  renderExclude,
  renderForeignKey,
  renderIndexElement,
  renderPrimaryKey,
  renderUnique,
  storageCalls,
} from "./render-column.js";
import { array, type Call, chain, literal, object, type Source, string, text } from "./source.js";

/** The call and what follows it; `callee` is `table`, or `billing.table` for one of a named schema. */
export function renderTable(table: TableDef, callee: string, context: RenderContext): Source {
  const named = withoutConventionalNames(table, context.naming ?? DEFAULT_NAMING);
  const inline = inlineConstraints(named);
  const columns = object(
    table.columns.map((column) => [column.name, renderModelColumn(column, inline, context)] as const),
    true,
  );
  const items = otherConstraints(named, inline, context);
  const rest = options(
    compact({
      // Of a named schema's own `table` it goes without saying.
      schema: callee === "table" ? table.schema : undefined,
      ...parentOptions(table),
      ...table.options,
      comment: table.comment,
      rowSecurity: table.rowSecurity === undefined ? undefined : table.rowSecurity.forced ? "forced" : true,
    }),
  );
  const list = array(items);
  const constraints: Source = namesColumns(list) ? { kind: "arrow", parameter: "t", result: list } : list;
  const calls: Call[] = [
    {
      name: callee,
      args: [string(table.name), columns, ...(items.length > 0 || rest.length > 0 ? [constraints] : []), ...rest],
    },
  ];
  return chain(calls);
}

/** The constraints of one column that its chain can say. */
interface InlineConstraints {
  readonly primaryKey: TableDef["primaryKey"] | undefined;
  readonly uniques: ReadonlyMap<string, UniqueDef>;
  readonly foreignKeys: ReadonlyMap<string, readonly ForeignKeyDef[]>;
}

function inlineConstraints(table: TableDef): InlineConstraints {
  const key = table.primaryKey;
  // A partition has its parent's columns and does not list them.
  const isListed = ({ columns }: { readonly columns: readonly string[] }) =>
    table.columns.some(({ name }) => name === columns[0]);
  const uniques = new Map<string, UniqueDef>();
  for (const unique of table.uniques.filter(isListed)) {
    const [column] = unique.columns;
    const { name: _name, columns, conventional: _source, nullsNotDistinct: _nulls, ...rest } = unique;
    if (columns.length === 1 && isEmpty(rest) && !uniques.has(column!)) uniques.set(column!, unique);
  }
  const foreignKeys = new Map<string, readonly ForeignKeyDef[]>();
  for (const foreignKey of table.foreignKeys.filter(isListed).filter(isInlineForeignKey)) {
    const [column] = foreignKey.columns;
    foreignKeys.set(column!, [...(foreignKeys.get(column!) ?? []), foreignKey]);
  }
  const isInline = key !== undefined && isListed(key) && isInlineKey(key);
  return { primaryKey: isInline ? key : undefined, uniques, foreignKeys };
}

function isInlineKey({ name: _name, columns, conventional: _source, ...rest }: NonNullable<TableDef["primaryKey"]>) {
  return columns.length === 1 && isEmpty(rest);
}

function isInlineForeignKey(key: ForeignKeyDef): boolean {
  const { name: _name, conventional: _source, columns, target: _target, targetColumns, ...rules } = key;
  const {
    onDelete: _delete,
    onUpdate: _update,
    match,
    deferrable: _deferrable,
    unchecked: _unchecked,
    ...rest
  } = rules;
  return columns.length === 1 && targetColumns.length === 1 && isEmpty(rest) && (match ?? "full") === "full";
}

function isEmpty(rest: object): boolean {
  return Object.keys(rest).length === 0;
}

function renderModelColumn(column: ColumnDef, inline: InlineConstraints, context: RenderContext): Source {
  const { primaryKey } = inline;
  const isKey = primaryKey?.columns[0] === column.name;
  const isNumbered = column.identity !== undefined || column.type.name === "serial" || column.type.name === "bigserial";
  const unique = inline.uniques.get(column.name);
  return renderColumnWith(
    column,
    [
      ...(isKey ? [{ name: "primaryKey", args: options(compact({ name: primaryKey?.name ?? undefined })) }] : []),
      ...((isKey || isNumbered || column.nullable) && column.notNull === undefined
        ? []
        : [{ name: "notNull", args: column.notNull === undefined ? [] : [literal(column.notNull)] }]),
      ...(unique === undefined
        ? []
        : [
            {
              name: "unique",
              args: options(compact({ name: unique.name ?? undefined, nullsNotDistinct: unique.nullsNotDistinct })),
            },
          ]),
      ...(inline.foreignKeys.get(column.name) ?? []).map((key) => ({
        name: "references",
        args: [
          string(path(key.target.schema, key.target.name, key.targetColumns[0]!)),
          ...options(compact({ name: key.name ?? undefined, ...foreignKeyOptions(key) })),
        ],
      })),
    ],
    context,
  );
}

/** A dotted name; parts that hold a dot or a quote are quoted. */
function path(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .map((part) => (/[."]/.test(part) ? quoteName(part) : part))
    .join(".");
}

function otherConstraints(table: TableDef, inline: InlineConstraints, context: RenderContext): readonly Source[] {
  const key = table.primaryKey;
  const inlineUniques = [...inline.uniques.values()];
  const inlineKeys = [...inline.foreignKeys.values()].flat();
  const part: PartWriter = (element) => renderElement(element, table, context);
  return [
    ...(key === undefined || key === inline.primaryKey ? [] : [renderPrimaryKey(key, context, part)]),
    ...table.uniques
      .filter((unique) => !inlineUniques.includes(unique))
      .map((unique) => renderUnique(unique, context, part)),
    ...table.foreignKeys
      .filter((foreignKey) => !inlineKeys.includes(foreignKey))
      .map((foreignKey) => renderForeignKey(foreignKey, context, part)),
    ...table.checks.map((check) => renderCheck(check, context)),
    ...(table.excludes ?? []).map((exclude) => renderExclude(exclude, context, part)),
    ...table.indexes.map((index) => renderTableIndex(index, part, context)),
  ];
}

/** Is a column named as `t.email`? A list in which none is needs no parameter. */
function namesColumns(source: Source): boolean {
  switch (source.kind) {
    case "text":
      return /^t[.[]/.test(source.text);
    case "array":
      return source.items.some(namesColumns);
    case "object":
      return source.entries.some(([, value]) => namesColumns(value));
    case "chain":
      return source.calls.some(({ name, args }) => /^t[.[]/.test(name) || args.some(namesColumns));
    default:
      return false;
  }
}

function renderTableIndex(index: IndexDef, part: PartWriter, context: RenderContext): Source {
  return chain([
    { name: context.use(index.unique ? "uniqueIndex" : "index"), args: nameArgument(index.name) },
    { name: "on", args: index.elements.map(part) },
    ...(index.method === undefined ? [] : [{ name: "using", args: [string(index.method)] }]),
    ...(index.include === undefined
      ? []
      : [{ name: "include", args: index.include.map((name) => part({ column: name })) }]),
    ...(index.nullsNotDistinct === undefined ? [] : [{ name: "nullsNotDistinct", args: [] }]),
    ...(index.only === undefined ? [] : [{ name: "onOnly", args: index.only.map((part) => string(objectKey(part))) }]),
    ...(index.where === undefined ? [] : [{ name: "where", args: [expression(index.where, context)] }]),
    ...storageCalls(index),
  ]);
}

/** `t.email.desc().nullsLast()`; an expression as everywhere. */
function renderElement(element: IndexElement, table: TableDef, context: RenderContext): Source {
  const { column: name, order, nulls, collation, operatorClass, ...rest } = element;
  const isListed = table.columns.some((column) => column.name === name);
  if (name === undefined || !isListed || !isEmpty(rest)) return renderIndexElement(element, context);
  const [first, ...others]: readonly Call[] = [
    ...(order === undefined ? [] : [{ name: "desc", args: [] }]),
    ...(nulls === undefined ? [] : [{ name: nulls === "first" ? "nullsFirst" : "nullsLast", args: [] }]),
    ...(collation === undefined ? [] : [{ name: "collate", args: [string(collation)] }]),
    ...(operatorClass === undefined ? [] : [{ name: "op", args: [string(operatorClass)] }]),
  ];
  if (first === undefined) return text(columnText(name));
  return chain([{ ...first, name: `${columnText(name)}.${first.name}` }, ...others]);
}

function columnText(name: string): string {
  const quoted = (string(name) as { readonly text: string }).text;
  return /^[$_a-zA-Z][$_a-zA-Z0-9]*$/.test(name) ? `t.${name}` : `t[${quoted}]`;
}

/** Without the names that the models give by themselves. */
function withoutConventionalNames(table: TableDef, naming: NamingConvention): TableDef {
  let bare = withoutNames(table, () => true);
  // A name that is written takes part in what the others become, so it is asked again with what remains.
  for (let round = 0; round < 4; round += 1) {
    const given = namesOf(conventionalNames(bare, naming));
    const wanted = namesOf(table);
    const wrong = wanted.map((name, at) => name !== null && name !== given[at]);
    if (!wrong.some(Boolean)) return bare;
    let at = 0;
    const left = namesOf(bare);
    bare = withoutNames(table, () => {
      const place = at++;
      return !wrong[place] && left[place] === null;
    });
  }
  return table;
}

type Named = { readonly name: string | null };

/** Drops the names that `isDropped` says yes to, asked in the order of {@link namesOf}. */
function withoutNames(table: TableDef, isDropped: () => boolean): TableDef {
  const bare = <T extends Named>(constraint: T): T => (isDropped() ? { ...constraint, name: null } : constraint);
  const { primaryKey, uniques, foreignKeys, checks, indexes, excludes, ...rest } = table;
  const key = primaryKey === undefined ? undefined : bare(primaryKey);
  return {
    ...rest,
    ...(key === undefined ? {} : { primaryKey: key }),
    uniques: uniques.map(bare),
    foreignKeys: foreignKeys.map(bare),
    checks: checks.map(bare),
    indexes: indexes.map((index) => bare<Named & IndexDef>(index)) as readonly IndexDef[],
    ...(excludes === undefined ? {} : { excludes: excludes.map(bare) }),
  };
}

function namesOf(table: Pick<TableDef, "primaryKey" | "uniques" | "foreignKeys" | "checks" | "indexes" | "excludes">) {
  const { primaryKey, uniques, foreignKeys, checks, indexes, excludes = [] } = table;
  return [primaryKey ?? [], uniques, foreignKeys, checks, indexes, excludes]
    .flat()
    .map(({ name }): string | null => name);
}

/** The names that the models would give. */
export function conventionalNames(table: TableDef, naming: NamingConvention) {
  const draft = <T extends Named>({ name, ...rest }: T) => (name === null ? rest : { name, ...rest });
  const drafts = {
    primaryKeys: table.primaryKey === undefined ? [] : [draft(table.primaryKey)],
    uniques: table.uniques.map(draft),
    foreignKeys: table.foreignKeys.map(draft),
    checks: table.checks.map(draft),
    indexes: table.indexes.map(draft),
    excludes: (table.excludes ?? []).map(draft),
  };
  const columns = table.columns.map(({ name }) => name);
  return nameDrafts(drafts as Parameters<typeof nameDrafts>[0], { name: table.name, columns }, naming);
}
