/** SQL for operations: SQLite's own ALTER TABLE where it takes it whatever rows there are, a rebuild for the rest. */
import { UnsupportedOperationError } from "../../../errors.js";
import { replacedObject } from "../../../operations/objects.js";
import { type Operation, type OperationOf, type Statement, statement } from "../../../operations/operation.js";
import { applyAll, applyOperation, describeOperation, standardStatements } from "../../../operations/registry.js";
import { referencingTables } from "../../../schema/edit-schema.js";
import {
  type ColumnDef,
  findColumn,
  type ObjectName,
  objectKey,
  type SchemaDef,
  sameDef,
  type TableDef,
} from "../../../schema/schema.js";
import { isVirtualTable } from "../../../schema/virtual-table.js";
import { isAddable, isDroppable, nativeAlter } from "../alter/native-alter.js";
import { renameIndexText, renameTableStatements } from "../alter/rename.js";
import { liveFactsOf } from "../catalog/live-facts.js";
import { tableReader } from "../catalog/probes.js";
import { sameName } from "../catalog/read-table.js";
import { lowerColumn, lowerIndex, lowerTable, lowerTableIn } from "../forms/lower.js";
import { refuseUnsupported } from "../forms/unsupported.js";
import { compileRebuild } from "../rebuild/rebuild.js";
import { rebuildStatements } from "../rebuild/rebuild-table.js";
import { fillVirtual, replaceVirtual } from "../rebuild/replace-virtual.js";
import { ddl } from "../text/ddl.js";
import { mentionsName } from "../text/expression.js";
import { mendIndexText } from "../text/mend-strings.js";
import { typeText } from "../text/types.js";

type Before = () => Promise<SchemaDef>;

/** @throws UnsupportedOperationError, OperationConflictError */
export async function compile(op: Operation, before: Before, serverVersion: string): Promise<readonly Statement[]> {
  switch (op.kind) {
    case "createTable":
      return compileCreateTable(op, before);
    case "dropTable":
      return compileDropTable(op, before);
    case "dropObject":
      return compileDropObject(op, before);
    case "replaceObject":
      return compileReplaceObject(op, before);
    case "createObject":
      return compileCreateObject(op, before);
    case "renameTable":
      return renameTableStatements(op.table.name, op.to);
    case "addColumn":
      return compileAddColumn(op, before, serverVersion);
    case "createIndex": {
      const index = lowerIndex(op.index);
      refuseUnsupported(holderOf(op.table, { indexes: [index] }), describeOperation(op));
      return standardStatements({ ...op, index }, ddl, before);
    }
    case "renameIndex":
      return compileRenameIndex(op, before);
    case "batchAlterTable":
      return compileBatch(op, before, serverVersion);
    case "setTableOptions":
    case "dropColumn":
    case "alterColumn":
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createForeignKey":
    case "createCheckConstraint":
    case "dropConstraint":
    case "renameConstraint":
    case "alterConstraint":
      return compileChange(op, before, serverVersion);
    default:
      return standardStatements(op, ddl, before);
  }
}

/**
 * Does the operation need the table to be made anew? Decided by its form and SQLite's version, never by the rows that
 * happen to be there.
 */
export async function needsRebuild(op: Operation, before: Before, serverVersion: string): Promise<boolean> {
  switch (op.kind) {
    case "addColumn":
      return !isAddable(lowerColumn(op.column)) && (await changesTable(op, before));
    case "dropColumn":
      return (await changesTable(op, before)) && !isDroppable(op, await before());
    case "alterColumn":
    case "createCheckConstraint":
    case "dropConstraint":
      return (await changesTable(op, before)) && (await nativeStatements(op, before, serverVersion)) === null;
    case "setTableOptions":
    case "createPrimaryKey":
    case "createUniqueConstraint":
    case "createForeignKey":
    case "renameConstraint":
    case "alterConstraint":
      return changesTable(op, before);
    case "batchAlterTable":
      if (op.recreate === "always") return true;
      return anyNeedsRebuild(op.operations, await before(), serverVersion);
    default:
      return false;
  }
}

