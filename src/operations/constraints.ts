/** Primary keys, uniques, foreign keys and checks: create, drop, rename, validate. */
import { putTable } from "../schema/edit-schema.js";
import { wholeTable } from "../schema/inheritance.js";
import {
  displayName,
  type ExcludeDef,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { conflict, requireColumns, requireTable } from "./conflict.js";
import { marksAgain, withoutMarks, withRenamedMarks } from "./index-marks.js";
import {
  type ConstraintKind,
  type DdlWriter,
  type Operation,
  type OperationOf,
  type OperationSpec,
  type Statement,
  statement,
} from "./operation.js";
import { constraintComment } from "./table-sql.js";

export const createPrimaryKey: OperationSpec<"createPrimaryKey"> = {
  kind: "createPrimaryKey",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (table.primaryKey !== undefined) throw conflict(this.describe(op), "the table has a primary key already");
    requireColumns(wholeTable(before, table), op.constraint.columns, this.describe(op));
    return putTable(before, {
      ...table,
      columns: table.columns.map((column) =>
        op.constraint.columns.includes(column.name) ? { ...column, nullable: false } : column,
      ),
      primaryKey: op.constraint,
    });
  },
  reverse(op, before) {
    const nullable = (before.tables[objectKey(op.table)]?.columns ?? []).filter(
      (column) => column.nullable && op.constraint.columns.includes(column.name),
    );
    return [
      dropOf(op.table, "primaryKey", op.constraint.name, op.constraint.columns),
      ...nullable.map(
        (column): Operation => ({
          kind: "alterColumn",
          table: op.table,
          column: column.name,
          changes: { nullable: true },
        }),
      ),
    ];
  },
  toSql: (op, ddl) => addConstraint(ddl, op.table, op.constraint, ddl.primaryKey(op.constraint)),
  describe: (op) => `create primary key of ${displayName(op.table)} (${op.constraint.columns.join(", ")})`,
  destroys: () => null,
};

export const createUniqueConstraint: OperationSpec<"createUniqueConstraint"> = {
  kind: "createUniqueConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    requireColumns(wholeTable(before, table), op.constraint.columns, this.describe(op));
    refuseName(table, op.constraint.name, this.describe(op));
    return putTable(before, { ...table, uniques: [...table.uniques, op.constraint] });
  },
  reverse: (op) => [dropOf(op.table, "unique", op.constraint.name, op.constraint.columns)],
  toSql: (op, ddl) => addConstraint(ddl, op.table, op.constraint, ddl.unique(op.constraint)),
  describe: (op) => `create unique constraint ${named(op.constraint.name, op.table, op.constraint.columns)}`,
  destroys: () => null,
};

export const createForeignKey: OperationSpec<"createForeignKey"> = {
  kind: "createForeignKey",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    requireColumns(wholeTable(before, table), op.constraint.columns, this.describe(op));
    const { unchecked, ...constraint } = op.constraint;
    // A table in a schema that nobody looked at may well be there.
    const { schema } = constraint.target;
    if (unchecked !== true && (schema === undefined || before.schemas.includes(schema))) {
      const target = requireTable(before, constraint.target, this.describe(op));
      requireColumns(wholeTable(before, target), constraint.targetColumns, this.describe(op));
    }
    refuseName(table, constraint.name, this.describe(op));
    return putTable(before, { ...table, foreignKeys: [...table.foreignKeys, constraint] });
  },
  reverse: (op) => [dropOf(op.table, "foreignKey", op.constraint.name, op.constraint.columns)],
  toSql: (op, ddl) => addConstraint(ddl, op.table, op.constraint, ddl.foreignKey(op.constraint)),
  describe: (op) =>
    `create foreign key ${named(op.constraint.name, op.table, op.constraint.columns)} to ${displayName(op.constraint.target)}`,
  destroys: () => null,
};

export const createCheckConstraint: OperationSpec<"createCheckConstraint"> = {
  kind: "createCheckConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    refuseName(table, op.constraint.name, this.describe(op));
    return putTable(before, { ...table, checks: [...table.checks, op.constraint] });
  },
  reverse: (op) => [dropOf(op.table, "check", op.constraint.name, [], op.constraint.expression)],
  toSql: (op, ddl) => addConstraint(ddl, op.table, op.constraint, ddl.check(op.constraint)),
  describe: (op) => `create check constraint ${named(op.constraint.name, op.table, [])}`,
  destroys: () => null,
};

