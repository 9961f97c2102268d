/** attachPartition, detachPartition, addInheritance, dropInheritance: whose columns a table has. */
import { UnsupportedOperationError } from "../errors.js";
import { withoutFiringOn } from "../schema/edit-objects.js";
import { putTable, sameObject } from "../schema/edit-schema.js";
import { nameOfPart, type SharedIndex, sharedIndexes } from "../schema/index-parts.js";
import { asInherited, wholeTable, withAncestors } from "../schema/inheritance.js";
import {
  type CheckDef,
  type ColumnDef,
  displayName,
  findColumn,
  type IndexDef,
  type ObjectName,
  objectKey,
  objectName,
  type PartitionOf,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../schema/schema.js";
import { indexNameOf } from "../schema/server-names.js";
import { conflict, requireTable } from "./conflict.js";
import { excludesOf } from "./exclusions.js";
import { firingOn } from "./objects.js";
import {
  type DdlWriter,
  type Operation,
  type OperationOf,
  type OperationSpec,
  type Statement,
  statement,
} from "./operation.js";
import { withParts } from "./part-names.js";
import { renamePart } from "./table-sql.js";

export const attachPartition: OperationSpec<"attachPartition"> = {
  kind: "attachPartition",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const parent = requireTable(before, op.partitionOf.table, this.describe(op));
    if (table.partitionOf !== undefined) {
      throw conflict(this.describe(op), `it is a partition of '${displayName(table.partitionOf.table)}' already`);
    }
    const partitionOf = withAdopted(before, table, parent, op.partitionOf);
    const attached = putTable(before, { ...asPart(table, wholeTable(before, parent)), partitionOf });
    return renamedIn(before, op).reduce(
      (schema, { from, to }) => withParts(schema, { table: objectName(table), from, to }),
      attached,
    );
  },
  // What has become a part under another name gets its own back while it is one: names can be swapped then.
  reverse: (op, before) => [
    ...renamedIn(before, op).map(
      ({ index, from }): Operation => ({ kind: "renamePart", table: op.table, index, to: from }),
    ),
    { kind: "detachPartition", table: op.table, from: op.partitionOf.table },
  ],
  toSql(op, ddl) {
    const { table, bounds, indexNames = {} } = op.partitionOf;
    return onPostgres(ddl, this.describe(op), [
      statement(`ALTER TABLE ${ddl.name(table)} ATTACH PARTITION ${ddl.name(op.table)} ${bounds}`, {
        hazards: ["blocksWrites"],
      }),
      ...Object.entries(indexNames).map(([parent, name]) => renamePart(op.table, parent, name, ddl)),
    ]);
  },
  describe: (op) => `attach partition ${displayName(op.table)} to ${displayName(op.partitionOf.table)}`,
  destroys: () => null,
};

export const detachPartition: OperationSpec<"detachPartition"> = {
  kind: "detachPartition",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    if (table.partitionOf === undefined || !sameObject(table.partitionOf.table, op.from)) {
      throw conflict(this.describe(op), `it is no partition of '${displayName(op.from)}'`);
    }
    const parent = before.tables[objectKey(op.from)];
    const alone = parent === undefined ? bare(table) : byItself(before, table, parent);
    return withoutFiringOn(putTable(before, alone), op.table);
  },
  reverse(op, before) {
    const partitionOf = before.tables[objectKey(op.table)]?.partitionOf;
    if (partitionOf === undefined) return null;
    return [{ kind: "attachPartition", table: op.table, partitionOf }, ...firingOn(before, op.table)];
  },
  toSql(op, ddl) {
    return onPostgres(ddl, this.describe(op), [
      statement(`ALTER TABLE ${ddl.name(op.from)} DETACH PARTITION ${ddl.name(op.table)}`),
    ]);
  },
  describe: (op) => `detach partition ${displayName(op.table)} from ${displayName(op.from)}`,
  destroys: () => null,
};