async function anyNeedsRebuild(ops: readonly Operation[], before: SchemaDef, serverVersion: string): Promise<boolean> {
  let schema = before;
  for (const op of ops) {
    const current = schema;
    if (await needsRebuild(op, async () => current, serverVersion)) return true;
    schema = applyOperation(schema, op);
  }
  return false;
}

/** Is anything about the table different to SQLite afterwards? A comment is not. */
async function changesTable(op: TableOperation, before: Before): Promise<boolean> {
  const schema = await before();
  const after = applyOperation(schema, op);
  const lowered = (of: SchemaDef) => lowerTableIn(of, op.table).tables[objectKey(op.table)];
  return (op.kind === "alterColumn" && op.using !== undefined) || !sameDef(lowered(schema), lowered(after));
}

type TableOperation = Operation & { readonly table: ObjectName };

/** SQLite's own ALTER TABLE for it, or null. */
async function nativeStatements(
  op: TableOperation,
  before: Before,
  serverVersion: string,
): Promise<readonly Statement[] | null> {
  if (op.kind === "alterColumn" && op.using !== undefined) return null;
  const schema = await before();
  const lowered = (of: SchemaDef) => lowerTableIn(of, op.table).tables[objectKey(op.table)];
  const from = lowered(schema);
  const to = lowered(applyOperation(schema, op));
  if (from === undefined || to === undefined) return null;
  const node = tableReader(liveFactsOf(schema)?.objects ?? [])(op.table.name);
  return nativeAlter({ from, to, node, serverVersion });
}

async function compileCreateTable(op: OperationOf<"createTable">, before: Before): Promise<readonly Statement[]> {
  const hasEnum = op.table.columns.some((column) => column.type.name === "enum");
  const table = lowerTable(op.table, hasEnum ? (await before()).enums : {});
  refuseUnsupported(table, describeOperation(op));
  return standardStatements({ ...op, table }, ddl, before);
}

/**
 * DROP TABLE deletes all rows first, which cascades into tables that refer to this one, or empties their columns, unless
 * enforcement is off.
 *
 * @see https://www.sqlite.org/lang_droptable.html
 */
async function compileDropTable(op: OperationOf<"dropTable">, before: Before): Promise<readonly Statement[]> {
  const schema = await before();
  const after = applyOperation(schema, op);
  const dependants = referencingTables(schema, op.table);
  const drop = await standardStatements(op, ddl, before);
  const unenforced = drop.map((one) => ({ ...one, foreignKeysOff: true as const }));
  if (dependants.length === 0) return mayBeReferenced(schema, op.table) ? unenforced : drop;
  return [
    ...dependants.flatMap((table) => {
      const lowered = (of: SchemaDef) => lowerTableIn(of, table).tables[objectKey(table)]!;
      const sources = new Map(table.columns.map((column) => [column.name, column.name]));
      return rebuildStatements({
        before: schema,
        from: lowered(schema),
        to: lowered(after),
        sources,
        using: new Map(),
      });
    }),
    ...unenforced,
  ];
}

/** Of what is a table after all others may hold rows. */
async function compileDropObject(op: OperationOf<"dropObject">, before: Before): Promise<readonly Statement[]> {
  const statements = await standardStatements(op, ddl, before);
  return op.object.type === "table" ? statements.map((one) => ({ ...one, foreignKeysOff: true as const })) : statements;
}

async function compileReplaceObject(op: OperationOf<"replaceObject">, before: Before): Promise<readonly Statement[]> {
  if (isVirtualTable(op.object)) {
    const schema = await before();
    const from = replacedObject(schema, op);
    const request = { before: schema, to: op.object, renamed: op.renamedColumns };
    const statements = isVirtualTable(from) ? replaceVirtual({ ...request, from }) : null;
    if (statements !== null) return statements;
  }
  return standardStatements(op, ddl, before);
}

async function compileCreateObject(op: OperationOf<"createObject">, before: Before): Promise<readonly Statement[]> {
  const filled = op.filled === true && isVirtualTable(op.object) ? fillVirtual(await before(), op.object) : null;
  return filled ?? standardStatements(op, ddl, before);
}

/**
 * Tables that the history leaves out may refer to this one as well; then the commit finds the rows left behind. In a
 * script nobody knows those tables.
 */
