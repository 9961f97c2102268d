/** Builders as data: used by models and by the operations of revisions alike. */
import { ModelInvalidError } from "../errors.js";
import type { NamingConvention } from "../schema/naming.js";
import {
  type CheckDef,
  type ColumnDef,
  compact,
  type DialectName,
  displayName,
  type ForeignKeyDef,
  type ObjectName,
  type PrimaryKeyDef,
  type RowSecurity,
  type TableDef,
  type TableOptions,
  type UniqueDef,
} from "../schema/schema.js";
import { nearest } from "../util/nearest.js";
import { branded, columnBrand } from "./brand.js";
import { columnDraft } from "./build-column.js";
import type { AnyColumn, ColumnSpec } from "./column.js";
import { type ConstraintDrafts, joinDrafts, nameDrafts } from "./constraint-drafts.js";
import type { EnumSpec } from "./enum-type.js";
import { expressionText } from "./expression-text.js";
import { itemDrafts, itemSpec, listedItems } from "./item-drafts.js";
import { knownTableOptions } from "./known-options.js";
import { parseObjectName } from "./object-path.js";
import { foldName } from "./relation-names.js";
import type { ColumnMap, Constraints, TableOptionsInput } from "./table.js";

export interface BuildContext {
  readonly naming: NamingConvention;
  /** Null: for no database in particular; then `.only` and `.sqlType` are not looked at. */
  readonly dialect: DialectName | null;
}

/** The structure of a table. @throws ModelInvalidError */
export function buildTable(
  name: string,
  columns: ColumnMap,
  constraints: Constraints | undefined,
  options: TableOptionsInput,
  context: BuildContext,
): TableDef {
  const table: ObjectName = compact({ name, schema: options.schema });
  knownTableOptions(displayName(table), options);
  if (name === "")
    throw new ModelInvalidError("a table has no name", { table: "", hint: 'Name it: table("users", { … }).' });
  const specs = columnSpecs(
    columns,
    table,
    context.dialect,
    options.partitionOf !== undefined || options.inherits !== undefined,
  );
  const built = specs.map(([column, spec]) => columnDraft(spec, { table, column, dialect: context.dialect }));
  const parents = parentDefs(options, table);
  const items = itemsOf(constraints, columns, table, context.dialect);
  const drafts = joinDrafts([...built.map((one) => one.drafts), ...items]);
  const names = specs.map(([column]) => column);
  checkDrafts(drafts, names, table, Object.keys(parents).length > 0);
  const named = nameDrafts(drafts, { name, columns: names }, context.naming);
  const key = new Set(named.primaryKey?.columns);
  return compact({
    ...table,
    columns: built.map(({ column }) => (key.has(column.name) ? { ...column, nullable: false } : column)),
    ...named,
    comment: options.comment,
    options: tableOptions(options, context.dialect),
    ...parents,
    rowSecurity: context.dialect === "sqlite" ? undefined : rowSecurityDef(options.rowSecurity),
  });
}

/** One column, as `addColumn` takes it, and the constraints its chain says. */
export interface BuiltColumn {
  readonly column: ColumnDef;
  readonly primaryKey?: PrimaryKeyDef;
  readonly unique?: UniqueDef;
  readonly foreignKeys: readonly ForeignKeyDef[];
  readonly checks: readonly CheckDef[];
  /** The builder is marked `.only(…)` for the other database: there is nothing to do on this one. */
  readonly elsewhere?: true;
}

/** `table` is the name that conventional names are made of. @throws ModelInvalidError */
export function buildColumn(table: string, name: string, builder: AnyColumn, context: BuildContext): BuiltColumn {
  const spec = columnSpec(builder, { name: table }, name);
  const { column, drafts } = columnDraft(spec, { table: { name: table }, column: name, dialect: context.dialect });
  const { primaryKey, uniques, foreignKeys, checks } = nameDrafts(
    drafts,
    { name: table, columns: [name] },
    context.naming,
  );
  const elsewhere = isElsewhere(spec, context.dialect) ? (true as const) : undefined;
  return compact({ column, primaryKey, unique: uniques[0], foreignKeys, checks, elsewhere });
}

