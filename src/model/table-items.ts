/** Constraints and indexes of a table. Columns are given as `t.column` or, as in revision files, by name. */

import { ModelInvalidError } from "../errors.js";
import type {
  Deferrable,
  DialectName,
  IndexElement,
  KeyCollations,
  KeyOrder,
  StorageParameters,
} from "../schema/schema.js";
import { branded, brandedObject, columnRefBrand, tableItemBrand } from "./brand.js";
import { optional, rest, sqlText, text, textAs } from "./call-arguments.js";
import { checkCall, checkedMethods, settings } from "./checked-calls.js";
import { DEFERRABLE } from "./checks.js";
import { type ForeignKeyOptions, knownForeignKeyOptions } from "./column.js";
import type { ColumnRef } from "./column-ref.js";
import { isSqlExpression, type SqlExpression } from "./expression-text.js";
import { aColumn, columnNames, NAME, NAMED_CHECK, pair, part, REFERENCES } from "./item-arguments.js";
import type { ConflictAction, IndexPartSpec, TableItemSpec } from "./item-specs.js";
import { knownDialect, knownStorage, knownWord } from "./known-options.js";

/** Anything that goes into the list of a table's constraints. */
export interface TableItem {
  readonly [tableItemBrand]: TableItemSpec;
}

export type ColumnName = ColumnRef | string;

/** A column of a key; on SQLite with an order and a collation of its own. */
export type KeyPart = ColumnName | Pick<IndexElement, "column" | "order" | "collation">;

/** A part of an index: a column, an expression, or an object that says everything. */
export type IndexPart =
  | ColumnRef
  | SqlExpression
  | string
  | (Omit<IndexElement, "expression"> & { readonly expression?: SqlExpression | string });

/** What the index behind a key can have on PostgreSQL. */
interface KeptItem<Item> extends TableItem {
  with(parameters: StorageParameters): Item;
  tablespace(name: string): Item;
  comment(text: string): Item;
}

/** `renamedFrom`: the name it had before. One that only changed its name is recognized by itself; this tells two alike apart. */
export interface RenamedItem<Item> {
  renamedFrom(name: string): Item;
}

export interface PrimaryKeyItem extends KeptItem<PrimaryKeyItem>, RenamedItem<PrimaryKeyItem> {
  include(...columns: readonly ColumnName[]): PrimaryKeyItem;
  deferrable(initially?: Deferrable): PrimaryKeyItem;
  /** SQLite: `ON CONFLICT`. */
  onConflict(action: ConflictAction): PrimaryKeyItem;
  /** PostgreSQL 18: the last column is a range, and only ranges that overlap are equal. */
  withoutOverlaps(): PrimaryKeyItem;
  only(dialect: DialectName): PrimaryKeyItem;
}

export interface UniqueItem extends KeptItem<UniqueItem>, RenamedItem<UniqueItem> {
  nullsNotDistinct(): UniqueItem;
  include(...columns: readonly ColumnName[]): UniqueItem;
  deferrable(initially?: Deferrable): UniqueItem;
  /** SQLite: `ON CONFLICT`. */
  onConflict(action: ConflictAction): UniqueItem;
  /** PostgreSQL 18: the last column is a range, and only ranges that overlap are equal. */
  withoutOverlaps(): UniqueItem;
  only(dialect: DialectName): UniqueItem;
}

export interface IndexItem extends KeptItem<IndexItem>, RenamedItem<IndexItem> {
  where(predicate: SqlExpression | string): IndexItem;
  /** The access method: `gin`, `gist`, `hash`, … */
  using(method: string): IndexItem;
  include(...columns: readonly ColumnName[]): IndexItem;
  nullsNotDistinct(): IndexItem;
  /** PostgreSQL: made `ON ONLY` its partitioned table, with parts on these of its partitions alone (`"schema.name"`). */
  onOnly(...partitions: readonly string[]): IndexItem;
  only(dialect: DialectName): IndexItem;
}

export interface CheckItem extends TableItem, RenamedItem<CheckItem> {
  noInherit(): CheckItem;
  notValid(): CheckItem;
  /** PostgreSQL 18: said and not checked. */
  notEnforced(): CheckItem;
  comment(text: string): CheckItem;
  only(dialect: DialectName): CheckItem;
}

export interface ForeignKeyItem extends TableItem, RenamedItem<ForeignKeyItem> {
  deferrable(initially?: Deferrable): ForeignKeyItem;
  notValid(): ForeignKeyItem;
  comment(text: string): ForeignKeyItem;
  only(dialect: DialectName): ForeignKeyItem;
}

