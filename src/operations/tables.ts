/** createTable, dropTable, renameTable, createTableComment. */
import { moveObjects } from "../schema/edit-objects.js";
import { mapTables, putTable, referencingTables, sameObject, withoutKey } from "../schema/edit-schema.js";
import { childrenOf, descendantsOf, isReferenced, parentsOf } from "../schema/inheritance.js";
import {
  displayName,
  type ObjectName,
  objectKey,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { conflict, requireTable } from "./conflict.js";
import { afterCreateIndex } from "./indexes.js";
import { lostWithTable, withoutObjectsOf } from "./objects.js";
import { type Operation, type OperationSpec, statement } from "./operation.js";
import { plainOptions } from "./table-options.js";
import { afterCreateTable, creatable } from "./table-sql.js";

export const createTable: OperationSpec<"createTable"> = {
  kind: "createTable",
  apply(before, op) {
    const key = objectKey(op.table);
    if (key in before.tables || key in before.views) {
      if (op.ifNotExists) return before;
      throw conflict(this.describe(op), "it exists already");
    }
    const seen = new Set<string>();
    for (const column of op.table.columns) {
      if (seen.has(column.name)) throw conflict(this.describe(op), `column '${column.name}' is named twice`);
      seen.add(column.name);
    }
    // A parent in a schema that nobody looked at may well be there.
    const isLookedAt = ({ schema }: ObjectName) => schema === undefined || before.schemas.includes(schema);
    for (const parent of parentsOf(op.table)) if (isLookedAt(parent)) requireTable(before, parent, this.describe(op));
    return putTable(before, op.table);
  },
  reverse(op, before) {
    const { partitionOf } = op.table;
    const table = objectName(op.table);
    const drop: Operation = { kind: "dropTable", table };
    // The server drops no partition while foreign keys refer to the whole.
    return partitionOf !== undefined && isReferenced(before, partitionOf.table)
      ? [{ kind: "detachPartition", table, from: partitionOf.table }, drop]
      : [drop];
  },
  toSql(op, ddl) {
    const { indexes, ...table } = op.table;
    return [
      statement(ddl.createTable(creatable({ ...table, indexes: [] }, ddl), { ifNotExists: op.ifNotExists === true })),
      ...indexes.flatMap((index) => [
        statement(ddl.createIndex(op.table, index, { ifNotExists: op.ifNotExists === true })),
        ...afterCreateIndex(op.table, index, ddl),
      ]),
      ...afterCreateTable(op.table, ddl),
    ];
  },
  describe: (op) => `create table ${displayName(op.table)}`,
  destroys: () => null,
};

export const dropTable: OperationSpec<"dropTable"> = {
  kind: "dropTable",
  apply(before, op) {
    if (op.ifExists && !(objectKey(op.table) in before.tables)) return before;
    requireTable(before, op.table, this.describe(op));
    const dependants = referencingTables(before, op.table);
    if (dependants.length > 0 && !op.cascade) {
      throw conflict(
        this.describe(op),
        `${dependants.map((table) => `'${displayName(table)}'`).join(", ")} ${dependants.length === 1 ? "has a foreign key" : "have foreign keys"} to it`,
        "Drop those foreign keys first, with op.dropConstraint.",
      );
    }
    const child = childrenOf(before, op.table).find((other) => other.partitionOf === undefined);
    if (child !== undefined && !op.cascade) {
      throw conflict(
        this.describe(op),
        `'${displayName(child)}' inherits from it`,
        "Drop that first, or part them with op.dropInheritance.",
      );
    }
    const partitions = partitionsOf(before, op.table);
    if (partitions.length > 0) {
      const left = partitions.reduce(
        (schema, each) => this.apply(schema, { kind: "dropTable", table: objectName(each), cascade: true }),
        before,
      );
      return this.apply(left, op);
    }
    const without: SchemaDef = withoutObjectsOf(
      { ...before, tables: withoutKey(before.tables, objectKey(op.table)) },
      op.table,
    );
    if (dependants.length === 0) return without;
    return mapTables(without, (table) =>
      table.foreignKeys.some((key) => sameObject(key.target, op.table))
        ? { ...table, foreignKeys: table.foreignKeys.filter((key) => !sameObject(key.target, op.table)) }
        : table,
    );
  },
  reverse(op, before) {
    const table = before.tables[objectKey(op.table)];
    if (table === undefined) return op.ifExists ? [] : null;
    const all = [table, ...partitionsOf(before, op.table)];
    const lost = all.map((each) => lostWithTable(before, each));
    return [
      ...lost.flatMap(({ first }) => first),
      ...all.flatMap(createTableWithIndexes),
      ...lostForeignKeys(before, op.table),
      ...lost.flatMap(({ last }) => last),
    ];
  },
  toSql: (op, ddl) => [
    statement(
      `DROP TABLE ${op.ifExists ? "IF EXISTS " : ""}${ddl.name(op.table)}${op.cascade && ddl.dialect === "postgres" ? " CASCADE" : ""}`,
      { hazards: ["deletesData"] },
    ),
  ],
  describe: (op) => `drop table ${displayName(op.table)}`,
  destroys: (op) => `${displayName(op.table)} and all its rows`,
};

export const renameTable: OperationSpec<"renameTable"> = {
  kind: "renameTable",
  apply(before, op) {
    const table = requireTable(before, op.table, this.describe(op));
    const renamed = { ...objectName(op.table), name: op.to };
    if (objectKey(renamed) in before.tables)
      throw conflict(this.describe(op), `there is a table '${displayName(renamed)}' already`);
    return withTableAt(before, table, renamed);
  },
  reverse: (op) => [{ kind: "renameTable", table: { ...op.table, name: op.to }, to: op.table.name }],
  toSql: (op, ddl) => [statement(`ALTER TABLE ${ddl.name(op.table)} RENAME TO ${ddl.id(op.to)}`)],
  describe: (op) => `rename table ${displayName(op.table)} to ${op.to}`,
  destroys: () => null,
};

/** The schema with the table under another name, or in another place, and what refers to it. */
export function withTableAt(before: SchemaDef, table: TableDef, renamed: ObjectName): SchemaDef {
  const from = objectName(table);
  const to = (parent: ObjectName) => (sameObject(parent, from) ? renamed : parent);
  const { schema: _schema, ...rest } = table;
  const moved = putTable(
    moveObjects({ ...before, tables: withoutKey(before.tables, objectKey(from)) }, from, renamed),
    {
      ...rest,
      ...renamed,
    },
  );
  return mapTables(moved, (other) => {
    const isChild = parentsOf(other).some((parent) => sameObject(parent, from));
    if (!isChild && !other.foreignKeys.some((key) => sameObject(key.target, from))) return other;
    const { partitionOf, inherits } = other;
    return {
      ...other,
      foreignKeys: other.foreignKeys.map((key) => ({ ...key, target: to(key.target) })),
      ...(partitionOf === undefined ? {} : { partitionOf: { ...partitionOf, table: to(partitionOf.table) } }),
      ...(inherits === undefined ? {} : { inherits: inherits.map(to) }),
    };
  });
}

export const createTableComment: OperationSpec<"createTableComment"> = {
  kind: "createTableComment",
  apply(before, op) {
    const { comment: _gone, ...table } = requireTable(before, op.table, this.describe(op));
    return putTable(before, op.comment === null ? table : { ...table, comment: op.comment });
  },
  reverse(op, before) {
    return [
      { kind: "createTableComment", table: op.table, comment: before.tables[objectKey(op.table)]?.comment ?? null },
    ];
  },
  toSql: (op, ddl) =>
    ddl.dialect === "sqlite" ? [] : [statement(`COMMENT ON TABLE ${ddl.name(op.table)} IS ${ddl.literal(op.comment)}`)],
  describe: (op) =>
    op.comment === null ? `drop comment of table ${displayName(op.table)}` : `comment table ${displayName(op.table)}`,
  destroys: () => null,
};

/**
 * The operations that make a whole table: the table, then its indexes one by one, so that each can be read and edited.
 * Constraints that are not to be valid come after it as well: those of CREATE TABLE always are.
 */
export function createTableWithIndexes(whole: TableDef): readonly Operation[] {
  const { indexes, renamedFrom: _hint, options, ...rest } = whole;
  const table = objectName(whole);
  // Which index a row is known or sorted by can be said when the indexes are there.
  const { replicaIdentity, clusterOn, ...early } = options?.postgres ?? {};
  const isLate = indexes.length > 0 && (clusterOn !== undefined || typeof replicaIdentity === "object");
  const { postgres: _all, ...others } = options ?? {};
  const first = isLate ? plainOptions({ ...others, postgres: early }) : options;
  const isLater = ({ notValid }: { readonly notValid?: true }) => notValid === true;
  const now = {
    ...rest,
    ...(first === undefined ? {} : { options: first }),
    foreignKeys: whole.foreignKeys.filter((key) => !isLater(key)),
    checks: whole.checks.filter((check) => !isLater(check)),
    indexes: [],
  };
  return [
    { kind: "createTable", table: now },
    ...indexes.map((index): Operation => ({ kind: "createIndex", table, index })),
    ...whole.checks
      .filter(isLater)
      .map((constraint): Operation => ({ kind: "createCheckConstraint", table, constraint })),
    ...whole.foreignKeys
      .filter(isLater)
      .map((constraint): Operation => ({ kind: "createForeignKey", table, constraint })),
    ...(isLate && options?.postgres !== undefined
      ? [{ kind: "setTableOptions", table, options: { postgres: options.postgres } } as const]
      : []),
  ];
}

/** Those that go with it, each after its parent. */
function partitionsOf(schema: SchemaDef, table: ObjectName): readonly TableDef[] {
  return descendantsOf(schema, table).filter((other) => other.partitionOf !== undefined);
}

function lostForeignKeys(before: SchemaDef, table: { name: string; schema?: string }): readonly Operation[] {
  return referencingTables(before, table).flatMap((other) =>
    other.foreignKeys
      .filter((key) => sameObject(key.target, table))
      .map((constraint): Operation => ({ kind: "createForeignKey", table: objectName(other), constraint })),
  );
}