export const dropConstraint: OperationSpec<"dropConstraint"> = {
  kind: "dropConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const found = findConstraint(table, op);
    if (found === null) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), `table '${displayName(op.table)}' has no such constraint`);
    }
    return putTable(before, withoutMarks(withoutConstraint(table, found), indexOf(found)));
  },
  reverse(op, before) {
    const table = before.tables[objectKey(op.table)];
    const found = table === undefined ? null : findConstraint(table, op);
    if (table === undefined || found === null) return op.ifExists ? [] : null;
    return [markUnchecked(createOf(op.table, found), before), ...marksAgain(table, indexOf(found))];
  },
  toSql(op, ddl) {
    if (op.name === null) throw conflict(this.describe(op), "it has no name");
    return [
      statement(
        `ALTER TABLE ${ddl.name(op.table)} DROP CONSTRAINT ${op.ifExists ? "IF EXISTS " : ""}${ddl.id(op.name)}`,
      ),
    ];
  },
  describe(op) {
    const kind = op.type === undefined ? "constraint" : KIND_WORDS[op.type];
    return `drop ${kind} ${named(op.name, op.table, op.columns ?? [])}`;
  },
  destroys: () => null,
};

export const renameConstraint: OperationSpec<"renameConstraint"> = {
  kind: "renameConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const found = findConstraint(table, { name: op.name });
    if (found === null) throw conflict(this.describe(op), `table '${displayName(op.table)}' has no such constraint`);
    refuseName(table, op.to, this.describe(op));
    const renamed = editConstraint(table, op.name, ({ conventional: _written, ...constraint }) => ({
      ...constraint,
      name: op.to,
    }));
    return putTable(before, withRenamedMarks(renamed, indexOf(found), op.to));
  },
  reverse: (op) => [{ kind: "renameConstraint", table: op.table, name: op.to, to: op.name }],
  toSql: (op, ddl) => [
    statement(`ALTER TABLE ${ddl.name(op.table)} RENAME CONSTRAINT ${ddl.id(op.name)} TO ${ddl.id(op.to)}`),
  ],
  describe: (op) => `rename constraint ${op.name} of ${displayName(op.table)} to ${op.to}`,
  destroys: () => null,
};

export const validateConstraint: OperationSpec<"validateConstraint"> = {
  kind: "validateConstraint",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (findConstraint(table, { name: op.name }) === null) {
      throw conflict(this.describe(op), `table '${displayName(op.table)}' has no such constraint`);
    }
    return putTable(
      before,
      editConstraint(table, op.name, ({ notValid: _gone, ...constraint }) => constraint),
    );
  },
  // A validated constraint that counts as not validated again would protect less; there is nothing to undo.
  reverse: () => [],
  toSql: (op, ddl) =>
    ddl.dialect === "sqlite"
      ? []
      : [statement(`ALTER TABLE ${ddl.name(op.table)} VALIDATE CONSTRAINT ${ddl.id(op.name)}`)],
  describe: (op) => `validate constraint ${op.name} of ${displayName(op.table)}`,
  destroys: () => null,
};

export type FoundConstraint =
  | { readonly type: "primaryKey"; readonly constraint: NonNullable<TableDef["primaryKey"]> }
  | { readonly type: "unique"; readonly constraint: TableDef["uniques"][number] }
  | { readonly type: "foreignKey"; readonly constraint: TableDef["foreignKeys"][number] }
  | { readonly type: "check"; readonly constraint: TableDef["checks"][number] }
  | { readonly type: "exclude"; readonly constraint: ExcludeDef };

export function listConstraints(table: TableDef): readonly FoundConstraint[] {
  return [
    ...(table.primaryKey === undefined ? [] : [{ type: "primaryKey", constraint: table.primaryKey } as const]),
    ...table.uniques.map((constraint) => ({ type: "unique", constraint }) as const),
    ...table.foreignKeys.map((constraint) => ({ type: "foreignKey", constraint }) as const),
    ...table.checks.map((constraint) => ({ type: "check", constraint }) as const),
    ...(table.excludes ?? []).map((constraint) => ({ type: "exclude", constraint }) as const),
  ];
}

/**
 * The constraint of that name; where the database knows it under another name or none, the only one of that type on
 * those columns.
 */
export function findConstraint(
  table: TableDef,
  wanted: {
    readonly name: string | null;
    readonly type?: ConstraintKind;
    readonly columns?: readonly string[];
    readonly expression?: string;
  },
): FoundConstraint | null {
  const ofType = listConstraints(table).filter((found) => wanted.type === undefined || found.type === wanted.type);
  const byName = ofType.find((found) => wanted.name !== null && found.constraint.name === wanted.name);
  if (byName !== undefined) return byName;
  if (wanted.type === "primaryKey") return ofType[0] ?? null;
  if (wanted.expression !== undefined) {
    return ofType.find((found) => found.type === "check" && found.constraint.expression === wanted.expression) ?? null;
  }
  if (wanted.type === undefined || wanted.columns === undefined) return null;
  const byShape = ofType.filter(
    (found) => "columns" in found.constraint && sameDef(found.constraint.columns, wanted.columns),
  );
  return byShape.length === 1 ? byShape[0]! : null;
}