export interface ExcludeItem extends KeptItem<ExcludeItem> {
  /** The access method, mostly `gist`. */
  using(method: string): ExcludeItem;
  where(predicate: SqlExpression | string): ExcludeItem;
  include(...columns: readonly ColumnName[]): ExcludeItem;
  deferrable(initially?: Deferrable): ExcludeItem;
  only(dialect: DialectName): ExcludeItem;
}

/** What says which columns a constraint is on, and makes it an item by that. */
export interface OnColumns<Item> {
  on(...columns: readonly KeyPart[]): Item;
}
export interface OnParts {
  on(...parts: readonly IndexPart[]): IndexItem;
}
export interface OnPairs {
  /** Each a column or expression with the operator that must not hold for all of them: `[t.room, "="]`. */
  on(...pairs: readonly (readonly [IndexPart, string])[]): ExcludeItem;
}
export interface ReferencesTable {
  /** `table` is a name or `"schema.name"`. */
  references(table: string, columns: readonly string[], options?: Omit<ForeignKeyOptions, "name">): ForeignKeyItem;
}

export function primaryKey(name?: string): OnColumns<PrimaryKeyItem> {
  return onColumns("primaryKey", name, (columns) => ({ kind: "primaryKey", ...named(name), ...keyParts(columns) }));
}

export function unique(name?: string): OnColumns<UniqueItem> {
  return onColumns("unique", name, (columns) => ({ kind: "unique", ...named(name), ...keyParts(columns) }));
}

/** `index("ix_users_email").on(t.email.desc(), sql\`lower(name)\`)`; a string in `on` is a column's name. */
export function index(name?: string): OnParts {
  return onParts("index", name, false);
}

export function uniqueIndex(name?: string): OnParts {
  return onParts("uniqueIndex", name, true);
}

/** No two rows for which all operators hold: `exclude().on([t.room, "="], [t.during, "&&"]).using("gist")`. */
export function exclude(name?: string): OnPairs {
  checkCall("exclude", NAME, [name]);
  return {
    on: (...pairs) => {
      checkCall("exclude().on", [pair], pairs);
      return itemOf({
        kind: "exclude",
        ...named(name),
        parts: pairs.map(([part]) => indexPart(part)),
        operators: pairs.map(([, operator]) => operator),
      });
    },
  };
}

export function check(name: string, expression: SqlExpression | string): CheckItem;
export function check(expression: SqlExpression | string): CheckItem;
export function check(first: SqlExpression | string, second?: SqlExpression | string): CheckItem {
  checkCall("check", second === undefined ? [sqlText("expression")] : NAMED_CHECK, [first, second]);
  const named = second === undefined ? { expression: first } : { name: first as string, expression: second };
  return itemOf({ kind: "check", ...named });
}

/** For several columns, or for options a column's `.references(…)` has not. */
export function foreignKey(name: string, columns: readonly ColumnName[]): ReferencesTable;
export function foreignKey(columns: readonly ColumnName[]): ReferencesTable;
export function foreignKey(first: string | readonly ColumnName[], second?: readonly ColumnName[]): ReferencesTable {
  checkCall("foreignKey", typeof first === "string" ? [text("name"), columnNames] : [columnNames], [first, second]);
  const [name, columns] = typeof first === "string" ? [first, second ?? []] : [undefined, first];
  return {
    references(target, targetColumns, options = {}) {
      checkCall("foreignKey(…).references", REFERENCES, [target, targetColumns, options]);
      if ("name" in options) {
        throw new ModelInvalidError("foreignKey(…).references(…) has no option 'name'", {
          hint: 'The name comes first: `foreignKey("fk_name", [columns]).references(…)`.',
        });
      }
      knownForeignKeyOptions(".references(…)", options);
      return itemOf({
        kind: "foreignKey",
        ...named(name),
        columns: columns.map(columnName),
        target,
        targetColumns: [...targetColumns],
        options,
      });
    },
  };
}

function onColumns<Item extends TableItem>(
  call: string,
  name: string | undefined,
  spec: (columns: readonly KeyPart[]) => TableItemSpec,
): OnColumns<Item> {
  checkCall(call, NAME, [name]);
  return {
    on: (...columns) => {
      checkCall(`${call}().on`, [rest(aColumn)], columns);
      return itemOf<Item>(spec(columns));
    },
  };
}

