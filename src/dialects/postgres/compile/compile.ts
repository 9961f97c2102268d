/** Operations as PostgreSQL's SQL. */
import { UnsupportedOperationError } from "../../../errors.js";
import { requireTable } from "../../../operations/conflict.js";
import { findConstraint } from "../../../operations/constraints.js";
import type { BackfillValue, Operation, OperationOf, Statement } from "../../../operations/operation.js";
import { applyOperation, describeOperation, standardStatements } from "../../../operations/registry.js";
import { optionStatements } from "../../../operations/table-sql.js";
import { wholeTable } from "../../../schema/inheritance.js";
import {
  type CheckDef,
  type ColumnDef,
  type ForeignKeyDef,
  findColumn,
  type IndexDef,
  type JsonValue,
  objectKey,
  type SchemaDef,
  type UniqueDef,
} from "../../../schema/schema.js";
import { isSerial } from "../../../schema/serials.js";
import { arrayText } from "../text/array-text.js";
import { ddl } from "../text/ddl.js";
import { isConstantDefault } from "../text/defaults.js";
import { compileAlterColumn } from "./compile-alter-column.js";
import { compileDropKey } from "./compile-drop-key.js";
import { compileReplaceEnum } from "./compile-replace-enum.js";

type Before = () => Promise<SchemaDef>;

/** @throws UnsupportedOperationError for what this version of the server cannot do. */
export async function compile(op: Operation, before: Before, serverVersion: string): Promise<readonly Statement[]> {
  const majorVersion = Number.parseInt(serverVersion, 10) || Number.POSITIVE_INFINITY;
  refuseMissing(op, majorVersion);
  switch (op.kind) {
    case "alterColumn":
      return compileAlterColumn(op, before, majorVersion);
    case "replaceEnum":
      return compileReplaceEnum(op, await before());
    case "setTableOptions": {
      if (op.options.postgres === undefined) return [];
      const from = requireTable(await before(), op.table, describeOperation(op)).options?.postgres ?? {};
      return optionStatements(op.table, from, op.options.postgres, ddl);
    }
    case "dropConstraint":
    case "dropIndex":
      return compileDrop(op, before);
    case "addColumn":
      return withHazards(await standardStatements(op, ddl, before), op.column);
    case "bulkInsert":
      return standardStatements(await withArrayTexts(op, before), ddl, before);
    case "backfill":
      return standardStatements({ ...op, set: await withArrayValues(op, before) }, ddl, before);
    case "batchAlterTable":
      return compileBatch(op, before, serverVersion);
    default:
      return standardStatements(op, ddl, before);
  }
}

async function compileBatch(
  op: OperationOf<"batchAlterTable">,
  before: Before,
  serverVersion: string,
): Promise<readonly Statement[]> {
  const statements: Statement[] = [];
  let meets = before;
  for (const inner of op.operations) {
    const current = meets;
    statements.push(...(await compile(inner, current, serverVersion)));
    meets = async () => applyOperation(await current(), inner);
  }
  return statements;
}

async function compileDrop(
  op: OperationOf<"dropConstraint"> | OperationOf<"dropIndex">,
  before: Before,
): Promise<readonly Statement[]> {
  const real = op.kind === "dropConstraint" ? await withRealName(op, before) : op;
  const statements = await standardStatements(real, ddl, before);
  if (real.kind === "dropConstraint" && !isKey(real.type)) return statements;
  if (real.kind === "dropIndex" && real.concurrently === true) return statements;
  const schema = await before();
  return statements.map((drop) => compileDropKey(real, schema, drop));
}

function isKey(type: OperationOf<"dropConstraint">["type"]): boolean {
  return type === undefined || type === "primaryKey" || type === "unique";
}

/** The database may know the constraint under another name: then the type and the columns find it. */
async function withRealName(op: OperationOf<"dropConstraint">, before: Before): Promise<OperationOf<"dropConstraint">> {
  if (op.type === undefined) return op;
  const table = (await before()).tables[objectKey(op.table)];
  const found = table === undefined ? null : findConstraint(table, op);
  return found === null ? op : { ...op, name: found.constraint.name };
}