/** The enums of these columns and array elements that carry their values, without repetition of the same builder. */
export function enumsOf(columns: ColumnMap, dialect: DialectName | null): readonly EnumSpec[] {
  const found = new Set<EnumSpec>();
  for (const builder of Object.values(columns)) {
    const spec = branded<ColumnSpec>(builder, columnBrand);
    if (spec?.enum !== undefined && !isElsewhere(spec, dialect)) found.add(spec.enum);
  }
  return [...found];
}

/** Is the object marked `.only(…)` for another database than this one? */
export function isElsewhere(spec: { readonly only?: DialectName }, dialect: DialectName | null): boolean {
  return dialect !== null && spec.only !== undefined && spec.only !== dialect;
}

function columnSpecs(
  columns: ColumnMap,
  table: ObjectName,
  dialect: DialectName | null,
  mayBeEmpty: boolean,
): readonly (readonly [string, ColumnSpec])[] {
  refusePrototype(columns, table);
  const specs = Object.entries(columns)
    .map(([name, builder]) => [name, columnSpec(builder, table, name)] as const)
    .filter(([, spec]) => !isElsewhere(spec, dialect));
  const [twice] = repeated(specs.map(([name]) => foldName(name, dialect)));
  if (twice !== undefined) {
    throw new ModelInvalidError(`table '${displayName(table)}' has two columns that SQLite takes for '${twice}'`, {
      table: displayName(table),
      column: twice,
      hint: "Give them names that differ by more than the case of letters.",
    });
  }
  if (specs.length > 0 || mayBeEmpty) return specs;
  throw new ModelInvalidError(`table '${displayName(table)}' has no columns`, {
    table: displayName(table),
    hint: "Give it at least one column.",
  });
}

/** A key `__proto__` that is written plainly is no key in JavaScript: the column would be lost without a word. */
function refusePrototype(columns: ColumnMap, table: ObjectName): void {
  if (branded<ColumnSpec>(Object.getPrototypeOf(columns), columnBrand) === undefined) return;
  throw new ModelInvalidError(
    `JavaScript takes the column '__proto__' of table '${displayName(table)}' for no column`,
    {
      table: displayName(table),
      column: "__proto__",
      hint: 'Write its key in brackets: `["__proto__"]: integer()`.',
    },
  );
}

function columnSpec(builder: unknown, table: ObjectName, name: string): ColumnSpec {
  const spec = branded<ColumnSpec>(builder, columnBrand);
  if (spec !== undefined && name !== "") return spec;
  if (name === "") {
    throw new ModelInvalidError(`table '${displayName(table)}' has a column without a name`, {
      table: displayName(table),
      hint: "Use the column's name as its key: `{ id: integer() }`.",
    });
  }
  throw new ModelInvalidError(`'${displayName(table)}.${name}' is not a column but ${typeof builder}`, {
    table: displayName(table),
    column: name,
    hint: typeof builder === "function" ? `Call it: \`${name}: …()\`.` : "Use a builder such as `integer()`.",
  });
}

function itemsOf(
  constraints: Constraints | undefined,
  columns: ColumnMap,
  table: ObjectName,
  dialect: DialectName | null,
): readonly ConstraintDrafts[] {
  return listedItems(constraints, Object.keys(columns), table)
    .map((item) => itemSpec(item, table))
    .filter((spec) => !isElsewhere(spec, dialect))
    .map((spec) => itemDrafts(spec, table));
}

export function rowSecurityDef(wanted: boolean | "forced" | undefined): RowSecurity | undefined {
  if (wanted === undefined || wanted === false) return undefined;
  return wanted === "forced" ? { enabled: true, forced: true } : { enabled: true };
}