export const addInheritance: OperationSpec<"addInheritance"> = {
  kind: "addInheritance",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    requireTable(before, op.parent, this.describe(op));
    return putTable(before, { ...table, inherits: [...(table.inherits ?? []), op.parent] });
  },
  reverse: (op) => [{ kind: "dropInheritance", table: op.table, parent: op.parent }],
  toSql(op, ddl) {
    return onPostgres(ddl, this.describe(op), [
      statement(`ALTER TABLE ${ddl.name(op.table)} INHERIT ${ddl.name(op.parent)}`),
    ]);
  },
  describe: (op) => `let ${displayName(op.table)} inherit from ${displayName(op.parent)}`,
  destroys: () => null,
};

export const dropInheritance: OperationSpec<"dropInheritance"> = {
  kind: "dropInheritance",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const { inherits = [], ...rest } = table;
    const left = inherits.filter((parent) => !sameObject(parent, op.parent));
    if (left.length === inherits.length) throw conflict(this.describe(op), "it does not");
    const others = wholeTable(before, { ...table, inherits: left, columns: [] }).columns;
    const isOwn = (column: ColumnDef) => !others.some(({ name }) => name === column.name);
    const columns = wholeTable(before, table).columns.filter(
      (column) => isOwn(column) || findColumn(table, column.name) !== undefined,
    );
    const kept = left.flatMap((parent) => heritable(before, parent, table)).map(({ name }) => name);
    const checks = heritable(before, op.parent, table).filter(({ name }) => !kept.includes(name));
    return putTable(before, {
      ...rest,
      columns: columns.map((column) => (isOwn(column) ? unmarked(column) : column)),
      checks: [...table.checks, ...checks],
      ...(left.length === 0 ? {} : { inherits: left }),
    });
  },
  reverse: (op) => [{ kind: "addInheritance", table: op.table, parent: op.parent }],
  toSql(op, ddl) {
    return onPostgres(ddl, this.describe(op), [
      statement(`ALTER TABLE ${ddl.name(op.table)} NO INHERIT ${ddl.name(op.parent)}`),
    ]);
  },
  describe: (op) => `let ${displayName(op.table)} no longer inherit from ${displayName(op.parent)}`,
  destroys: () => null,
};

/** The indexes of the parent that one which is there already becomes the part of, each once, and what that is called. */
function adopted(schema: SchemaDef, table: TableDef, parent: TableDef): readonly (readonly [SharedIndex, string])[] {
  const own = [...sharedIndexes(schema, table)];
  return sharedIndexes(schema, parent).flatMap((index): readonly (readonly [SharedIndex, string])[] => {
    const at = own.findIndex((one) => sameDef(one.shape, index.shape));
    return at < 0 ? [] : [[index, own.splice(at, 1)[0]!.name]];
  });
}

/** Such an index keeps its name where no other is said. */
function withAdopted(schema: SchemaDef, table: TableDef, parent: TableDef, partitionOf: PartitionOf): PartitionOf {
  const kept = adopted(schema, table, parent).flatMap(([index, name]): readonly (readonly [string, string])[] => {
    const isSaid = index.name in (partitionOf.indexNames ?? {});
    return isSaid || name === nameOfPart(table, index) ? [] : [[index.name, name]];
  });
  if (kept.length === 0) return partitionOf;
  return { ...partitionOf, indexNames: { ...partitionOf.indexNames, ...Object.fromEntries(kept) } };
}

interface RenamedPart {
  /** Of the parent. */
  readonly index: string;
  readonly from: string;
  readonly to: string;
}

/** Those that get another name as they become parts. */
function renamedIn(before: SchemaDef, op: OperationOf<"attachPartition">): readonly RenamedPart[] {
  const [table, parent] = [before.tables[objectKey(op.table)], before.tables[objectKey(op.partitionOf.table)]];
  if (table === undefined || parent === undefined) return [];
  return adopted(before, table, parent).flatMap(([index, from]): readonly RenamedPart[] => {
    const to = op.partitionOf.indexNames?.[index.name] ?? from;
    return to === from ? [] : [{ index: index.name, from, to }];
  });
}