function onParts(call: string, name: string | undefined, isUnique: boolean): OnParts {
  checkCall(call, NAME, [name]);
  return {
    on: (...parts) => {
      checkCall(`${call}().on`, [rest(part)], parts);
      return itemOf({ kind: "index", ...named(name), unique: isUnique, parts: parts.map(indexPart) });
    },
  };
}

/** The name a column is given by; an empty text for what is none, which the build reports with the table's name. */
export function columnName(column: ColumnName): string {
  return typeof column === "string" ? column : (branded<IndexElement>(column, columnRefBrand)?.column ?? "");
}

function keyParts(parts: readonly KeyPart[]): {
  readonly columns: readonly string[];
  readonly order?: KeyOrder;
  readonly collations?: KeyCollations;
} {
  const elements = parts.map((part) =>
    typeof part === "string"
      ? { column: part }
      : (branded<IndexElement>(part, columnRefBrand) ?? (part as IndexElement)),
  );
  const order = elements.map((element) => element?.order ?? "asc");
  const collations = elements.map((element) => element?.collation ?? null);
  return {
    columns: elements.map((element) => element?.column ?? ""),
    ...(order.includes("desc") ? { order } : {}),
    ...(collations.some((collation) => collation !== null) ? { collations } : {}),
  };
}

export function indexPart(part: IndexPart): IndexPartSpec {
  if (typeof part === "string") return { column: part };
  const element = branded<IndexElement>(part, columnRefBrand);
  if (element !== undefined) return element;
  return isSqlExpression(part) ? { expression: part } : (part ?? {});
}

function named(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

interface Item {
  readonly [tableItemBrand]: TableItemSpec;
}

/** One set of methods serves all kinds; the interfaces show each kind its own. */
function itemOf<T extends TableItem>(spec: TableItemSpec): T {
  return brandedObject<T>(methods, tableItemBrand, spec);
}

function extended(item: Item, more: object): TableItem {
  return itemOf({ ...item[tableItemBrand], ...more } as TableItemSpec);
}

const plainMethods = {
  include(this: Item, ...columns: readonly ColumnName[]) {
    return extended(this, { include: columns.map(columnName) });
  },
  deferrable(this: Item, initially: Deferrable = "immediate") {
    knownWord(".deferrable(…)", initially, DEFERRABLE);
    return extended(this, { deferrable: initially });
  },
  onConflict(this: Item, onConflict: ConflictAction) {
    knownWord(".onConflict(…)", onConflict, ["ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"]);
    return extended(this, { onConflict });
  },
  nullsNotDistinct(this: Item) {
    return extended(this, { nullsNotDistinct: true });
  },
  onOnly(this: Item, ...partitions: readonly string[]) {
    return extended(this, { onOnly: partitions.filter((name) => name !== undefined) });
  },
  where(this: Item, where: SqlExpression | string) {
    return extended(this, { where });
  },
  using(this: Item, method: string) {
    return extended(this, { method });
  },
  with(this: Item, parameters: StorageParameters) {
    knownStorage(".with(…)", parameters);
    return extended(this, { with: parameters });
  },
  tablespace(this: Item, tablespace: string) {
    return extended(this, { tablespace });
  },
  comment(this: Item, comment: string) {
    return extended(this, { comment });
  },
  withoutOverlaps(this: Item) {
    return extended(this, { withoutOverlaps: true });
  },
  notEnforced(this: Item) {
    return extended(this, { notEnforced: true });
  },
  noInherit(this: Item) {
    return extended(this, { noInherit: true });
  },
  notValid(this: Item) {
    return extended(this, { notValid: true });
  },
  renamedFrom(this: Item, renamedFrom: string) {
    return extended(this, { renamedFrom });
  },
  only(this: Item, only: DialectName) {
    return extended(this, { only: knownDialect(only) });
  },
};

const deferral = optional(textAs("initially", '"deferred"'));
const methods = checkedMethods(plainMethods, {
  include: [rest(aColumn)],
  deferrable: [deferral],
  onConflict: [textAs("action", '"REPLACE"')],
  nullsNotDistinct: [],
  onOnly: [rest(text("partition"))],
  where: [sqlText("predicate")],
  using: [text("method")],
  with: [settings],
  tablespace: [text("name")],
  comment: [text("text")],
  withoutOverlaps: [],
  notEnforced: [],
  noInherit: [],
  notValid: [],
  renamedFrom: [text("name")],
  only: [text("dialect")],
});
