/** The items of a table's constraint list as drafts. */
import { ModelInvalidError } from "../errors.js";
import { partList } from "../schema/incomplete-indexes.js";
import { compact, displayName, type IndexElement, type ObjectName } from "../schema/schema.js";
import { branded, tableItemBrand } from "./brand.js";
import { foreignKeyRules } from "./build-column.js";
import { type ColumnRef, columnRef } from "./column-ref.js";
import { type ConstraintDrafts, emptyDrafts } from "./constraint-drafts.js";
import { bareExpressionText } from "./expression-text.js";
import type { IndexPartSpec, TableItemSpec } from "./item-specs.js";
import { parseObjectName } from "./object-path.js";
import type { Constraints } from "./table.js";
import { type IndexPart, indexPart } from "./table-items.js";

/** @throws ModelInvalidError where the function that gives them fails, or gives no list */
export function listedItems(
  constraints: Constraints | undefined,
  columns: readonly string[],
  table: ObjectName,
): readonly unknown[] {
  const shown = displayName(table);
  const items = typeof constraints === "function" ? itemsOfFunction(constraints, columns, shown) : (constraints ?? []);
  if (Array.isArray(items)) return items;
  throw new ModelInvalidError(`the constraints of table '${shown}' are no list`, {
    table: shown,
    hint: "Give them in brackets: `(t) => [index().on(t.email)]`.",
  });
}

function itemsOfFunction(
  constraints: Extract<Constraints, (...given: any) => unknown>,
  columns: readonly string[],
  table: string,
): unknown {
  try {
    return constraints(new Proxy({}, new RefsByName(columns)));
  } catch (error) {
    const { message, hint } = error as Partial<ModelInvalidError>;
    throw new ModelInvalidError(`the constraints of table '${table}': ${message ?? String(error)}`, {
      table,
      hint,
      cause: error,
    });
  }
}

/** Each is made when it is asked for. A partition has the columns of its parent, which is not known here. */
class RefsByName implements ProxyHandler<Readonly<Record<string, ColumnRef>>> {
  readonly #columns: readonly string[];

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  get(_: object, name: string | symbol): ColumnRef | undefined {
    return typeof name === "string" ? columnRef(name) : undefined;
  }

  has(target: object, name: string | symbol): boolean {
    return this.#columns.includes(name as string) || Reflect.has(target, name);
  }

  ownKeys(): string[] {
    return [...this.#columns];
  }

  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    if (!this.#columns.includes(name as string)) return Reflect.getOwnPropertyDescriptor(target, name);
    return { configurable: true, enumerable: true, writable: true, value: undefined };
  }
}

/** @throws {@link ModelInvalidError} for something else than a finished constraint or index. */
export function itemSpec(item: unknown, table: ObjectName): TableItemSpec {
  const spec = branded<TableItemSpec>(item, tableItemBrand);
  if (spec !== undefined) return spec;
  throw new ModelInvalidError(`table '${displayName(table)}' has a constraint that is none: ${kindOf(item)}`, {
    table: displayName(table),
    hint: "Finish it with `.on(…)` or `.references(…)`, as in `index().on(t.email)`.",
  });
}

function kindOf(item: unknown): string {
  if (typeof item === "object" && item !== null) return `an object with ${Object.keys(item).join(", ") || "no keys"}`;
  return String(item);
}

export function itemDrafts(spec: TableItemSpec, table: ObjectName): ConstraintDrafts {
  const { name, renamedFrom, deferrable, include, nullsNotDistinct, notValid, notEnforced, comment } = spec;
  const { withoutOverlaps } = spec;
  const storage = { with: spec.with, tablespace: spec.tablespace, comment };
  const where = `${name === undefined ? `a ${spec.kind}` : `'${name}'`} of '${displayName(table)}'`;
  switch (spec.kind) {
    case "primaryKey":
      return {
        ...emptyDrafts,
        primaryKeys: [compact({ name, renamedFrom, ...keyOf(spec), include, deferrable, withoutOverlaps, ...storage })],
      };
    case "unique": {
      const draft = compact({
        name,
        renamedFrom,
        ...keyOf(spec),
        nullsNotDistinct,
        include,
        deferrable,
        withoutOverlaps,
        ...storage,
      });
      return { ...emptyDrafts, uniques: [draft] };
    }
    case "check": {
      const expression = bareExpressionText(spec.expression, where);
      return {
        ...emptyDrafts,
        checks: [compact({ name, renamedFrom, expression, noInherit: spec.noInherit, notValid, notEnforced, comment })],
      };
    }
    case "foreignKey": {
      const { columns, targetColumns, options } = spec;
      const rules = { ...foreignKeyRules(options), ...compact({ deferrable: deferrable ?? options.deferrable }) };
      const target = parseObjectName(spec.target);
      return {
        ...emptyDrafts,
        foreignKeys: [compact({ name, renamedFrom, columns, target, targetColumns, ...rules, notValid, comment })],
      };
    }
    case "index": {
      const draft = compact({
        name,
        renamedFrom,
        unique: spec.unique,
        elements: spec.parts.map((part) => indexElement(part, where)),
        where: spec.where === undefined ? undefined : bareExpressionText(spec.where, `the predicate of ${where}`),
        method: spec.method === "btree" ? undefined : spec.method,
        include,
        nullsNotDistinct,
        only: spec.onOnly === undefined ? undefined : partList(spec.onOnly.map(parseObjectName)),
        ...storage,
      });
      return { ...emptyDrafts, indexes: [draft] };
    }
    case "exclude": {
      const draft = compact({
        name,
        elements: spec.parts.map((part, at) => ({ ...indexElement(part, where), operator: spec.operators[at] ?? "=" })),
        where: spec.where === undefined ? undefined : bareExpressionText(spec.where, `the predicate of ${where}`),
        method: spec.method === "btree" ? undefined : spec.method,
        include,
        deferrable,
        ...storage,
      });
      return { ...emptyDrafts, excludes: [draft] };
    }
  }
}

function keyOf({ columns, order, collations, onConflict }: Extract<TableItemSpec, { kind: "primaryKey" | "unique" }>) {
  return { columns, order, collations, onConflict };
}

/** Index columns as operations take them: names, `sql`, column references, or objects that say everything. */
export function indexElements(parts: readonly IndexPart[], where = "the index"): readonly IndexElement[] {
  return parts.map((part) => indexElement(indexPart(part), where));
}

function indexElement(part: IndexPartSpec, where: string): IndexElement {
  const { expression, ...element } = part;
  return expression === undefined ? { ...element } : { ...element, expression: bareExpressionText(expression, where) };
}