/** Without what the parent gives it. */
function asPart(table: TableDef, parent: TableDef): TableDef {
  const { primaryKey, excludes = [], inherits: _none, ...rest } = table;
  const has = <T extends object>(theirs: readonly T[], own: T) =>
    theirs.some((other) => sameDef(shape(other), shape(own)));
  return {
    ...rest,
    columns: table.columns.flatMap((column): readonly ColumnDef[] => {
      const given = findColumn(parent, column.name);
      if (given === undefined) return [column];
      return sameDef(asInherited(given), column) ? [] : [{ ...column, inherited: true }];
    }),
    ...(primaryKey === undefined || has(parent.primaryKey === undefined ? [] : [parent.primaryKey], primaryKey)
      ? {}
      : { primaryKey }),
    uniques: table.uniques.filter((unique) => !has(parent.uniques, unique)),
    foreignKeys: table.foreignKeys.filter((key) => !has(parent.foreignKeys, key)),
    checks: table.checks.filter((check) => !parent.checks.some(({ name }) => name === check.name)),
    indexes: table.indexes.filter((index) => !has(parent.indexes, index)),
    ...excludesOf(excludes.filter((constraint) => !has(parent.excludes ?? [], constraint))),
  };
}

/** With all that it had from the parent as its own. */
function byItself(schema: SchemaDef, table: TableDef, parent: TableDef): TableDef {
  const whole = wholeTable(schema, table);
  const names = table.partitionOf?.indexNames ?? {};
  const named = <T extends { readonly name: string | null }>(
    part: T,
    columns: readonly string[],
    purpose: "p" | "u" | "x" | null,
  ): T => ({
    ...part,
    name: names[part.name ?? ""] ?? indexNameOf(table.name, columns, purpose),
  });
  const columnsOf = ({ elements, include = [] }: Pick<IndexDef, "elements" | "include">) => [
    ...elements.map(({ column = "expr" }) => column),
    ...include,
  ];
  const { primaryKey } = parent;
  const hasPart = ({ only }: IndexDef) => only === undefined || only.some((part) => sameObject(part, table));
  return {
    ...bare(whole),
    columns: whole.columns.map(unmarked),
    ...(primaryKey === undefined ? {} : { primaryKey: named(primaryKey, primaryKey.columns, "p") }),
    uniques: [
      ...table.uniques,
      ...parent.uniques.map((unique) => named(unique, [...unique.columns, ...(unique.include ?? [])], "u")),
    ],
    foreignKeys: [...table.foreignKeys, ...parent.foreignKeys],
    checks: [...table.checks, ...heritable(schema, parent, table)],
    indexes: [...table.indexes, ...parent.indexes.filter(hasPart).map((index) => named(index, columnsOf(index), null))],
    ...excludesOf([
      ...(table.excludes ?? []),
      ...(parent.excludes ?? []).map((constraint) => named(constraint, columnsOf(constraint), "x")),
    ]),
  };
}

function bare({ partitionOf: _none, ...table }: TableDef): TableDef {
  return table;
}

function unmarked({ inherited: _mark, ...column }: ColumnDef): ColumnDef {
  return column;
}

/** Checks that the table has from the parent, and from those that it has them from, each once. */
function heritable(schema: SchemaDef, parent: ObjectName, table: TableDef): readonly CheckDef[] {
  const checks: CheckDef[] = [];
  for (const check of withAncestors(schema, parent).flatMap((ancestor) => ancestor.checks)) {
    const isNew = ![...table.checks, ...checks].some(({ name }) => name === check.name);
    if (check.noInherit !== true && isNew) checks.push(check);
  }
  return checks;
}

function shape(part: object): object {
  const {
    name: _name,
    conventional: _source,
    comment: _comment,
    only: _parts,
    ...rest
  } = part as Record<string, unknown>;
  return rest;
}

function onPostgres(ddl: DdlWriter, operation: string, statements: readonly Statement[]): readonly Statement[] {
  if (ddl.dialect === "postgres") return statements;
  throw new UnsupportedOperationError(`SQLite has neither partitions nor inheritance: cannot ${operation}`, {
    dialect: ddl.dialect,
    operation,
    hint: 'Guard the call with `if (op.dialect === "postgres")`.',
  });
}