/** The name of the index that stands behind it. */
function indexOf({ type, constraint }: FoundConstraint): string | null {
  return type === "foreignKey" || type === "check" ? null : constraint.name;
}

export function createOf(table: ObjectName, found: FoundConstraint): Operation {
  switch (found.type) {
    case "primaryKey":
      return { kind: "createPrimaryKey", table, constraint: found.constraint };
    case "unique":
      return { kind: "createUniqueConstraint", table, constraint: found.constraint };
    case "foreignKey":
      return { kind: "createForeignKey", table, constraint: found.constraint };
    case "check":
      return { kind: "createCheckConstraint", table, constraint: found.constraint };
    case "exclude":
      return { kind: "createExcludeConstraint", table, constraint: found.constraint };
  }
}

/** A foreign key to what is not there (SQLite), or to what is left out of the schema, comes without being looked into. */
export function markUnchecked(op: Operation, schema: SchemaDef): Operation {
  if (op.kind !== "createForeignKey") return op;
  const { target, targetColumns } = op.constraint;
  if (target.schema !== undefined && !schema.schemas.includes(target.schema)) return op;
  const found = schema.tables[objectKey(target)];
  const names = found === undefined ? null : wholeTable(schema, found).columns.map(({ name }) => name);
  if (names !== null && targetColumns.every((name) => names.includes(name))) return op;
  return { ...op, constraint: { ...op.constraint, unchecked: true } };
}

export function dropOf(
  table: ObjectName,
  type: ConstraintKind,
  name: string | null,
  columns: readonly string[],
  expression?: string,
): OperationOf<"dropConstraint"> {
  return {
    kind: "dropConstraint",
    table: objectName(table),
    name,
    type,
    ...(columns.length > 0 ? { columns } : {}),
    ...(name === null && expression !== undefined ? { expression } : {}),
  };
}

const KIND_WORDS: Readonly<Record<ConstraintKind, string>> = {
  primaryKey: "primary key",
  unique: "unique constraint",
  foreignKey: "foreign key",
  check: "check constraint",
  exclude: "exclude constraint",
};

function withoutConstraint(table: TableDef, found: FoundConstraint): TableDef {
  const without = <T>(items: readonly T[]) => items.filter((item) => (item as unknown) !== found.constraint);
  const { primaryKey, excludes = [], ...rest } = table;
  const left = without(excludes);
  return {
    ...rest,
    ...(left.length === 0 ? {} : { excludes: left }),
    ...(primaryKey === undefined || found.type === "primaryKey" ? {} : { primaryKey }),
    uniques: without(table.uniques),
    foreignKeys: without(table.foreignKeys),
    checks: without(table.checks),
  };
}

export function editConstraint(
  table: TableDef,
  name: string,
  edit: (constraint: any) => { readonly name: string | null },
): TableDef {
  const each = <T extends { readonly name: string | null }>(items: readonly T[]): readonly T[] =>
    items.map((item) => (item.name === name ? (edit(item) as T) : item));
  const { primaryKey, excludes, ...rest } = table;
  return {
    ...rest,
    ...(excludes === undefined ? {} : { excludes: each(excludes) }),
    ...(primaryKey === undefined ? {} : { primaryKey: each([primaryKey])[0]! }),
    uniques: each(table.uniques),
    foreignKeys: each(table.foreignKeys),
    checks: each(table.checks),
  };
}

export function refuseName(table: TableDef, name: string | null, operation: string): void {
  if (name !== null && listConstraints(table).some((found) => found.constraint.name === name)) {
    throw conflict(operation, `table '${displayName(table)}' has a constraint '${name}' already`);
  }
}

export function addConstraint(
  ddl: DdlWriter,
  table: ObjectName,
  constraint: { readonly name: string | null; readonly comment?: string },
  text: string,
): readonly Statement[] {
  return [
    statement(`ALTER TABLE ${ddl.name(table)} ADD ${text}`, { hazards: ["blocksWrites"] }),
    ...constraintComment(table, constraint, ddl),
  ];
}

function named(name: string | null, table: ObjectName, columns: readonly string[]): string {
  const list = columns.length === 0 ? "" : ` (${columns.join(", ")})`;
  return name === null ? `on ${displayName(table)}${list}` : `${name} on ${displayName(table)}${list}`;
}