function mayBeReferenced(schema: SchemaDef, table: ObjectName): boolean {
  const facts = liveFactsOf(schema);
  if (facts === null) return true;
  return facts.objects.some(
    (object) =>
      object.type === "table" &&
      !sameName(object.name, table.name) &&
      /\breferences\b/i.test(object.sql) &&
      mentionsName(object.sql, table.name),
  );
}

async function compileAddColumn(
  op: OperationOf<"addColumn">,
  before: Before,
  serverVersion: string,
): Promise<readonly Statement[]> {
  const column = lowerColumn(op.column);
  const known = isSpelledAlike(column) && op.ifNotExists !== true && column.identity === undefined;
  const schema = known ? null : await before();
  const table = schema?.tables[objectKey(op.table)];
  if (op.ifNotExists && table !== undefined && findColumn(table, column.name) !== undefined) return [];
  if (await needsRebuild(op, before, serverVersion)) return compileRebuild([op], await before());
  const options = table?.options?.sqlite?.strict === true ? { options: { sqlite: { strict: true } } } : {};
  refuseUnsupported(holderOf(op.table, { ...options, columns: [column] }), describeOperation(op));
  const holder = lowerTable(table ?? holderOf(op.table, {}), {});
  return [statement(`ALTER TABLE ${ddl.name(op.table)} ADD COLUMN ${ddl.column(column, holder)}`)];
}

async function compileRenameIndex(op: OperationOf<"renameIndex">, before: Before): Promise<readonly Statement[]> {
  const known = await before();
  const schema = applyOperation(known, op);
  const stored = liveFactsOf(known)?.objects.find(
    ({ type, name }) => type === "index" && sameName(name, op.index.name),
  );
  for (const table of Object.values(schema.tables)) {
    const index = table.indexes.find((candidate) => candidate.name === op.to);
    if (index === undefined) continue;
    const text =
      stored === undefined
        ? null
        : mendIndexText(
            stored.sql,
            table.columns.map(({ name }) => name),
          );
    const create = text === null ? ddl.createIndex(table, lowerIndex(index)) : renameIndexText(text, op.to);
    return [statement(`DROP INDEX ${ddl.name(op.index)}`), statement(create)];
  }
  return [];
}

async function compileBatch(
  op: OperationOf<"batchAlterTable">,
  before: Before,
  serverVersion: string,
): Promise<readonly Statement[]> {
  if (await needsRebuild(op, before, serverVersion)) {
    if (op.recreate === "never") throw refusedRebuild(op);
    return compileRebuild([op], await before());
  }
  const statements: Statement[] = [];
  for (const [index, inner] of op.operations.entries()) {
    const current = async () => applyAll(await before(), op.operations.slice(0, index));
    statements.push(...(await compile(inner, current, serverVersion)));
  }
  return statements;
}

function refusedRebuild(op: Operation): UnsupportedOperationError {
  const operation = describeOperation(op);
  return new UnsupportedOperationError(`SQLite cannot ${operation} without rebuilding the table`, {
    dialect: "sqlite",
    operation,
    hint: 'Leave out `recreate: "never"`.',
  });
}

async function compileChange(op: TableOperation, before: Before, serverVersion: string): Promise<readonly Statement[]> {
  if (await needsRebuild(op, before, serverVersion)) return compileRebuild([op], await before());
  if (!(await changesTable(op, before))) return [];
  if (op.kind === "dropColumn") return standardStatements(op, ddl, before);
  return (await nativeStatements(op, before, serverVersion)) ?? [];
}

/** Is the type written the same in a STRICT table as in any other? Then the table need not be known. */
function isSpelledAlike(column: ColumnDef): boolean {
  return ["INTEGER", "REAL", "TEXT", "BLOB"].includes(typeText(column.type));
}

function holderOf(table: ObjectName, parts: Partial<TableDef>): TableDef {
  const { name, schema } = table;
  // A column that stands for those that are not known here.
  const columns = [{ name: "_", type: { name: "text" }, nullable: true } as const];
  return {
    columns,
    uniques: [],
    foreignKeys: [],
    checks: [],
    indexes: [],
    ...parts,
    name,
    ...(schema === undefined ? {} : { schema }),
  };
}