function parentDefs(options: TableOptionsInput, table: ObjectName): Pick<TableDef, "partitionOf" | "inherits"> {
  const { partitionOf, inherits } = options;
  if (partitionOf === undefined) {
    return inherits === undefined || inherits.length === 0 ? {} : { inherits: inherits.map(parseObjectName) };
  }
  const text = expressionText(partitionOf.bounds, `the bounds of '${displayName(table)}'`);
  return {
    partitionOf: compact({
      table: parseObjectName(partitionOf.table),
      bounds: text,
      indexNames: partitionOf.indexNames,
    }),
  };
}

function tableOptions(options: TableOptionsInput, dialect: DialectName | null): TableOptions | undefined {
  const { sqlite, postgres } = options;
  const kept = compact({
    sqlite: dialect === "postgres" ? undefined : nonEmpty(sqlite),
    postgres: dialect === "sqlite" ? undefined : nonEmpty(postgres),
  });
  return nonEmpty(kept);
}

function nonEmpty<T extends object>(object: T | undefined): T | undefined {
  return object === undefined || Object.keys(object).length === 0 ? undefined : object;
}

/** Everything that can be wrong about a table without looking at others. */
function checkDrafts(
  drafts: ConstraintDrafts,
  columns: readonly string[],
  table: ObjectName,
  hasParents: boolean,
): void {
  const shown = displayName(table);
  if (drafts.primaryKeys.length > 1) {
    throw new ModelInvalidError(`table '${shown}' has ${drafts.primaryKeys.length} primary keys`, {
      table: shown,
      hint: "Write a key of several columns as `primaryKey().on(t.a, t.b)`.",
    });
  }
  const lists = [
    ...drafts.primaryKeys.map((key) => ["the primary key", key.name, key.columns, key.include] as const),
    ...drafts.uniques.map((unique) => ["a unique constraint", unique.name, unique.columns, unique.include] as const),
    ...drafts.foreignKeys.map((key) => ["a foreign key", key.name, key.columns, undefined] as const),
    ...drafts.excludes.map(
      (exclude) => ["an exclusion", exclude.name, indexColumns(exclude.elements), exclude.include] as const,
    ),
    ...drafts.indexes.map((index) => ["an index", index.name, indexColumns(index.elements), index.include] as const),
  ];
  for (const [kind, name, listed, include] of lists) {
    const what = name === undefined ? `${kind} of table '${shown}'` : `'${name}' of table '${shown}'`;
    if (listed.length === 0) {
      throw new ModelInvalidError(`${what} is on no columns`, { table: shown, hint: "Name its columns." });
    }
    for (const column of [...listed, ...(include ?? [])]) {
      if (column !== null && !hasParents && !columns.includes(column))
        throw unknownColumn(what, column, columns, shown);
    }
  }
  refuseSameNames(drafts, shown);
}

/** Null stands for an expression. */
function indexColumns(
  elements: readonly { readonly column?: string; readonly expression?: string }[],
): readonly (string | null)[] {
  return elements.map((element) => (element.expression === undefined ? (element.column ?? "") : null));
}

function unknownColumn(what: string, column: string, columns: readonly string[], table: string): ModelInvalidError {
  const near = nearest(column, columns);
  return new ModelInvalidError(`${what} is on column '${column}', which the table does not have`, {
    table,
    column,
    hint:
      near === undefined ? `Use one of ${columns.map((name) => `'${name}'`).join(", ")}.` : `Did you mean '${near}'?`,
  });
}

function refuseSameNames(drafts: ConstraintDrafts, table: string): void {
  const names = (Object.values(drafts).flat() as readonly { readonly name?: string }[]).flatMap(
    ({ name }) => name ?? [],
  );
  const [twice] = repeated(names);
  if (twice === undefined) return;
  throw new ModelInvalidError(`table '${table}' has two constraints or indexes named '${twice}'`, {
    table,
    hint: "Rename one of them, or leave the name out.",
  });
}

function repeated(names: readonly string[]): readonly string[] {
  return names.filter((name, at) => names.indexOf(name) < at);
}
