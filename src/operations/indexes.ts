/** createIndex, dropIndex, renameIndex. */
import { putTable, sameObject } from "../schema/edit-schema.js";
import { settleIncomplete } from "../schema/incomplete-indexes.js";
import { wholeTable } from "../schema/inheritance.js";
import { type MaterializedViewDef, refKey } from "../schema/objects.js";
import {
  displayName,
  type IndexDef,
  type ObjectName,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../schema/schema.js";
import { conflict, requireColumn, requireTable } from "./conflict.js";
import { marksAgain, withoutMarks, withRenamedMarks } from "./index-marks.js";
import { type DdlWriter, type OperationSpec, type Statement, statement } from "./operation.js";
import { partStatements } from "./part-statements.js";
import { commentStatement } from "./table-sql.js";

export const createIndex: OperationSpec<"createIndex"> = {
  kind: "createIndex",
  apply(before, op) {
    const view = materializedView(before, op.table);
    if (view !== undefined) return putIndexes(before, view, [...view.indexes, op.index]);
    const table = requireTable(before, op.table, this.describe(op));
    if (findIndex(before, { ...objectName(op.table), name: op.index.name }) !== undefined) {
      if (op.ifNotExists) return before;
      throw conflict(this.describe(op), "it exists already");
    }
    for (const element of op.index.elements) {
      if (element.column !== undefined) requireColumn(wholeTable(before, table), element.column, this.describe(op));
    }
    const after = putTable(before, { ...table, indexes: [...table.indexes, op.index] });
    return op.index.only === undefined ? after : settleIncomplete(after);
  },
  reverse: (op) => [
    {
      kind: "dropIndex",
      index: { ...objectName(op.table), name: op.index.name },
      table: objectName(op.table),
      ...(op.concurrently ? { concurrently: true as const } : {}),
    },
  ],
  async toSql(op, ddl, before) {
    const concurrently = op.concurrently === true && ddl.dialect === "postgres";
    const hasParts = ddl.dialect === "postgres" && op.index.only !== undefined && op.index.only.length > 0;
    const schema = hasParts ? this.apply(await before(), op) : null;
    return [
      statement(ddl.createIndex(op.table, op.index, { concurrently, ifNotExists: op.ifNotExists === true }), {
        hazards: concurrently ? [] : ["blocksWrites"],
        transactional: !concurrently,
      }),
      ...(schema === null ? [] : partStatements(schema, op.table, op.index, ddl)),
      ...afterCreateIndex(op.table, op.index, ddl),
    ];
  },
  describe: (op) => `create ${op.index.unique ? "unique index" : "index"} ${op.index.name} on ${displayName(op.table)}`,
  destroys: () => null,
};

export const dropIndex: OperationSpec<"dropIndex"> = {
  kind: "dropIndex",
  apply(before, op) {
    const view = viewOfIndex(before, op.index);
    if (view !== undefined) {
      return putIndexes(
        before,
        view,
        view.indexes.filter(({ name }) => name !== op.index.name),
      );
    }
    const found = findIndex(before, op.index);
    if (found === undefined) {
      if (op.ifExists) return before;
      throw conflict(this.describe(op), "there is no such index");
    }
    const table = withoutMarks(found.table, op.index.name);
    return putTable(before, { ...table, indexes: table.indexes.filter((index) => index !== found.index) });
  },
  reverse(op, before) {
    const view = viewOfIndex(before, op.index);
    const found =
      view === undefined
        ? findIndex(before, op.index)
        : { table: view, index: view.indexes.find(({ name }) => name === op.index.name)! };
    if (found === undefined) return op.ifExists ? [] : null;
    return [
      {
        kind: "createIndex",
        table: objectName(found.table),
        index: found.index,
        ...(op.concurrently ? { concurrently: true as const } : {}),
      },
      ...("kind" in found.table ? [] : marksAgain(found.table, op.index.name)),
    ];
  },
  toSql(op, ddl) {
    const concurrently = op.concurrently === true && ddl.dialect === "postgres";
    return [
      statement(
        `DROP INDEX ${concurrently ? "CONCURRENTLY " : ""}${op.ifExists ? "IF EXISTS " : ""}${ddl.name(op.index)}`,
        { transactional: !concurrently },
      ),
    ];
  },
  describe: (op) => `drop index ${displayName(op.index)}`,
  destroys: () => null,
};

export const renameIndex: OperationSpec<"renameIndex"> = {
  kind: "renameIndex",
  apply(before, op) {
    const found = findIndex(before, op.index);
    if (found === undefined) throw conflict(this.describe(op), "there is no such index");
    const { conventional: _written, ...index } = found.index;
    return putTable(before, {
      ...withRenamedMarks(found.table, op.index.name, op.to),
      indexes: found.table.indexes.map((other) => (other === found.index ? { ...index, name: op.to } : other)),
    });
  },
  reverse: (op) => [{ kind: "renameIndex", index: { ...op.index, name: op.to }, to: op.index.name }],
  toSql: (op, ddl) => [statement(`ALTER INDEX ${ddl.name(op.index)} RENAME TO ${ddl.id(op.to)}`)],
  describe: (op) => `rename index ${displayName(op.index)} to ${op.to}`,
  destroys: () => null,
};

/** What PostgreSQL wants said of an index when it is there. */
export function afterCreateIndex(table: ObjectName, index: IndexDef, ddl: DdlWriter): readonly Statement[] {
  if (ddl.dialect === "sqlite") return [];
  const name = ddl.name({ ...objectName(table), name: index.name });
  return [
    ...index.elements.flatMap(({ statistics }, at) =>
      statistics === undefined
        ? []
        : [statement(`ALTER INDEX ${name} ALTER COLUMN ${at + 1} SET STATISTICS ${statistics}`)],
    ),
    ...(index.comment === undefined ? [] : [commentStatement(`INDEX ${name}`, index.comment, ddl)]),
  ];
}

export function materializedView(schema: SchemaDef, name: ObjectName): MaterializedViewDef | undefined {
  const found = schema.objects[refKey({ kind: "materializedView", ...objectName(name) })];
  return found?.kind === "materializedView" ? found : undefined;
}

export function viewOfIndex(schema: SchemaDef, index: ObjectName): MaterializedViewDef | undefined {
  return Object.values(schema.objects).find(
    (object): object is MaterializedViewDef =>
      object.kind === "materializedView" &&
      object.schema === index.schema &&
      object.indexes.some(({ name }) => name === index.name),
  );
}

function putIndexes(schema: SchemaDef, view: MaterializedViewDef, indexes: readonly IndexDef[]): SchemaDef {
  return { ...schema, objects: { ...schema.objects, [refKey(view)]: { ...view, indexes } } };
}

/** Index names are unique in a schema, not in a table. */
export function findIndex(
  schema: SchemaDef,
  name: ObjectName,
): { readonly table: TableDef; readonly index: IndexDef } | undefined {
  for (const key of Object.keys(schema.tables)) {
    const table = schema.tables[key]!;
    const index = table.indexes.find((candidate) => sameObject({ ...objectName(table), name: candidate.name }, name));
    if (index !== undefined) return { table, index };
  }
  return undefined;
}