/** Values that the server computes for every row make it write the table anew. */
function withHazards(statements: readonly Statement[], column: ColumnDef): readonly Statement[] {
  const rewrites =
    isSerial(column.type) ||
    column.identity !== undefined ||
    column.generated?.stored === true ||
    (column.default !== undefined && column.default.kind === "sql" && !isConstantDefault(column.default));
  if (!rewrites) return statements;
  return statements.map((each, index) => (index > 0 ? each : { ...each, hazards: ["rewritesTable", "blocksWrites"] }));
}

/** A JavaScript array is JSON text in a column of JSON, and `{…}` in a column that is an array. */
async function withArrayTexts(op: OperationOf<"bulkInsert">, before: Before): Promise<OperationOf<"bulkInsert">> {
  if (!op.rows.some((row) => Object.values(row).some(Array.isArray))) return op;
  const schema = await before();
  const table = schema.tables[objectKey(op.table)];
  const whole = table === undefined ? undefined : wholeTable(schema, table);
  const isArray = (name: string) => whole !== undefined && findColumn(whole, name)?.type.name === "array";
  const rows = op.rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        Array.isArray(value) && isArray(name) ? arrayText(value) : value,
      ]),
    ),
  );
  return { ...op, rows };
}

async function withArrayValues(op: OperationOf<"backfill">, before: Before): Promise<OperationOf<"backfill">["set"]> {
  if (!Object.values(op.set).some((value) => listOf(value) !== null)) return op.set;
  const table = (await before()).tables[objectKey(op.table)];
  const entries = Object.entries(op.set).map(([name, value]): [string, BackfillValue] => {
    const list = listOf(value);
    const isArray = table !== undefined && findColumn(table, name)?.type.name === "array";
    return [name, isArray && list !== null ? { kind: "literal", value: arrayText(list) } : value];
  });
  return Object.fromEntries(entries);
}

function listOf(value: BackfillValue): readonly JsonValue[] | null {
  return value.kind === "literal" && Array.isArray(value.value) ? value.value : null;
}

interface Parts {
  readonly columns: readonly ColumnDef[];
  readonly keys: readonly (UniqueDef | IndexDef)[];
  readonly foreignKeys: readonly ForeignKeyDef[];
  readonly checks: readonly CheckDef[];
  readonly enforcement?: true | null | undefined;
}

const NO_PARTS: Parts = { columns: [], keys: [], foreignKeys: [], checks: [] };

function partsOf(op: Operation): Parts {
  switch (op.kind) {
    case "createTable":
      return { ...op.table, keys: [...op.table.uniques, ...op.table.indexes] };
    case "addColumn":
      return { ...NO_PARTS, columns: [op.column] };
    case "createUniqueConstraint":
      return { ...NO_PARTS, keys: [op.constraint] };
    case "createIndex":
      return { ...NO_PARTS, keys: [op.index] };
    case "createForeignKey":
      return { ...NO_PARTS, foreignKeys: [op.constraint] };
    case "createCheckConstraint":
      return { ...NO_PARTS, checks: [op.constraint] };
    case "alterConstraint":
      return { ...NO_PARTS, enforcement: op.changes.notEnforced };
    default:
      return NO_PARTS;
  }
}

function refuseMissing(op: Operation, majorVersion: number): void {
  const { columns, keys, foreignKeys, checks, enforcement } = partsOf(op);
  const generated = op.kind === "alterColumn" ? [op.changes.generated] : columns.map((column) => column.generated);
  const missing =
    majorVersion < 18 && generated.some((each) => each?.stored === false)
      ? ["virtual generated columns", 18, "Use { stored: true }."]
      : majorVersion < 15 && keys.some((key) => key.nullsNotDistinct === true)
        ? ["NULLS NOT DISTINCT", 15, "Use a unique index on coalesce(column, …)."]
        : majorVersion < 15 && foreignKeys.some((key) => key.onDeleteColumns !== undefined)
          ? ["column lists of ON DELETE", 15, "Leave the list out."]
          : majorVersion < 18 &&
              (enforcement !== undefined || [...foreignKeys, ...checks].some((it) => it.notEnforced === true))
            ? ["constraints that are not enforced", 18, "Leave the constraint out, or let it be enforced."]
            : null;
  if (missing === null) return;
  const operation = describeOperation(op);
  throw new UnsupportedOperationError(
    `PostgreSQL ${majorVersion} has no ${missing[0]} (${missing[1]} has): cannot ${operation}`,
    {
      dialect: "postgres",
      operation,
      hint: String(missing[2]),
    },
  );
}
