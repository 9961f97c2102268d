/** Columns, types, defaults and constraints as the builder calls that make them: the same builders as in models. */
import type { NamingConvention } from "../schema/naming.js";
import {
  type CheckDef,
  type ColumnDef,
  compact,
  type DefaultDef,
  type ExcludeDef,
  type ForeignKeyDef,
  type IdentityDef,
  type IndexElement,
  type KeyStorage,
  type ObjectName,
  objectKey,
  type PrimaryKeyDef,
  type TableDef,
  type TypeDef,
  type UniqueDef,
  type ViewDef,
} from "../schema/schema.js";
import {
  array,
  type Call,
  chain,
  literal,
  longString,
  object,
  type Source,
  sqlExpression,
  string,
  text,
} from "./source.js";

/** What rendering needs to know besides the operation itself. */
export interface RenderContext {
  /** Notes that a name of the package is used, for the import line, and gives it back. */
  readonly use: (name: string) => string;
  /** In models: by what names go without saying. */
  readonly naming?: NamingConvention;
  /** In models: the export that makes columns of an enum or a domain, where it stands above. */
  readonly typeExport?: (type: TypeDef) => string | undefined;
  /** In models: the type in TypeScript of what a column of this type in SQL holds; a string where absent. */
  readonly customType?: (sqlType: string) => string;
}

export type PartWriter = (element: IndexElement) => Source;

function partWriter(context: RenderContext): PartWriter {
  return (element) => renderIndexElement(element, context);
}

export function renderType(type: TypeDef, context: RenderContext): readonly Call[] {
  const { use } = context;
  const exported = context.typeExport?.(type);
  if (exported !== undefined) return [{ name: exported, args: [] }];
  switch (type.name) {
    case "array":
      return [{ name: use("array"), args: [chain(renderType(type.element!, context))] }];
    case "enum":
      return [{ name: use("enumColumn"), args: [string(type.object!.name), ...options(schemaOption(type.object!))] }];
    case "domain":
      return [{ name: use("domain"), args: [string(objectKey(type.object!))] }];
    case "custom": {
      const name = use("custom");
      const held = context.customType?.(type.text ?? "") ?? "string";
      return [{ name: held === "string" ? name : `${name}<${held}>`, args: [string(type.text ?? "")] }];
    }
    default:
      return [{ name: use(type.name), args: (type.args ?? []).map((value) => text(String(value))) }];
  }
}

/** `inlineKey`: the column alone is the primary key, under its conventional name. */
export function renderColumn(column: ColumnDef, inlineKey: boolean, context: RenderContext): Source {
  const options = column.notNull === undefined ? [] : [literal(column.notNull)];
  const notNull: readonly Call[] = column.nullable ? [] : [{ name: "notNull", args: options }];
  return renderColumnWith(column, inlineKey ? [{ name: "primaryKey", args: [] }] : notNull, context);
}

/** `constraints` are the calls that come after the type. */
export function renderColumnWith(column: ColumnDef, constraints: readonly Call[], context: RenderContext): Source {
  const calls: Call[] = [...renderType(column.type, context), ...constraints];
  if (column.identity !== undefined) calls.push(renderIdentity(column.identity));
  if (column.default !== undefined) calls.push(renderDefault(column.default, context));
  if (column.generated !== undefined) {
    calls.push({
      name: "generatedAs",
      args: [
        expression(column.generated.expression, context),
        object([["stored", text(String(column.generated.stored))]]),
      ],
    });
  }
  if (column.collation !== undefined) calls.push({ name: "collate", args: [string(column.collation)] });
  if (column.comment !== undefined) calls.push({ name: "comment", args: [string(column.comment)] });
  if (column.sqlite !== undefined) calls.push({ name: "sqlite", args: [literal(column.sqlite)] });
  if (column.postgres !== undefined) calls.push({ name: "postgres", args: [literal(column.postgres)] });
  if (column.inherited === true) calls.push({ name: "inherited", args: [] });
  return chain(calls);
}

