/** Constraints and indexes before they have names, and how they get them. */

import { mentionsColumn } from "../schema/expression.js";
import { conventionalName, type NamedKind, type NamingConvention } from "../schema/naming.js";
import type {
  CheckDef,
  ExcludeDef,
  ForeignKeyDef,
  IndexDef,
  PrimaryKeyDef,
  TableDef,
  UniqueDef,
} from "../schema/schema.js";

export type Draft<T> = Omit<T, "name" | "conventional"> & { readonly name?: string };

export interface ConstraintDrafts {
  readonly primaryKeys: readonly Draft<PrimaryKeyDef>[];
  readonly uniques: readonly Draft<UniqueDef>[];
  readonly foreignKeys: readonly Draft<ForeignKeyDef>[];
  /** `column`: the one whose chain the check is part of. */
  readonly checks: readonly (Draft<CheckDef> & { readonly column?: string })[];
  readonly indexes: readonly Draft<IndexDef>[];
  readonly excludes: readonly Draft<ExcludeDef>[];
}

export const emptyDrafts: ConstraintDrafts = {
  primaryKeys: [],
  uniques: [],
  foreignKeys: [],
  checks: [],
  indexes: [],
  excludes: [],
};

export function joinDrafts(lists: readonly ConstraintDrafts[]): ConstraintDrafts {
  const all = lists.filter((drafts) => drafts !== emptyDrafts);
  return {
    primaryKeys: all.flatMap((drafts) => drafts.primaryKeys),
    uniques: all.flatMap((drafts) => drafts.uniques),
    foreignKeys: all.flatMap((drafts) => drafts.foreignKeys),
    checks: all.flatMap((drafts) => drafts.checks),
    indexes: all.flatMap((drafts) => drafts.indexes),
    excludes: all.flatMap((drafts) => drafts.excludes),
  };
}

export type NamedConstraints = Pick<
  TableDef,
  "primaryKey" | "uniques" | "foreignKeys" | "checks" | "indexes" | "excludes"
>;

/**
 * Gives every draft its name. Written names stay; the others follow the convention, in the order primary key, uniques,
 * foreign keys, checks, indexes, and get `_2`, `_3`, … where a name is taken within the table.
 */
export function nameDrafts(
  drafts: ConstraintDrafts,
  table: { readonly name: string; readonly columns: readonly string[] },
  naming: NamingConvention,
): NamedConstraints {
  const taken = new Set(
    Object.values(drafts).flatMap((list) => (list as readonly Draft<object>[]).flatMap(({ name }) => name ?? [])),
  );
  const name = <T extends { readonly name?: string }>(kind: NamedKind, draft: T, columns: readonly string[]) => {
    if (draft.name !== undefined) return draft as T & { readonly name: string };
    const target = (draft as Partial<ForeignKeyDef>).target?.name;
    const parts = { table: table.name, columns, ...(target === undefined ? {} : { target }) };
    const given = conventionalName(kind, parts, naming, taken);
    taken.add(given);
    return { ...draft, name: given, conventional: true as const };
  };
  const mentioned = (expression: string) => table.columns.filter((column) => mentionsColumn(expression, column));
  const [primaryKey] = drafts.primaryKeys.map((draft) => name("primaryKey", draft, draft.columns));
  const elementColumns = (elements: IndexDef["elements"]) => [
    ...new Set(elements.flatMap((element) => element.column ?? mentioned(element.expression ?? ""))),
  ];
  const excludes = drafts.excludes.map((draft) => name("exclude", draft, elementColumns(draft.elements)));
  return {
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(primaryKey === undefined ? {} : { primaryKey }),
    uniques: drafts.uniques.map((draft) => name("unique", draft, draft.columns)),
    foreignKeys: drafts.foreignKeys.map((draft) => name("foreignKey", draft, draft.columns)),
    checks: drafts.checks.map(({ column, ...draft }) => {
      if (draft.name !== undefined) return name("check", draft, []);
      const found = mentioned(draft.expression);
      return name("check", draft, found.length === 0 && column !== undefined ? [column] : found);
    }),
    indexes: drafts.indexes.map((draft) => {
      if (draft.name !== undefined) return name("index", draft, []);
      return name("index", draft, elementColumns(draft.elements));
    }),
  };
}