export function renderDefaultValue(value: DefaultDef, context: RenderContext): Source {
  if (value.kind === "literal") return literal(value.value);
  return expression(value.kind === "now" ? "now()" : value.text, context);
}

export function expression(sql: string, context: RenderContext): Source {
  context.use("sql");
  return sqlExpression(sql);
}

/** `part` writes a column of it: as a text or an object, or in models as `t.email.desc()`. */
export function renderPrimaryKey(key: PrimaryKeyDef, context: RenderContext, part = partWriter(context)): Source {
  return chain([
    { name: context.use("primaryKey"), args: nameArgument(key.name) },
    { name: "on", args: keyParts(key, part) },
    ...includeCall(key.include, part),
    ...deferrableCall(key.deferrable),
    ...conflictCall(key.onConflict),
    ...(key.withoutOverlaps ? [{ name: "withoutOverlaps", args: [] }] : []),
    ...storageCalls(key),
  ]);
}

export function renderUnique(unique: UniqueDef, context: RenderContext, part = partWriter(context)): Source {
  return chain([
    { name: context.use("unique"), args: nameArgument(unique.name) },
    { name: "on", args: keyParts(unique, part) },
    ...(unique.nullsNotDistinct ? [{ name: "nullsNotDistinct", args: [] }] : []),
    ...includeCall(unique.include, part),
    ...deferrableCall(unique.deferrable),
    ...conflictCall(unique.onConflict),
    ...(unique.withoutOverlaps ? [{ name: "withoutOverlaps", args: [] }] : []),
    ...storageCalls(unique),
  ]);
}

function keyParts({ columns, order, collations }: UniqueDef | PrimaryKeyDef, part: PartWriter): readonly Source[] {
  return columns.map((column, index) => {
    const collation = collations?.[index] ?? undefined;
    return part(compact({ column, order: order?.[index] === "desc" ? ("desc" as const) : undefined, collation }));
  });
}

function conflictCall(action: string | undefined): readonly Call[] {
  return action === undefined ? [] : [{ name: "onConflict", args: [string(action)] }];
}

export function renderForeignKey(key: ForeignKeyDef, context: RenderContext, part = partWriter(context)): Source {
  return chain([
    {
      name: context.use("foreignKey"),
      args: [...nameArgument(key.name), array(key.columns.map((column) => part({ column })))],
    },
    {
      name: "references",
      args: [string(objectKey(key.target)), strings(key.targetColumns), ...options(foreignKeyOptions(key))],
    },
    ...(key.notValid ? [{ name: "notValid", args: [] }] : []),
    ...storageCalls(key),
  ]);
}

export function renderCheck(check: CheckDef, context: RenderContext): Source {
  return chain([
    { name: context.use("check"), args: [...nameArgument(check.name), expression(check.expression, context)] },
    ...(check.noInherit ? [{ name: "noInherit", args: [] }] : []),
    ...(check.notValid ? [{ name: "notValid", args: [] }] : []),
    ...(check.notEnforced ? [{ name: "notEnforced", args: [] }] : []),
    ...storageCalls(check),
  ]);
}

/** `exclude("no_overlap").using("gist").on(["room", "="], ["during", "&&"])`. */
export function renderExclude(exclude: ExcludeDef, context: RenderContext, part = partWriter(context)): Source {
  return chain([
    { name: context.use("exclude"), args: nameArgument(exclude.name) },
    { name: "on", args: excludeElements(exclude, context, part) },
    ...(exclude.method === undefined ? [] : [{ name: "using", args: [string(exclude.method)] }]),
    ...includeCall(exclude.include, part),
    ...(exclude.where === undefined ? [] : [{ name: "where", args: [expression(exclude.where, context)] }]),
    ...deferrableCall(exclude.deferrable),
    ...storageCalls(exclude),
  ]);
}

export function excludeElements(
  exclude: ExcludeDef,
  context: RenderContext,
  part = partWriter(context),
): readonly Source[] {
  return exclude.elements.map(({ operator, ...element }) => array([part(element), string(operator)]));
}

/** `.with({ … }).tablespace("fast").comment("…")`. */
export function storageCalls(part: KeyStorage & { readonly comment?: string }): readonly Call[] {
  return [
    ...(part.with === undefined ? [] : [{ name: "with", args: [literal(part.with)] }]),
    ...(part.tablespace === undefined ? [] : [{ name: "tablespace", args: [string(part.tablespace)] }]),
    ...(part.comment === undefined ? [] : [{ name: "comment", args: [string(part.comment)] }]),
  ];
}

/** Whose columns a table has, as options of `createTable` and `table`. */
export function parentOptions({ partitionOf, inherits }: TableDef): Readonly<Record<string, unknown>> {
  return compact({
    partitionOf: partitionOf === undefined ? undefined : { ...partitionOf, table: objectKey(partitionOf.table) },
    inherits: inherits?.map(objectKey),
  });
}

export function viewOptions(view: ViewDef): Readonly<Record<string, unknown>> {
  const { columns, comment, options: storage, columnComments, columnDefaults } = view;
  return compact({ columns, comment, options: storage, columnComments, columnDefaults });
}

/** An index column: its name, or an object where it has an order, an expression, … */
export function renderIndexElement(element: IndexElement, context: RenderContext): Source {
  const { column, expression: sql, ...rest } = element;
  const value = column === undefined ? expression(sql ?? "", context) : string(column);
  if (Object.keys(rest).length === 0) return value;
  return object([
    [column === undefined ? "expression" : "column", value],
    ...Object.entries(rest).map(([key, item]) => [key, literal(item)] as const),
  ]);
}

export function foreignKeyOptions(key: ForeignKeyDef): Readonly<Record<string, unknown>> {
  return compact({
    onDelete: key.onDelete,
    onDeleteColumns: key.onDeleteColumns,
    onUpdate: key.onUpdate,
    match: key.match,
    deferrable: key.deferrable,
    notEnforced: key.notEnforced,
    period: key.period,
    unchecked: key.unchecked,
  });
}

/** An options object as the last argument, or nothing when there are none. */
export function options(values: Readonly<Record<string, unknown>>): readonly Source[] {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? [] : [object(entries.map(([key, value]) => [key, optionValue(key, value)] as const))];
}

/** Texts that people write in several lines keep them. */
export function optionValue(key: string, value: unknown): Source {
  return (key === "comment" || key === "action") && typeof value === "string" ? longString(value) : literal(value);
}

export function strings(values: readonly string[]): Source {
  return array(values.map(string));
}

export function schemaOption(name: ObjectName): Readonly<Record<string, unknown>> {
  return name.schema === undefined ? {} : { schema: name.schema };
}

function renderDefault(value: DefaultDef, context: RenderContext): Call {
  return value.kind === "now"
    ? { name: "defaultNow", args: [] }
    : { name: "default", args: [renderDefaultValue(value, context)] };
}

function renderIdentity(identity: IdentityDef): Call {
  const { generation, reuseIds, ...sequence } = identity;
  if (generation === "byDefault" && Object.keys(sequence).length === 0) {
    return { name: "autoIncrement", args: reuseIds === false ? [object([["reuseIds", text("false")]])] : [] };
  }
  return { name: "identity", args: [...options({ always: generation === "always", ...sequence })] };
}

export function nameArgument(name: string | null): readonly Source[] {
  return name === null ? [] : [string(name)];
}

function includeCall(include: readonly string[] | undefined, part: PartWriter): readonly Call[] {
  return include === undefined ? [] : [{ name: "include", args: include.map((column) => part({ column })) }];
}

function deferrableCall(deferrable: string | undefined): readonly Call[] {
  return deferrable === undefined ? [] : [{ name: "deferrable", args: [string(deferrable)] }];
}
